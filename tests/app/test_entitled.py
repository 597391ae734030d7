"""
Tokens for entry bundles: kept as hashes, found by the whole token only, one line a name.
"""

import hashlib

import pytest

from app.entitled import BadEntitlement, grant, holder_of, read_entitled


def test_grant(tmp_path):
    """
    Each keeps its own; the file holds no token, and is for its owner's eyes.
    """
    file = tmp_path / "new" / "auditors"
    assert read_entitled(file) == []
    for name, role, token in (("a", "mirror", "one"), ("b.example/x", "auditor", "two"), ("c", "witness", "three")):
        grant(file, name, role, token)
    known = read_entitled(file)
    assert [(holder_of(t, known).name, holder_of(t, known).role) for t in ("one", "two", "three")] == [
        ("a", "mirror"),
        ("b.example/x", "auditor"),
        ("c", "witness"),
    ]
    for wrong in ("", "One", "one ", "on", hashlib.sha256(b"one").hexdigest(), "\ud7ff", "x" * 201):
        assert holder_of(wrong, known) is None
    assert "one" not in file.read_text().split()
    assert file.stat().st_mode & 0o077 == 0


def test_file_without_a_last_line_feed(tmp_path):
    file = tmp_path / "auditors"
    file.write_text("# whom the court sent\n\na mirror " + "0" * 64)
    grant(file, "b", "mirror", "two")
    assert [e.name for e in read_entitled(file)] == ["a", "b"]


@pytest.mark.parametrize(("name", "role"), [("", "mirror"), ("a b", "mirror"), ("a\n", "mirror"), ("a", "clerk")])
def test_no_such_grant(tmp_path, name, role):
    with pytest.raises(BadEntitlement):
        grant(tmp_path / "auditors", name, role, "one")
    assert not (tmp_path / "auditors").exists()


def test_one_line_a_name(tmp_path):
    file = tmp_path / "auditors"
    grant(file, "a", "mirror", "one")
    with pytest.raises(BadEntitlement, match="a has a token already"):
        grant(file, "a", "auditor", "two")
    assert len(read_entitled(file)) == 1


@pytest.mark.parametrize("line", ["a mirror", "a mirror 00", "a clerk " + "0" * 64, "a mirror " + "G" * 64, "é"])
def test_bad_line(tmp_path, line):
    """
    A line that cannot be read stops everybody: whom it would have named, nobody knows.
    """
    file = tmp_path / "auditors"
    file.write_text(f"b mirror {'0' * 64}\n{line}\n", encoding="utf-8")
    with pytest.raises(BadEntitlement, match="line 2"):
        read_entitled(file)
