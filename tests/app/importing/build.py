"""
A ledger in memory, small files of records, and what the audit's own fold says of them.
"""

import csv
import gzip
import random
import threading
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from app.handle import Handler, read
from app.importing.mapping import parse_mapping
from app.importing.run import run_import
from app.keyring import Keyring
from domain.case.events import CaseEvent
from domain.duties.engine import duties
from domain.duties.standing import standing
from domain.duties.values import AsOf
from domain.duties.view import view
from domain.law.calendar import Calendar
from domain.law.rules import Rulebook, parse_pack
from domain.people.events import RulePackAdopted
from ledger.disclosure import open_disclosure
from ledger.envelope import open_leaf, parse_payload
from ledger.store.memory import MemoryStore

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

MAPPING = """
[source]
name = "counter"
timezone = "Asia/Shanghai"
row = "case"
[case]
no = "no"
unit = "unit"
person = "person"
[[act]]
type = "petition.registered"
at = "opened"
sealed = { petitioner_name = "who", text = "text" }
[[act]]
type = "petition.concluded"
at = "closed"
when = "present"
[duty.conclude]
due_at = "due"
"""
COLUMNS = ["no", "unit", "person", "opened", "due", "closed", "who", "text"]

STEPS = """
[source]
name = "desk"
timezone = "Asia/Shanghai"
row = "event"
row_key = "ordinal"
[case]
no = "no"
unit = "unit"
[[act]]
type = "petition.registered"
at = "opened"
[[act]]
type = "petition.concluded"
at = "closed"
when = "present"
[[act]]
type = "handed.over"
at = "at"
when = "changed"
column = "team"
to_unit = "team"
unit = "unit"
[[act]]
type = "progress.noted"
at = "at"
fields = { step = "step" }
"""
STEP_COLUMNS = ["no", "unit", "team", "opened", "closed", "at", "step"]


def handler(store=None, *, keyring=None, seed=1, now=NOW):
    chance = random.Random(seed)  # noqa: S311 - salts of a test
    return Handler(
        store if store is not None else MemoryStore(),
        keyring if keyring is not None else Keyring(),
        origin="test.example/log",
        clock=lambda: now,
        salt=lambda: chance.randbytes(16),
        is_valid_uscc=lambda _: True,
        lock=threading.Lock(),
    )


def mapping(text=MAPPING, name="mapping"):
    return parse_mapping(text, name)


def row(no, **cells):
    defaults = {
        "no": no,
        "unit": "housing",
        "person": "Li",
        "opened": "2026-01-05 09:00:00",
        "due": "2026-02-05 09:00:00",
        "closed": "2026-02-01 10:00:00",
        "who": "A0001",
        "text": "漏水",
    }
    return [(defaults | cells)[c] for c in COLUMNS]


def step(no, team, at, name="checked", **cells):
    defaults = {"no": no, "unit": "housing", "team": team, "opened": "2026-01-05 09:00:00", "closed": "", "at": at}
    return [(defaults | {"step": name} | cells)[c] for c in STEP_COLUMNS]


def write(path: Path, rows, columns=COLUMNS, *, encoding="utf-8") -> Path:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])
    return path


def read_csv(path: Path, encoding="utf-8"):
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream))


def do_import(target, path, text=MAPPING, **options):
    return run_import(target, path, mapping(text) if isinstance(text, str) else text, **options)


def history(target):
    """Every event of the log, as a fold receives it."""
    return [read(stored) for stored in target.store.read_log(0, 1_000_000)]


def acts(target):
    """The acts on cases alone."""
    return [r for r in history(target) if isinstance(r.event, CaseEvent)]


def payloads(target):
    """
    What must be equal between two runs over the same file: everything but the server's time and what follows from it
    (the link to the previous leaf), chance (salts and their digests), and the importer's own key.
    """
    result = []
    for stored in target.store.read_log(0, 1_000_000):
        payload = parse_payload(open_leaf(stored.leaf).payload)
        disclosed = sorted(map(open_disclosure, target.store.disclosures([stored.log_index]).get(stored.log_index, ())))
        if not stored.stream.startswith("system/"):
            result.append(
                (
                    *(stored.log_index, stored.stream, stored.version, stored.command_id, stored.topic),
                    *(payload.body, payload.actor, payload.occurred_at, disclosed, len(payload.sd)),
                )
            )
    return result


class Answer:
    """The duties of everything in a ledger, and how they stand at a moment."""

    def __init__(self, target, as_of: datetime):
        self.people = target.register()
        self.streams = {}
        packs = {}
        for recorded in history(target):
            if isinstance(recorded.event, RulePackAdopted):
                packs[recorded.event.pack_id] = parse_pack(recorded.event.content, recorded.event.sources)
            if recorded.stream.startswith("case/"):
                self.streams.setdefault(recorded.stream, []).append(recorded)
        self.rules = Rulebook(tuple(packs.values()))
        self.as_of = as_of

    @cache  # noqa: B019 - one short-lived answer per test
    def standings(self):
        at = AsOf(self.as_of, self.as_of.date())
        return [
            (duty, standing(duty, at))
            for events in self.streams.values()
            for duty in duties(view(events, self.as_of), self.rules, Calendar(), self.people)
        ]

    def count(self, state, obligation="conclude"):
        return sum(1 for duty, s in self.standings() if s.state == state and duty.obligation == obligation)

    def by_person(self, state):
        found = {}
        for _, s in self.standings():
            if s.state == state:
                found[s.breacher.official_id] = found.get(s.breacher.official_id, 0) + 1
        return found
