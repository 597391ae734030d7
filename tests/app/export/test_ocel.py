"""
The log as OCEL 2.0: its shape by the standard's own rules, what it counts, and what must not be in it.

Two outside programs read it in bench/oracle/exports.py; here the rules that their readers rest on are checked by hand.
"""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from datetime import date, datetime
from xml.etree import ElementTree as ET

import pytest

from app.export.cases import CasesToExport
from app.export.ocel import write_ocel
from app.questions import Questions
from bench.oracle.exports import counted, differences
from domain.case import events as e
from ledger.store.memory import MemoryStore
from tests.projections.logs import START, Writer, cases_of, simulated
from tests.tools import need

END = date(2025, 12, 31)
WHO = {"unit_id": "bureau", "official_id": "an"}
KINDS = {"string": str, "integer": int, "boolean": bool, "time": str}


@pytest.fixture(scope="module")
def county():
    return simulated(60)


def exported(store, form="json"):
    out = io.BytesIO()
    written = write_ocel(CasesToExport(store, END), out, END, form=form)
    return written, out.getvalue()


@pytest.fixture(scope="module")
def log(county):
    return json.loads(exported(county)[1])


class TestByTheStandard:
    def test_members(self, log):
        """
        The members that the standard requires, and no others.
        """
        assert set(log) == {"objectTypes", "eventTypes", "objects", "events"}
        for each in log["objectTypes"] + log["eventTypes"]:
            assert set(each) == {"name", "attributes"}
        for event in log["events"]:
            assert set(event) == {"id", "type", "time", "attributes", "relationships"}
            assert datetime.fromisoformat(event["time"]).utcoffset() is not None
        for thing in log["objects"]:
            assert set(thing) == {"id", "type", "attributes", "relationships"}

    @pytest.mark.parametrize(("types", "things"), [("eventTypes", "events"), ("objectTypes", "objects")])
    def test_values_are_of_their_declared_type(self, log, types, things):
        declared = {t["name"]: {a["name"]: a["type"] for a in t["attributes"]} for t in log[types]}
        assert len(declared) == len(log[types])
        for thing in log[things]:
            names = [a["name"] for a in thing["attributes"]]
            assert len(names) == len(set(names))
            for a in thing["attributes"]:
                assert type(a["value"]) is KINDS[declared[thing["type"]][a["name"]]], (thing["id"], a)

    def test_relations(self, log):
        """
        Every relation has its object, is there once, and says as what; identifiers are unique.
        """
        known = {o["id"] for o in log["objects"]}
        assert len(known) == len(log["objects"])
        assert len({x["id"] for x in log["events"]}) == len(log["events"])
        for thing in log["events"] + log["objects"]:
            pairs = [(r["objectId"], r["qualifier"]) for r in thing["relationships"]]
            assert len(pairs) == len(set(pairs))
            assert {i for i, _ in pairs} <= known
            assert all(q for _, q in pairs)

    def test_xml_says_the_same(self, county, log):
        root = ET.fromstring(exported(county, "xml")[1])  # noqa: S314 - our own file
        assert [child.tag for child in root] == ["object-types", "event-types", "objects", "events"]
        for kind in ("object", "event"):
            found = root.findall(f"{kind}s/{kind}")
            wanted = log[f"{kind}s"]
            assert [x.get("id") for x in found] == [x["id"] for x in wanted]
            assert [x.get("type") for x in found] == [x["type"] for x in wanted]
            for one, other in zip(found, wanted, strict=True):
                assert [(r.get("object-id"), r.get("qualifier")) for r in one.findall("objects/relationship")] == [
                    (r["objectId"], r["qualifier"]) for r in other["relationships"]
                ]
                spelled = [
                    str(a["value"]).lower() if a["value"] in (True, False) else str(a["value"])
                    for a in other["attributes"]
                ]
                assert [a.text or "" for a in one.findall("attributes/attribute")] == spelled


class TestContent:
    def test_counts(self, county, log):
        """
        An event for each act and a duty for each duty of the audit, with its state.
        """
        written, _ = exported(county)
        cases = cases_of(county)
        assert written.events == len(log["events"]) == sum(map(len, cases.values()))
        assert Counter(o["type"] for o in log["objects"]) == written.objects
        assert written.cases == written.objects["case"] == len(cases)
        summary = Questions(county).summary(END, source="county")
        states = Counter(
            a["value"] for o in log["objects"] if o["type"] == "duty" for a in o["attributes"] if a["name"] == "state"
        )
        assert states == summary["by_state"]

    def test_a_duty_knows_its_acts(self, county, log):
        """
        What gave rise to it and what ended it, as the audit cites them.
        """
        rows = Questions(county).failures(END, source="county", state="met_late")
        assert rows
        acts = {(r["objectId"], r["qualifier"]): x["id"] for x in log["events"] for r in x["relationships"]}
        for row in rows:
            name = f"duty/{row['duty_id']}"
            assert int(acts[name, "gives_rise_to"].removeprefix("act/")) in {x["log_index"] for x in row["evidence"]}
            assert (name, "ends") in acts

    def test_same_bytes(self, county):
        assert exported(county) == exported(county)

    def test_accusations_are_left_out(self):
        writer = Writer(MemoryStore())
        writer.add("case/county/1", e.PetitionReceived(**WHO, channel="letter"), START)
        writer.add("case/county/2", e.PetitionReceived(**WHO, channel="letter", category="accusation"), START)
        writer.add(f"case/accusation/{'a' * 32}", e.AccusationReceived(**WHO, channel="letter"), START)
        written, data = exported(writer.store)
        assert written.cases == 1
        assert b"accusation" not in data
        assert b"case/county/2" not in data

    def test_reasons_in_words_are_left_out(self):
        writer = Writer(MemoryStore())
        writer.add("case/county/1", e.PetitionReceived(**WHO, channel="letter"), START)
        writer.add("case/county/1", e.ProgressNoted(**WHO, step="a secret word"), START)
        for form in ("json", "xml"):
            assert b"secret" not in exported(writer.store, form)[1]

    def test_names_that_break_a_file(self):
        """
        Quotes, angles and control characters in a number come back as they were, or replaced where XML has no place.
        """
        writer = Writer(MemoryStore())
        writer.add('case/county/<"&\u0001𬙊', e.PetitionReceived(**WHO, channel="letter"), START)
        assert '"case/county/<\\"&\\u0001𬙊"' in exported(writer.store)[1].decode()
        root = ET.fromstring(exported(writer.store, "xml")[1])  # noqa: S314 - our own file
        assert root.find("objects/object").get("id") == 'case/county/<"&\ufffd𬙊'


def test_outside_programs_count_the_same(county, tmp_path):
    """
    pm4py and rustxes read the files, count what we counted, and discover a model.
    """
    python = os.environ.get("LUOSHI_MINING_PYTHON", "")
    need("pm4py", "LUOSHI_MINING_PYTHON names a Python that has it and rustxes (docs/export.md)", is_here=bool(python))
    ours, theirs = counted(county, tmp_path, python=python)
    assert differences(ours, theirs) == []
    assert theirs["discovered"]["transitions"] > 10
    assert theirs["discovered"]["object_types"] == ["case", "document", "duty", "official", "unit"]
