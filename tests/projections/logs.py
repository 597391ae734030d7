"""
Logs for the views: a simulated county, and random cases, in a store that has one database per test.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from threading import Lock

import psycopg
from psycopg import sql
from stdnum.cn import uscc

from app import codec
from app.codec import PEOPLE_TOPICS
from app.establish import establish
from app.handle import Handler, read
from app.keyring import Keyring
from app.simulate import SimulatedClock, seeded_salt, simulate
from domain.case import events as e
from domain.duties.engine import duties
from domain.law.in_force import Law, add
from domain.people import events as p
from domain.people.streams import streams_of
from domain.recorded import Actor
from ledger.envelope import Draft, Sealed, leaf_hash, payload, seal
from ledger.store.memory import MemoryStore

ACTOR = Actor(system="registrar")
START = datetime(2025, 1, 6, 1, tzinfo=UTC)


def handler_over(store, clock, seed=7):
    return Handler(
        store,
        Keyring(),
        origin="simulated.example/log",
        clock=clock,
        salt=seeded_salt(seed),
        is_valid_uscc=uscc.is_valid,
        lock=Lock(),
    )


def simulated(cases, seed=7):
    """A memory store with law, calendars and a simulated year."""
    store, clock = MemoryStore(), SimulatedClock()
    handler = handler_over(store, clock, seed)
    establish(handler, now=clock(), administrator="admin")
    simulate(handler, clock, seed=seed, cases=cases)
    return store


class Writer:
    """Puts any events on record, in any order of claimed time: imports and corrections do."""

    def __init__(self, store):
        self.store = store
        self.clock = SimulatedClock(START)
        self.handler = handler_over(store, self.clock)
        establish(self.handler, now=START, administrator="admin")
        self.signer = self.handler.keyring.signer("system/registrar")
        self.count = 0

    def enter(self, event, occurred_at):
        """An entry of the register, in every stream that it stands in."""
        for stream in streams_of(event):
            self.add(stream, event, occurred_at)

    def add(self, stream, event, occurred_at, recorded_at=None, *, imported=False):
        version, head = self.store.head(stream)
        self.count += 1
        draft = Draft(
            stream=stream,
            version=version + 1,
            topic=event.TOPIC,
            body=codec.encode(event),
            actor=codec.actor_body(ACTOR, imported=imported),
            occurred_at=codec.moment(occurred_at),
            command_id=f"test/{self.count}",
            origin=self.handler.origin,
            disclosures=(),
        )
        moment = codec.moment(recorded_at or max(occurred_at, START))
        leaf = seal(payload(draft, prev=head.hex() if head else None, recorded_at=moment), self.signer)
        self.store.append([Sealed(stream, version + 1, event.TOPIC, draft.command_id, leaf, ())])
        assert leaf_hash(leaf)
        return version + 1


UNITS = ("bureau", "housing", "roads", "merged")
POSTS = {"bureau": ("b-head", "b-desk"), "housing": ("h-head", "h-desk"), "roads": ("r-head", "r-desk")}
# A source with days of its own: its due moments, and another zone.
OTHER_PACK = {
    "schema": "luoshi.pack.v1",
    "pack": "other",
    "zone": "America/New_York",
    "version": [
        {
            "obligation": "conclude",
            "source": "the source's own",
            "arises_on": ["petition_registered"],
            "due_from": "act.due.conclude",
            "no_due": "none",
            "discharged_by": ["case_closed", "handling_opinion_served"],
            "ended_by": ["petition_withdrawn"],
        }
    ],
}
OFFICIALS = ("an", "bo", "chen", "du", "fang", "guo")


def random_log(seed, cases=6, acts=9, waiting=0.0):
    """
    Cases whose acts are claimed in any order, between changes of post, of units and of the calendar. What happens in
    them need not make sense: the fold takes what is recorded. `waiting`: how often one of a case's duties is said to
    wait for another of them, and why it is not met.
    """
    rng = Random(seed)  # noqa: S311 - a history must repeat from its seed
    writer = Writer(MemoryStore())
    for unit in UNITS:
        kind = "petition_department" if unit == "bureau" else "organ"
        writer.enter(p.UnitEstablished(unit_id=unit, name=unit, kind=kind), START)
    for unit, posts in POSTS.items():
        for post in posts:
            rank = "main_leader" if post.endswith("head") else "staff"
            writer.enter(p.PostEstablished(post_id=post, unit_id=unit, title=post, rank=rank), START)
    adopted = p.RulePackAdopted(pack_id="other", version="1", content=OTHER_PACK, sources=("other",))
    late_pack = rng.random() < 0.5
    if not late_pack:
        writer.enter(adopted, START)
    every_post = [post for posts in POSTS.values() for post in posts]
    for post, official in zip(every_post, OFFICIALS, strict=True):
        if rng.random() < 0.8:
            made = p.AppointmentMade(post_id=post, official_id=official, from_on=date(2024, 1, 1))
            writer.enter(made, START)
    plan = [rng.randrange(cases) for _ in range(cases * acts)]
    versions = dict.fromkeys(range(cases), 0)
    at = START
    for n, case in enumerate(plan):
        if late_pack and n == len(plan) // 2:
            writer.enter(adopted, at)
        at += timedelta(hours=rng.randrange(1, 72))
        if rng.random() < 0.12:
            _change(writer, rng, at, every_post)
        stream = f"case/{'other' if case % 3 == 2 else 'county'}/{case}"
        claimed = at - timedelta(days=rng.choice((0, 0, 0, 0, 1, 5, 40)), hours=rng.choice((0, 0, 7)))
        event = _act(rng, versions[case])
        versions[case] = writer.add(stream, event, claimed, at, imported=rng.random() < 0.2)
        if waiting and rng.random() < waiting:
            versions[case] = _wait(writer, rng, stream, at) or versions[case]
    return writer.store


def _change(writer, rng, at, posts):
    post, official = rng.choice(posts), rng.choice(OFFICIALS)
    day = at.date() + timedelta(days=rng.choice((-30, -2, 0, 1, 20)))
    match rng.randrange(6):
        case 0 | 1 | 2:
            made = p.AppointmentMade(post_id=post, official_id=official, from_on=day)
            writer.enter(made, at)
        case 3 | 4:
            law = law_of(writer.store)
            held = [a for a in law.people.appointments.get(post, ()) if a.from_on <= day <= a.to_on]
            if held:
                ended = p.AppointmentEnded(post_id=post, official_id=held[-1].official_id, to_on=day)
                writer.enter(ended, at)
        case _:
            gone = p.UnitAbolished(unit_id="roads", valid_to=day, successor_id=rng.choice(("merged", "housing", None)))
            writer.enter(gone, at)


def _act(rng, version):
    unit = rng.choice(UNITS[:3])
    post = rng.choice((None, *POSTS[unit]))
    who = {"unit_id": unit, "official_id": rng.choice((None, *OFFICIALS)), "post_id": post}
    earlier = rng.randrange(1, version + 1) if version else 1
    if version == 0:
        return e.PetitionReceived(**who, channel="letter")
    if version == 1:
        due = (("conclude", "2025-03-01T10:30:00+08:00"),) if rng.random() < 0.7 else ()
        return e.PetitionRegistered(**who, case_no="n", due=due)
    other = rng.choice(UNITS[:3])
    return rng.choice(
        (
            e.PetitionReferred(**who, to_unit_id=other, basis="art. 22"),
            e.PetitionAssigned(**who, to_unit_id=other, basis="x", report_by=date(2025, 3, 3)),
            e.ReceiptSigned(**who, of_version=earlier, of="petition_referred"),
            e.ReceiptSigned(**who, of_version=earlier, of="petition_assigned"),
            e.HandedOver(**who, to_unit_id=other, to_official_id=rng.choice(OFFICIALS)),
            e.HandlerAssigned(**who, assigned_official_id=rng.choice(OFFICIALS)),
            e.JurisdictionObjected(**who, of_version=earlier, ground="g"),
            e.ObjectionDecided(**who, objection_version=earlier, result=rng.choice(("upheld", "refused"))),
            e.PetitionAccepted(**who),
            e.AcceptanceNoticeServed(**who),
            e.ExtensionApproved(
                **who, obligation="conclude_petition", trigger_version=earlier, days=rng.choice((10, 45)), reason="r"
            ),
            e.HandlingOpinionServed(
                **who, outcome="support", executor_unit_id=other, execute_by=rng.choice((None, date(2025, 4, 1)))
            ),
            e.ExecutionEvidenced(**who, opinion_version=earlier),
            e.ExecutionVerified(**who, opinion_version=earlier),
            e.SatisfactionRated(**who, score="dissatisfied", contradicts=earlier),
            e.HearingConvened(**who),
            e.HearingClosed(**who),
            e.ReviewRequested(**who, opinion_version=earlier),
            e.OpinionSetAsideServed(**who, opinion_version=earlier, order="redo", addressee_unit_id=other),
            e.ProgressNoted(**who, step="s"),
            e.CaseClosed(**who),
            e.PetitionWithdrawn(**who),
            *_blocks_and_causes(rng, who, earlier, version),
        )
    )


def _wait(writer, rng, stream, at):
    """One duty of the case waits for another, and mostly somebody else says so too; and why it was not met."""
    law = law_of(writer.store)
    found = [d for d in duties(cases_of(writer.store)[stream], law.rules, law.calendar, law.people) if d.trigger]
    if len(found) < 2:
        return None
    one, other = rng.sample(found, 2)
    dated = [d for d in found if d.due_on is not None and d is not one]
    other = rng.choice(dated) if dated else other
    who = {"unit_id": one.bearer.unit_id}
    named = {"obligation": one.obligation, "trigger_version": one.trigger.version}
    on = {"by_obligation": other.obligation, "by_trigger_version": other.trigger.version}
    version = writer.add(stream, e.DutyBlocked(**who, **named, **on), at - timedelta(days=rng.choice((0, 0, 3))), at)
    if rng.random() < 0.8:
        by = rng.choice((other.bearer.unit_id, "bureau", "roads"))
        version = writer.add(stream, e.BlockAcknowledged(unit_id=by, block_version=version), at, at)
    return writer.add(stream, e.CauseStated(**who, **named, cause="funds_missing"), at, at)


def _blocks_and_causes(rng, who, earlier, version):
    """What waits for what, acknowledged or not, and what somebody says the cause is."""
    duties = ("serve_acceptance_notice", "conclude_petition", "sign_receipt", "forward_or_assign", "decide_objection")
    named = {"obligation": rng.choice(duties), "trigger_version": earlier}
    on = {"by_obligation": rng.choice(duties), "by_trigger_version": rng.randrange(1, version + 1)}
    cause = rng.choice(("funds_missing", "no_authority", "staff_missing"))
    return (
        e.DutyBlocked(**who, **named, **on),
        e.DutyBlocked(**who, **named, **on),
        e.BlockAcknowledged(**who, block_version=earlier),
        e.BlockAcknowledged(**who, block_version=version),
        e.BlockAcknowledged(**who, block_version=version),
        e.CauseStated(**who, **named, cause=cause),
        e.CauseStatementWithdrawn(**who, statement_version=version, reason="r"),
    )


def recorded(store):
    return [read(stored) for stored in store.read_log(0, store.size())]


def law_of(store):
    law = Law()
    for r in recorded(store):
        if r.topic in PEOPLE_TOPICS:
            add(law, r)
    return law


def cases_of(store):
    cases = {}
    for r in recorded(store):
        if r.stream.startswith("case/"):
            cases.setdefault(r.stream, []).append(r)
    return cases


def offices_of(store):
    offices = {}
    for r in recorded(store):
        if r.stream.startswith("office/"):
            offices.setdefault(r.stream, []).append(r)
    return offices


def copy_into(store, dsn):
    """The same log in a database, byte for byte, as its owner could load it."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET ROLE luoshi_owner")
        size = store.size()
        columns = "log_index, stream, version, topic, command_id, leaf, leaf_hash"
        with connection.cursor().copy(f"COPY luoshi.event ({columns}) FROM STDIN") as copy:
            for s in store.read_log(0, size):
                copy.write_row((s.log_index, s.stream, s.version, s.topic, s.command_id, s.leaf, leaf_hash(s.leaf)))
        connection.execute("UPDATE luoshi.head SET size = %s", (size,))


def dump(dsn, *, without=("position",)):
    """Every view's rows as text, ordered: equal dumps are equal bytes."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        rows = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'luoshi_view' ORDER BY tablename"
        ).fetchall()
        found = {}
        for (table,) in rows:
            if table not in without:
                statement = sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1").format(
                    sql.Identifier("luoshi_view", table)
                )
                found[table] = [text for (text,) in connection.execute(statement)]
    return found
