"""
The JSON texts of an evidence file: statement, map proof, disclosures, documents. Written and read, believed nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from ledger import canonical
from ledger.casemap import MAX_DEPTH, STREAM, Entry, MapProof, format_entry, parse_entry
from ledger.errors import MalformedEvidence
from ledger.evidence.bundle import Kind, ProvedStream, Role

MAX_DOCUMENTS = 1000  # records of one case that a file of its own belongs to
_KINDS, _ROLES = get_args(Kind), get_args(Role)
_OF_OFFICE = ("duty", "period", "besides")
_ASKED: Mapping[str, tuple[str, ...]] = {"case": (), "office": _OF_OFFICE, "absence": _OF_OFFICE}


@dataclass(frozen=True, slots=True)
class Listed:
    """A stream as the statement lists it; its proof is a file of its own."""

    stream: str
    role: Role
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What data/evidence.json says."""

    kind: Kind
    origin: str
    size: int
    question: Mapping[str, str]
    streams: tuple[Listed, ...]


def format_statement(statement: Statement) -> bytes:
    return canonical.encode(
        {
            "kind": statement.kind,
            "origin": statement.origin,
            "question": dict(statement.question),
            "size": statement.size,
            "streams": [{"indexes": [*s.indexes], "role": s.role, "stream": s.stream} for s in statement.streams],
            "v": 1,
        }
    )


def parse_statement(data: bytes) -> Statement:
    """Return the statement of exactly what `format_statement` writes."""
    found = _members(_decoded(data), ("kind", "origin", "question", "size", "streams", "v"))
    kind, origin, size, streams = found["kind"], found["origin"], found["size"], found["streams"]
    if not _is_number(found["v"]) or found["v"] != 1:
        raise MalformedEvidence("v is not 1: made by another version")
    if kind not in _KINDS:
        raise MalformedEvidence(f"kind is one of {', '.join(_KINDS)}")
    if not isinstance(origin, str) or not origin:
        raise MalformedEvidence("origin is not a name")
    if not _is_number(size) or size < 1:
        raise MalformedEvidence("size is not a number of records")
    if not isinstance(streams, list) or not streams:
        raise MalformedEvidence("streams is not a list of streams")
    listed = tuple(_listed(item) for item in streams)
    _check_streams(kind, listed, size)
    question = _question(kind, found["question"])
    if question["stream"] != listed[0].stream:
        raise MalformedEvidence("question.stream is not the first stream")
    return Statement(kind, origin, size, question, listed)


def format_map_proof(stream: ProvedStream) -> bytes:
    terminal = stream.proof.terminal
    return canonical.encode(
        {
            "entry": None if stream.entry is None else canonical.decode(format_entry(stream.entry)),
            "siblings": [sibling.hex() for sibling in stream.proof.siblings],
            "stream": stream.stream,
            "terminal": None if terminal is None else {"key": terminal[0].hex(), "value_hash": terminal[1].hex()},
            "v": 1,
        }
    )


def parse_map_proof(data: bytes, listed: Listed) -> ProvedStream:
    """Return the listed stream with the proof of exactly what `format_map_proof` writes for it."""
    found = _members(_decoded(data), ("entry", "siblings", "stream", "terminal", "v"))
    if not _is_number(found["v"]) or found["v"] != 1:
        raise MalformedEvidence("v is not 1: made by another version")
    if found["stream"] != listed.stream:
        raise MalformedEvidence(f"the proof is not of {listed.stream}, which the statement lists here")
    siblings, terminal = found["siblings"], found["terminal"]
    if not isinstance(siblings, list) or len(siblings) > MAX_DEPTH:
        raise MalformedEvidence(f"siblings is not a list of at most {MAX_DEPTH} hashes")
    ends = None
    if terminal is not None:
        parts = _members(terminal, ("key", "value_hash"))
        ends = (_hash(parts["key"]), _hash(parts["value_hash"]))
    entry: Entry | None = None if found["entry"] is None else parse_entry(canonical.encode(found["entry"]))
    proof = MapProof(tuple(_hash(sibling) for sibling in siblings), ends)
    return ProvedStream(listed.stream, listed.role, listed.indexes, entry, proof)


def format_disclosures(disclosures: Mapping[int, Sequence[str]]) -> bytes:
    return canonical.encode({str(index): list(shown) for index, shown in disclosures.items()})


def parse_disclosures(data: bytes) -> dict[int, tuple[str, ...]]:
    """Return the disclosures by log index; to which leaf they belong is not checked here."""
    found = _decoded(data)
    if not isinstance(found, dict) or not found:
        raise MalformedEvidence("not an object of disclosures by log index")
    shown: dict[int, tuple[str, ...]] = {}
    for text, items in found.items():
        index = parse_number(text)
        if index is None:
            raise MalformedEvidence(f"{text[:30]!r} is no log index")
        if not isinstance(items, list) or not items or not all(isinstance(x, str) and x for x in items):
            raise MalformedEvidence(f"the disclosures of {index} are not a list of texts")
        shown[index] = tuple(items)
    return dict(sorted(shown.items()))


def format_enclosed(enclosed: Mapping[int, str]) -> bytes:
    return canonical.encode({str(index): digest for index, digest in enclosed.items()})


def parse_enclosed(data: bytes) -> dict[int, str]:
    """Return by log index the SHA-256 of the document that the record commits to."""
    found = _decoded(data)
    if not isinstance(found, dict) or not 0 < len(found) <= MAX_DOCUMENTS:
        raise MalformedEvidence(f"not an object of 1 to {MAX_DOCUMENTS} documents by log index")
    enclosed: dict[int, str] = {}
    for text, digest in found.items():
        index = parse_number(text)
        if index is None:
            raise MalformedEvidence(f"{text[:30]!r} is no log index")
        enclosed[index] = _hash(digest).hex()
    return dict(sorted(enclosed.items()))


def parse_number(text: str) -> int | None:
    """A log index as it stands in a name: decimal, without leading zeros. None: it is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 16 or (text[0] == "0" and text != "0"):
        return None
    return int(text)


def _question(kind: Kind, found: Any) -> dict[str, str]:
    if not isinstance(found, dict) or not {"stream", "as_of"} <= found.keys():
        raise MalformedEvidence("question names stream and as_of")
    if not found.keys() <= {"stream", "as_of", *_ASKED[kind]}:
        raise MalformedEvidence(f"question has a member that none of kind {kind} has")
    if not all(isinstance(value, str) and value for value in found.values()):
        raise MalformedEvidence("question has a member that is no text")
    return found


def _listed(item: Any) -> Listed:
    found = _members(item, ("indexes", "role", "stream"))
    stream, role, indexes = found["stream"], found["role"], found["indexes"]
    if not isinstance(stream, str) or not stream or stream == STREAM:
        raise MalformedEvidence("streams lists something that is no stream of events")
    if role not in _ROLES:
        raise MalformedEvidence(f"the role of {stream} is one of {', '.join(_ROLES)}")
    if not isinstance(indexes, list) or not all(_is_number(index) for index in indexes):
        raise MalformedEvidence(f"the indexes of {stream} are not a list of log indexes")
    return Listed(stream, role, tuple(indexes))


def _check_streams(kind: Kind, listed: Sequence[Listed], size: int) -> None:
    names: set[str] = set()
    taken: set[int] = set()
    is_case = listed[0].role == "case"
    if kind != "absence" and is_case != (kind == "case"):
        raise MalformedEvidence(f"the role of the first stream is none of a file of kind {kind}")
    for number, each in enumerate(listed):
        if each.stream in names:
            raise MalformedEvidence(f"streams lists {each.stream} twice")
        if number and each.role == "case":
            raise MalformedEvidence("a stream that is not the first is said to be the case's")
        if each.role == "filed" and (is_case or not number):
            raise MalformedEvidence("what offices filed is no part of an answer about a case, nor its first stream")
        if list(each.indexes) != sorted(set(each.indexes)) or not taken.isdisjoint(each.indexes):
            raise MalformedEvidence(f"the indexes of {each.stream} are out of order or another stream's")
        # The last record is the map root, which is an event of no stream here.
        if each.indexes and not 0 <= each.indexes[0] <= each.indexes[-1] < size - 1:
            raise MalformedEvidence(f"the indexes of {each.stream} lie beyond the checkpoint")
        names.add(each.stream)
        taken.update(each.indexes)


def _decoded(data: bytes) -> Any:
    try:
        return canonical.decode(data)
    except MalformedEvidence:
        raise MalformedEvidence("not canonical JSON") from None


def _members(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise MalformedEvidence(f"an object has not exactly the members {', '.join(names)}")
    return value


def _is_number(value: Any) -> bool:
    return type(value) is int


def _hash(text: Any) -> bytes:
    if not isinstance(text, str) or len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise MalformedEvidence("a hash is not 64 lower-case hexadecimal digits")
    return bytes.fromhex(text)
