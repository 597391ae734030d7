"""An act whose key only its holder has: prepared, signed elsewhere, submitted; and everything that is refused."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import pytest

from app.keyholding import revoke, rotate
from app.prepared import BadSubmission, Preparer, Stale, secret_file
from domain.case import commands as c
from domain.case.errors import Refused
from ledger.disclosure import open_disclosure
from ledger.keys import Ed25519Signer
from ledger.store.contract import whole_log
from ledger.verify import verify_log
from tests.app.office import Office

DESK = "official/bureau-desk"


class Client:
    """A desk whose clerk keeps the key: the office sees its public half only."""

    def __init__(self, who="bureau-desk"):
        self.office = Office()
        self.key = Ed25519Signer.generate(f"official/{who}")
        rotate(self.office.handler, f"official/{who}", now=self.office.at, vkey=self.key.vkey)
        self.preparer = Preparer(self.office.handler, b"s" * 32)

    def act(self, **more):
        at = self.office.at.isoformat()
        return {
            "command": "ReceivePetition",
            "stream": "case/county/1",
            "unit_id": "bureau",
            "post_id": "bureau-desk",
            "occurred_at": at,
            "command_id": "c1",
            "channel": "letter",
        } | more

    def prepare(self, **more):
        return self.preparer.prepare(self.key.key_id, self.act(**more))

    def submit(self, made, key=None):
        return self.preparer.submit(made.token, (key or self.key).sign(made.to_sign))

    def verified(self):
        return verify_log(
            whole_log(self.office.store),
            checkpoint=None,
            log_verifier=None,
            tiles=None,
            expect_origin=self.office.handler.origin,
            keeping=None,
        )


@pytest.fixture
def client():
    return Client()


def test_end_to_end(client):
    """
    What was prepared is recorded as it was signed, with its disclosures; the log verifies.
    """
    made = client.prepare(sealed={"petitioner_name": "张三"})
    assert "张三".encode() not in made.payload
    done = client.submit(made)
    assert (done.version, done.is_new) == (1, True)
    [disclosure] = client.office.store.disclosures([done.log_index])[done.log_index]
    assert open_disclosure(disclosure) == ("petitioner_name", "张三")
    report = client.verified()
    assert report.ok, report.failure


def test_twice_is_once(client):
    made = client.prepare()
    first, second = client.submit(made), client.submit(made)
    assert (first.log_index, second.log_index, second.is_new) == (first.log_index, first.log_index, False)


def test_the_stream_moved(client):
    """
    Somebody was first: nothing is recorded, and a fresh payload that continues the stream is given to sign.
    """
    client.submit(client.prepare())
    plain = {k: v for k, v in client.act().items() if k != "channel"}
    steps = [
        plain | {"command": "RegisterPetition", "case_no": "1", "command_id": "c2"},
        plain | {"command": "NoteProgress", "step": "a", "command_id": "c3"},
        plain | {"command": "NoteProgress", "step": "b", "command_id": "c4"},
    ]
    client.submit(client.preparer.prepare(client.key.key_id, steps[0]))
    first, second = (client.preparer.prepare(client.key.key_id, step) for step in steps[1:])
    client.submit(first)
    size = client.office.store.size()
    with pytest.raises(Stale) as caught:
        client.submit(second)
    assert client.office.store.size() == size
    assert client.submit(caught.value.fresh).version == 4
    assert client.verified().ok


def test_decided_again(client):
    """
    What the rules forbid by the time it is submitted is refused, although it was allowed when it was prepared.
    """
    made = client.prepare()
    client.office.act(c.ReceivePetition, "housing", "2025-01-01", channel="letter")
    size = client.office.store.size()
    with pytest.raises(Refused):
        client.submit(made)
    assert client.office.store.size() == size


@pytest.mark.parametrize("later", [timedelta(minutes=2, seconds=1), timedelta(days=1), -timedelta(seconds=1)])
def test_expired(client, later):
    made = client.prepare()
    client.office.at += later
    with pytest.raises(BadSubmission, match="older than two minutes") as caught:
        client.submit(made)
    assert caught.value.code == "prepared_expired"


def test_within_two_minutes(client):
    made = client.prepare()
    client.office.at += timedelta(minutes=2)
    assert client.submit(made).is_new


def test_tampered(client):
    """
    Whichever part of a token is changed, or a token of another secret: not prepared here.
    """
    made = client.prepare()
    content, mac = made.token.split(".")
    changed = urlsafe_b64encode(urlsafe_b64decode(content).replace(b"letter", b"visits")).decode()
    forged = Preparer(client.office.handler, b"t" * 32).prepare(client.key.key_id, client.act()).token
    for token in (f"{changed}.{mac}", f"{content}.{'0' * 64}", content, "", "é.é", ".", forged):
        with pytest.raises(BadSubmission) as caught:
            client.preparer.submit(token, client.key.sign(made.to_sign))
        assert caught.value.code == "bad_token"


def test_signed_by_another(client):
    """
    Another key's signature, or one over other bytes, records nothing.
    """
    made = client.prepare()
    size = client.office.store.size()
    for signature in (Ed25519Signer.generate(DESK).sign(made.to_sign), client.key.sign(made.payload), b"", b"x" * 64):
        with pytest.raises(BadSubmission) as caught:
            client.preparer.submit(made.token, signature)
        assert caught.value.code == "bad_signature"
    assert client.office.store.size() == size


def test_revoked_in_between(client):
    made = client.prepare()
    revoke(client.office.handler, DESK, reason="lost", now=client.office.at)
    with pytest.raises(Refused, match="密钥已注销"):
        client.submit(made)
    with pytest.raises(Refused, match="密钥已注销"):
        client.prepare()


def test_only_keys_their_holders_keep(client):
    """
    No act is prepared for a key which the ledger keeps, for an unknown one, or for a system's.
    """
    kept = [k.key_id for k in client.office.handler.register().keys.values() if k.custody == "ledger"]
    for key_id in (*kept, Ed25519Signer.generate(DESK).key_id):
        with pytest.raises(Refused, match="不是本人保管的密钥"):
            client.preparer.prepare(key_id, client.act())


@pytest.mark.parametrize(
    "changes",
    [
        {"command": "Vanish"},
        {"official_id": "housing-desk"},
        {"actor": {}},
        {"now": "2025-01-01T00:00:00Z"},
        {"colour": "red"},
        {"channel": 7},
        {"occurred_at": "2025-01-01"},
        {"occurred_at": None},
        {"sealed": ["a"]},
        {"sealed": {"a": 1}},
        {"stream": "official/admin"},
        {"command_id": ""},
        {"filed_directly": "yes"},
    ],
)
def test_bad_request(client, changes):
    """
    One refusal that names the field: the acting official is the key's holder, never what a request says.
    """
    with pytest.raises(Refused) as caught:
        client.prepare(**changes)
    assert caught.value.field is not None


def test_missing_field(client):
    request = client.act()
    del request["channel"]
    with pytest.raises(Refused, match="needs channel"):
        client.preparer.prepare(client.key.key_id, request)


def test_secret_is_shared(tmp_path):
    """
    The first process makes the secret, the others read it; nobody else may.
    """
    path = tmp_path / "keys/prepared.secret"
    assert secret_file(path, b"a" * 32) == secret_file(path, b"b" * 32) == b"a" * 32
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ValueError, match="32 are needed"):
        Preparer(None, b"short")
