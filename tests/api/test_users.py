"""luoshi user, as an operator uses it; and the account comes in over HTTP."""

from __future__ import annotations

import subprocess

import pytest

from tests.api.running import LUOSHI, Home, open_folder

PASSWORD = "一个足够长的口令 2026"


@pytest.fixture(scope="module")
def home():
    home = Home(open_folder())
    home.run("init")
    return home


def add(home, *args, exits=0):
    done = subprocess.run(
        [LUOSHI, "user", "add", *args, "--password-stdin"],
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        env=home.environment,
        check=False,
        timeout=120,
    )
    assert done.returncode == exits, done.stderr
    return done


def test_an_account_is_made_listed_granted_and_shut(home):
    add(home, "guard", "--role", "security_officer")
    (account,) = home.ask("user", "list")
    assert (account["login"], account["roles"]) == ("guard", "security_officer")
    both = ("--role", "security_officer", "--role", "audit_officer")
    assert "never holds both" in home.run("user", "grant", "guard", *both, exits=2).stderr
    home.run("user", "disable", "guard")
    assert home.ask("user", "list")[0]["disabled"]
    home.run("user", "enable", "guard")
    assert [r["what"] for r in home.ask("user", "record")] == ["enabled", "disabled", "account_made"]
    home.run("user", "disable", "nobody", exits=1)


def test_what_cannot_be_is_said(home):
    assert "名册中没有 ghost" in add(home, "x", "--official", "ghost", "--role", "handler", exits=2).stderr
    assert "名册中的人员" in add(home, "x", "--role", "handler", exits=2).stderr


def test_a_system_gets_a_token_once(home):
    token = home.run("user", "add", "bus", "--system", "--role", "connected_system").stdout.strip()
    assert len(token) == 43
    assert [k["role"] for k in home.ask("key", "list") if k["holder"].startswith("acc-")] == ["system"]
    assert home.run("user", "token", "bus").stdout.strip() != token
    assert token not in home.run("user", "record").stdout


def test_the_roles_are_listed_with_their_reach(home):
    table = {r["role"]: r for r in home.ask("user", "roles")}
    assert table["inspector"]["reach"] == "supervised"
    assert table["handler"]["zh"] == "承办人"


def test_an_office_from_a_file_and_its_people_let_in(home, tmp_path):
    file = tmp_path / "office.toml"
    file.write_text(
        """
[[unit]]
id = "xf"
name = "某县信访局"
kind = "petition_department"
[[post]]
id = "xf-desk"
unit_id = "xf"
title = "接待科"
rank = "staff"
[[official]]
id = "xf-1"
name = "张某"
[[appointment]]
post_id = "xf-desk"
official_id = "xf-1"
from_on = 2026-01-01
""",
        encoding="utf-8",
    )
    assert "4 entries, 4 recorded" in home.run("people", "load", file, "--keys").stdout
    assert "4 entries, 0 recorded" in home.run("people", "load", file, "--keys").stdout
    (post,) = home.ask("people", "list", "--as-of", "2026-02-01")
    assert post["holders"] == "张某"
    add(home, "zhang", "--official", "xf-1", "--role", "clerk")
    file.write_text("[[unit]]\nid='x'", encoding="utf-8")
    assert "[[unit]] 1: name" in home.run("people", "load", file, exits=2).stderr
