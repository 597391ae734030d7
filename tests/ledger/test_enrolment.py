"""Who may sign, and who may change who may: the judgement that appending and verifying share."""

from datetime import date

import pytest

from ledger.enrolment import EnrolledKeys, KeyRefused
from ledger.envelope import open_leaf, parse_payload
from ledger.errors import VerificationError
from ledger.keys import Ed25519Signer
from tests.ledger.foreign import KEYS
from tests.ledger.sealing import CLERK, NOW, SYSTEM, Writer

WANG = {"official": "wang", "system": None}
OTHER = Ed25519Signer.from_seed("luoshi.example/official/li", b"\x05" * 32)
NEXT = Ed25519Signer.from_seed("luoshi.example/official/wang", b"\x06" * 32)


def body(key, holder="wang", role="official", **more):
    return {"vkey": key.vkey, "role": role, "holder": holder, "valid_from": "2025-01-01"} | more


class History:
    """A log of key events, judged as it is written."""

    def __init__(self):
        self.writer, self.keys, self.size = Writer(), EnrolledKeys(), 0
        self.show(self.writer.genesis())
        self.show(self.writer.enrol(CLERK, role="official", holder="wang"))

    def show(self, sealed):
        envelope = open_leaf(sealed.leaf)
        payload = parse_payload(envelope.payload)
        self.keys.judge(self.size, envelope.key_id, payload)
        verifier = self.keys.verifier_for(self.size, envelope, payload)
        self.size += 1
        return verifier

    def refused(self, sealed, reason):
        with pytest.raises(KeyRefused) as caught:
            self.show(sealed)
        assert (caught.value.reason, caught.value.step, caught.value.log_index) == (reason, 4, self.size)

    def event(self, *args, **kwargs):
        return self.writer.event(*args, **kwargs)


@pytest.fixture
def log():
    return History()


class TestWhoMayEnrol:
    def test_the_registrar(self, log):
        log.show(log.writer.enrol(OTHER, role="official", holder="li"))
        assert log.show(log.event("case/1", by=OTHER, actor={"official": "li", "system": None})).key_id == OTHER.key_id

    def test_not_a_clerk(self, log):
        """
        The key of an ordinary clerk enrols nobody else's key, whoever forged the event.
        """
        log.refused(
            log.event("official/li", "key.enrolled.v1", body(OTHER, "li"), by=CLERK, actor=WANG), "may_not_enrol"
        )
        system = body(OTHER, "export", "system")
        log.refused(log.event("system/export", "key.enrolled.v1", system, by=CLERK, actor=WANG), "may_not_enrol")
        log_key = body(OTHER, "log", "log")
        log.refused(log.event("system/log", "key.enrolled.v1", log_key, by=CLERK, actor=WANG), "may_not_enrol")

    def test_the_holder_himself(self, log):
        """
        A valid key enrols its own holder's next key, and may then be revoked by it.
        """
        log.show(log.event("official/wang", "key.enrolled.v1", body(NEXT), by=CLERK, actor=WANG))
        log.show(log.event("official/wang", "key.revoked.v1", {"key_id": CLERK.key_id}, by=NEXT, actor=WANG))
        log.refused(log.event("case/1", by=CLERK, actor=WANG), "revoked")

    def test_a_system_is_no_registrar(self, log):
        """
        Only the system with which the log began registers keys.
        """
        export = Ed25519Signer.from_seed("luoshi.example/system/export", b"\x07" * 32)
        log.show(log.writer.enrol(export, role="system", holder="export"))
        actor = {"official": None, "system": "export"}
        log.refused(
            log.event("official/li", "key.enrolled.v1", body(OTHER, "li"), by=export, actor=actor), "may_not_enrol"
        )


class TestRevocation:
    def test_by_a_stranger(self, log):
        log.show(log.writer.enrol(OTHER, role="official", holder="li"))
        li = {"official": "li", "system": None}
        revoked = {"key_id": CLERK.key_id}
        log.refused(log.event("official/wang", "key.revoked.v1", revoked, by=OTHER, actor=li), "may_not_enrol")

    def test_stays_revoked(self, log):
        """
        What was signed before stays good; enrolling the key again does not bring it back.
        """
        log.show(log.event("case/1", by=CLERK, actor=WANG))
        log.show(log.writer.revoke(CLERK, role="official", holder="wang"))
        log.refused(log.event("case/1", by=CLERK, actor=WANG), "revoked")
        fresh = History()
        fresh.show(fresh.writer.revoke(CLERK, role="official", holder="wang"))
        fresh.show(fresh.writer.enrol(CLERK, role="official", holder="wang"))
        fresh.refused(fresh.event("case/1", by=CLERK, actor=WANG), "revoked")

    def test_in_the_past(self, log):
        """
        A revocation that says "since March" leaves what was recorded in between recorded.
        """
        log.show(log.event("case/1", by=CLERK, actor=WANG))
        since = {"key_id": CLERK.key_id, "effective_at": "2025-02-01T00:00:00Z"}
        log.show(log.event("official/wang", "key.revoked.v1", since))
        log.refused(log.event("case/1", by=CLERK, actor=WANG), "revoked")

    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"key_id": 1},
            {"effective_at": "2099-01-01T00:00:00Z"},
            {"effective_at": "2025-01-01"},
            {"effective_at": 5},
        ],
    )
    def test_malformed(self, log, said):
        whole = ({"key_id": CLERK.key_id} | said) if said else {}
        with pytest.raises(VerificationError, match="as it must"):
            log.show(log.event("official/wang", "key.revoked.v1", whole))

    def test_unknown_or_elsewhere(self, log):
        log.refused(log.event("official/wang", "key.revoked.v1", {"key_id": OTHER.key_id}), "unknown_key")
        fresh = History()
        fresh.refused(fresh.event("key/x", "key.revoked.v1", {"key_id": CLERK.key_id}), "wrong_stream")


class TestNewest:
    def test_order_of_enrolment(self, log):
        on, both = date.fromisoformat(NOW[:10]), [NEXT.key_id, CLERK.key_id]
        assert log.keys.newest(both, on) == CLERK.key_id
        log.show(log.event("official/wang", "key.enrolled.v1", body(NEXT, valid_to="2025-06-30")))
        assert log.keys.newest(both, on) == NEXT.key_id
        assert log.keys.newest(both, date(2025, 8, 1)) == CLERK.key_id
        log.show(log.event("official/wang", "key.revoked.v1", {"key_id": NEXT.key_id}))
        assert log.keys.newest(both, on) == CLERK.key_id
        assert log.keys.newest([NEXT.key_id], on) is None


@pytest.mark.parametrize(
    "said",
    [
        body(OTHER, key_id=CLERK.key_id),
        body(OTHER, role="guest"),
        body(OTHER, "li"),
        body(OTHER) | {"vkey": KEYS["log_sm2"]},
        body(OTHER) | {"valid_from": "yesterday"},
    ],
)
def test_malformed_enrolment(log, said):
    """
    A key under another key's id, of another holder's stream, or of a suite that signs no events is not enrolled.
    """
    with pytest.raises(VerificationError, match="as it must"):
        log.show(log.event("official/wang", "key.enrolled.v1", said))


def test_log_keys_sign_no_event(log):
    """
    A log key, of whatever suite, is on record, and signs checkpoints only.
    """
    log.show(log.event("system/log", "key.enrolled.v1", body(OTHER, "log", "log")))
    log.show(log.event("system/log", "key.enrolled.v1", body(OTHER, "log", "log") | {"vkey": KEYS["log_sm2"]}))
    log.refused(log.event("case/1", by=OTHER, actor={"official": None, "system": "log"}), "not_the_actor")


def test_genesis_makes_the_registrar():
    writer, keys = Writer(), EnrolledKeys()
    first = open_leaf(writer.event("case/1").leaf)
    with pytest.raises(KeyRefused, match="not enrolled"):
        keys.verifier_for(0, first, parse_payload(first.payload))
    again = open_leaf(Writer().genesis().leaf)
    assert keys.verifier_for(0, again, parse_payload(again.payload)).key_id == SYSTEM.key_id
