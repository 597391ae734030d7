"""
What is signed, hashed, stored and exported: one byte string per event, the *leaf*.

The payload is canonical JSON; a DSSE envelope (v1.0.2) around it carries one signature; the leaf is the canonical JSON
of that envelope. Formats: docs/formats.md. tests/ledger/test_envelope.py proves a foreign DSSE vector and round trips.

Order when signing: payload (fixes `recorded_at` and `prev`), seal (signs), append. A crash in between loses an unsent
leaf and nothing else; the other order could leave an unsigned record in the log.
"""

import re
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any
from unicodedata import is_normalized

from ledger import canonical, disclosure
from ledger.errors import MalformedEvidence, NotCanonical, TooLarge
from ledger.merkle import leaf_hash
from ledger.vkeys import Signer, Verifier

__all__ = [
    "Draft",
    "Envelope",
    "Payload",
    "Sealed",
    "check_signature",
    "leaf_hash",
    "open_leaf",
    "pae",
    "parse_payload",
    "payload",
    "seal",
]

PAYLOAD_TYPE = "application/vnd.luoshi.event+json"
MAX_LEAF_BYTES = 65_535  # an entry bundle writes a leaf's length in two bytes
SIGNATURE_BYTES = 64
MAX_NAME_BYTES = 1024  # of what is looked up by name: an index entry of Postgres holds about 2,700 bytes

# Keys in canonical order, no space, the type as we write it; the key id is a JSON string and is read as one.
_LEAF = re.compile(
    rb'\{"payload":"([A-Za-z0-9+/=]*)","payloadType":"' + re.escape(PAYLOAD_TYPE.encode()) + rb'",'
    rb'"signatures":\[\{"keyid":("(?:[^"\\]|\\.)*"),"sig":"([A-Za-z0-9+/=]*)"\}\]\}'
)

_DIGEST = re.compile("[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")  # the two bits that 32 bytes leave open are zero

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{6})?Z", re.ASCII)

_TEXT_FIELDS = ("stream", "topic", "occurred_at", "recorded_at", "command_id", "origin")
_NAMES = ("stream", "topic", "command_id")
_FIELDS = {*_TEXT_FIELDS, "actor", "body", "kind", "prev", "version"}
_SD_FIELDS = {"_sd", "_sd_alg"}


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before the server has stamped and somebody has signed it."""

    stream: str
    version: int  # 1-based
    topic: str
    body: dict[str, Any]
    actor: dict[str, Any]
    occurred_at: str
    command_id: str
    origin: str
    disclosures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload as read back: the draft, the server's time, and the link to the stream's previous leaf."""

    stream: str
    version: int
    topic: str
    body: dict[str, Any]
    actor: dict[str, Any]
    occurred_at: str
    recorded_at: str
    command_id: str
    origin: str
    prev: str | None
    sd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    payload: bytes
    key_id: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signed leaf with the columns it is stored under, ready to append."""

    stream: str
    version: int
    topic: str
    command_id: str
    leaf: bytes
    disclosures: tuple[str, ...] = ()


def payload(draft: Draft, *, prev: str | None, recorded_at: str) -> bytes:
    """Return the bytes to sign. `prev` is the hex leaf hash of the stream's previous leaf, None for version 1."""
    fields: dict[str, Any] = {
        "actor": draft.actor,
        "body": draft.body,
        "command_id": draft.command_id,
        "kind": "event",
        "occurred_at": draft.occurred_at,
        "origin": draft.origin,
        "prev": prev,
        "recorded_at": recorded_at,
        "stream": draft.stream,
        "topic": draft.topic,
        "version": draft.version,
    }
    if draft.disclosures:
        # Sorted, so that the order tells nothing of which digest is which field.
        fields["_sd"] = sorted(map(disclosure.digest, draft.disclosures))
        fields["_sd_alg"] = disclosure.ALGORITHM
    if not _is_payload(fields):
        raise NotCanonical(f"stream {draft.stream!r}, version {draft.version}: not a payload")
    return canonical.encode(fields)


def parse_payload(data: bytes) -> Payload:
    """Return the fields of exactly what `payload` writes."""
    fields = canonical.decode(data)
    if not _is_payload(fields):
        raise MalformedEvidence
    sd = tuple(fields.pop("_sd", ()))
    fields.pop("_sd_alg", None)
    fields.pop("kind")
    return Payload(**fields, sd=sd)


def seal(payload: bytes, signer: Signer) -> bytes:
    """Sign a payload and return the leaf."""
    signature = signer.sign(pae(PAYLOAD_TYPE, payload))
    leaf = _format(Envelope(payload, signer.key_id, signature))
    if len(leaf) > MAX_LEAF_BYTES:
        raise TooLarge(_largest_field(payload), len(leaf))
    return leaf


def open_leaf(leaf: bytes) -> Envelope:
    """Return the parts of exactly what `seal` writes. Says nothing of the signature yet."""
    # The form has no freedom but these three values, so a pattern reads it, five times faster than a JSON parser.
    if len(leaf) > MAX_LEAF_BYTES or not (found := _LEAF.fullmatch(leaf)):
        raise MalformedEvidence
    encoded, key_id, signature = found.groups()
    try:
        envelope = Envelope(a2b_base64(encoded), _key_id(key_id), a2b_base64(signature))
    except ValueError:
        raise MalformedEvidence from None
    # Base64 leaves bits open at its end: only what would be written again is accepted.
    if len(envelope.signature) != SIGNATURE_BYTES or b64encode(envelope.signature) != signature:
        raise MalformedEvidence
    if b64encode(envelope.payload) != encoded:
        raise MalformedEvidence
    return envelope


def check_signature(envelope: Envelope, verifier: Verifier) -> None:
    """Raise VerificationError unless the named key signed the payload."""
    if envelope.key_id != verifier.key_id:
        raise MalformedEvidence
    verifier.check(pae(PAYLOAD_TYPE, envelope.payload), envelope.signature)


def pae(kind: str, body: bytes) -> bytes:
    """DSSE's pre-authentication encoding: lengths are counted in bytes."""
    encoded = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(encoded), encoded, len(body), body)


def _key_id(text: bytes) -> str:
    # A log has few keys and many signatures; a stranger's long ones are not worth remembering.
    return _short_key_id(text) if len(text) <= MAX_NAME_BYTES else _read_key_id(text)


@lru_cache(1024)  # of at most 1 KiB each
def _short_key_id(text: bytes) -> str:
    return _read_key_id(text)


def _read_key_id(text: bytes) -> str:
    key_id = canonical.decode(text)
    if not isinstance(key_id, str):
        raise MalformedEvidence
    return key_id


def _format(envelope: Envelope) -> bytes:
    return canonical.encode(
        {
            "payload": b64encode(envelope.payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": envelope.key_id, "sig": b64encode(envelope.signature).decode()}],
        }
    )


def _is_payload(fields: Any) -> bool:
    if not isinstance(fields, dict):
        return False
    expected = _FIELDS | _SD_FIELDS if "_sd" in fields else _FIELDS
    if fields.keys() != expected or fields["kind"] != "event":
        return False
    if not all(isinstance(fields[name], str) and fields[name] and "\0" not in fields[name] for name in _TEXT_FIELDS):
        return False
    try:
        if any(len(fields[name].encode()) > MAX_NAME_BYTES for name in _NAMES):
            return False
    except UnicodeEncodeError:  # a lone surrogate
        return False
    if not is_normalized("NFC", fields["stream"]) or not _is_moment(fields["recorded_at"]):
        return False
    version, prev = fields["version"], fields["prev"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        return False
    if (prev is None) != (version == 1) or not (prev is None or _is_hash(prev)):
        return False
    if not isinstance(fields["actor"], dict) or not isinstance(fields["body"], dict):
        return False
    return "_sd" not in fields or (fields["_sd_alg"] == disclosure.ALGORITHM and _is_digest_list(fields["_sd"]))


def _is_moment(text: str) -> bool:
    """RFC 3339 in the spelling of docs/formats.md: UTC, with microseconds or without a fraction."""
    try:
        return bool(_MOMENT.fullmatch(text)) and date.fromisoformat(text[:10]) is not None
    except ValueError:  # 31 February
        return False


def _is_hash(text: Any) -> bool:
    return isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")


def _is_digest_list(digests: Any) -> bool:
    if not isinstance(digests, list) or not digests:
        return False
    if not all(isinstance(digest, str) and _DIGEST.fullmatch(digest) for digest in digests):
        return False
    return _ascending(digests)


def _ascending(texts: Sequence[str]) -> bool:
    return all(a < b for a, b in pairwise(texts))


def _largest_field(payload: bytes) -> str:
    fields: dict[str, Any] = canonical.decode(payload)
    fields.update({f"body.{name}": value for name, value in fields.pop("body").items()})
    return max(fields, key=lambda name: len(canonical.encode(fields[name])))
