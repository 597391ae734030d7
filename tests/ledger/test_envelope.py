import json
from base64 import b64decode, b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import encode
from ledger.disclosure import digest, disclose
from ledger.envelope import (
    Draft,
    Envelope,
    _short_key_id,
    check_signature,
    open_leaf,
    pae,
    parse_payload,
    payload,
    seal,
)
from ledger.errors import MalformedEvidence, NotCanonical, TooLarge, VerificationError
from ledger.keys import Ed25519Signer
from ledger.vkeys import Verifier
from tests.ledger.foreign import LOG_VKEY, foreign
from tests.ledger.sealing import CLERK, NOW, SYSTEM
from tests.ledger.test_canonical import keys, values

DRAFT = Draft(
    stream="case/petition/1",
    version=1,
    topic="petition.registered.v1",
    body={"unit": "housing", "标题": "供水"},
    actor={"official": "wang", "system": None},
    occurred_at="2025-02-28",
    command_id="c-1",
    origin="luoshi.example/county",
    disclosures=(disclose("name", "王", bytes(16)), disclose("phone", "1", bytes(16))),
)


def sealed_payload(**change) -> bytes:
    return payload(replace(DRAFT, **change), prev=None, recorded_at=NOW)


def test_foreign_dsse():
    """
    A DSSE envelope that other programs accept verifies over the same bytes.
    """
    envelope = json.loads(foreign("dsse.json"))
    [signature] = envelope["signatures"]
    message = pae(envelope["payloadType"], b64decode(envelope["payload"]))
    Verifier(LOG_VKEY).check(message, b64decode(signature["sig"]))


def test_pae():
    """
    The DSSE specification's example.
    """
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(st.dictionaries(keys, values, max_size=5), st.dictionaries(keys, values, max_size=3), st.booleans())
def test_round_trip(body, actor, first):
    draft = replace(DRAFT, body=body, actor=actor, version=1 if first else 2)
    prev = None if first else "ab" * 32
    data = payload(draft, prev=prev, recorded_at=NOW)
    leaf = seal(data, CLERK)
    envelope = open_leaf(leaf)
    check_signature(envelope, Verifier(CLERK.vkey))
    read = parse_payload(envelope.payload)
    assert envelope.payload == data
    assert (read.body, read.actor, read.prev, read.recorded_at) == (body, actor, prev, NOW)
    assert read.sd == tuple(sorted(map(digest, DRAFT.disclosures)))


def test_personal_data_is_not_in_the_leaf():
    """
    A disclosed value and its name appear in the leaf only as a digest.
    """
    data = sealed_payload()
    assert "王".encode() not in data
    assert b'"name"' not in data


def test_wrong_key():
    envelope = open_leaf(seal(sealed_payload(), CLERK))
    with pytest.raises(MalformedEvidence):
        check_signature(envelope, Verifier(SYSTEM.vkey))
    namesake = Ed25519Signer.from_seed("luoshi.example/official/wang", bytes(32))
    forged = Envelope(envelope.payload, namesake.key_id, envelope.signature)
    with pytest.raises(VerificationError, match="does not verify"):
        check_signature(forged, Verifier(namesake.vkey))


def test_too_large():
    """
    A leaf that no entry bundle could carry is refused, and the field to blame named.
    """
    with pytest.raises(TooLarge, match=r"body\.text") as refused:
        seal(sealed_payload(body={"unit": "housing", "text": "a" * 50_000}), CLERK)
    assert refused.value.field == "body.text"
    assert len(seal(sealed_payload(body={"text": "a" * 48_000}), CLERK)) <= 65_535


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": 2},
        {"stream": ""},
        {"topic": "a\0"},
        {"command_id": ""},
        {"occurred_at": ""},
        {"body": {"a": 1.5}},
        {"body": []},
        {"actor": None},
        {"disclosures": (DRAFT.disclosures[0], DRAFT.disclosures[0])},
    ],
    ids=str,
)
def test_refused_drafts(change):
    with pytest.raises(NotCanonical):
        sealed_payload(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": True},
        {"version": "1"},
        {"prev": "ab" * 32},
        {"version": 2},
        {"version": 2, "prev": "AB" * 32},
        {"kind": "map-root"},
        {"more": 1},
        {"_sd": []},
        {"_sd": ["b" * 43, "a" * 43]},
        {"_sd": ["a" * 43, "a" * 43]},
        {"_sd_alg": "sha-1"},
        {"actor": []},
        {"stream": ""},
        {"stream": "case/e\u0301"},
        {"recorded_at": "2025-03-01"},
        {"recorded_at": "2025-03-01T09:00:00"},
        {"recorded_at": "2025-03-01T09:00:00+00:00"},
        {"recorded_at": "2025-03-01t09:00:00z"},
        {"recorded_at": "2025-03-01T09:00:00.5Z"},
        {"recorded_at": "2025-02-30T09:00:00Z"},
        {"recorded_at": "2025-03-01T24:00:00Z"},
        {"recorded_at": "0000-03-01T09:00:00Z"},
        {"recorded_at": "２０２５-03-01T09:00:00Z"},
    ],
    ids=str,
)
def test_hostile_payloads(change):
    with pytest.raises(MalformedEvidence):
        parse_payload(encode(json.loads(sealed_payload()) | change))


@pytest.mark.parametrize("change", [{"recorded_at": "2025-03-01T09:00:00.000001Z"}, {"stream": "case/é"}], ids=str)
def test_spellings(change):
    fields = json.loads(sealed_payload()) | change
    assert parse_payload(encode(fields)).recorded_at == fields["recorded_at"]


def test_long_key_ids():
    """
    Key ids are remembered, and no more than 1 MiB of them: a stranger's long ones are read each time.
    """
    envelope = open_leaf(LEAF)
    for number in range(1100):
        signer = f"{number:04}" + "x" * 30_000
        again = LEAF.replace(json.dumps(envelope.key_id).encode(), json.dumps(signer).encode())
        assert open_leaf(again).key_id == signer
    assert _short_key_id.cache_info().currsize <= 1024
    before = _short_key_id.cache_info().misses
    open_leaf(LEAF.replace(json.dumps(envelope.key_id).encode(), b'"' + b"x" * 2000 + b'"'))
    assert _short_key_id.cache_info().misses == before


def test_missing_fields():
    fields = json.loads(sealed_payload())
    for name in fields:
        with pytest.raises(MalformedEvidence):
            parse_payload(encode({key: value for key, value in fields.items() if key != name}))


LEAF = seal(sealed_payload(), CLERK)


def test_every_byte_counts():
    """
    A leaf with any one byte changed is malformed, or its signature does not verify.
    """
    verifier = Verifier(CLERK.vkey)
    for place in range(len(LEAF)):
        changed = LEAF[:place] + bytes([LEAF[place] ^ 1]) + LEAF[place + 1 :]
        with pytest.raises(VerificationError):
            check_signature(open_leaf(changed), verifier)


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"{}",
        LEAF + b"\n",
        LEAF.replace(b'","', b'", "', 1),
        LEAF.replace(b"luoshi", b"other", 1),
        LEAF.replace(b'"sig":"', b'"sig":"A', 1),
        LEAF.replace(b'"payload":"', b'"payload":"=', 1),
        LEAF.replace(b"}]}", b'},{"keyid":"a","sig":"b"}]}'),
        LEAF.replace(b"}]}", b'}],"z":1}'),
        LEAF.replace(b"+", b"\\u002b", 1),
        LEAF.replace(b"luoshi.example", b"\xff", 1),
        b'{"payload":"' + b64encode(bytes(60_000)) + LEAF[12:],
    ],
)
def test_hostile_leaves(leaf):
    with pytest.raises(MalformedEvidence):
        open_leaf(leaf)
