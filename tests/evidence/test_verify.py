"""
A real evidence file is verified, or consistent, or refused at the step that one expects.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.evidence.offline import derive
from ledger.errors import NotChecked, VerificationError
from ledger.evidence.files import read_bundle, write_bundle
from ledger.evidence.verify import verify_evidence
from ledger.trust import load_trust, trust_key
from tests.evidence import making
from tests.evidence.making import CASE
from tests.evidence.tampering import TAMPERINGS, _with_revocation, edited, genuine, policy
from tests.ledger.vectors.make_vectors import FOLDER


def verified(data, trust=None, **more):
    return verify_evidence(data, load_trust(policy()) if trust is None else trust, conclude=derive, **more)


def unknown(data):
    return verify_evidence(data, None, conclude=derive)


def oks(report):
    return {step.number: step.ok for step in report.steps}


ALL = dict.fromkeys(range(1, 10), True) | {4: None}


def test_verified():
    report = verified(genuine())
    assert oks(report) == ALL, report.failed
    assert (report.verdict, report.exit_code, report.soundness) == ("verified", 0, "accountable")
    assert report.bundle == making.case_bundle()
    assert len(report.events) == len(report.bundle.leaves) - 1
    json.dumps(report.to_json())
    assert all(step.zh and step.en for step in report.steps)
    assert "另有 0 个字段未披露" in report.steps[7].zh


def test_signer_unknown():
    """
    Without trust nothing is green: consistent at best, whatever policy the file brings.
    """
    for data in (genuine(), write_bundle(replace(making.case_bundle(), policy=None))):
        report = unknown(data)
        assert oks(report) == ALL | {2: None, 3: None}
        assert (report.verdict, report.exit_code, report.soundness) == ("consistent", 1, "accountable")


def test_a_pasted_key():
    report = verified(genuine(), trust_key(making.log().signer.vkey))
    assert (report.verdict, report.exit_code) == ("verified", 0)
    assert "the trust demands no witness" in report.steps[2].en
    assert "the policy in the file is another one and was not used" in report.steps[2].en
    report = verified(genuine(), trust_key(making.STRANGER.vkey))
    assert (report.verdict, report.failed.number) == ("refused", 2)


def test_sound():
    """
    One witness states that it replays the log: silence is worth more.
    """
    sidecar = {"v": 1, "log_keys": [], "require": [], "replay": [making.WITNESSES[0].vkey]}
    report = verified(genuine(), load_trust(policy(), json.dumps(sidecar).encode()))
    assert (report.verdict, report.soundness) == ("verified", "sound")
    others = write_bundle(replace(making.case_bundle(), note=making.log().cosigned(*making.WITNESSES[1:])))
    report = verified(others, load_trust(policy(), json.dumps(sidecar).encode()))
    assert (report.verdict, report.soundness) == ("verified", "accountable")


def test_silence():
    """
    No case of this number: the answer and the map say so, and both are checked.
    """
    asked = {"stream": "case/county/7", "as_of": "2026-04-30"}
    report = verified(write_bundle(making.gather(making.log(), "absence", asked)))
    assert report.verdict == "verified", report.failed
    assert report.bundle.answer["exists"] is False
    asked = {"stream": CASE, "as_of": "2026-03-31", "duty": "forward_or_assign"}
    report = verified(write_bundle(making.gather(making.log(), "absence", asked)))
    assert report.verdict == "verified", report.failed
    assert [d["state"] for d in report.bundle.answer["duties"]] == ["breached"]


def test_a_revoked_key():
    """
    What a key signed before it was revoked stays good.
    """
    bundle, key_id = _with_revocation()
    report = verified(write_bundle(bundle), load_trust(bundle.policy))
    assert report.verdict == "verified", report.failed
    assert key_id in {event.key_id for event in report.events}


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda t: t.name)
def test_tampered(tampering):
    data = tampering.make()
    report = verified(data)
    assert (report.verdict, report.exit_code) == ("refused", 1)
    assert report.failed.number == tampering.step, report.failed
    assert tampering.says in report.failed.en
    assert [s.ok for s in report.steps[tampering.step :]] == [None] * (9 - tampering.step)
    assert report.to_json()["answer"] is None
    if tampering.step not in (2, 3):
        assert unknown(data).failed.number == tampering.step


def test_garbage():
    for data in (b"", b"hello", bytes(1000)):
        report = unknown(data)
        assert (report.verdict, report.exit_code, report.failed.number) == ("refused", 2, 1)


def token_check(*answers):
    said = iter(answers)

    def check(token, text, roots):
        assert (text, roots) == (making.log().note.rpartition(b"\n\n")[0] + b"\n", b"roots")
        answer = next(said)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return check


def test_time():
    """
    The earliest token that holds counts; one that nobody here can check says so; only wrong ones refuse.
    """
    at = datetime(2026, 5, 1, tzinfo=UTC)
    later = datetime(2026, 5, 2, tzinfo=UTC)
    wrong, open_ = VerificationError(0, None, "no root"), NotChecked("no program")
    data = write_bundle(replace(making.case_bundle(), tokens=(b"1", b"2")))
    for answers, ok in (((later, at), True), ((wrong, at), True), ((open_, open_), None), ((wrong, open_), False)):
        report = verified(data, tsa_roots=b"roots", check_token=token_check(*answers))
        assert report.steps[3].ok is ok
        assert report.verdict == ("refused" if ok is False else "verified")
        assert ("2026-05-01T00:00:00" in report.steps[3].en) == (ok is True)
    assert verified(data).steps[3].en.endswith("no root of a time stamp authority was given")
    assert verified(data, tsa_roots=b"roots").steps[3].ok is None


def test_an_answer_that_cannot_be_derived():
    """
    What the fold stumbles over is a refusal, never a traceback.
    """

    def stumbles(*_):
        raise KeyError("a member\nthat is not there")

    report = verify_evidence(genuine(), load_trust(policy()), conclude=stumbles)
    assert report.failed.number == 9
    assert "nothing follows from these records: KeyError" in report.failed.en
    assert "\n" not in report.failed.en


def test_policies_in_the_file():
    report = verified(edited(genuine(), lambda f: f.update({"data/policy": b"hello\n\n"})))
    assert (report.failed.number, "data/policy: malformed" in report.failed.en) == (1, True)
    report = verified(edited(genuine(), lambda f: f.update({"data/policy.json": b"{}"})))
    assert report.failed.number == 1
    alone = {"data/policy.json": b"{}"}
    report = verified(edited(genuine(), lambda f: (f.pop("data/policy"), f.update(alone))))
    assert (report.failed.number, "without data/policy" in report.failed.en) == (1, True)


def test_golden():
    """
    The tracked file verifies, but for the answer, which is the audit's of that day.
    """
    data, trust = (FOLDER / "evidence.zip").read_bytes(), load_trust((FOLDER / "evidence-policy").read_bytes())
    answer = read_bundle(data).answer
    report = verify_evidence(data, trust, conclude=lambda *_: answer)
    assert report.verdict == "verified", report.failed
    assert verify_evidence(data, trust, conclude=derive).failed.number == 9
