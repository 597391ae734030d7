"""The case map against its golden values and against a naive definition."""

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.casemap import (
    EMPTY,
    CaseMap,
    Entry,
    MapDamaged,
    MapProof,
    MapRoot,
    MemoryNodes,
    chain,
    check_map_proof,
    format_entry,
    format_map_root,
    genesis,
    leaf_node,
    map_key,
    parse_entry,
    parse_map_root,
)
from ledger.errors import MalformedEvidence, VerificationError
from ledger.merkle import leaf_hash

ORIGIN = "o"


def sha256(data):
    return hashlib.sha256(data).digest()


def naive_root(values, depth=0):
    """The definition, without a tree: split by the bit until one leaf is left."""
    if not values:
        return EMPTY
    if len(values) == 1:
        [(key, value)] = values.items()
        return leaf_node(key, sha256(value))
    halves = [{k: v for k, v in values.items() if f"{int.from_bytes(k):0256b}"[depth] == bit} for bit in "01"]
    return sha256(b"\x03" + naive_root(halves[0], depth + 1) + naive_root(halves[1], depth + 1))


def naive_values(history):
    heads = {}
    for stream, leaf in history:
        n, head = heads.get(stream, (0, genesis(stream)))
        heads[stream] = (n + 1, sha256(b"\x04" + head + leaf))
    return {map_key(ORIGIN, s): format_entry(Entry(s, n, head)) for s, (n, head) in heads.items()}


class TestGolden:
    def test_key(self):
        key = map_key("ledger.example/case-log", "(2026)京01监12号")
        assert key.hex() == "cde5cc57a08f1e8da7b506c9b5f9e19675b6e34e77fcf07fd39c2fc00444b9ba"

    def test_root(self):
        built = CaseMap("o", MemoryNodes())
        root = built.put({map_key("o", name): name.encode() for name in "abc"})
        assert root.hex() == "1e29975a4606aeea6193a2ff8a573ac81727a92be4a1492d5ad12d0b6cc7bd0f"

    def test_genesis(self):
        assert genesis("case-1").hex() == "0948374f285e7d5dcf90188cf2683a8de4cf86f896866119acf95198a8277241"

    def test_leaf(self):
        leaf = format_map_root(MapRoot(7, bytes(32)))
        assert leaf == b'{"covers":7,"kind":"map-root","root":"' + b"0" * 64 + b'","v":1}'


def check_history(seed):
    """A random history, published in random batches: root, presence and absence are those of the definition."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable history
    history = [(f"case/{chance.randrange(12)}", leaf_hash(chance.randbytes(4))) for _ in range(chance.randrange(1, 24))]
    nodes, stored, done = MemoryNodes(), EMPTY, 0
    while done < len(history):
        version = CaseMap(ORIGIN, nodes, stored)
        for _ in range(chance.randrange(1, 3)):  # several versions before one is kept
            size = chance.randrange(1, 9)
            version.add(history[done : done + size])
            done += size
        expected = naive_values(history[:done])
        assert version.root == naive_root(expected)
        nodes.keep(version.pending())
        stored = version.root
    kept = CaseMap(ORIGIN, nodes, stored)
    for number in range(13):
        stream = f"case/{number}"
        key = map_key(ORIGIN, stream)
        value, proof = expected.get(key), kept.prove(stream)
        check_map_proof(proof, key=key, root=stored, value=value)
        with pytest.raises(VerificationError):
            check_map_proof(proof, key=key, root=stored, value=None if value else b"{}")
        if value:
            assert format_entry(kept.entry(stream)) == value
            with pytest.raises(VerificationError):
                check_map_proof(proof, key=key, root=stored, value=value + b" ")
        for place in range(len(proof.siblings)):
            siblings = list(proof.siblings)
            siblings[place] = sha256(siblings[place])
            with pytest.raises(VerificationError):
                check_map_proof(MapProof(tuple(siblings), proof.terminal), key=key, root=stored, value=value)


@pytest.mark.parametrize("block", range(10))
def test_histories(block):
    """
    500 histories in ten blocks; `python -m bench.publishing` runs 10,000.
    """
    for seed in range(block * 50, block * 50 + 50):
        check_history(seed)


def test_pruned():
    """
    Keeping only the newest version leaves exactly its nodes.
    """
    chance = random.Random(1)  # noqa: S311 - a repeatable history
    pruned, stored, history = MemoryNodes(), EMPTY, []
    for _ in range(60):
        batch = [(f"s/{chance.randrange(40)}", leaf_hash(chance.randbytes(4))) for _ in range(5)]
        history += batch
        version = CaseMap(ORIGIN, pruned, stored)
        stored = version.add(batch)
        pruned.keep(version.pending())
        pruned.drop(version.obsolete())
    fresh = MemoryNodes()
    whole = CaseMap(ORIGIN, fresh)
    assert whole.add(history) == stored
    fresh.keep(whole.pending())
    assert pruned.kept == fresh.kept


def test_common_beginnings():
    """
    Keys that agree in their first 255 bits stand at the bottom, and are proved there.
    """
    one, other = bytes(32), bytes(31) + b"\x01"
    built = CaseMap(ORIGIN, MemoryNodes())
    root = built.put({one: b"1", other: b"2"})
    siblings, found = built._walk(other)
    assert len(siblings) == 256
    proof = MapProof(tuple(siblings), (found.key, sha256(found.value)))
    check_map_proof(proof, key=other, root=root, value=b"2")
    with pytest.raises(VerificationError):
        check_map_proof(MapProof((*siblings, EMPTY), proof.terminal), key=other, root=root, value=b"2")


def test_another_leaf_does_not_prove_absence():
    """
    A leaf that does not stand on the key's way says nothing of the key.
    """
    built = CaseMap(ORIGIN, MemoryNodes())
    keys = [map_key(ORIGIN, f"{n}") for n in range(40)]
    root = built.put(dict.fromkeys(keys, b"v"))
    present = keys[0]
    for key in keys[1:]:
        siblings, found = built._walk(key)
        with pytest.raises(VerificationError):
            check_map_proof(
                MapProof(tuple(siblings), (found.key, sha256(found.value))), key=present, root=root, value=None
            )


def test_damaged_node():
    """
    A node that is missing or changed is named; nothing is derived from it.
    """
    nodes = MemoryNodes()
    version = CaseMap(ORIGIN, nodes)
    root = version.add([(f"s/{n}", leaf_hash(b"")) for n in range(30)])
    nodes.keep(version.pending())
    for name, node in list(nodes.kept.items()):
        nodes.kept[name] = nodes.kept[root] if name != root else next(n for n in nodes.kept.values() if n != node)
        with pytest.raises(MapDamaged):
            CaseMap(ORIGIN, nodes, root).add([(f"s/{n}", leaf_hash(b"")) for n in range(30)])
        nodes.kept[name] = node


def test_two_spellings():
    """
    Two streams that differ only in their Unicode form would share a place: refused.
    """
    version = CaseMap(ORIGIN, MemoryNodes())
    with pytest.raises(MapDamaged):
        version.add([("case/\u00e9", EMPTY), ("case/e\u0301", EMPTY)])


@given(st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32))
def test_map_root_round_trip(covers, root):
    assert parse_map_root(format_map_root(MapRoot(covers, root))) == MapRoot(covers, root)


@given(
    st.text(min_size=1).filter(lambda t: t.isprintable()), st.integers(1, 10**6), st.binary(min_size=32, max_size=32)
)
@settings(max_examples=50)
def test_entry_round_trip(stream, count, head):
    if max(stream) <= "\uffff":
        entry = Entry(stream, count, chain(genesis(stream), head))
        assert parse_entry(format_entry(entry)) == entry


ZEROS = "0" * 64


@pytest.mark.parametrize(
    "leaf",
    [
        "",
        "{}",
        "[]",
        '{"covers":7}',
        f'{{"covers":07,"kind":"map-root","root":"{ZEROS}","v":1}}',
        f'{{"covers":-1,"kind":"map-root","root":"{ZEROS}","v":1}}',
        f'{{"covers":true,"kind":"map-root","root":"{ZEROS}","v":1}}',
        f'{{"covers":7,"kind":"map-root","root":"{ZEROS}","v":2}}',
        f'{{"covers":7,"kind":"map-root","root":"{ZEROS}","v":true}}',
        f'{{"covers":7,"kind":"map-root","root":"{ZEROS[1:]}G","v":1}}',
        f'{{"covers":7,"kind":"map-root","root":"{ZEROS[2:]}","v":1}}',
        f'{{"covers":7,"kind":"map-root","root":"{ZEROS}","v":1,"x":1}}',
        f'{{"covers":7, "kind":"map-root","root":"{ZEROS}","v":1}}',
        f'{{"covers":9007199254740992,"kind":"map-root","root":"{ZEROS}","v":1}}',
    ],
)
def test_hostile_map_roots(leaf):
    with pytest.raises(MalformedEvidence):
        parse_map_root(leaf.encode())
