"""
The case map: a sparse Merkle map from every stream to how many events it has and what they are.

One root answers "this stream has exactly these n events" and "there is no such stream", for ever. Format:
docs/formats.md section 14. tests/ledger/test_casemap.py compares random histories with a naive definition.

Nodes are addressed by their own hash. So every version stays readable, a node half written or never referred to harms
nobody, and a changed node is noticed by whoever reads it.

Pure: nodes come through `Nodes`, one call per batch; storing the new ones is the caller's business.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from unicodedata import normalize

from ledger import canonical
from ledger.errors import LedgerError, MalformedEvidence, NotCanonical, VerificationError

EMPTY = bytes(32)
MAX_DEPTH = 256  # a key has 256 bits
MAX_INDEX = canonical.MAX_INTEGER

# Where the roots stand in the log.
STREAM = "log/map"
TOPIC = "map.root.v1"
_BEGINNING = b'{"covers":'  # no other leaf begins like this: an envelope's first member is "payload"


class MapDamaged(LedgerError):  # noqa: N818 - says what was found
    """A node of the map is missing, or is not the one its hash names: nothing was derived from it."""


@dataclass(frozen=True, slots=True)
class Inner:
    left: bytes
    right: bytes

    @property
    def preimage(self) -> bytes:
        return b"\x03" + self.left + self.right

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.preimage).digest()


@dataclass(frozen=True, slots=True)
class Leaf:
    key: bytes
    value: bytes

    @property
    def preimage(self) -> bytes:
        return b"\x02" + self.key + hashlib.sha256(self.value).digest()

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.preimage).digest()


Node = Inner | Leaf


class Nodes(Protocol):
    """Where the nodes of all versions are kept."""

    def paths(self, root: bytes, keys: Sequence[bytes]) -> Mapping[bytes, Node]:
        """Return, by hash, at least every node that is met on the way from `root` towards each of the keys."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the map says of a stream."""

    stream: str
    count: int
    head: bytes


@dataclass(frozen=True, slots=True)
class MapProof:
    """The way from the root to where the key stands, or would stand: its siblings, the root's child first."""

    siblings: tuple[bytes, ...]
    terminal: tuple[bytes, bytes] | None  # key and value hash of the leaf found there


@dataclass(frozen=True, slots=True)
class MapRoot:
    """What the last leaf of a published checkpoint says: the map over the first `covers` leaves."""

    covers: int
    root: bytes


def map_key(origin: str, stream: str) -> bytes:
    """Where a stream stands in the map of a log."""
    return hashlib.sha256(b"case-map/v1\0" + origin.encode() + b"\0" + normalize("NFC", stream).encode()).digest()


def genesis(stream: str) -> bytes:
    """The chain's head before the first event."""
    return hashlib.sha256(b"case-chain/v1\0" + stream.encode()).digest()


def chain(head: bytes, leaf: bytes) -> bytes:
    """The head after one more event, whose leaf *hash* this is."""
    return hashlib.sha256(b"\x04" + head + leaf).digest()


def leaf_node(key: bytes, value_hash: bytes) -> bytes:
    return hashlib.sha256(b"\x02" + key + value_hash).digest()


def format_entry(entry: Entry) -> bytes:
    return canonical.encode({"case": entry.stream, "head": entry.head.hex(), "n": entry.count, "v": 1})


def parse_entry(value: bytes) -> Entry:
    """Return the entry of exactly what `format_entry` writes."""
    match canonical.decode(value):
        case {"case": str(stream), "head": str(head), "n": int(count), "v": 1, **rest} if not rest and count > 0:
            entry = Entry(stream, int(count), _hash(head))
            if format_entry(entry) == value:
                return entry
    raise MalformedEvidence("malformed map entry")


def format_map_root(found: MapRoot) -> bytes:
    """Return the leaf."""
    if not 0 <= found.covers <= MAX_INDEX or len(found.root) != 32:
        raise NotCanonical(f"not a map root: covers {found.covers}, {len(found.root)} bytes")
    return canonical.encode({"covers": found.covers, "kind": "map-root", "root": found.root.hex(), "v": 1})


def parse_map_root(leaf: bytes) -> MapRoot:
    """Return the map root of exactly what `format_map_root` writes."""
    match canonical.decode(leaf):
        case {"covers": int(covers), "kind": "map-root", "root": str(root), "v": 1, **rest} if not rest and covers >= 0:
            found = MapRoot(int(covers), _hash(root))  # int: true is 1 to Python, and no number in JSON
            if format_map_root(found) == leaf:
                return found
    raise MalformedEvidence("malformed map root")


def is_map_root(leaf: bytes) -> bool:
    """Whether the leaf claims to be a map root; whether it is one, `parse_map_root` says."""
    return leaf.startswith(_BEGINNING)


def command_id(covers: int) -> str:
    """The command under which the map root over so many leaves is recorded."""
    return f"map-root:{covers}"


def check_map_proof(proof: MapProof, *, key: bytes, root: bytes, value: bytes | None) -> None:
    """
    Raise VerificationError unless the map of this root holds this value under the key; None: holds nothing under it.
    """
    refused = VerificationError(8, None, f"the map of root {root.hex()} does not say so of key {key.hex()}")
    depth = len(proof.siblings)
    if depth > MAX_DEPTH or len(key) != 32 or any(len(sibling) != 32 for sibling in proof.siblings):
        raise refused
    if proof.terminal is None:
        if value is not None:
            raise refused
        result = EMPTY
    else:
        found, value_hash = proof.terminal
        if len(found) != 32 or len(value_hash) != 32 or _prefix(found, depth) != _prefix(key, depth):
            raise refused
        if (found == key) != (value is not None):
            raise refused
        if value is not None and value_hash != hashlib.sha256(value).digest():
            raise refused
        result = leaf_node(found, value_hash)
    for level in range(depth - 1, -1, -1):
        sibling = proof.siblings[level]
        result = (Inner(sibling, result) if _bit(key, level) else Inner(result, sibling)).hash
    if result != root:
        raise refused


class CaseMap:
    """
    One version of the map, and the way to the next ones.

    `stored` is the root whose nodes are kept; what is derived from it stays in memory until the caller keeps
    `pending()` and makes another map from the new root.
    """

    def __init__(self, origin: str, nodes: Nodes, stored: bytes = EMPTY) -> None:
        self.root = stored
        self._origin = origin
        self._nodes = nodes
        self._stored = stored
        self._read: dict[bytes, Node] = {}  # from `nodes`, each compared with its hash
        self._made: dict[bytes, Node] = {}  # not kept yet, and part of the map of `root`
        self._left: set[bytes] = set()  # kept nodes that are no part of it any more
        self._found: Mapping[bytes, Node] = {}  # what the last prefetch brought, not yet compared

    def add(self, events: Iterable[tuple[str, bytes]]) -> bytes:
        """Take these events (stream, leaf hash) into the map, in their order, and return its new root."""
        batch: dict[str, list[bytes]] = {}
        for stream, leaf in events:
            batch.setdefault(stream, []).append(leaf)
        if not batch:
            return self.root
        keys = {map_key(self._origin, stream): stream for stream in batch}
        self._prefetch(list(keys))
        changed: dict[bytes, bytes] = {}
        for stream, leaves in batch.items():
            key = map_key(self._origin, stream)
            before = self._entry(key) or Entry(stream, 0, genesis(stream))
            if before.stream != stream or keys[key] != stream:
                raise MapDamaged(f"streams {stream!r} and {before.stream!r} stand at one place of the map")
            head = before.head
            for leaf in leaves:
                head = chain(head, leaf)
            changed[key] = format_entry(Entry(stream, before.count + len(leaves), head))
        return self._put(changed)

    def entry(self, stream: str) -> Entry | None:
        """What this version says of a stream; None: it has no event."""
        return self.look_up([stream])[stream][0]

    def prove(self, stream: str) -> MapProof:
        """Return the proof that `entry` is what this version says."""
        return self.look_up([stream])[stream][1]

    def look_up(self, streams: Sequence[str]) -> dict[str, tuple[Entry | None, MapProof]]:
        """`entry` and `prove` of many streams: their nodes are fetched together."""
        self._prefetch([map_key(self._origin, stream) for stream in streams])
        found = {}
        for stream in streams:
            key = map_key(self._origin, stream)
            siblings, leaf = self._walk(key)
            terminal = None if leaf is None else (leaf.key, hashlib.sha256(leaf.value).digest())
            found[stream] = (self._entry(key), MapProof(tuple(siblings), terminal))
        return found

    def pending(self) -> list[Node]:
        """The nodes of this version that are not kept yet."""
        return list(self._made.values())

    def obsolete(self) -> set[bytes]:
        """The kept nodes which this version does not need: only older ones do."""
        return set(self._left)

    def put(self, values: Mapping[bytes, bytes]) -> bytes:
        """Set these keys to these values and return the new root: the plain map, of which `add` is the use."""
        self._prefetch(list(values))
        return self._put(values)

    def _put(self, values: Mapping[bytes, bytes]) -> bytes:
        gone: set[bytes] = set()
        made: dict[bytes, Node] = {}
        self.root = self._updated(self.root, 0, [Leaf(k, v) for k, v in values.items()], gone, made)
        for old in gone - made.keys():
            if self._made.pop(old, None) is None:
                self._left.add(old)
        # A leaf that moved down is kept already.
        self._made.update((name, node) for name, node in made.items() if name not in self._read)
        self._left -= made.keys()
        return self.root

    def _updated(self, name: bytes, depth: int, items: list[Leaf], gone: set[bytes], made: dict[bytes, Node]) -> bytes:
        if name != EMPTY:
            node = self._node(name)
            gone.add(name)
            if isinstance(node, Inner):
                left, right = _split(items, depth)
                new = Inner(
                    self._updated(node.left, depth + 1, left, gone, made) if left else node.left,
                    self._updated(node.right, depth + 1, right, gone, made) if right else node.right,
                )
                return _note(new, made)
            if all(item.key != node.key for item in items):
                items = [*items, node]
        return _built(items, depth, made)

    def _entry(self, key: bytes) -> Entry | None:
        found = self._walk(key)[1]
        return parse_entry(found.value) if found is not None and found.key == key else None

    def _walk(self, key: bytes) -> tuple[list[bytes], Leaf | None]:
        siblings: list[bytes] = []
        name = self.root
        while name != EMPTY:
            node = self._node(name)
            if isinstance(node, Leaf):
                return siblings, node
            goes_right = _bit(key, len(siblings))
            siblings.append(node.left if goes_right else node.right)
            name = node.right if goes_right else node.left
        return siblings, None

    def _prefetch(self, keys: Sequence[bytes]) -> None:
        # From the kept root, also when newer versions were made since: whatever of them is not in memory is an
        # unchanged part of the kept version, and stands on the same way.
        if self._stored == EMPTY or not keys:
            return
        self._found = self._nodes.paths(self._stored, keys)

    def _node(self, name: bytes) -> Node:
        node = self._made.get(name) or self._read.get(name)
        if node is None:
            node = self._found.get(name)
            if node is None or node.hash != name:
                raise MapDamaged(f"node {name.hex()} of the map is missing or changed")
            self._read[name] = node
        return node


class MemoryNodes:
    """The nodes of one version in a dictionary: for whoever derives the map from the log's start."""

    def __init__(self) -> None:
        self.kept: dict[bytes, Node] = {}

    def paths(self, root: bytes, keys: Sequence[bytes]) -> Mapping[bytes, Node]:
        del root, keys
        return self.kept

    def keep(self, nodes: Iterable[Node]) -> None:
        self.kept.update((node.hash, node) for node in nodes)

    def drop(self, names: Iterable[bytes]) -> None:
        for name in names:
            self.kept.pop(name, None)


def _built(items: list[Leaf], depth: int, made: dict[bytes, Node]) -> bytes:
    if not items:
        return EMPTY
    if len(items) == 1:
        return _note(items[0], made)
    left, right = _split(items, depth)
    return _note(Inner(_built(left, depth + 1, made), _built(right, depth + 1, made)), made)


def _note(node: Node, made: dict[bytes, Node]) -> bytes:
    name = node.hash
    made[name] = node
    return name


def _split(items: list[Leaf], depth: int) -> tuple[list[Leaf], list[Leaf]]:
    left: list[Leaf] = []
    right: list[Leaf] = []
    for item in items:
        (right if _bit(item.key, depth) else left).append(item)
    return left, right


def _bit(key: bytes, place: int) -> int:
    """The bit at that place, the most significant one of the first byte being the first."""
    return key[place >> 3] >> (7 - (place & 7)) & 1


def _prefix(key: bytes, bits: int) -> int:
    return int.from_bytes(key) >> (256 - bits)


def _hash(text: str) -> bytes:
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise MalformedEvidence
    return bytes.fromhex(text)
