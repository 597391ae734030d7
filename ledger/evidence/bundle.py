"""
What an evidence file holds, in memory. docs/formats.md section 16 is the same in bytes.

Nothing here is believed: `ledger.evidence.verify` says what holds, and only of a trust that came from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.casemap import Entry, MapProof

Kind = Literal["case", "office", "absence"]
Role = Literal["case", "filed", "people", "law", "keys"]


@dataclass(frozen=True, slots=True)
class ProvedStream:
    """
    One stream the answer leans on, complete: the log indexes of all its events, and the map's word that there are no
    more. No index and no entry: the map holds nothing of this name.
    """

    stream: str
    role: Role
    indexes: tuple[int, ...]
    entry: Entry | None
    proof: MapProof


@dataclass(frozen=True, slots=True)
class ProvedLeaf:
    """The exact bytes of a record, and its inclusion path under the bundle's checkpoint."""

    index: int
    leaf: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """An evidence file's content. `question` and `answer` are JSON values; `answer` is what `conclude` derives."""

    kind: Kind
    origin: str
    note: bytes  # the checkpoint with every line that was had for it
    question: Mapping[str, Any]
    answer: Any
    streams: tuple[ProvedStream, ...]  # that of the question first
    leaves: tuple[ProvedLeaf, ...]  # by index; the last one is the checkpoint's map root
    tokens: tuple[bytes, ...] = ()  # RFC 3161, over the note's text
    disclosures: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  # by log index
    documents: Mapping[str, bytes] = field(default_factory=dict)  # by SHA-256 in hex of what is in the file
    enclosed: Mapping[int, str] = field(default_factory=dict)  # by log index, the document that the record commits to
    policy: bytes | None = None  # the sender's, to compare with; trusted by nobody
    policy_extension: bytes | None = None
    extras: Mapping[str, bytes] = field(default_factory=dict)  # for people to read: custody.html, README.txt
    tools: Mapping[str, bytes] = field(default_factory=dict)  # luoshi-verify.pyz, verify.html

    @property
    def own(self) -> tuple[int, ...]:
        """The log indexes of what the answer is about: the case's records, or what offices filed."""
        return tuple(sorted(i for s in self.streams if s.role in ("case", "filed") for i in s.indexes))
