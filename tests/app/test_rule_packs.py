"""
Packs before adoption: the shipped ones are clean and their stories come true; what is wrong with others is named.
"""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from app import holidays
from app.establish import STATUTES, plain
from app.rule_packs import changes_the_past, diff, lint, read_pack, unknown_events
from app.rule_stories import BadStory, tell
from domain.law.calendar import Notice
from domain.law.filed import parse_filed_kinds
from domain.law.lists import parse_lists
from domain.law.rules import MalformedPack
from tests.audit.test_scoring import SHEET
from tests.domain.duties.county import RECEPTION

PACKS = sorted(STATUTES.rglob("*.toml"))
SHIPPED = [p for p in PACKS if p.parent.suffix != ".stories"]
STORIES = [p for p in PACKS if p.parent.suffix == ".stories"]
KINDS = {k.kind for p in SHIPPED for k in parse_filed_kinds(read_pack(p))}
NOTICES = [
    Notice(n.year, n.published_on, n.source, frozenset(n.days_off), frozenset(n.make_up_days))
    for n in map(holidays.notice, sorted(holidays.PUBLISHED))
]
MORE = {"leave", "deduction_noticed", "resolved"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_packs_are_clean(path):
    assert lint(read_pack(path), kinds=KINDS, others=[parse_lists(read_pack(p)) for p in SHIPPED]) == []


@pytest.mark.parametrize("path", STORIES, ids=lambda p: f"{p.parent.stem}-{p.stem}")
def test_shipped_stories_come_true(path):
    pack = read_pack(path.parent.with_suffix(".toml"))
    assert tell(tomllib.loads(path.read_text(encoding="utf-8")), pack, NOTICES) == []


def test_a_story_that_does_not_come_true():
    path = STORIES[0]
    pack = read_pack(path.parent.with_suffix(".toml"))
    story = tomllib.loads(path.read_text(encoding="utf-8"))
    story["expect"][0]["state"] = "void"
    [fault] = tell(story, pack, NOTICES)
    assert "应为" in fault
    assert "'void'" in fault
    with pytest.raises(BadStory, match="adopted_on"):
        tell({"as_of": date(2026, 1, 1)}, pack, NOTICES)
    with pytest.raises(BadStory, match="unknown table"):
        tell(story | {"expects": []}, pack, NOTICES)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            'discharged_by = ["reception_attended"]',
            'discharged_by = ["met_him"]',
            "no pack defines the filed kind met_him",
        ),
        ('source = "test art. 1"', 'source = " "', "source is a text"),
        ('cadence = "month"', 'cadence = "moon"', "cadence is one of"),
        ("period_ends_is_due = true\n", "", "says exactly one of"),
        ('cadence = "month"', 'cadence = "week"\non_day = 15', "says exactly one of"),
        ("period_ends_is_due = true", "on_day = 32", "on_day is a whole number"),
        ('cadence = "month"', 'cadence = "fortnight"', "has an anchor"),
        ('unit_kind = "township"', 'unit_kind = "township", person = "x"', "unknown field 'person'"),
        ('bearer = { rank = "main_leader"', 'bearer = { under = "gov"', "bearer names posts"),
        ("min_held_percent = 50", "min_held_percent = 101", "min_held_percent"),
        ('duty = "reception"', 'duty = "petition_received"', "不针对来件"),
        (
            '[[filed_kind]]\nid = "reception',
            '[[filing]]\nid = "x"\n[[filed_kind]]\nid = "reception',
            "unknown section: filing",
        ),
        ('needs = ["evidence"]', 'needs = ["fingerprint"]', "needs is period"),
    ],
)
def test_lint_names_what_is_wrong(old, new, why):
    assert old in SHEET
    assert lint(tomllib.loads(SHEET), kinds=MORE) == []
    assert any(why in fault for fault in lint(tomllib.loads(SHEET.replace(old, new, 1)), kinds=MORE)), lint(
        tomllib.loads(SHEET.replace(old, new, 1)), kinds=MORE
    )


def test_lint_of_a_case_duty():
    """
    A trigger nobody can record; a filing as discharge of a case's duty, by its name with `filed_`.
    """
    entry = {
        "obligation": "x",
        "arises_on": ["petition_recieved"],
        "discharged_by": ["filed_policy_explained", "filed_other"],
        "within": 3,
        "counted_in": "calendar days",
    }
    content = {"schema": "luoshi.pack.v1", "pack": "p", "version": [entry]}
    faults = lint(content, kinds={"policy_explained"})
    assert [f.rpartition(" ")[2] for f in faults] == ["petition_recieved", "source"]
    assert unknown_events(content, kinds={"policy_explained"}) == [
        "x: arises_on: petition_recieved",
        "x: discharged_by: filed_other",
    ]


def test_versions_that_overlap():
    entry = "[[version]]" + RECEPTION.split("[[version]]")[1]
    [fault] = lint(tomllib.loads(RECEPTION + entry), kinds=MORE)
    assert "two versions are in force on the same day" in fault


def test_not_a_pack(tmp_path):
    path = tmp_path / "p.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(MalformedPack, match="UTF-8"):
        read_pack(path)
    path.write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(MalformedPack, match="at most"):
        read_pack(path)
    assert lint({"schema": "x"})
    assert lint({"schema": "luoshi.pack.v1", "pack": "p", "version": 3})


def test_diff():
    old = tomllib.loads(RECEPTION)
    new = tomllib.loads(SHEET.replace('cadence = "month"', 'cadence = "week"'))
    lines = diff(old, new)
    assert "修改 changed  义务 duty reception cadence: month → week" in lines
    assert "新增 added    扣分表 scoring sheet hundred: 百分倒扣制" in lines
    assert diff(new, old)[-1].startswith("删除 removed")
    assert diff(old, plain(old)) == []  # as the log holds it


def test_what_was_in_force_is_not_rewritten():
    """
    A version may be ended from today on and followed by another; it may not be changed, removed or ended backwards.
    """
    today = date(2026, 3, 10)
    old = plain(tomllib.loads(RECEPTION))
    weekly = tomllib.loads(RECEPTION.replace('cadence = "month"', 'cadence = "week"'))
    assert "cadence" in changes_the_past(old, weekly, today)[0]
    assert "不得删除" in changes_the_past(old, {"pack": "local"}, today)[0]
    ended = tomllib.loads(RECEPTION.replace('cadence = "month"', 'cadence = "month"\nin_force_to = 2026-03-31'))
    assert changes_the_past(old, ended, today) == []
    assert changes_the_past(old, ended, date(2026, 4, 1)) != []
    coming = tomllib.loads(RECEPTION.replace('cadence = "month"', 'cadence = "month"\nin_force_from = 2027-01-01'))
    assert changes_the_past(plain(coming), {"pack": "local"}, today) == []
