"""
What is gathered gives the answer of the whole log, is as small as it may be, and would be missed if it were not there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app import codec
from app.establish import REGISTRAR, record
from app.evidence.conclude import NoAnswer, conclude
from app.evidence.gather import NotPublished, Unprovable
from app.handle import read
from app.questions import Questions, UnknownCase
from domain.case import commands as c
from domain.people import events as p
from ledger.casemap import check_map_proof, format_entry, map_key, parse_map_root
from ledger.checkpoint import open_checkpoint
from ledger.envelope import Draft, Sealed, open_leaf, parse_payload, payload, seal
from ledger.merkle import check_record, leaf_hash
from ledger.outside import CheckpointFile
from ledger.store.contract import Stored, whole_log
from ledger.vkeys import Verifier
from tests.app.evidence.publishing import Evidence, Hiding
from tests.app.office import Office
from tests.projections.logs import random_log, simulated

YEAR_END = "2025-12-31"
CASES = 200


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    return Evidence(simulated(CASES), tmp_path_factory.mktemp("log"), "simulated.example/log")


def decoded(bundle, *, without=()):
    gone = {i for s in bundle.streams if s.stream in without for i in s.indexes}
    return [read(Stored(leaf.index, "", 0, "", "", leaf.leaf)) for leaf in bundle.leaves[:-1] if leaf.index not in gone]


def test_every_case_as_online(county):
    """
    For each of 200 cases the records in the file, a small part of the log, give the answer of the whole log.
    """
    gatherer, questions, size = county.gatherer(), Questions(county.store), county.store.size()
    streams = {s.stream for s in whole_log(county.store) if s.stream.startswith("case/")}
    assert len(streams) >= CASES
    whole = {a["stream"]: a for a in questions_of(questions, streams)}
    everybody = {s.stream for s in whole_log(county.store) if s.stream.startswith(("unit/", "post/", "official/"))}
    for stream in sorted(streams):
        bundle = gatherer.gather("case", {"stream": stream, "as_of": YEAR_END}).bundle
        assert bundle.answer == whole[stream]
        names = [s.stream for s in bundle.streams]
        derived = conclude("case", bundle.question, decoded(bundle), streams=names, log_size=size)
        assert derived == whole[stream]
        assert bundle.streams[0].stream == stream
        people = {s.stream for s in bundle.streams if s.role == "people"}
        assert len(people) < len(everybody) / 2  # nobody is in the file who has nothing to do with it


def test_random_histories(tmp_path):
    """
    Where units merge, posts empty and acts are claimed in any order, too, on days all over the year.
    """
    for seed in range(25):
        log = random_log(seed)
        evidence = Evidence(log, tmp_path / str(seed), "simulated.example/log")
        gatherer, questions = evidence.gatherer(), Questions(log)
        for stream in sorted({s.stream for s in whole_log(log) if s.stream.startswith("case/")}):
            _, source, number = stream.split("/", 2)
            for day in ("2025-03-01", "2025-06-30", YEAR_END):
                try:
                    online = questions.case(number, date.fromisoformat(day), source=source)
                except UnknownCase:
                    with pytest.raises(NoAnswer):
                        gatherer.gather("case", {"stream": stream, "as_of": day})
                    continue
                assert [gatherer.gather("case", {"stream": stream, "as_of": day}).bundle.answer] == online


def test_every_proof(county):
    """
    Each record is in the tree, each stream is complete in the map, and the map's root is the tree's last leaf.
    """
    bundle = county.gatherer().gather("case", {"stream": "case/county/XF2025-000035", "as_of": YEAR_END}).bundle
    head = open_checkpoint(bundle.note, Verifier(county.signer.vkey))
    leaves = {leaf.index: leaf for leaf in bundle.leaves}
    assert list(leaves) == sorted({i for s in bundle.streams for i in s.indexes} | {head.size - 1})
    for leaf in bundle.leaves:
        check_record(leaf.path, size=head.size, root=head.root, index=leaf.index, leaf=leaf_hash(leaf.leaf))
    root = parse_map_root(leaves[head.size - 1].leaf).root
    for stream in bundle.streams:
        value = format_entry(stream.entry) if stream.entry is not None else None
        check_map_proof(stream.proof, key=map_key(head.origin, stream.stream), root=root, value=value)
        assert (stream.entry.count if stream.entry else 0) == len(stream.indexes)


def test_every_signer_is_in_it(county):
    bundle = county.gatherer().gather("case", {"stream": "case/county/XF2025-000035", "as_of": YEAR_END}).bundle
    envelopes = [open_leaf(leaf.leaf) for leaf in bundle.leaves[:-1]]
    enrolled = {
        parse_payload(x.payload).body["key_id"]
        for x in envelopes
        if parse_payload(x.payload).topic == "key.enrolled.v1"
    }
    assert {x.key_id for x in envelopes} <= enrolled


def test_what_is_cited_is_missed(county):
    """
    Take one stream of people out, and there is no answer, for the records name what is not there; or another one, where
    it was a post that only its unit's own posts would tell of.
    """
    gatherer, missed = county.gatherer(), 0
    for number in range(1, 21):
        stream = f"case/county/XF2025-{number:06d}"
        bundle = gatherer.gather("case", {"stream": stream, "as_of": YEAR_END}).bundle
        cited = {e["stream"] for duty in bundle.answer["duties"] for e in duty["evidence"]}
        for gone in sorted(s.stream for s in bundle.streams if s.role == "people" and s.stream in cited):
            left = [s.stream for s in bundle.streams if s.stream != gone]
            events = decoded(bundle, without={gone})
            try:
                answer = conclude("case", bundle.question, events, streams=left, log_size=county.store.size())
            except NoAnswer:
                missed += 1
                continue
            assert gone.startswith("post/")
            assert answer != bundle.answer, gone
    assert missed > 40


def test_no_such_case(county):
    """One absent stream, one leaf: the map root that says so."""
    question = {"stream": "case/county/XF2025-999999", "as_of": YEAR_END}
    bundle = county.gatherer().gather("absence", question).bundle
    assert [s.stream for s in bundle.streams] == ["case/county/XF2025-999999"]
    assert bundle.streams[0].entry is None
    assert [leaf.index for leaf in bundle.leaves] == [county.store.size() - 1]
    assert not bundle.answer["exists"]


QUESTION = {"stream": "case/county/1", "as_of": "2026-03-31"}


class TestOffice:
    @pytest.fixture
    def office(self):
        office = Office()
        office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")
        office.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")
        return office

    def test_beyond_the_checkpoint(self, office, tmp_path):
        """
        An act of the case, or a change of post that bears on it, after the checkpoint is said; another case's is not.
        """
        evidence = Evidence(office.store, tmp_path, "test.example/log")
        assert evidence.gatherer().uncovered("case/county/1") == []
        office.act(c.ReceivePetition, "bureau", "2026-03-03", no="2", channel="letter")
        assert evidence.gatherer().uncovered("case/county/1") == []
        assert evidence.gatherer().uncovered("case/county/2") == [office.store.size() - 1]
        ended = p.AppointmentEnded(post_id="bureau-head", official_id="bureau-head", to_on=date(2026, 3, 4))
        record(office.handler, ended, now=office.at)
        assert evidence.gatherer().uncovered("case/county/1") == [office.store.size() - 1]
        evidence.publish()
        assert evidence.gatherer().uncovered("case/county/1") == []

    def test_nothing_is_published(self, office, tmp_path):
        evidence = Evidence(office.store, tmp_path / "published", "test.example/log")
        evidence.outside = CheckpointFile(tmp_path / "nothing")
        with pytest.raises(NotPublished, match="nothing is published yet"):
            evidence.gatherer().gather("case", QUESTION)

    def test_yesterdays_checkpoint(self, office, tmp_path):
        """
        What was not published then is not in the file, and the file says how much of the log it speaks of.
        """
        evidence = Evidence(office.store, tmp_path, "test.example/log")
        size = office.store.size()
        office.act(c.ReferPetition, "bureau", "2026-03-10", to_unit_id="housing", basis="art. 22")
        gathered = evidence.gatherer().gather("absence", QUESTION | {"duty": "forward_or_assign"})
        assert (gathered.bundle.answer["log_size"], gathered.head.size) == (size, size)
        assert [d["state"] for d in gathered.bundle.answer["duties"]] == ["breached"]

    def test_an_act_left_out(self, office, tmp_path):
        """
        An operator whose store hides an act of the case is stopped by the map; one whose map hides it, by the store.
        """
        evidence = Evidence(office.store, tmp_path, "test.example/log")
        gatherer = evidence.gatherer()
        gatherer._store = Hiding(office.store, "case/county/1")
        with pytest.raises(Unprovable, match=r"the published map says 2 records of case/county/1; the log has 1"):
            gatherer.gather("case", QUESTION)

    def test_a_root_that_is_not_the_published_one(self, office, tmp_path):
        evidence = Evidence(office.store, tmp_path, "test.example/log")
        gatherer = evidence.gatherer()
        gatherer._store = Swapping(office.store)
        with pytest.raises(Unprovable, match="is not the published one"):
            gatherer.gather("case", QUESTION)


class Swapping(Hiding):
    """A store whose last record is another one."""

    def __init__(self, store):
        super().__init__(store, None)

    def read_log(self, start=0, limit=1000):
        return [replace(s, leaf=s.leaf + b" ") for s in self.store.read_log(start, limit)]


def questions_of(questions, streams):
    for stream in streams:
        _, source, number = stream.split("/", 2)
        yield from questions.case(number, date.fromisoformat(YEAR_END), source=source)


class TestReads:
    @pytest.fixture
    def office(self):
        office = Office()
        office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")
        office.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")
        for no in range(2, 40):
            office.act(c.ReceivePetition, "bureau", "2026-03-03", no=str(no), channel="letter")
        return office

    def test_only_its_streams(self, office, tmp_path):
        """
        No other case is read, and of the log as a whole the last record alone: its map root.
        """
        evidence = Evidence(office.store, tmp_path, "test.example/log")
        gatherer = evidence.gatherer()
        gatherer._store = counting = Counting(office.store)
        bundle = gatherer.gather("case", QUESTION).bundle
        assert bundle.answer == Questions(office.store).case("1", date(2026, 3, 31))[0]
        assert [s for s in counting.streams if s.startswith("case/")] == ["case/county/1"]
        assert set(counting.streams) == {s.stream for s in bundle.streams}
        assert counting.read == [(office.store.size() - 1, 1)] * 2

    def test_a_list_is_whole(self, office, tmp_path):
        """
        The file has every pack, every calendar, and every post of the units concerned with whoever held it.
        """
        bundle = Evidence(office.store, tmp_path, "test.example/log").gatherer().gather("case", QUESTION).bundle
        names = {s.stream for s in bundle.streams}
        people = office.handler.register()
        assert {"pack/adopted", "calendar/adopted"} <= names
        for post in people.unit_posts["bureau"]:
            assert f"post/{post}" in names
            assert {f"official/{a.official_id}" for a in people.appointments[post]} <= names

    def test_what_no_list_names(self, office, tmp_path):
        """
        A post and a pack that an operator put where no list names them bear on nothing: online, and in a file.
        """
        before = Questions(office.store).case("1", date(2026, 3, 31))
        signer = office.handler.keyring.signer("system/registrar")
        post = p.PostEstablished(post_id="secret", unit_id="bureau", title="secret", rank="main_leader")
        pack = p.RulePackAdopted(pack_id="secret", version="1", content={"schema": "luoshi.pack.v1", "pack": "secret"})
        for stream, event in (("post/elsewhere", post), ("pack/secret", pack)):
            at, origin = codec.moment(office.at), office.handler.origin
            actor = codec.actor_body(REGISTRAR)
            draft = Draft(stream, 1, event.TOPIC, codec.encode(event), actor, at, stream, origin)
            leaf = seal(payload(draft, prev=None, recorded_at=at), signer)
            office.store.append([Sealed(stream, 1, event.TOPIC, stream, leaf)])
        [after] = Questions(office.store).case("1", date(2026, 3, 31))
        assert {**after, "duties": [], "log_size": 0} == {**before[0], "duties": [], "log_size": 0}
        assert [{**d, "log_size": 0} for d in after["duties"]] == [{**d, "log_size": 0} for d in before[0]["duties"]]
        bundle = Evidence(office.store, tmp_path, "test.example/log").gatherer().gather("case", QUESTION).bundle
        assert bundle.answer["duties"] == Questions(office.store).case("1", date(2026, 3, 31))[0]["duties"]


class Counting:
    """A store that notes what is read of it."""

    def __init__(self, store):
        self.store, self.streams, self.read = store, [], []

    def __getattr__(self, name):
        return getattr(self.store, name)

    def read_stream(self, stream, after=0):
        self.streams.append(stream)
        return self.store.read_stream(stream, after)

    def read_log(self, start=0, limit=1000):
        self.read.append((start, limit))
        return self.store.read_log(start, limit)
