"""
From the acts of an office to a file that a stranger verifies; and an operator who would rather have it say otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.evidence.make import Enclosed, make
from app.evidence.offline import derive
from app.questions import Questions
from domain.case import commands as c
from ledger.casemap import CaseMap
from ledger.checkpoint import open_checkpoint
from ledger.cosignature import Cosigner
from ledger.envelope import open_leaf, parse_payload
from ledger.evidence.files import write_bundle
from ledger.evidence.verify import verify_evidence
from ledger.keys import Ed25519Signer
from ledger.merkle import check_record, leaf_hash
from ledger.policy import Group, Log, Policy, Witness, format_policy
from ledger.store.contract import whole_log
from ledger.trust import Extension, format_extension, load_trust
from ledger.verify import verify_log
from ledger.vkeys import Verifier
from tests.app.evidence.publishing import Evidence, Hiding
from tests.app.office import Office

NOW = datetime(2026, 5, 4, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
CASE = {"stream": "case/county/1", "as_of": "2026-04-30"}
SILENCE = {"stream": "case/county/1", "as_of": "2026-03-31", "duty": "forward_or_assign"}
WITNESS, AUDITOR = (
    Cosigner(Ed25519Signer.from_seed(f"witness.example/{name}", bytes([n]) * 32))
    for n, name in enumerate(("court", "auditor"), 1)
)


@pytest.fixture
def office():
    office = Office()
    office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")
    office.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")
    return office


def refer(office, on="2026-03-10"):
    """The act that discharges the duty in time."""
    office.act(c.ReferPetition, "bureau", on, to_unit_id="housing", basis="art. 22")


def trust(evidence, *witnesses, replay=()):
    """A policy that demands all of these witnesses."""
    lines = tuple(Witness(f"w{n}", w.vkey) for n, w in enumerate(witnesses))
    group = (Group("all", len(lines), tuple(w.name for w in lines)),) if lines else ()
    policy = Policy((Log(evidence.signer.vkey),), lines, group, "all" if lines else None)
    return load_trust(format_policy(policy), format_extension(Extension(replay=tuple(w.vkey for w in replay))))


def verified(evidence, kind, question, trusted, *, gatherer=None):
    gathered = (gatherer or evidence.gatherer()).gather(kind, question)
    data = make(gathered, Enclosed(), holder=None, now=NOW, zone=ZONE)
    return verify_evidence(data, trusted, conclude=derive)


def test_a_case(office, tmp_path):
    refer(office)
    evidence = Evidence(office.store, tmp_path, "test.example/log")
    evidence.publish(WITNESS)
    report = verified(evidence, "case", CASE, trust(evidence, WITNESS))
    assert (report.verdict, report.failed) == ("verified", None)
    [online] = Questions(office.store).case("1", datetime.fromisoformat("2026-04-30").date())
    assert report.bundle.answer == online


@pytest.mark.parametrize("question", [SILENCE, {"stream": "case/county/9", "as_of": "2026-03-31"}])
def test_silence(office, tmp_path, question):
    """
    Sound where a replay auditor of the trust cosigned, accountable where only others did.
    """
    evidence = Evidence(office.store, tmp_path, "test.example/log")
    evidence.publish(WITNESS, AUDITOR)
    plain = verified(evidence, "absence", question, trust(evidence, WITNESS))
    assert (plain.verdict, plain.soundness) == ("verified", "accountable")
    replayed = verified(evidence, "absence", question, trust(evidence, WITNESS, AUDITOR, replay=[AUDITOR]))
    assert (replayed.verdict, replayed.soundness) == ("verified", "sound")


def test_trust_from_elsewhere(office, tmp_path):
    """
    Without trust never more than consistent; with another log's key, refused; without the witnesses, refused.
    """
    evidence = Evidence(office.store, tmp_path, "test.example/log")
    assert verified(evidence, "case", CASE, None).verdict == "consistent"
    stranger = load_trust(Ed25519Signer.generate("test.example/log").vkey.encode())
    assert verified(evidence, "case", CASE, stranger).failed.number == 2
    assert verified(evidence, "case", CASE, trust(evidence, WITNESS)).failed.number == 3


def test_yesterdays_checkpoint(office, tmp_path):
    """
    The silence of an old checkpoint is true of its records, and the file says of how many and of which day it speaks.
    """
    evidence = Evidence(office.store, tmp_path, "test.example/log")
    size = office.store.size()
    evidence.publish(WITNESS)
    refer(office)
    report = verified(evidence, "absence", SILENCE, trust(evidence, WITNESS))
    assert (report.verdict, report.bundle.answer["log_size"]) == ("verified", size)
    assert "2026-05-03" in report.steps[2].en  # when the witness cosigned it
    sheet = report.bundle.extras["custody.html"].decode()
    assert f"日志序号 0 至 {size - 1}" in sheet
    assert "最近一条入账于 2026-03-02 09:00:00" in sheet
    assert "自述时间 2026-05-03 11:09:37" in sheet


def test_an_act_left_out_of_the_file(office, tmp_path):
    """
    The map says how many there are: a file with one fewer is refused, its own record proofs notwithstanding.
    """
    refer(office)
    evidence = Evidence(office.store, tmp_path, "test.example/log")
    bundle = evidence.gatherer().gather("case", CASE).bundle
    case, *others = bundle.streams
    fewer = replace(
        bundle,
        streams=(replace(case, indexes=case.indexes[:-1]), *others),
        leaves=tuple(leaf for leaf in bundle.leaves if leaf.index != case.indexes[-1]),
    )
    report = verify_evidence(write_bundle(fewer), trust(evidence), conclude=derive)
    assert (report.verdict, report.failed.number) == ("refused", 7)


class TestAnActLeftOutOfTheMap:
    """The operator publishes a map without the act that discharged the duty, and makes a file of the silence."""

    @pytest.fixture
    def lie(self, office, tmp_path, monkeypatch):
        refer(office)
        hidden = office.store.read_stream(CASE["stream"])[-1]

        class Lying(CaseMap):
            def add(self, events):
                return super().add([e for e in events if e[1] != leaf_hash(hidden.leaf)])

        monkeypatch.setattr("app.publish.CaseMap", Lying)
        evidence = Evidence(office.store, tmp_path, "test.example/log")
        evidence.publish(WITNESS)
        gatherer = evidence.gatherer()
        gatherer._store = Hiding(office.store, CASE["stream"])
        return evidence, hidden, gatherer

    def test_it_passes_and_says_what_that_is_worth(self, lie):
        evidence, _, gatherer = lie
        report = verified(evidence, "absence", SILENCE, trust(evidence, WITNESS), gatherer=gatherer)
        assert (report.verdict, report.soundness) == ("verified", "accountable")

    def test_who_replays_refuses_to_cosign(self, lie):
        """
        So a trust that demands a replay auditor never accepts it.
        """
        evidence, _, gatherer = lie
        replay = verify_log(
            whole_log(evidence.store),
            checkpoint=evidence.outside.newest(),
            log_verifier=Verifier(evidence.signer.vkey),
            tiles=evidence.outside,
            expect_origin="test.example/log",
        )
        assert replay.failure.step == 8
        report = verified(evidence, "absence", SILENCE, trust(evidence, AUDITOR, replay=[AUDITOR]), gatherer=gatherer)
        assert report.failed.number == 3

    def test_who_holds_the_act_convicts_him(self, lie):
        """
        The act's own proof and the file stand under one signed checkpoint and contradict each other.
        """
        evidence, hidden, gatherer = lie
        report = verified(evidence, "absence", SILENCE, trust(evidence, WITNESS), gatherer=gatherer)
        head = open_checkpoint(report.bundle.note, Verifier(evidence.signer.vkey))
        path = evidence.outside.tree(head.size).prove_record(hidden.log_index)
        leaf = leaf_hash(hidden.leaf)
        check_record(path, size=head.size, root=head.root, index=hidden.log_index, leaf=leaf)
        assert parse_payload(open_leaf(hidden.leaf).payload).stream == report.bundle.answer["stream"]
        assert hidden.log_index not in report.bundle.answer["events"]
