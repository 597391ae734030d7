"""luoshi key, as an operator uses it: a home of its own, one command after the other."""

from __future__ import annotations

import json

import pytest

from tests.api.running import Home, open_folder


@pytest.fixture(scope="module")
def home():
    home = Home(open_folder())
    said = home.run("init").stderr
    assert "unencrypted" in said
    return home


def keys(home, **wanted):
    return [k for k in home.ask("key", "list") if all(k[name] == value for name, value in wanted.items())]


def test_list(home):
    """
    Every key has what the contract promises.
    """
    rows = keys(home)
    assert {r["role"] for r in rows} == {"log", "official", "system"}
    for row in rows:
        assert {"name", "role", "suite", "vkey", "valid_from", "valid_to"} <= row.keys()
        assert row["vkey"].startswith(row["name"] + "+")
        assert row["suite"] == "ed25519"
    assert "unencrypted" in home.run("key", "list").stderr


def test_rotate_and_revoke(home):
    """
    A rotated key is the only valid one; a revoked principal has none; the log verifies throughout.
    """
    [before] = keys(home, holder="admin")
    new = home.run("key", "rotate", "official/admin").stdout.splitlines()[-1]
    assert [k["vkey"] for k in keys(home, holder="admin", revoked=False)] == [new]
    name = "+".join(new.split("+")[:2])
    assert [k["kept_here"] for k in keys(home, holder="admin")] == [False, True]
    since = "2020-01-01T00:00:00+08:00"
    done = home.run("key", "revoke", "official/admin", "--reason", "test", "--since", since)
    key_id = "+".join(new.split("+")[:2])  # the base64 after it may hold a plus sign of its own
    assert done.stdout == f"revoked {key_id}\n"
    assert keys(home, holder="admin", revoked=False) == []
    assert [k["doubted_since"] for k in keys(home, holder="admin")] == [None, "2019-12-31T16:00:00+00:00"]
    assert before["vkey"] != new
    found = json.loads(home.run("verify", "--json").stdout)
    assert found["verified"]
    assert found["doubted"] == {name: []}


def test_client_key(home, tmp_path):
    """
    A key made for its holder alone is written to its file, encrypted, and enrolled by its public half only.
    """
    (tmp_path / "secret").write_text("correct horse\n")
    out = tmp_path / "key.pem"
    made = home.run(
        *("key", "new", "--role", "official", "--holder", "admin", "--custody", "client"),
        *("--out", out, "--passphrase-file", tmp_path / "secret"),
    ).stdout.strip()
    assert b"ENCRYPTED" in out.read_bytes()
    assert out.stat().st_mode & 0o777 == 0o600
    assert made not in [k["vkey"] for k in keys(home)]
    home.run("key", "enrol", "--vkey", made, "--official", "admin")
    [row] = keys(home, vkey=made)
    assert (row["custody"], row["kept_here"], row["holder"]) == ("client", False, "admin")
    again = home.run(
        *("key", "new", "--role", "official", "--holder", "admin", "--custody", "client"), *("--out", out), exits=2
    )
    assert "Traceback" not in again.stderr


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("new", "--role", "official"), "--holder"),
        (("new", "--holder", "x", "--custody", "client"), "--out"),
        (("new", "--holder", "nobody"), "not in the register"),
        (("enrol", "--vkey", "garbage", "--official", "admin"), "malformed verifier key"),
        (("enrol", "--vkey", "garbage"), "whose key it is"),
        (("revoke", "official/nobody", "--reason", "x"), "no key"),
        (("revoke", "system/registrar", "--reason", "x"), "登记机关"),
        (("revoke", "official/admin", "--reason", "x", "--since", "yesterday"), "RFC 3339"),
        (("rotate", "nobody"), "no principal"),
        (("passphrase", "--new-file", "/nowhere"), "/nowhere"),
    ],
)
def test_refused(home, args, why):
    """
    One clear line, exit 2. That nothing is recorded: tests/app/test_keyholding.py.
    """
    done = home.run("key", *args, exits=2)
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_passphrase(home, tmp_path):
    """
    After the change the keys open with the new passphrase only, and the list says that they are encrypted.
    """
    (tmp_path / "new").write_text("correct horse\n")
    home.run("key", "passphrase", "--new-file", tmp_path / "new")
    assert "wrong passphrase" in home.run("key", "rotate", "system/registrar", exits=2).stderr
    secret = {"LUOSHI_KEY_PASSPHRASE_FILE": str(tmp_path / "new")}
    assert "kept encrypted" in home.run("key", "list", **secret).stderr
    home.run("key", "rotate", "system/registrar", **secret)
    assert "verified" in home.run("verify", **secret).stdout

    # The log's own key, rotated: published with both, proved, exported with its sizes, verified.
    shown = home.run("key", "rotate", "log", "--overlap", "50", **secret).stdout.splitlines()
    assert len(shown) == 2
    assert home.run("log", "publish", **secret).stdout.count("\u2014 ") == 2
    proof = ("log", "prove", "0", "--out", tmp_path / "p.tlog-proof", "--leaf", tmp_path / "leaf")
    home.run(*proof, **secret)
    home.run("log", "export", tmp_path / "copy", **secret)
    kept = json.loads((tmp_path / "copy/log-keys.json").read_text())
    assert [k["vkey"] for k in kept["log_keys"]] == [line.split()[0] for line in shown]
    assert home.run("verify", **secret).stdout.endswith("verified\n")
