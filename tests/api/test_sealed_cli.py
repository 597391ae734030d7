"""
`luoshi erase` and `luoshi case open-sealed`, as a user runs them.
"""

from __future__ import annotations

import json
import re

import pytest

from tests.api.running import MAPPING, Home, open_folder, row, write_csv


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    made = Home(open_folder() / "home")
    made.run("init")
    folder = tmp_path_factory.mktemp("files")
    (folder / "hall.toml").write_text(MAPPING, encoding="utf-8")
    rows = write_csv(folder / "rows.csv", [row(n, 姓名=f"诸葛{n}号") for n in range(1, 4)])
    made.run("import", rows, "--mapping", folder / "hall.toml")
    return made


def test_read_then_erase(home):
    no, unit = row(2)["编号"], row(2)["单位"]
    ask = ("case", "open-sealed", no, "petitioner_name", "--actor", "admin", "--unit", unit, "--ground", "service")
    shown = home.run(*ask, "--text", "送达")
    assert json.loads(shown.stdout)["value"] == "诸葛2号"
    order = ("erase", no, "petitioner_name", "--actor", "admin", "--unit", unit, "--order", "2026-7", "--basis", "x")
    done = home.run(*order)
    assert "1 erased now, 1 in all" in done.stdout
    assert "旧备份" in done.stdout
    assert "Not reached" in done.stdout
    assert "0 erased now, 1 in all" in home.run(*order).stdout
    assert "no sealed field" in home.run(*ask, "--text", "送达", exits=2).stderr
    assert "1 erased by order, 0 missing without one" in home.run("verify").stdout
    home.run("log", "publish")
    home.run("fsck")
    topics = [event["topic"] for event in home.log()]
    assert [t for t in topics if t.startswith("sealed_")] == ["sealed_value.read.v1", "sealed_field.erased.v1"]


def test_accuse(home, tmp_path):
    """
    Recorded under a random number; whom it accuses is in no column and no leaf, and is read on a ground as usual.
    """
    unit = row(2)["单位"]
    file = tmp_path / "a.json"
    given = {"accused_official": [row(2)["责任人"]], "subject": "收受礼金", "purpose": "要求查处"}
    file.write_text(json.dumps(given), encoding="utf-8")
    asked = ("case", "accuse", file, "--channel", "letter", "--actor", "admin", "--unit", unit)
    stream = home.run(*asked).stdout.partition(":")[0]
    assert re.fullmatch("case/accusation/[0-9a-f]{32}", stream)
    [event] = [e for e in home.log() if e["stream"] == stream]
    assert event["topic"] == "accusation.received.v1"
    assert len(event["payload"]["_sd"]) == 3
    assert "收受礼金" not in json.dumps(event, ensure_ascii=False)
    assert row(2)["责任人"] not in json.dumps(event, ensure_ascii=False)
    for text, why in (
        ("{", "this is none"),
        ("[]", "is an object of"),
        ('{"name": "x"}', "is an object of"),
        ('{"accused_official": "x"}', "is a list of identifiers"),
        ('{"subject": 1, "accused_unit": ["x"]}', "subject is a text"),
        ('{"subject": "x"}', "accus"),
        (json.dumps({"subject": "x" * 60_000}), "longer than"),
    ):
        file.write_text(text, encoding="utf-8")
        assert why in home.run(*asked, exits=2).stderr


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("erase", "none", "petitioner_name", "--actor", "admin", "--order", "1", "--basis", "x"), "no case none"),
        (
            ("erase", row(1)["编号"], "petitioner_name", "--actor", "admin", "--order", "1", "--basis", "x"),
            "name the unit",
        ),
        (
            ("erase", row(1)["编号"], "petitioner_name", "--actor", "ghost", "--order", "1", "--basis", "x"),
            "not in the register",
        ),
    ],
)
def test_could_not_try(home, args, why):
    assert why in home.run(*args, exits=2).stderr


def test_attach(home, tmp_path):
    no, unit = row(3)["编号"], row(3)["单位"]
    file = tmp_path / "证据.txt"
    file.write_text("房屋漏水", encoding="utf-8")
    by = ("--actor", "admin", "--unit", unit)
    version = home.run("case", "attach", no, file, "--kind", "evidence", *by).stdout.split("version ")[1].split(",")[0]
    out = tmp_path / "out.txt"
    ask = ("case", "open-attachment", no, "--version", version, "--ground", "handling", "--text", "x", *by)
    assert json.loads(home.run(*ask, "-o", out).stdout)["name"] == "证据.txt"
    assert out.read_text(encoding="utf-8") == "房屋漏水"
    file.write_bytes(b"MZ\xff")
    assert "its type is not taken" in home.run("case", "attach", no, file, "--kind", "evidence", *by, exits=2).stderr
    home.run("erase", no, "attachment", *by, "--order", "9", "--basis", "x")
    home.run("log", "publish")
    assert "no event needs it" in home.run("fsck").stdout
    assert "removed" in home.run("fsck", "--remove-unused").stdout
    assert "attachment " not in home.run("fsck").stdout


def test_a_new_passphrase(home, tmp_path):
    """
    What was sealed opens under the new passphrase, and under the old state no longer; a copy of the keys follows.
    """
    no, unit = row(1)["编号"], row(1)["单位"]
    ask = ("case", "open-sealed", no, "petitioner_name", "--actor", "admin", "--unit", unit, "--ground", "service")
    (tmp_path / "new").write_text("long and dull\n")
    home.run("key", "passphrase", "--new-file", tmp_path / "new")
    secret = {"LUOSHI_KEY_PASSPHRASE_FILE": str(tmp_path / "new")}
    assert "passphrase" in home.run(*ask, "--text", "送达", exits=2).stderr
    assert json.loads(home.run(*ask, "--text", "送达", **secret).stdout)["value"] == "诸葛1号"
    assert "verified" in home.run("verify", **secret).stdout
    home.run("log", "publish", **secret)
    home.run("backup", "create", tmp_path / "b", "--keys-to", tmp_path / "k", **secret)
    other = Home(open_folder())
    other.run("backup", "restore", tmp_path / "b", "--keys-from", tmp_path / "k", **secret)
    assert json.loads(other.run(*ask, "--text", "送达", **secret).stdout)["value"] == "诸葛1号"
