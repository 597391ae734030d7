"""
Packs: the statute reads, dated versions do not overlap, and what is malformed is named.
"""

from __future__ import annotations

from datetime import date

import pytest

from domain.law.rules import MalformedPack, Rulebook, parse_pack
from tests.domain.duties.build import rulebook


def pack(**entry):
    base = {"obligation": "x", "arises_on": ["petition_received"], "within": 3, "counted_in": "calendar days"}
    return {"schema": "luoshi.pack.v1", "pack": "p", "version": [base | entry]}


def test_the_statute():
    """
    The Regulation's own numbers, each with its article.
    """
    rules = {r.obligation: r for p in rulebook().packs if p.pack_id == "cn-xinfang-tiaoli-2022" for r in p.rules}
    limits = {n: (r.within.days, r.within.counted_in, r.article) for n, r in rules.items() if r.within is not None}
    assert limits == {
        "forward_or_assign": (15, "calendar days", "22"),
        "serve_acceptance_notice": (15, "calendar days", "23"),
        "notify_direct_filing": (15, "calendar days", "23"),
        "objection_window": (5, "working days", "23"),
        "conclude_petition": (60, "calendar days", "34"),
        "decide_review": (30, "calendar days", "35"),
        "decide_re_review": (30, "calendar days", "36"),
        "review_request_window": (30, "calendar days", "35"),
        "re_review_request_window": (30, "calendar days", "36"),
    }


def test_not_before_it_was_in_force():
    rules = rulebook()
    assert not list(rules.arising("county", "petition_received", date(2022, 4, 30)))
    assert list(rules.arising("county", "petition_received", date(2022, 5, 1)))


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"within": 0}, "within"),
        ({"within": True}, "within"),
        ({"counted_in": "moons"}, "counted_in"),
        ({"arises_on": []}, "arises_on"),
        ({"bearer": "petitioner"}, "bearer"),
        ({"when": "import os"}, "when"),
        ({"wihtin": 3}, "wihtin"),
        ({"roll": "back"}, "roll"),
    ],
)
def test_malformed(entry, named):
    with pytest.raises(MalformedPack, match=named):
        parse_pack(pack(**entry))


NONE = {"within": None, "counted_in": None}


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"due_from": "act.execute_by"}, "due_from contradicts within"),
        ({"no_due": "age"}, "no_due contradicts within"),
        (NONE | {"no_due": "finding"}, "neither within nor due_from"),
        (NONE | {"counted_in": "calendar days", "no_due": "age"}, "counted_in needs within"),
        ({"no_due_against": "issuer"}, "no_due_against needs"),
        ({"no_due_against": "petitioner"}, "no_due_against"),
        ({"claimed_by": ["execution_evidenced"]}, "claimed_by needs discharged_by"),
        ({"reopened_by": ["closing_report_rejected"]}, "reopened_by needs discharged_by"),
        ({"verified_by": ["rectification_verified"]}, "verified_by needs discharged_by"),
        ({"on_end": {"arises": "y", "by": ["w"]}, "ended_by": ["z"]}, "on_end.by is of ended_by"),
        ({"on_end": {"starts": "y"}, "ended_by": ["z"]}, "on_end is"),
        ({"once_per": "week"}, "once_per"),
        ({"bearer_else": "sender"}, "bearer_else needs bearer"),
        ({"bearer": "act.__class__"}, "bearer"),
        ({"starts": "a b"}, "starts"),
        ({"excused_by": "leave"}, "excused_by is a list"),
        ({"discharged_by": ["petition.registered"]}, "discharged_by is a list"),
        ({"breached_by": ["x"]}, "breached_by has no meaning for a duty"),
        ({"used_by": ["x"]}, "used_by has no meaning for a duty"),
        ({"kind": "window", "breach_kinds": ["x"]}, "breach_kinds has no meaning for a window"),
        ({"kind": "window", "discharged_by": ["x"]}, "discharged_by has no meaning for a window"),
        ({"kind": "ban"}, "within has no meaning for a ban"),
        (NONE | {"kind": "ban"}, "breached_by names no act"),
        (NONE | {"kind": "ban", "breached_by": ["a", "b"], "breach_kinds": ["c"]}, "one kind for each act"),
        ({"absorbs": ["x"]}, "absorbs names the obligation itself"),
        ({"extension": {"by": "anybody"}}, "extension.by"),
        ({"extension": {"by": "issuer", "length": 3}}, "extension: unknown field 'length'"),
        ({"extension": {"by": "issuer", "approved": "whenever"}}, "extension.approved"),
        ({"extension": {"by": "issuer", "over_max": "cut_to_max"}}, "over_max needs max_days"),
        ({"extension": {"by": "issuer", "times": 0}}, "extension.times"),
        (NONE | {"no_due": "age", "extension": {"by": "issuer"}}, "there is no day to extend"),
        ({"in_force_from": "2026-02-01", "in_force_to": "2026-01-01"}, "in_force_to lies before"),
        ({"visible_to": "Everybody!"}, "visible_to"),
    ],
)
def test_contradictions_are_refused(entry, named):
    """
    The message names the obligation and the field.
    """
    content = pack(**entry)
    content["version"] = [{k: v for k, v in content["version"][0].items() if v is not None}]
    with pytest.raises(MalformedPack, match=f"^x: .*{named}"):
        parse_pack(content)


def test_unknown_convention():
    with pytest.raises(MalformedPack, match="p: conventions: unknown field 'entry_graze'"):
        parse_pack(pack() | {"conventions": {"entry_graze": {"days": 1, "counted_in": "working days"}}})


def test_packs_of_no_source_apply_together():
    """
    And one that names a source adds to them where it says so; the newest pack's convention stands.
    """
    grace = {"entry_grace": {"days": 1, "counted_in": "working days"}}
    local = parse_pack(pack() | {"pack": "local", "conventions": grace, "beside_national": True}, sources=("county",))
    both = Rulebook((*rulebook().packs, local))
    day = date(2026, 1, 1)
    names = [r.obligation for r in both.arising("county", "petition_received", day)]
    assert "x" in names
    assert "register_petition" in names
    assert "x" not in [r.obligation for r in both.arising("town", "petition_received", day)]
    assert both.conventions("county").entry_grace.days == 1
    assert both.conventions("county").silent_after == rulebook().conventions("county").silent_after


def test_a_rule_without_a_number_says_so():
    with pytest.raises(MalformedPack, match="no_due"):
        parse_pack(
            {
                "schema": "luoshi.pack.v1",
                "pack": "p",
                "version": [{"obligation": "x", "arises_on": ["petition_received"]}],
            }
        )


def test_versions_do_not_overlap():
    two = pack()
    two["version"].append(two["version"][0] | {"within": 5})
    with pytest.raises(MalformedPack, match="same day"):
        parse_pack(two)


def test_a_pack_of_a_source_keeps_the_national_law_out():
    """
    Records of another system fall under its own pack alone.
    """
    both = Rulebook((*rulebook().packs, parse_pack(pack(), sources=("boston",))))
    day = date(2026, 1, 1)
    assert [r.obligation for r in both.arising("boston", "petition_received", day)] == ["x"]
    assert "x" not in [r.obligation for r in both.arising("county", "petition_received", day)]


def test_old_term_still_governs_old_duties():
    """
    The version in force on the day a duty arose governs it, although another is in force when it falls due.
    """
    old = {"obligation": "x", "arises_on": ["petition_received"], "within": 15, "counted_in": "calendar days"}
    both = {
        "schema": "luoshi.pack.v1",
        "pack": "p",
        "version": [
            old | {"in_force_from": "2020-01-01", "in_force_to": "2026-06-30"},
            old | {"in_force_from": "2026-07-01", "within": 10},
        ],
    }
    book = Rulebook((parse_pack(both),))
    assert [r.within.days for r in book.arising("a", "petition_received", date(2026, 6, 30))] == [15]
    assert [r.within.days for r in book.arising("a", "petition_received", date(2026, 7, 1))] == [10]
