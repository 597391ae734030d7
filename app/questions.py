"""
The audit's questions, asked of a store: reads the log, folds law and cases, and calls the pure functions of `audit`.

One pass over the log in index order: people, packs and notices into the law, acts into their case. Memory is that of
the decoded log, which is right for one office's answers on the command line; pages and lists over many cases are
answered from the `accountability` view, which stores what these same functions say.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.codec import PEOPLE_TOPICS
from app.evidence.closure import Consulted
from app.handle import LOG_CHUNK, read
from app.lead_texts import with_texts
from audit import followed as followed_of
from audit import leads as leads_of
from audit import report
from audit import routes as routes_of
from audit.answer import case_answer
from audit.dossier import Dossier
from audit.findings import Finding, findings, resolve
from audit.office import standing_findings
from audit.reminders import Reminder, reminders
from audit.scoring import Scored, filings_of, score, title
from audit.texts import TextLeads
from audit.traces import bursts, could_be_asked
from domain.case.events.filed import ActFiled
from domain.case.events.supervision import ReminderSent
from domain.duties.engine import split_stream
from domain.duties.standing_duties import SOURCE, filings
from domain.duties.view import known_size
from domain.law.in_force import Law, add
from domain.office.commands import is_office
from ledger.casemap import TOPIC as MAP_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from app.asked import Day
    from audit.lead import Lead
    from domain.recorded import Recorded
    from ledger.store.contract import Store, Stored

CASES = "case/"
WHAT = {"official": "人员", "unit": "单位"}
NAMED = 20  # ids listed where a name is several people's


class UnknownCase(LookupError):  # noqa: N818 - reads as what it says
    """No case of that number had any event by then."""


@dataclass(frozen=True, slots=True)
class Overview:
    """As `failures`, the same with `state` "no_due", and the counts of `summary` say it."""

    cases: int
    duties: int
    failures: list[dict[str, Any]]
    undated: list[dict[str, Any]]


def everything(_: str) -> bool:
    """Who asks on the machine itself sees every case."""
    return True


class Questions:
    """
    Answers over a prefix of the log. Thread-safe for reading; what was read once is not read again.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._log: list[Stored] = []
        self._read: dict[int, Recorded] = {}  # by log index: a leaf is decoded once, and only if a question needs it
        self._asked: tuple[int, Law, dict[str, list[Stored]], list[Stored]] | None = None

    # -- the prefix ----------------------------------------------------------------------------------------------

    def size_at(self, known_at: int | datetime | None) -> int:
        """The number of events a question sees: up to a log index (inclusive), up to a moment, or all."""
        self._catch_up()
        if known_at is None:
            return len(self._log)
        if isinstance(known_at, datetime):
            return known_size(self._recorded_at(), known_at)
        return min(known_at + 1, len(self._log))

    def _size_of(self, known_at: int | datetime | None) -> int:
        """The same for a question about one case, which reads the whole log only to find a moment in it."""
        if isinstance(known_at, datetime):
            return self.size_at(known_at)
        size = self._store.size()
        return size if known_at is None else min(known_at + 1, size)

    def _recorded_at(self) -> Iterator[datetime]:
        """When each event was recorded; a map root has no time of its own and is as old as what it follows."""
        last = datetime.min.replace(tzinfo=UTC)
        for stored in self._log:
            if stored.topic != MAP_ROOT:
                last = self._decoded(stored).recorded_at
            yield last

    def _catch_up(self) -> None:
        while chunk := self._store.read_log(len(self._log), LOG_CHUNK):
            self._log.extend(chunk)

    def _fold(self, size: int) -> tuple[Law, dict[str, list[Stored]]]:
        self._fold_whole(size)
        asked = self._asked
        if asked is None:
            raise AssertionError("folded above")
        return asked[1], asked[2]

    def _offices(self, size: int) -> list[Recorded]:
        """What every office filed, in log order."""
        self._fold_whole(size)
        return [self._decoded(stored) for stored in self._asked[3]] if self._asked is not None else []

    def _fold_whole(self, size: int) -> None:
        if self._asked is None or self._asked[0] != size:
            law = Law()
            cases: dict[str, list[Stored]] = {}
            offices: list[Stored] = []
            for stored in self._log[:size]:
                if stored.topic in PEOPLE_TOPICS:
                    add(law, self._decoded(stored))
                elif stored.stream.startswith(CASES):
                    cases.setdefault(stored.stream, []).append(stored)
                elif is_office(stored.stream):
                    offices.append(stored)
            self._asked = (size, law, cases, offices)

    def _found(
        self,
        size: int,
        as_of: Day,
        source: str | None,
        *,
        is_strict: bool = False,
        sees: Callable[[str], bool] = everything,
    ) -> Iterator[tuple[list[Recorded], list[Finding]]]:
        """The findings of every case, with its history; then those of standing duties, which no case has."""
        law, cases = self._fold(size)
        for history in self._of_source(cases, source, sees):
            yield history, findings(history, law, as_of, is_strict=is_strict)
        if source in (None, SOURCE):
            standing = standing_findings(self._offices(size), law, as_of, is_strict=is_strict)
            yield [], [f for f in standing if sees(f.duty.stream)]

    def _decoded(self, stored: Stored) -> Recorded:
        if stored.log_index not in self._read:
            self._read[stored.log_index] = read(stored)
        return self._read[stored.log_index]

    def case_streams(self, known_at: int | datetime | None = None) -> list[str]:
        """The stream of every case that had an event by then."""
        return list(self._fold(self.size_at(known_at))[1])

    def history(self, stream: str, known_at: int | datetime | None = None) -> list[Recorded]:
        """The acts of one case as known then, in log order; none where there is no such case."""
        return [self._decoded(stored) for stored in self._fold(self.size_at(known_at))[1].get(stream, ())]

    def office_filings(self, known_at: int | datetime | None = None) -> list[Recorded]:
        """What every office had filed by then, in log order."""
        return self._offices(self.size_at(known_at))

    def since(self, start: int) -> Iterator[Recorded]:
        """The events from a log index on; map roots are none."""
        self._catch_up()
        return (self._decoded(stored) for stored in self._log[start:] if stored.topic != MAP_ROOT)

    # -- the questions -------------------------------------------------------------------------------------------

    def law(self, known_at: int | datetime | None = None) -> Law:
        """People, packs and calendars as known then."""
        return self._fold(self.size_at(known_at))[0]

    def failures(
        self,
        as_of: Day,
        *,
        known_at: int | datetime | None = None,
        is_strict: bool = False,
        unit: str | None = None,
        person: str | None = None,
        duty: str | None = None,
        cause: str | None = None,
        state: str | None = None,
        source: str | None = None,
        sees: Callable[[str], bool] = everything,
    ) -> list[dict[str, Any]]:
        """
        Duties breached, met late, disputed or with an invalid extension; with `state`, those in that state. Ordered by
        the log index of what gave rise to them.
        """
        size = self.size_at(known_at)
        law, _ = self._fold(size)
        asked = _spelled(as_of)
        chosen = [
            f
            for _, found in self._found(size, as_of, source, is_strict=is_strict, sees=sees)
            for f in found
            if (f.is_failure if state is None else f.now.state == state)
            and (duty is None or f.duty.obligation == duty.replace("-", "_"))
        ]
        rows = (report.to_json(f, law, as_of=asked, log_size=size) for f in sorted(chosen, key=lambda f: f.order))
        return [r for r in rows if _is(r["unit"], unit) and _is(r["person"], person) and _has_cause(r, cause)]

    def overview(self, as_of: Day) -> Overview:
        """Of all cases in one reading: what failed, what should have a day and has none, how much there is."""
        size = self.size_at(None)
        law, _ = self._fold(size)
        failed: list[Finding] = []
        undated: list[Finding] = []
        cases = duties = 0
        for history, found in self._found(size, as_of, None):
            cases += bool(history) and (bool(found) or routes_of.route(history, law, as_of) is not None)
            duties += len(found)
            failed += (f for f in found if f.is_failure)
            undated += (f for f in found if f.now.state == "no_due")
        asked = _spelled(as_of)
        failures, without_day = (
            [report.to_json(f, law, as_of=asked, log_size=size) for f in sorted(chosen, key=lambda f: f.order)]
            for chosen in (failed, undated)
        )
        return Overview(cases, duties, failures, without_day)

    def pursuit(
        self,
        as_of: Day,
        *,
        known_at: int | datetime | None = None,
        case_no: str | None = None,
        unit: str | None = None,
        state: str | None = None,
        source: str | None = None,
    ) -> list[dict[str, Any]]:
        """
        What followed each failure: found, proposed, answered, decided, carried out, rectified, and what was owed and is
        not recorded. `state` is how far it was pursued. Standing duties are pursued in no case.
        """
        size = self.size_at(known_at)
        law, cases = self._fold(size)
        rows: list[followed_of.Followed] = []
        for history in self._of_source(cases, source):
            if case_no is not None and split_stream(history[0].stream)[1] != case_no:
                continue
            rows.extend(followed_of.followed(history, findings(history, law, as_of), law, as_of))
        rows.sort(key=lambda f: f.finding.order)
        found = (followed_of.to_json(f, law, as_of=_spelled(as_of), log_size=size) for f in rows)
        return [r for r in found if _is(r["unit"], unit) and state in (None, r["pursuit"]["state"])]

    def summary(
        self,
        as_of: Day,
        *,
        known_at: int | datetime | None = None,
        source: str | None = None,
        is_strict: bool = False,
        sees: Callable[[str], bool] = everything,
    ) -> dict[str, Any]:
        """
        How many cases and duties there are, in which state, and how many leads of which code; `lead_bases`: in how many
        cases a rule that compares two acts could have held.
        """
        size = self.size_at(known_at)
        law, _ = self._fold(size)
        states: Counter[str] = Counter()
        seen = undated = 0
        for history, found in self._found(size, as_of, source, is_strict=is_strict, sees=sees):
            if not history:
                states.update(f.now.state for f in found)
                continue
            if not found and routes_of.route(history, law, as_of) is None:
                continue
            seen += 1
            undated += not any(f.duty.due_on is not None or f.duty.due_at is not None for f in found)
            states.update(f.now.state for f in found)
        bases: Counter[str] = Counter()
        codes = Counter(
            lead.code for lead in self._leads(size, as_of, source, is_strict=is_strict, bases=bases, sees=sees)
        )
        return {
            "cases": seen,
            "cases_without_due_date": undated,
            "duties": states.total(),
            "by_state": dict(sorted(states.items())),
            "leads": dict(sorted(codes.items())),
            "lead_bases": dict(sorted(bases.items())),
            "as_of": _spelled(as_of),
            "log_size": size,
        }

    def routes(
        self,
        as_of: Day,
        *,
        known_at: int | datetime | None = None,
        source: str | None = None,
        sees: Callable[[str], bool] = everything,
    ) -> list[dict[str, Any]]:
        """Per case: who held it one after the other, hand-overs, returns to an earlier unit."""
        law, cases = self._fold(self.size_at(known_at))
        found = (routes_of.route(history, law, as_of) for history in self._of_source(cases, source, sees))
        return [routes_of.to_json(r, law) for r in found if r is not None]

    def leads(
        self,
        as_of: Day,
        *,
        known_at: int | datetime | None = None,
        code: str | None = None,
        source: str | None = None,
        is_strict: bool = False,
        sees: Callable[[str], bool] = everything,
    ) -> list[dict[str, Any]]:
        """Places where a person should look; never a verdict. In the order of the log, then those of many cases."""
        size = self.size_at(known_at)
        told = self._leads(size, as_of, source, is_strict=is_strict, sees=sees)
        found = [x for x in told if code is None or x.code == code]
        cited = {i for x in found for i in x.evidence}
        places = {s.log_index: (s.stream, s.version, s.topic) for s in map(self._log.__getitem__, cited)}
        return [leads_of.to_json(x, places) for x in found]

    def _leads(
        self,
        size: int,
        as_of: Day,
        source: str | None,
        *,
        is_strict: bool,
        bases: Counter[str] | None = None,
        sees: Callable[[str], bool] = everything,
    ) -> Iterator[Lead]:
        law, cases = self._fold(size)
        of_texts = TextLeads(law)
        filed = [r for r in self._offices(size) if sees(r.stream)]
        entered: list[Recorded] = []
        put_aside: dict[tuple[str, int], Lead] = {}
        for history, texts in with_texts(self._of_source(cases, source, sees), self._store, law):
            found = findings(history, law, as_of, is_strict=is_strict)
            told = leads_of.leads(
                history,
                found,
                law,
                as_of,
                is_strict=is_strict,
                of_texts=of_texts,
                texts=texts,
                filed=filed,
            )
            for lead in told:
                if lead.recorded is not None and lead.rule is None:
                    put_aside[lead.code, lead.evidence[0]] = lead  # may be measured when all cases are read
                else:
                    yield lead
            entered += history
            if bases is not None:
                bases.update(could_be_asked(history, law))
        for lead in of_texts.of_all():
            before = put_aside.pop((lead.code, lead.evidence[0]), None)
            yield lead if before is None else replace(lead, recorded=before.recorded)
        yield from put_aside.values()
        if source is None:
            yield from bursts(entered, law, resolve(as_of, law.rules.zone("")).moment)

    def case(
        self, case_no: str, as_of: Day, *, known_at: int | datetime | None = None, source: str | None = None
    ) -> list[dict[str, Any]]:
        """
        One case with every duty, whatever its state; as many answers as sources know the number. UnknownCase for none.
        """
        size = self._size_of(known_at)
        answers = []
        for stream in self._store.streams(CASES if source is None else f"{CASES}{source}/", case_no):
            # As an evidence file's answer is derived: of the log, only the streams that it leans on are read.
            look = Consulted(
                lambda name: [self._decoded(s) for s in self._store.read_stream(name) if s.log_index < size]
            )
            history = [r for r in look.look(stream) if r.topic not in PEOPLE_TOPICS]
            look.look_around(history)
            if (answer := case_answer(history, look.law, as_of, log_size=size)) is not None:
                answers.append(answer)
        if not answers:
            raise UnknownCase(f"no case {case_no} is recorded as of {_spelled(as_of)}")
        return answers

    def person(
        self,
        official: str,
        as_of: Day,
        *,
        purpose: str,
        known_at: int | datetime | None = None,
        is_strict: bool = False,
        sees: Callable[[str], bool] = everything,
    ) -> dict[str, Any]:
        """
        What one official held, case by case, for a named purpose: the load, the days held and those charged to nobody,
        which duties failed on a day charged to this official, and what the person said. No total, rank or threshold.
        """
        if not purpose.strip():
            raise ValueError("a question about a person names its purpose")
        size = self.size_at(known_at)
        law, _ = self._fold(size)
        official_id = one_of(official, law.people.officials, "official")
        dossier = Dossier(law, _spelled(as_of), size, official_id=official_id)
        for history, found in self._found(size, as_of, None, is_strict=is_strict, sees=sees):
            dossier.take(history, found)
        return dossier.of_person(purpose)

    def unit(
        self,
        unit: str,
        as_of: Day,
        *,
        known_at: int | datetime | None = None,
        is_strict: bool = False,
        sees: Callable[[str], bool] = everything,
    ) -> dict[str, Any]:
        """One unit across cases: every duty it held or is charged for, its leaders that day, its open duties."""
        size = self.size_at(known_at)
        law, _ = self._fold(size)
        unit_id = one_of(unit, {u.unit_id: u.name for u in law.people.units.values()}, "unit")
        dossier = Dossier(law, _spelled(as_of), size, unit_id=unit_id)
        for history, found in self._found(size, as_of, None, is_strict=is_strict, sees=sees):
            dossier.take(history, found)
        return dossier.of_unit(resolve(as_of, law.rules.zone("")).day)

    def score(self, unit_id: str, first: date, last: date, pack_id: str) -> Scored:
        """
        A unit's sheet for a period, by the pack's scoring sheet in force on its first day, as of its end.
        """
        size = self.size_at(None)
        law, _ = self._fold(size)
        found = [f for _, part in self._found(size, last, None) for f in part]
        return score(law, pack_id, unit_id, first, last, found, self._filed(size))

    def title(self, unit_id: str, first: date, last: date, pack_id: str, title_id: str) -> dict[str, Any]:
        """Whether a title may be awarded to a unit for a period and, if not, what is missing."""
        size = self.size_at(None)
        law, _ = self._fold(size)
        found = [f for _, part in self._found(size, last, None) for f in part]
        own = filings_of(unit_id, self._filed(size), first, last, law.rules.zone(SOURCE))
        return title(law, pack_id, title_id, unit_id, first, last, found, own)

    def reminders(self, as_of: Day) -> list[Reminder]:
        """The open duties whose holder is to be reminded as of a day."""
        size = self.size_at(None)
        law, cases = self._fold(size)
        found = [f for _, part in self._found(size, as_of, None) for f in part]
        sent = [self._decoded(s) for kept in cases.values() for s in kept if s.topic == ReminderSent.TOPIC]
        return reminders(found, law, [*self._filed(size), *sent], as_of)

    def _filed(self, size: int) -> list[Recorded]:
        """Everything that was filed, about cases and about offices, in log order."""
        _, cases = self._fold(size)
        topic = ActFiled.TOPIC
        of_cases = ([self._decoded(s) for s in kept if s.topic == topic] for kept in cases.values())
        return filings([*of_cases, self._offices(size)])

    def _of_source(
        self, cases: dict[str, list[Stored]], source: str | None, sees: Callable[[str], bool] = everything
    ) -> Iterator[list[Recorded]]:
        prefix = CASES if source is None else f"{CASES}{source}/"
        chosen = (kept for stream, kept in cases.items() if stream.startswith(prefix) and sees(stream))
        return ([self._decoded(s) for s in kept] for kept in chosen)


def one_of(wanted: str, names: Mapping[str, str], what: str) -> str:
    """The id that is meant, by itself or by a name that only one has; UnknownCase where none or several have it."""
    if wanted in names:
        return wanted
    found = [key for key, name in names.items() if name == wanted]
    if len(found) > 1:
        ids = ", ".join(found[:NAMED])
        raise UnknownCase(
            f"名为 {wanted} 的{WHAT[what]}有 {len(found)} 个，请用编号：{ids}。{len(found)} {what}s are named {wanted}"
        )
    if not found:
        raise UnknownCase(f"名册中没有{WHAT[what]} {wanted}。no {what} {wanted} is in the register")
    return found[0]


def _spelled(as_of: Day) -> str:
    return as_of.isoformat()


def _is(named: dict[str, Any] | None, wanted: str | None) -> bool:
    return wanted is None or (named is not None and wanted in (named["id"], named["name"]))


def _has_cause(row: dict[str, Any], wanted: str | None) -> bool:
    return wanted is None or any(c["code"] == wanted for c in row["causes"])
