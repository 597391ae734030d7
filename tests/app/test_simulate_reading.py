"""
A second reading of the simulated year, by plain date arithmetic over the recorded events: every breach it finds is on
the answer sheet and every line of the sheet is found. It holds the simulator to its word, not the audit.

It reads the acts from receipt to review. Cases in which something else happens (supervision, leaders in charge, the
discipline line) it leaves alone; tests/app/test_simulate_covers.py has those.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from threading import Lock
from zoneinfo import ZoneInfo

import pytest
from stdnum.cn import uscc

from app.handle import Handler, read
from app.keyring import Keyring
from app.simulate import SimulatedClock, seeded_salt, simulate
from domain.case import events as e
from domain.people.register import fold_register
from ledger.store.memory import MemoryStore

ZONE = ZoneInfo("Asia/Shanghai")
END = date(2025, 12, 31)
BUREAU = "petition-bureau"


def days(n):
    return timedelta(days=n)


READ = (
    e.PetitionReceived,
    e.PetitionRegistered,
    e.PetitionReferred,
    e.PetitionAssigned,
    e.ReceiptSigned,
    e.JurisdictionObjected,
    e.ObjectionDecided,
    e.PetitionAccepted,
    e.AcceptanceNoticeServed,
    e.NotAccepted,
    e.NotAcceptedNoticeServed,
    e.HandlerAssigned,
    e.HandedOver,
    e.ExtensionApproved,
    e.ExtensionNoticeServed,
    e.HearingConvened,
    e.HearingClosed,
    e.HandlingOpinionServed,
    e.OpinionSetAsideServed,
    e.ExecutionEvidenced,
    e.ExecutionVerified,
    e.PetitionerConfirmed,
    e.ClosingReportFiled,
    e.ReviewRequested,
    e.ReviewOpinionServed,
    e.PetitionWithdrawn,
    e.PetitionLinked,
    e.ExecutionUrged,
    e.SatisfactionRated,
    e.ProgressNoted,
    e.CaseClosed,
)
ALONE = ("late_objection", "extension_too_long", "extension_repeated", "opinion_undated", "assignment_undated")
ALONE += ("under_acting", "no_handler", "successor_late", "successor_gap")
ALONE += ("no_first_handler",)  # by a local text, which this reading does not hold


def is_read(case):
    """Whether every act of the case is one that this reading knows, by the ordinary procedure and with a due day."""
    plain = all(isinstance(event, READ) for _, _, event in case.rows)
    simple = any(getattr(event, "procedure", "ordinary") == "simple" for _, _, event in case.rows)
    return plain and not simple and not any(ev.contradicts for _, _, ev in case.of(e.SatisfactionRated))


@dataclass
class Case:
    """One case as rows of (day, version, event), and what follows from them."""

    register: object
    rows: list = field(default_factory=list)

    def of(self, *types):
        return [(day, v, event) for day, v, event in self.rows if isinstance(event, types)]

    def after(self, version, *types, unit=None):
        """The day of the first event of these types after that version."""
        found = (d for d, v, ev in self.of(*types) if v > version and (unit is None or ev.unit_id == unit))
        return next(found, None)

    def at(self, version):
        return next((day, event) for day, v, event in self.rows if v == version)

    def person(self, unit, day):
        """Who of that unit held the matter at the start of that day: an official, or None for an empty post."""
        official, since = None, None
        for d, _, ev in self.rows:
            if d >= day:
                break
            if isinstance(ev, e.HandlerAssigned) and ev.unit_id == unit:
                official, since = ev.assigned_official_id, d
            elif isinstance(ev, e.HandedOver) and ev.to_unit_id == unit:
                official, since = ev.to_official_id, d
            elif ev.unit_id == unit and isinstance(
                ev,
                e.PetitionReceived
                | e.PetitionRegistered
                | e.ReceiptSigned
                | e.ReviewRequested
                | e.PetitionReferred
                | e.PetitionAssigned,
            ):
                official, since = ev.official_id, d
        post = self.register.posts_of(official, unit, since)[0]  # who acts for another has a second one
        held = self.register.holder_of(post, day)
        return held.official_id if held else None


def breaches(case, register):
    """Every (duty, unit, official, due day, days open) of a case that went past its due day; and the open spans."""
    spans = []  # duty, unit, due, arose, end
    charged = {}
    withdrawn = case.after(0, e.PetitionWithdrawn)
    received_on, _, received = case.rows[0]
    notices = (e.AcceptanceNoticeServed, e.NotAcceptedNoticeServed)
    if received.unit_id == BUREAU:
        end = case.after(1, e.PetitionReferred, e.PetitionAssigned) or case.after(1, e.NotAcceptedNoticeServed)
        spans.append(("forward_or_assign", BUREAU, received_on + days(15), received_on, end))
    else:
        spans.append(
            ("notify_direct_filing", received.unit_id, received_on + days(15), received_on, case.after(1, *notices))
        )
    for day, version, signed in case.of(e.ReceiptSigned):
        due = day + days(15)
        end = case.after(version, *notices, unit=signed.unit_id)
        _, sent = case.at(signed.of_version)
        if isinstance(sent, e.PetitionAssigned):
            report = case.after(version, e.ClosingReportFiled)
            spans.append(("report_on_assignment", signed.unit_id, sent.report_by, day, report))
        raised = next(
            ((d, v) for d, v, ev in case.of(e.JurisdictionObjected) if ev.of_version == signed.of_version), None
        )
        decided = raised and next(
            ((d, ev) for d, _, ev in case.of(e.ObjectionDecided) if ev.objection_version == raised[1]), None
        )
        if decided and decided[1].result == "upheld":
            continue
        if raised and raised[0] < due and (decided is None or decided[0] >= due):
            charged["serve_acceptance_notice"] = (sent.unit_id, sent.official_id)
        spans.append(("serve_acceptance_notice", signed.unit_id, due, day, end))
    for day, version, accepted in case.of(e.PetitionAccepted):
        end = case.after(version, e.HandlingOpinionServed)
        due = day + days(60 if accepted.procedure == "ordinary" else 10)
        unit = next((ev.to_unit_id for d, _, ev in case.of(e.HandedOver) if d < due), accepted.unit_id)
        for ext_day, ext_version, ext in case.of(e.ExtensionApproved):
            post = register.posts[ext.post_id]
            in_post = [a.official_id for a in register.in_post_on(ext.post_id, ext_day)] == [ext.official_id]
            if ext_day <= due and post.rank == "main_leader" and post.unit_id == ext.unit_id == unit and in_post:
                told = case.after(ext_version, e.ExtensionNoticeServed)
                spans.append(("serve_extension_notice", unit, due, ext_day, told))
                charged["serve_extension_notice"] = (unit, ext.official_id)
                due += days(ext.days)
        spans.append(("conclude_petition", unit, due, day, end))
    for day, version, opinion in case.of(e.HandlingOpinionServed):
        if opinion.outcome.startswith("support"):
            done = case.after(version, e.ExecutionVerified, e.PetitionerConfirmed)
            spans.append(("execute_opinion", opinion.executor_unit_id, opinion.execute_by, day, done))
    for day, version, request in case.of(e.ReviewRequested):
        spans.append(
            ("decide_review", request.unit_id, day + days(30), day, case.after(version, e.ReviewOpinionServed))
        )
    for day, version, aside in case.of(e.OpinionSetAsideServed):
        redone = case.after(version, e.HandlingOpinionServed)
        spans.append(("redo_after_set_aside", aside.addressee_unit_id, aside.redo_by, day, redone))
    found = []
    for duty, unit, due, arose, end in spans:
        ended = min(x for x in (end, withdrawn, END + days(1)) if x)
        assert arose < due, duty
        if due <= END and ended > due:
            holder = charged.get(duty) or (unit, case.person(unit, due))
            if duty not in charged:
                around = {case.person(unit, due + days(n)) for n in (-2, -1, 0, 1)}
                assert around == {holder[1]}, f"{duty}: hands change about {due}"
            found.append((duty, *holder))
    return found, [(arose, min(x for x in (end, withdrawn, END) if x)) for _, _, _, arose, end in spans]


@pytest.fixture(scope="module")
def year():
    clock, store = SimulatedClock(), MemoryStore()
    handler = Handler(
        store,
        Keyring(),
        origin="simulated.example/log",
        clock=clock,
        salt=seeded_salt(7),
        is_valid_uscc=uscc.is_valid,
        lock=Lock(),
    )
    sheet = simulate(handler, clock, seed=7, cases=400)
    log = [read(stored) for stored in store.read_log(0, store.size())]
    register = fold_register(log)
    cases = {}
    for r in log:
        if r.stream.startswith("case/"):
            case = cases.setdefault(r.stream.rpartition("/")[2], Case(register))
            case.rows.append((r.occurred_at.astimezone(ZONE).date(), r.version, r.event))
    alone = {r.case_no for r in sheet.rows if r.kind in ALONE}
    return sheet, log, register, {no: case for no, case in cases.items() if is_read(case) and no not in alone}


def test_the_sheet_is_what_plain_reading_finds(year):
    """
    The breaches of the recorded year are those of the sheet: duty, unit and official, no more and no fewer.
    """
    sheet, _, register, cases = year
    found = {(no, *breach) for no, case in cases.items() for breach in breaches(case, register)[0]}
    planted = {(r.case_no, r.duty, r.unit_id, r.official_id) for r in sheet.rows if r.case_no in cases}
    assert found == planted
    assert len({r.kind for r in sheet.rows if r.case_no in cases}) >= 15


def test_silence_is_planted_only_where_it_is_named(year):
    """
    While a duty is open, no more than twenty days pass without an event, but in the shelved cases.
    """
    sheet, _, register, cases = year
    shelved = {row.case_no for row in sheet.rows if row.kind == "shelved"}
    for no, case in cases.items():
        acted = [day for day, _, _ in case.rows]
        longest = 0
        for arose, end in breaches(case, register)[1]:
            days_acted = sorted({arose, end, *(d for d in acted if arose < d < end)})
            gaps = (later - sooner for sooner, later in pairwise(days_acted))
            longest = max([longest, *(gap.days for gap in gaps)])
        assert longest > 30 if no in shelved else longest <= 20, no


def test_everybody_acts_in_a_post_held_that_day(year):
    """
    Whoever acts on a case gives a post, of the acting unit, that the register says was theirs on that day.
    """
    _, log, register, _ = year
    for r in log:
        if r.stream.startswith("case/"):
            day = r.occurred_at.astimezone(ZONE).date()
            assert register.posts[r.event.post_id].unit_id == r.event.unit_id
            assert r.event.official_id in {a.official_id for a in register.in_post_on(r.event.post_id, day)}
            assert r.actor.official_id == r.event.official_id


def test_both_times_run_forward(year):
    """
    The log's own time never runs back, no act is claimed for later than its recording, and a case keeps its order.
    """
    _, log, _, cases = year
    assert [r.recorded_at for r in log] == sorted(r.recorded_at for r in log)
    assert all(r.occurred_at <= r.recorded_at for r in log)
    for case in cases.values():
        assert [day for day, _, _ in case.rows] == sorted(day for day, _, _ in case.rows)
