"""
Files that say something false and hold in every byte: made by who knows the format, from records that are all genuine.

What is left out, renamed or asked is chosen so that the answer follows from what is left. Both verifiers refuse.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app import holidays
from app.establish import STATUTES
from app.evidence.offline import derive, main
from audit.answer import NotArisen
from domain.people import events as p
from ledger.evidence.files import write_bundle
from ledger.evidence.verify import verify_evidence
from ledger.trust import load_trust
from tests.evidence import making
from tests.evidence.making import CASE
from tests.evidence.tampering import genuine, policy

DAY = "2026-04-30"
REFERRED = {"stream": CASE, "as_of": DAY, "duty": "forward_or_assign"}  # discharged, late, on 10 April
ANSWER = {"events": [24, 25, 27], "exists": True, "duties": [], "case_no": "1", "source": "county"}


def forged(kind, question, answer, *, without=()):
    """A file of the genuine log's records, less these streams, with an answer of the forger's own."""
    log = making.log()
    names = (question["stream"], *(s for s in log.streams if not s.startswith(("case/", "log/"))))
    streams = {s: log.streams.get(s, ()) for s in names if not s.startswith(tuple(without))}
    said = {"stream": question["stream"], "as_of": DAY, "log_size": len(log.leaves), "duty": None} | answer
    bundle = making.gather(log, kind, question, answer=said)
    kept = tuple(s for s in bundle.streams if s.stream in streams)
    indexes = {index for s in kept for index in s.indexes} | {len(log.leaves) - 1}
    return write_bundle(
        replace(
            bundle,
            streams=kept,
            leaves=tuple(leaf for leaf in bundle.leaves if leaf.index in indexes),
        )
    )


NAMELESS = {"events": [], "exists": False, "duties": []}
FORGED = {
    "a duty that no law knows": lambda: forged(
        "absence", {**REFERRED, "duty": "答复信访人"}, {**ANSWER, "duty": "答复信访人"}
    ),
    "a discharged duty, its law left out": lambda: forged(
        "absence", REFERRED, {**ANSWER, "duty": "forward_or_assign"}, without=["pack/"]
    ),
    "a case without duties, its law left out": lambda: forged(
        "case", {"stream": CASE, "as_of": DAY}, {**ANSWER, "route": [], "leads": []}, without=["pack/"]
    ),
    "another duty breached, the units left out": lambda: forged(
        "case", {"stream": CASE, "as_of": DAY}, {**ANSWER, "route": [], "leads": []}, without=["unit/"]
    ),
    "nobody's post": lambda: forged(
        "case", {"stream": CASE, "as_of": DAY}, {**ANSWER, "route": [], "leads": []}, without=["post/bureau-desk"]
    ),
    "a post that only its unit names": lambda: forged(
        "case", {"stream": CASE, "as_of": DAY}, {**ANSWER, "route": [], "leads": []}, without=["post/housing-head"]
    ),
    "its holder": lambda: forged(
        "case", {"stream": CASE, "as_of": DAY}, {**ANSWER, "route": [], "leads": []}, without=["official/housing-head"]
    ),
    "a year without holidays": lambda: forged(
        "case", {"stream": CASE, "as_of": DAY}, {**ANSWER, "route": [], "leads": []}, without=["calendar/"]
    ),
    "how many records there are, with no law to read them by": lambda: forged(
        "absence", {"stream": CASE, "as_of": DAY}, ANSWER, without=["pack/"]
    ),
} | {
    f"no case {no!a}": lambda no=no: forged(
        "absence", {"stream": f"case/county/{no}", "as_of": DAY}, {**NAMELESS, "case_no": no, "source": "county"}
    )
    for no in ("1\u200b", "1 ", " 1", "1\u00a0", "1\u3000", "1\u202e", "", "e\u0301", "1\n", "1\ufeff")
}


def verified(data):
    return verify_evidence(data, load_trust(policy()), conclude=derive)


def test_the_same_file_unforged():
    assert verified(genuine()).verdict == "verified"


@pytest.mark.parametrize("name", FORGED)
def test_forged(name):
    report = verified(FORGED[name]())
    assert (report.verdict, report.failed.number) == ("refused", 9)
    # Not because the answer was guessed badly: there is none.
    assert "nothing follows from these records" in report.failed.en, report.failed.en


@pytest.mark.parametrize("name", FORGED)
def test_forged_for_the_page(opened, name):
    found = opened.verify(FORGED[name](), policy())
    assert (found.verdict, found.failed) == ("refused", 9), found.said


@pytest.mark.parametrize("as_of", ["2026-W18-4", "20260430T090000+08:00", "2026-W18-4T09:00:00+08:00"])
def test_a_day_spelled_otherwise(opened, as_of):
    """One spelling of a day: programs and people must read the same."""
    question = {"stream": CASE, "as_of": as_of}
    data = write_bundle(replace(making.case_bundle(), question=question))
    assert verified(data).failed.number == 9
    assert opened.verify(data, policy()).failed == 9


def test_which_law_is_there(opened, tmp_path, capsys):
    """Both verifiers say which packs and calendars were in force: all of them, as step 7 has proved."""
    file = tmp_path / "case.evidence.zip"
    file.write_bytes(genuine())
    assert main([str(file), "--vkey", making.log().signer.vkey, "--lang", "en"]) == 0
    said = capsys.readouterr().out
    [law] = [line for line in said.splitlines() if line.startswith("All rule packs and calendars at this checkpoint")]
    assert all(f"{path.stem} " in law for path in STATUTES.glob("*.toml"))
    assert f"{holidays.CALENDAR_ID} 2026" in law
    assert opened.verify(genuine(), policy()).verdict == "verified"
    shown = opened.page.inner_text("#conclusion")
    assert all(each in shown for each in law.partition("  ")[2].split(", "))


def test_a_duty_that_did_not_arise():
    """By the second of March nothing had to be forwarded: that is no silence of anybody."""
    with pytest.raises(NotArisen):
        making.gather(making.log(), "absence", {**REFERRED, "as_of": "2026-03-01"})


def test_whatever_is_left_out():
    """
    Each stream of a file left out in turn, with the answer that follows from the rest: refused, or nothing depended on
    it. An official's post in another unit, which no act and no unit concerned names, is among those that are missed.
    """
    office = making.county()
    for event in (
        p.UnitEstablished(unit_id="third", name="third", kind="organ"),
        p.PostEstablished(post_id="third-desk", unit_id="third", title="x", rank="staff"),
        p.AppointmentMade(post_id="third-desk", official_id="bureau-desk", from_on=date(2025, 1, 1)),
    ):
        making.record(office.handler, event, now=office.at)
    log = making.ended(office)
    whole, missed = making.gather(log), set()
    for gone in whole.streams[1:]:
        kept = tuple(s for s in whole.streams if s is not gone)
        leaves = tuple(leaf for leaf in whole.leaves if leaf.index not in gone.indexes)
        report = verify_evidence(
            write_bundle(replace(whole, streams=kept, leaves=leaves)), load_trust(log.policy), conclude=derive
        )
        if report.verdict == "refused":
            missed.add(gone.stream)
            # No other answer follows, which a forger could have written instead: there is none.
            assert report.failed.number == 6 or "nothing follows from these records" in report.failed.en
    assert {s.stream for s in whole.streams[1:]} - missed == {"official/admin", "system/log", "unit/third"}
