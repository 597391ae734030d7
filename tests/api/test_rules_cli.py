"""
A new local standing duty and a new deduction rule, end to end, from a TOML file and without a line of Python.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from app.establish import enrol_official, record
from app.settings import Settings
from app.wiring import init_luoshi, open_luoshi
from domain.case.commands import FileAct
from domain.people import events as p
from domain.recorded import Actor
from tests.api.running import TOP, Home, open_folder
from tests.audit.test_scoring import SHEET

LOCAL = TOP / "domain/law/statutes/local"
# What a county invents: a duty nobody thought of, a filing of its own, and points for missing it.
PACK = (
    SHEET.replace('"reception"', '"well_inspection"')
    .replace('"reception_attended"', '"well_inspected"')
    .replace("每月接访", "每月查井")
    .replace('excused_by = ["leave"]\n', "")
    .replace('id = "reception_attended"', 'id = "well_inspected"')
)
MORE = """
[[filed_kind]]
id = "{}"
name_zh = "其他"
needs = ["evidence"]
may = ["numbers.wells"]
source = "test art. 2"
confidence = "uncertain"
"""


@pytest.fixture(scope="module")
def home():
    """A log that began in December 2024: one township with a head."""
    folder = open_folder()
    at = datetime(2024, 12, 20, 1, tzinfo=UTC)
    chosen = Settings(home=folder)
    with init_luoshi(chosen, administrator="admin", clock=lambda: at) as luoshi:
        record(luoshi.handler, p.UnitEstablished(unit_id="east", name="东镇", kind="township"), now=at)
        record(luoshi.handler, p.PostEstablished(post_id="e", unit_id="east", title="镇长", rank="main_leader"), now=at)
        record(luoshi.handler, p.OfficialRegistered(official_id="wang", name="王某"), now=at)
        record(luoshi.handler, p.AppointmentMade(post_id="e", official_id="wang", from_on=at.date()), now=at)
        enrol_official(luoshi.handler, "wang", now=at)
    return Home(folder)


@pytest.fixture(scope="module")
def pack(home):
    path = home.path / "local.toml"
    path.write_text(PACK + "".join(MORE.format(k) for k in ("deduction_noticed", "resolved")), encoding="utf-8")
    return path


def test_without_python(home, pack):
    assert "可采用" in home.run("rules", "lint", pack).stdout
    # Adopted with the clock of December 2024; the command line's own clock would owe nothing before next month.
    at = datetime(2024, 12, 30, 1, tzinfo=UTC)
    with open_luoshi(Settings(home=home.path), clock=lambda: at) as luoshi:
        from app.establish import adopt_pack  # noqa: PLC0415
        from app.rule_packs import read_pack  # noqa: PLC0415

        adopt_pack(luoshi.handler, read_pack(pack), now=at, adopted_by="admin")
        now = datetime(2025, 1, 20, 1, tzinfo=UTC)
        luoshi.handler.clock = lambda: now
        filed = FileAct(
            stream="office/east",
            unit_id="east",
            official_id="wang",
            actor=Actor(official_id="wang"),
            occurred_at=now,
            now=now,
            command_id="1",
            kind="well_inspected",
            evidence=("a" * 64,),
        )
        assert luoshi.handler.handle(filed).is_new
        assert not luoshi.handler.handle(filed).is_new
    found = home.ask("audit", "failures", "--as-of", "2025-04-02", "--source", "standing")
    rows = [(r["case_no"], r["duty_name"], r["state"], r["person"]["name"]) for r in found if r["unit"]["id"] == "east"]
    assert sorted(rows) == [
        ("east/2025-02", "每月查井", "breached", "王某"),
        ("east/2025-03", "每月查井", "breached", "王某"),
    ]
    unit = home.ask("audit", "unit", "east", "--as-of", "2025-04-02")
    failed = [r["duty_id"] for r in unit["duties"] if r["is_charged_with_due_day"]]
    assert failed == [r["duty_id"] for r in found if r["unit"]["id"] == "east"]
    assert unit["charged_with_due_day"] == unit["by_state"]["breached"] == len(failed)
    paged = home.ask("audit", "unit", "east", "--as-of", "2025-04-02", "--limit", "1")
    assert ([r["duty_id"] for r in paged["items"]], paged["next"] is None) == ([unit["duties"][0]["duty_id"]], False)
    assert home.ask("audit", "summary", "--as-of", "2025-04-02")["by_state"]["met"] == 1
    person = home.ask("audit", "person", "wang", "--purpose", "test", "--as-of", "2025-04-02")
    assert sorted(r["case_no"] for r in person["duties"]) == [
        "east/2025-01",
        "east/2025-02",
        "east/2025-03",
        "east/2025-04",
    ]
    period = ("--unit", "east", "--from", "2025-01-01", "--to", "2025-04-02", "--pack", "local")
    sheet = home.ask("audit", "score", *period)
    assert (sheet["score"], sheet["score_if_all_counted"], len(sheet["deductions"])) == (100, 94, 2)
    assert not home.ask("audit", "score", *period, "--title", "four_none")["may_be_awarded"]
    reminded = home.ask("audit", "reminders", "--as-of", "2025-04-28")
    assert [r["case_no"] for r in reminded] == ["east/2025-04"]
    assert home.run("verify").stdout.endswith("verified\n")


def test_adopt_and_file(home, pack):
    """
    On the command line: an unknown official, a pack that rewrites what was in force, a good one; then a filing.
    """
    assert "nobody" in home.run("rules", "adopt", pack, "--official", "nobody", exits=2).stderr
    changed = home.path / "changed.toml"
    changed.write_text(pack.read_text(encoding="utf-8").replace('"month"', '"week"'), encoding="utf-8")
    assert "不得改写" in home.run("rules", "adopt", changed, "--official", "admin", exits=1).stderr
    assert "cadence" in home.run("rules", "diff", pack, changed).stdout
    npc = LOCAL / "cn-tongcheng-npc-example.toml"
    assert "已采用" in home.run("rules", "adopt", npc, "--official", "admin", "--second", "wang").stdout
    assert "cn-tongcheng-npc-example" in [r["pack"] for r in home.ask("rules", "list")]
    assert "settle_lawfully" in [r["code"] for r in home.ask("rules", "codes", "undertaking")]
    assert home.ask("rules", "codes", "subject") == []
    home.run("rules", "codes", "persons", exits=2)
    adopted = [r for r in home.log() if r["topic"] == "rule_pack.adopted.v1"][-1]
    assert (adopted["payload"]["body"]["adopted_by"], adopted["payload"]["body"]["second"]) == ("admin", "wang")
    assert "well_inspected" in [r["kind"] for r in home.ask("office", "kinds")]
    sheet = home.path / "sheet.txt"
    sheet.write_text("登记表", encoding="utf-8")
    done = json.loads(home.run("office", "file", "well_inspected", "--actor", "wang", "--evidence", sheet).stdout)
    assert (done["stream"], done["is_new"]) == ("office/east", True)
    refused = home.run("office", "file", "people_watched", "--actor", "wang", "--evidence", sheet, exits=2)
    assert "没有这一填报类别" in refused.stderr


def test_stories(home):
    done = home.run("rules", "test", LOCAL / "cn-henan-county-example.toml")
    stories = sorted(p.stem for p in (LOCAL / "cn-henan-county-example.stories").glob("*.toml"))
    assert {"bureau", "township"} < set(stories)
    assert done.stdout.splitlines() == [f"ok    {story}" for story in stories]
    home.run("rules", "test", home.path / "local.toml", exits=2)
    wrong = home.path / "wrong.toml"
    text = (LOCAL / "cn-henan-county-example.stories/township.toml").read_text(encoding="utf-8")
    wrong.write_text(text.replace('"met_late"', '"met"'), encoding="utf-8")
    assert "FAIL  wrong" in home.run("rules", "test", LOCAL / "cn-henan-county-example.toml", wrong, exits=1).stdout
