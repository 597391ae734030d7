"""
The documents in an evidence file, each held to what a record of the case says of it (step 8).

An attachment's record commits to a sealed field, and the field to a salted digest of the file: both must be shown. What
was never sealed, a paper that was served or the evidence of a filing, is named by its record in plain SHA-256.
tests/evidence/test_documents.py plays what is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger import erasure
from ledger.attachment import FIELD, TOPIC, parse_described
from ledger.disclosure import open_disclosure
from ledger.errors import MalformedEvidence, VerificationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ledger.attachment import Described
    from ledger.evidence.bundle import Bundle
    from ledger.evidence.report import Proved

STEP = 8


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is what the record of this log index says. No name and type: the record gives its digest only."""

    index: int
    sha256: str
    size: int
    name: str | None
    media_type: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "record": self.index,
            "sha256": self.sha256,
            "size": self.size,
            "name": self.name,
            "media_type": self.media_type,
        }


def check_documents(bundle: Bundle, events: Iterable[Proved]) -> tuple[Document, ...]:
    """Return the documents, in the order of their records. VerificationError names the one that does not belong."""
    own = set(bundle.own)
    committing = {event.index: event for event in events if event.index in own}
    for sha256 in sorted(bundle.documents.keys() - set(bundle.enclosed.values())):
        raise _bad(None, f"document {sha256} is named by no record")
    for sha256, content in bundle.documents.items():
        if hashlib.sha256(content).hexdigest() != sha256:
            raise _bad(None, f"document {sha256} is another file: that is not its SHA-256")
    return tuple(_document(bundle, committing, index, sha256) for index, sha256 in bundle.enclosed.items())


def erased_by(events: Iterable[Proved]) -> dict[tuple[str, str], int]:
    """By stream and digest, the record that orders its erasure. What was erased is still what was signed."""
    found: dict[tuple[str, str], int] = {}
    for event in events:
        if event.payload.topic == erasure.TOPIC and isinstance(digests := event.payload.body.get("digests"), list):
            for digest in digests:
                if isinstance(digest, str):
                    found.setdefault((event.payload.stream, digest), event.index)
    return found


def described(shown: Iterable[str]) -> Iterator[Described]:
    """What the disclosures of one record say of attached files."""
    for text in shown:
        name, value = open_disclosure(text)
        if name == FIELD:
            yield parse_described(value)


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, the names of members excepted."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def _document(bundle: Bundle, committing: Mapping[int, Proved], index: int, sha256: str) -> Document:
    if sha256 not in bundle.documents:
        raise _bad(index, f"document {sha256}, of record {index}, is missing")
    content = bundle.documents[sha256]
    if index not in committing:
        raise _bad(index, f"document {sha256} is said to be of record {index}, which is none of the case's, nor filed")
    payload = committing[index].payload
    shown = bundle.disclosures.get(index, ())
    if payload.topic != TOPIC:
        if {sha256, f"sha256:{sha256}"}.isdisjoint(texts([payload.body, *(open_disclosure(x)[1] for x in shown)])):
            raise _bad(index, f"document {sha256} is not named by record {index}")
        return Document(index, sha256, len(content), None, None)
    try:
        [said] = described(shown)
    except ValueError:
        raise _bad(index, f"document {sha256}: record {index} discloses no attachment, or several") from None
    except MalformedEvidence as error:
        raise _bad(index, f"document {sha256}, of record {index}: {error}") from None
    if not said.is_of(content):
        raise _bad(index, f"document {sha256} is not the file that record {index} commits to")
    return Document(index, sha256, len(content), said.name, said.media_type)


def _bad(index: int | None, said: str) -> VerificationError:
    return VerificationError(STEP, index, said)
