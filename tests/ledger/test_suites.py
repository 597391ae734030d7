import pytest

from ledger.errors import MalformedEvidence
from ledger.suites import NoteVerifier, suite_of
from tests.ledger.foreign import KEYS, LOG_VKEY


def test_names():
    """
    Every foreign key's suite is known by its type.
    """
    assert {
        name: suite_of(KEYS[name]) for name in ("log", "log_sm2", "witness.example/court", "witness.example/pq")
    } == {
        "log": "ed25519",
        "log_sm2": "sm2-sm3",
        "witness.example/court": "ed25519-cosignature",
        "witness.example/pq": "ml-dsa-44-cosignature",
    }


@pytest.mark.parametrize("vkey", ["", "a", LOG_VKEY[:-4], KEYS["log_sm2"].replace("683cd988", "683cd989")])
def test_malformed(vkey):
    for read in (suite_of, NoteVerifier):
        with pytest.raises(MalformedEvidence, match="malformed verifier key"):
            read(vkey)


@pytest.mark.parametrize("name", ["witness.example/court", "witness.example/pq"])
def test_a_cosigner_signs_no_plain_note(name):
    with pytest.raises(MalformedEvidence):
        NoteVerifier(KEYS[name])
