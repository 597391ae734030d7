"""
A log that is shorter than what was published of it: it refuses to append, and how its missing events come back.

After a restore, or a snapshot put back, the newest events are gone while the world has seen a checkpoint over them. A
new event would take the index of a lost one: a fork, which witnesses refuse and which convicts the log's own key. So
nothing is appended until the lost events are back, byte for byte, from the published entry bundles (our own folder's,
or a mirror's copy); the map's nodes are derived again. Sealed values of those events were published nowhere and stay
lost. tests/app/backup/test_backup.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.casemap import STREAM, TOPIC, CaseMap, command_id, is_map_root, parse_map_root
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.envelope import Sealed, open_leaf, parse_payload
from ledger.errors import LedgerError
from ledger.merkle import Frontier, leaf_hash
from ledger.note import split_note
from ledger.outside import CheckpointFile, Inconsistent, LogChanged
from ledger.store.contract import whole_log
from ledger.tiles import ENTRIES, TILE_WIDTH, Tile, parse_entries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.publish import KeptNodes
    from ledger.store.contract import Store

CHUNK = 1000  # events per batch of the map
NEWEST_KNOWN = "newest-known"


def why_short(store: Store, folder: Path) -> str | None:
    """Why nothing may be appended, or None. Looks at what we published and at what others were known to have."""
    # Signatures are not asked for: a larger checkpoint that is not ours does no harm but to stop us, and says so.
    for name in ("checkpoint", "state", NEWEST_KNOWN):
        if (head := _head(folder, name)) is not None and head.size > (size := store.size()):
            known = folder / name
            return (
                f"日志只有 {size} 条，而已公布的检查点（{known}）覆盖 {head.size} 条："
                "在缺失事件恢复之前拒绝追加，请运行 `luoshi log recover`。 "
                f"The log has {size} events, {known} covers {head.size}: "
                "nothing is appended until the missing ones are back; run `luoshi log recover`"
            )
    return None


def recover(store: Store, source: CheckpointFile, head: Checkpoint) -> int:
    """
    Append the events which the log lacks from the bundles below `source`, whose checkpoint was checked by the caller.

    Returns how many. Raises Inconsistent where the bundles do not give the checkpoint's root, LogChanged where the log
    holds something else than what was published. Can be run again after a crash: each event is whole or not there.
    """
    size = store.size()
    _check(store, source, head, size)
    count = 0
    for index, leaf in enumerate(_published_leaves(source, head.size)):
        if index >= size:
            if not store.append_at(index, _sealed(store, leaf)):
                raise LedgerError(f"somebody else appended at {index} meanwhile: stop the others and run again")
            count += 1
    return count


def rederive(store: Store, nodes: KeptNodes, origin: str) -> None:
    """
    Derive every version of the case map from the log again, and keep the nodes that are missing. MapDamaged, or
    LogChanged where a map root is not the one that is derived.
    """
    with nodes.leading():
        fold = CaseMap(origin, nodes)
        batch: list[tuple[str, bytes]] = []
        for stored in whole_log(store):
            is_root = is_map_root(stored.leaf)
            if is_root or len(batch) == CHUNK:
                root = fold.add(batch)
                if is_root and parse_map_root(stored.leaf).root != root:
                    raise LogChanged(f"record {stored.log_index} is not the map root of the records before it")
                nodes.keep(fold.pending())
                fold, batch = CaseMap(origin, nodes, root), []
            batch.append((stored.stream, leaf_hash(stored.leaf)))


def _check(store: Store, source: CheckpointFile, head: Checkpoint, size: int) -> None:
    """Read everything once before anything is appended."""
    frontier = Frontier()
    mine = whole_log(store)
    for index, leaf in enumerate(_published_leaves(source, head.size)):
        frontier.append(leaf_hash(leaf))
        if index < size and ((kept := next(mine, None)) is None or kept.leaf != leaf):
            raise LogChanged(f"record {index} is not the one that was published: this is not a log cut short")
    if frontier.size != head.size or frontier.root() != head.root:
        raise Inconsistent(f"the entry bundles do not give the root of the checkpoint of size {head.size}")


def _head(folder: Path, name: str) -> Checkpoint | None:
    path = folder / name
    if not path.is_file():
        return None
    data = path.read_bytes()
    return parse_checkpoint(data.decode("utf-8", "replace") if name == "state" else split_note(data)[0])


def _published_leaves(source: CheckpointFile, size: int) -> Iterator[bytes]:
    for number in range((size + TILE_WIDTH - 1) // TILE_WIDTH):
        width = min(TILE_WIDTH, size - number * TILE_WIDTH)
        exact = source.read(Tile(ENTRIES, number, width).path)
        if exact is not None:
            yield from parse_entries(exact, width)
            continue
        whole = source.read(Tile(ENTRIES, number).path)
        if whole is None:
            raise Inconsistent(f"the entry bundle {Tile(ENTRIES, number, width).path} is missing")
        yield from parse_entries(whole, TILE_WIDTH)[:width]


def _sealed(store: Store, leaf: bytes) -> Sealed:
    if is_map_root(leaf):
        version, _ = store.head(STREAM)
        return Sealed(STREAM, version + 1, TOPIC, command_id(parse_map_root(leaf).covers), leaf)
    payload = parse_payload(open_leaf(leaf).payload)
    return Sealed(payload.stream, payload.version, payload.topic, payload.command_id, leaf)
