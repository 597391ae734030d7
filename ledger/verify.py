"""
Verification of a whole log, in numbered steps, from nothing but its bytes.

  1  log indexes run 0, 1, 2, ... without a hole
  2  every leaf reads strictly; its columns, origin and disclosures are those of its payload
  3  every stream's versions run 1, 2, 3, ..., and each event names the hash of the one before it
  4  every signature is by a key that the log had enrolled before, that is not revoked, and that may act for the actor
  5  no command id stands twice
  6  the tree leads to the checkpoint kept outside: signed by the log's key, of this origin, and not longer than the log
  7  how many events lie beyond that checkpoint
  8  every map root is the one derived from the records before it, and the checkpoint ends in one
  9  what was erased by order is gone, and what was not erased opens

Opens no socket and no database (an import contract says so), and needs memory for streams, not for events. The walk
stops at the first record that fails: what follows it would be judged by broken evidence. tests/ledger/test_tampering.py
tampers as a database superuser could.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.checkpoint import Checkpoint, LogKey, open_checkpoint
from ledger.enrolment import KeyChange, key_change
from ledger.envelope import Payload
from ledger.erasure import Erasures, Keeping
from ledger.errors import VerificationError
from ledger.merkle import Frontier
from ledger.vkeys import Verifier
from ledger.walk import MemoryPast, StoredEvent, Walk

STEPS = {
    1: "log indexes run from 0 without a hole",
    2: "every leaf reads strictly and its columns are its own",
    3: "every stream's versions and hashes form a chain",
    4: "every signature is by an enrolled key that may act for the actor",
    5: "no command id stands twice",
    6: "the tree leads to the checkpoint kept outside",
    7: "events beyond the newest checkpoint",
    8: "every map root is that of the records before it",
    9: "what was erased by order is gone, and what was not opens",
}


class Tiles(Protocol):
    """Leaf hashes kept outside the database: `ledger.outside.CheckpointFile`."""

    def leaf_hashes(self, size: int) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    ok: bool | None  # None: could not be checked, the text says why
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What held, and the first thing that did not."""

    steps: tuple[Step, ...]
    failure: VerificationError | None
    size: int  # events read
    checkpoint_size: int | None
    beyond: int  # events that no checkpoint covers yet
    disclosed: int  # fields that can be read
    withheld: int  # fields whose salt and value are erased or were not given

    @property
    def ok(self) -> bool:
        return self.failure is None

    def raise_failure(self) -> None:
        if self.failure is not None:
            raise self.failure


def verify_log(
    stored: Iterable[StoredEvent],
    *,
    checkpoint: bytes | None,
    log_verifier: Verifier | Sequence[LogKey] | None,
    tiles: Tiles | None,
    expect_origin: str,
    key_of: Callable[[Payload], KeyChange | None] = key_change,
    disclosures: Callable[[Sequence[int]], Mapping[int, tuple[str, ...]]] | None = None,
    keeping: Keeping | None = None,
) -> Report:
    """
    Walk the log and report. Never raises for what the evidence says; see Report.failure. Who keeps the sealed values
    gives `keeping`; who was handed some of them gives those, `disclosures`.
    """
    past = MemoryPast()
    erasures = Erasures(keeping) if keeping is not None else None
    walk = Walk(
        expect_origin,
        past,
        key_of=key_of,
        disclosures=erasures.shown if erasures else disclosures,
        also=erasures.take if erasures else None,
    )
    try:
        head = _open_head(checkpoint, log_verifier, expect_origin)
        walk.run(iter(stored), head, _trusted_tiles(tiles, head))
        if head is not None:
            walk.check_root(head)
        if erasures is not None:
            erasures.check()
    except VerificationError as failure:
        return _report(walk, erasures, failure, head=None)
    finally:
        past.close()
    return _report(walk, erasures, None, head=head)


def _report(
    walk: Walk, erasures: Erasures | None, failure: VerificationError | None, *, head: Checkpoint | None
) -> Report:
    beyond = walk.size - (head.size if head else 0)
    steps: list[Step] = []
    for number, text in STEPS.items():
        if failure is not None and number == failure.step:
            steps.append(Step(number, ok=False, text=failure.message))
            break
        if number == 9 and erasures is None:
            steps.append(Step(number, ok=None, text="not checked: the sealed values are not here"))
        elif failure is not None:
            steps.append(Step(number, ok=True, text=f"{text} (up to record {failure.log_index})"))
        elif number == 6:
            unknown = "no checkpoint outside the database, or no key to check it by"
            said = f"{text} ({head.size} events)" if head else f"not checked: {unknown}"
            steps.append(Step(number, ok=True if head else None, text=said))
        elif number == 7:
            steps.append(Step(number, ok=True, text=f"{beyond} {text}"))
        elif number == 8:
            said = f"{text} ({walk.map_roots} map roots)" if walk.map_roots else "not checked: there is no map root"
            steps.append(Step(number, ok=True if walk.map_roots else None, text=said))
        elif number == 9 and erasures is not None:
            said = f"{erasures.fields} erased by order, {erasures.without_order} missing without one"
            steps.append(Step(number, ok=True, text=f"{text} ({said})"))
        else:
            steps.append(Step(number, ok=True, text=f"{text} ({walk.size} events)"))
    size = head.size if head else None
    return Report(tuple(steps), failure, walk.size, size, beyond, walk.disclosed, walk.withheld)


def _open_head(
    checkpoint: bytes | None, verifier: Verifier | Sequence[LogKey] | None, origin: str
) -> Checkpoint | None:
    if checkpoint is None or verifier is None:
        return None
    try:
        head = open_checkpoint(checkpoint, verifier)
    except VerificationError as error:
        raise VerificationError(6, None, f"the checkpoint kept outside: {error}") from None
    if head.origin != origin:
        raise VerificationError(6, None, f"the checkpoint kept outside is of {head.origin}, not of {origin}")
    return head


def _trusted_tiles(tiles: Tiles | None, head: Checkpoint | None) -> Iterator[bytes]:
    """The tiles, if they lead to the signed root; damaged ones prove nothing, and the root alone must decide."""
    if tiles is None or head is None:
        return iter(())
    frontier = Frontier()
    for leaf in tiles.leaf_hashes(head.size):
        frontier.append(leaf)
    return tiles.leaf_hashes(head.size) if frontier.root() == head.root else iter(())
