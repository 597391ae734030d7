"""The statement by which a log changes its key, and who may put it on record."""

import pytest

from ledger.enrolment import EnrolledKeys, KeyRefused
from ledger.envelope import open_leaf, parse_payload
from ledger.errors import MalformedEvidence, NotCanonical, VerificationError
from ledger.keys import Ed25519Signer
from ledger.note import sign_note, split_note
from ledger.rotation import Rotation, open_rotation, sign_rotation
from tests.ledger.sealing import CLERK, LOG, ORIGIN, Writer

NEW = Ed25519Signer.from_seed(ORIGIN, b"\x09" * 32)
ROOT = Ed25519Signer.from_seed(f"{ORIGIN}/root", b"\x0a" * 32)
MADE = Rotation(ORIGIN, LOG.vkey, NEW.vkey, 10, 20)


def test_round_trip():
    note = sign_rotation(MADE, [LOG, NEW])
    assert open_rotation(note, root=None) == MADE
    assert open_rotation(sign_rotation(MADE, [LOG, NEW, ROOT]), root=ROOT.vkey) == MADE


@pytest.mark.parametrize("signers", [[LOG], [NEW], [CLERK], [LOG, CLERK]])
def test_both_keys_sign(signers):
    with pytest.raises(VerificationError, match="not signed by"):
        open_rotation(sign_rotation(MADE, signers), root=None)


def test_root_signs_where_there_is_one():
    with pytest.raises(VerificationError, match="not signed by"):
        open_rotation(sign_rotation(MADE, [LOG, NEW]), root=ROOT.vkey)


@pytest.mark.parametrize(
    "wrong",
    [
        Rotation(ORIGIN, LOG.vkey, NEW.vkey, 21, 20),
        Rotation(ORIGIN, LOG.vkey, NEW.vkey, -1, 20),
        Rotation(ORIGIN, LOG.vkey, NEW.vkey, 0, 2**63),
        Rotation(ORIGIN, LOG.vkey, LOG.vkey, 10, 20),
        Rotation(ORIGIN, LOG.vkey, CLERK.vkey, 10, 20),
        Rotation("other.example/log", LOG.vkey, NEW.vkey, 10, 20),
        Rotation(ORIGIN, "garbage", NEW.vkey, 10, 20),
    ],
)
def test_not_written(wrong):
    with pytest.raises((NotCanonical, MalformedEvidence)):
        sign_rotation(wrong, [LOG, NEW])


@pytest.mark.parametrize(
    ("old", "new"),
    [("v1", "v2"), ("\n10\n", "\n010\n"), ("\n10\n", "\n+10\n"), ("\n20\n", "\n20\n\n"), ("\n20\n", "\n")],
)
def test_not_read(old, new):
    text = split_note(sign_rotation(MADE, [LOG, NEW]))[0].replace(old, new)
    with pytest.raises(MalformedEvidence):
        open_rotation(sign_note(text, [LOG, NEW]), root=None)


class TestOnRecord:
    def show(self, *events):
        """
        Judge a log's records; the reason of the first refusal.
        """
        keys = EnrolledKeys()
        for index, sealed in enumerate(events):
            envelope = open_leaf(sealed.leaf)
            try:
                keys.verifier_for(index, envelope, parse_payload(envelope.payload))
            except KeyRefused as refused:
                return (index, refused.reason)
        return None

    def events(self, note, *, stream="system/log", root=False, enrol=(LOG, NEW), by=None):
        writer = Writer()
        made = [writer.genesis()]
        for key in enrol:
            body = {"vkey": key.vkey, "role": "log", "holder": "log", "valid_from": "2025-01-01"}
            made.append(writer.event("system/log", "key.enrolled.v1", body))
        if root:
            body = {"vkey": ROOT.vkey, "role": "log", "holder": "root", "valid_from": "2025-01-01"}
            made.append(writer.event("system/root", "key.enrolled.v1", body))
        if by is not None:
            made.append(writer.enrol(by, role="official", holder="wang"))
        signed = {} if by is None else {"by": by, "actor": {"official": "wang", "system": None}}
        made.append(writer.event(stream, "log_key.rotated.v1", {"statement": note.decode()}, **signed))
        return made

    def test_good(self):
        assert self.show(*self.events(sign_rotation(MADE, [LOG, NEW]))) is None
        assert self.show(*self.events(sign_rotation(MADE, [LOG, NEW, ROOT]), root=True)) is None

    def test_refused(self):
        """
        Not without the root key where one is enrolled, not to a key that is not, not by a clerk, not unsigned.
        """
        note = sign_rotation(MADE, [LOG, NEW])
        assert self.show(*self.events(note, root=True)) == (4, "bad_rotation")
        assert self.show(*self.events(note, enrol=(LOG,))) == (2, "bad_rotation")
        assert self.show(*self.events(note, by=CLERK)) == (4, "may_not_enrol")
        assert self.show(*self.events(sign_rotation(MADE, [NEW]))) == (3, "bad_rotation")
        elsewhere = self.events(note, stream="case/1")
        with pytest.raises(VerificationError, match="as it must"):
            self.show(*elsewhere)
