"""
`luoshi finding`, as a discipline office runs it: from opening to a proposal, each step by who may take it.
"""

from __future__ import annotations

import json

import pytest

from tests.api.running import MAPPING, Home, open_folder, row, write_csv

ORG = """
[[unit]]
id = "discipline"
name = "县纪委监委"
kind = "discipline"

[[unit]]
id = "east"
name = "东街道"
kind = "organ"
"""
PERSON = """
[[post]]
id = "{name}-post"
unit_id = "{unit}"
title = "干部"
rank = "staff"

[[official]]
id = "{name}"
name = "{name}"

[[appointment]]
post_id = "{name}-post"
official_id = "{name}"
from_on = 2025-01-01
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    made = Home(open_folder() / "home")
    made.run("init")
    folder = tmp_path_factory.mktemp("files")
    (folder / "hall.toml").write_text(MAPPING, encoding="utf-8")
    rows = write_csv(folder / "rows.csv", [row(1, 办结时间="")])
    made.run("import", rows, "--mapping", folder / "hall.toml")
    posts = (("qian", "discipline"), ("zhou", "discipline"), ("wang", "east"))
    org = ORG + "".join(PERSON.format(name=name, unit=unit) for name, unit in posts)
    (folder / "org.toml").write_text(org, encoding="utf-8")
    made.run("people", "load", folder / "org.toml", "--keys")
    return made


def done(home, *args):
    return json.loads(home.run("finding", *args).stdout)


@pytest.fixture(scope="module")
def finding(home, tmp_path_factory) -> str:
    about = ("H1", "--duty", "conclude", "--trigger", "1", "--subject-unit", "east", "--subject", "wang")
    opened = done(home, "open", *about, "--actor", "qian", "--command-id", "one")
    stream = opened["stream"]
    assert done(home, "open", *about, "--actor", "qian", "--command-id", "one") == opened | {"is_new": False}
    done(home, "pin", stream, "0", "3", "--actor", "qian")
    assert done(home, "pin", stream, "3", "--actor", "qian")["log_index"] is None
    ask = ("ask", stream, "--of-unit", "east", "--of", "wang", "--by", "2099-12-31", "--actor", "qian")
    assert done(home, *ask)["version"] == 3
    refused = home.run("finding", "confirm", stream, "--ground", "overdue", "--actor", "zhou", exits=2)
    assert "说明期限未满" in refused.stderr
    text = tmp_path_factory.mktemp("said") / "text"
    text.write_text("当日系统故障，已有书面记录。", encoding="utf-8")
    said = ("explain", stream, "--request", "3", "--text", text, "--evidence", text)
    assert "须由被要求说明的人" in home.run("finding", *said, "--actor", "admin", "--unit", "east", exits=2).stderr
    done(home, *said, "--actor", "wang")
    assert "立项人不得自行认定" in (
        home.run("finding", "confirm", stream, "--ground", "overdue", "--actor", "qian", exits=2).stderr
    )
    assert done(home, "confirm", stream, "--ground", "overdue", "--actor", "zhou")["version"] == 5
    done(home, "propose", stream, "--measure", "talk", "--addressee", "discipline", "--actor", "qian")
    return str(stream)


def test_the_case_has_what_was_confirmed(home, finding):
    log = home.log()
    [breach] = [x for x in log if x["topic"] == "breach_finding.recorded.v1"]
    assert breach["payload"]["body"]["origin"] == finding
    [proposed] = [x for x in log if x["topic"] == "accountability.proposed.v1"]
    assert proposed["payload"]["body"]["of_finding"] == breach["payload"]["version"]
    assert "系统故障" not in json.dumps(log, ensure_ascii=False)


def test_listed(home, finding):
    [row] = home.ask("finding", "list", "--state", "confirmed")
    assert (row["finding"], row["subject_official_id"]) == (finding, "wang")
    assert home.ask("finding", "list", "--state", "open") == []
    assert "--state is one of" in home.run("finding", "list", "--state", "x", exits=2).stderr


def test_shown(home, finding):
    """What is in clear to whoever works on the machine; the explanation by a reading on record, and not to others."""
    assert "系统故障" not in home.run("finding", "show", finding).stdout
    size = home.size()
    shown = home.run("finding", "show", finding, "--actor", "zhou", "--purpose", "审理").stdout
    assert "当日系统故障" in shown
    assert "建议 talk" in shown
    assert home.size() == size + 1
    read = home.log()[-1]
    assert (read["topic"], read["stream"]) == ("answer.read.v1", "reading/unit/discipline")
    assert home.ask("finding", "show", finding, "--actor", "wang", "--purpose", "本人")["explanations"][0]["text"]
    assert "查阅须写明用途" in home.run("finding", "show", finding, "--actor", "zhou", exits=2).stderr
    other = ("--actor", "admin", "--unit", "east", "--purpose", "x")
    assert "不予查阅" in home.run("finding", "show", finding, *other, exits=1).stderr
    assert "no finding finding/0" in home.run("finding", "show", "finding/0", exits=2).stderr


def test_withdrawn(home, finding):
    """By who confirmed it, in the case too; and then nothing more is proposed on it."""
    done(home, "withdraw", finding, "--reason", "system_failure", "--actor", "zhou")
    assert home.log()[-1]["topic"] == "breach_finding.withdrawn.v1"
    asked = ("finding", "propose", finding, "--measure", "circular", "--actor", "qian")
    assert "confirmed finding" in home.run(*asked, exits=2).stderr
    assert "verified" in home.run("verify").stdout
