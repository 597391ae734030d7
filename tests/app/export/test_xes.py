"""
The log as XES: what the importer's own reader finds in it, what must not be in it, and how it is spelled.
"""

from __future__ import annotations

import io
from dataclasses import fields
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from app.codec import CLASSES
from app.export.cases import CasesToExport
from app.export.xes import CODES, write_xes
from app.importing.xes import EventLog
from domain.case import events as e
from ledger.store.memory import MemoryStore
from tests.projections.logs import START, Writer, cases_of, simulated

NS = "{http://www.xes-standard.org/}"
END = date(2025, 12, 31)
WHO = {"unit_id": "bureau", "official_id": "an"}


@pytest.fixture(scope="module")
def county():
    return simulated(60)


def exported(store, as_of=END, **more):
    out = io.BytesIO()
    return write_xes(CasesToExport(store, as_of, **more), out), out.getvalue()


def rows_of(data, tmp_path):
    path = tmp_path / "log.xes"
    path.write_bytes(data)
    log = EventLog(path)
    rows = list(log.rows())
    return [dict(zip(log.columns, [*row, *[""] * (len(log.columns) - len(row))], strict=True)) for row in rows]


def test_our_own_reader_finds_every_case_and_act(county, tmp_path):
    written, data = exported(county)
    rows = rows_of(data, tmp_path)
    cases = cases_of(county)
    assert written.cases == len({row["case:concept:name"] for row in rows}) == len(cases) == 60
    acts = {str(r.log_index): r for history in cases.values() for r in history}
    assert written.acts == len(rows) == len(acts)
    for row in rows:
        act = acts[row["luoshi:log_index"]]
        assert f"case/{row['case:concept:name']}" == act.stream
        assert row["concept:name"] + ".v1" == row["luoshi:topic"].replace(".", "_", 1).replace("_v1", ".v1")
        assert (row["luoshi:topic"], row["luoshi:version"]) == (act.topic, str(act.version))
        assert (row["org:group"], row["org:resource"]) == (act.event.unit_id, act.event.official_id)
        assert row["time:timestamp"] == act.occurred_at.astimezone(_zone()).isoformat(timespec="microseconds")
        assert row["time:timestamp"].endswith("+08:00")
        assert row["case:luoshi:channel"]


def _zone():
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    return ZoneInfo("Asia/Shanghai")


def test_the_structure_is_that_of_the_standard(county):
    """
    Extensions, globals, classifiers, attributes, then traces; in a trace attributes before events; keys stand once.
    """
    root = ET.fromstring(exported(county)[1])  # noqa: S314 - our own bytes
    order = [child.tag.removeprefix(NS) for child in root]
    ranks = [{"extension": 0, "global": 1, "classifier": 2, "trace": 4}.get(tag, 3) for tag in order]
    assert ranks == sorted(ranks)
    declared = {child.get("prefix") for child in root.iter(f"{NS}extension")} | {"luoshi"}
    for trace in root.iter(f"{NS}trace"):
        kinds = [child.tag.removeprefix(NS) == "event" for child in trace]
        assert kinds == sorted(kinds)
        times = []
        for holder in (trace, *trace.iter(f"{NS}event")):
            keys = [child.get("key") for child in holder if child.get("key") is not None]
            assert len(keys) == len(set(keys))
            assert {key.partition(":")[0] for key in keys} <= declared
            times += [child.get("value") for child in holder if child.get("key") == "time:timestamp"]
        assert times == sorted(times)


def test_no_petitioner_and_no_words(county):
    """
    No sealed value of the log and no reason, ground or step in words is in the file.
    """
    text = exported(county)[1].decode()
    indexes = [s.log_index for s in county.read_log(0, county.size())]
    sealed = [d for kept in county.disclosures(indexes).values() for d in kept]
    assert sealed
    said = set()
    for history in cases_of(county).values():
        for r in history:
            said |= {getattr(r.event, name, None) for name in ("reason", "ground", "basis", "step")}
    said -= {None}
    assert len(said) > 5
    assert not [words for words in said if words in text]
    from ledger.disclosure import open_disclosure  # noqa: PLC0415

    values = {str(value) for _, value in map(open_disclosure, sealed)}
    assert not [value for value in values if len(value) > 1 and value in text]


def test_every_code_is_a_field_of_some_act():
    """
    A field that no event has is a misspelt one.
    """
    known = {f.name for cls in CLASSES for f in fields(cls)}
    assert known >= CODES
    assert not CODES & {"ground", "reason", "basis", "step", "because", "subject", "case_no", "order_no"}


def test_accusations_and_acts_about_the_file_are_left_out(tmp_path):
    writer = Writer(MemoryStore())
    writer.add("case/accusation/" + "0" * 32, e.AccusationReceived(**WHO, channel="letter"), START)
    writer.add("case/county/1", e.PetitionReceived(**WHO, channel="letter", category="accusation"), START)
    writer.add("case/county/2", e.PetitionReceived(**WHO, channel="visit"), START)
    writer.add("case/county/2", e.SealedValueRead(**WHO, digests=("a",), ground="handling"), START)
    written, data = exported(writer.store)
    assert (written.cases, written.acts) == (1, 1)
    assert [row["concept:name"] for row in rows_of(data, tmp_path)] == ["petition_received"]
    assert b"accus" not in data


def test_as_of_and_source(tmp_path):
    writer = Writer(MemoryStore())
    for source in ("county", "other"):
        writer.add(f"case/{source}/1", e.PetitionReceived(**WHO, channel="letter"), START)
        writer.add(f"case/{source}/1", e.ProgressNoted(**WHO, step="s"), START + timedelta(days=3))
    writer.add("case/county/2", e.PetitionReceived(**WHO, channel="letter"), START + timedelta(days=2))
    assert exported(writer.store)[0].acts == 5
    assert exported(writer.store, source="county")[0].acts == 3
    written, data = exported(writer.store, START.date())
    assert (written.cases, written.acts) == (2, 2)
    assert {row["case:concept:name"] for row in rows_of(data, tmp_path)} == {"county/1", "other/1"}


def test_odd_names_come_back_as_they_were(tmp_path):
    """
    Quotes, angle brackets and line ends survive; what XML cannot hold becomes a replacement character.
    """
    writer = Writer(MemoryStore())
    odd = "a\"b<c>&'d\te\nf"
    writer.add("case/county/1", e.PetitionReceived(unit_id=odd, channel="let\x01ter"), START)
    [row] = rows_of(exported(writer.store)[1], tmp_path)
    assert row["org:group"] == odd
    assert row["case:luoshi:channel"] == "let\ufffdter"


def test_an_act_claimed_before_what_it_answers_keeps_its_claim(tmp_path):
    writer = Writer(MemoryStore())
    sent = writer.add("case/county/1", e.PetitionReferred(**WHO, to_unit_id="housing", basis="b"), START)
    early = START - timedelta(days=1)
    writer.add(
        "case/county/1",
        e.ReceiptSigned(unit_id="housing", of_version=sent, of="petition_referred"),
        early,
        START + timedelta(hours=1),
    )
    _, receipt = rows_of(exported(writer.store)[1], tmp_path)
    assert receipt["time:timestamp"] == START.astimezone(_zone()).isoformat(timespec="microseconds")
    assert receipt["luoshi:claimed_at"] == early.astimezone(_zone()).isoformat(timespec="microseconds")
    assert receipt["luoshi:of_version"] == str(sent)


def test_the_same_log_gives_the_same_bytes_and_memory_holds_one_case(county):
    """
    Equal bytes; and cases are read one at a time, when they are written.
    """
    assert exported(county)[1] == exported(county)[1]

    class Watching:
        asked = 0

        def __getattr__(self, name):
            return getattr(county, name)

        def read_stream(self, stream, after=0):
            self.asked += 1
            return county.read_stream(stream, after)

    watching = Watching()
    seen = 0
    for seen, _ in enumerate(CasesToExport(watching, END), 1):
        assert watching.asked == seen
    assert seen == 60
