"""
Verification, last two steps: what others than the log say of its checkpoints.

  10  the newest checkpoint that meets the policy's quorum, and that the log still continues it
  11  the newest checkpoint with a time token that holds, and that the log still continues it

Both look back from the newest checkpoint to the first that has what is asked. A log whose operator forked it after a
witness cosigned finds no quorum for what follows, and a proof from the cosigned tree to the present one does not exist.
tests/ledger/test_vouching.py. The checkpoint itself is step 6's business (ledger/verify.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Protocol

from ledger import trust as trusting
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import NotChecked, VerificationError
from ledger.merkle import check_tree
from ledger.note import split_note
from ledger.tiletree import TileDamaged, TileTree
from ledger.trust import Trust, Trusted
from ledger.verify import Report, Step

LOOK_BACK = 10_000  # checkpoints; a week of one a minute

CheckToken = Callable[[bytes, bytes, bytes], datetime]  # token, text, roots: ledger.timestamp.check_token


class Kept(Protocol):
    """What is kept outside: `ledger.outside.CheckpointFile`."""

    def sizes(self) -> list[int]: ...
    def kept(self, size: int) -> bytes | None: ...
    def cosigned(self, size: int) -> bytes | None: ...
    def tokens(self, size: int) -> list[tuple[str, bytes]]: ...
    def tree(self, size: int) -> TileTree: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """Whose time is believed: roots in PEM, and what checks a token against them."""

    roots: bytes
    check: CheckToken


def add_steps(
    report: Report, kept: Kept, head: Checkpoint | None, *, trust: Trust | None, clock: Clock | None
) -> Report:
    """Return the report with steps 10 and 11; a step that fails is the report's failure, if nothing failed before."""
    if report.failure is not None:
        return report
    steps = list(report.steps)
    failure: VerificationError | None = None
    try:
        steps.append(_witnesses(kept, head, trust))
        steps.append(_time(kept, head, clock))
    except VerificationError as failed:
        failure = failed
        steps.append(Step(failed.step, ok=False, text=failed.message))
    return replace(report, steps=tuple(steps), failure=failure)


def _witnesses(kept: Kept, head: Checkpoint | None, trust: Trust | None) -> Step:
    if trust is None:
        return Step(10, ok=None, text="witnesses not checked: no policy")
    if head is None:
        return Step(10, ok=None, text="witnesses not checked: no checkpoint")
    newest: Trusted | None = None
    for size in _sizes(kept, head):
        note = kept.cosigned(size) or b""
        try:
            found = trusting.check(trust, note)
        except VerificationError as error:
            if newest is None:
                raise VerificationError(10, None, f"the checkpoint of {size} records: {error}") from None
            continue  # of another time, under another policy; the newest one is what must be right
        newest = newest or found
        if found.is_met:
            _check_continued(10, kept, found.checkpoint, head)
            return Step(10, ok=True, text=_said(found, head.size))
    said = "no checkpoint"
    if newest is not None:
        said = f"{len(newest.cosigners)} of {len(trust.policy.witnesses)} witnesses cosigned the newest checkpoint"
        said += f", {len(newest.not_checked)} lines could not be checked" if newest.not_checked else ""
        said += f", signatures missing: {', '.join(newest.missing)}" if newest.missing else ""
    raise VerificationError(10, None, f"no checkpoint meets the policy's quorum: {said}")


def _said(found: Trusted, size: int) -> str:
    by = ", ".join(f"{c.key_id} at {_moment(datetime.fromtimestamp(c.timestamp, UTC))}" for c in found.cosigners)
    beyond = size - found.checkpoint.size
    said = f"quorum of witnesses met at {found.checkpoint.size} records" + (f": {by}" if by else "")
    said += "; one of them replays the log" if found.replayed else ""
    return said + (f"; the newest checkpoint has {beyond} more" if beyond else "")


def _time(kept: Kept, head: Checkpoint | None, clock: Clock | None) -> Step:
    if head is None:
        return Step(11, ok=None, text="time not checked: no checkpoint")
    for size in _sizes(kept, head):
        tokens = kept.tokens(size)
        if not tokens:
            continue
        if clock is None:
            return Step(11, ok=None, text="time not checked: no roots are pinned")
        note = kept.kept(size) or b""
        return _stamped(kept, note, tokens, head, clock)
    return Step(11, ok=None, text="time not checked: no checkpoint has a time token")


def _stamped(kept: Kept, note: bytes, tokens: Sequence[tuple[str, bytes]], head: Checkpoint, clock: Clock) -> Step:
    text = split_note(note)[0]
    stamped = parse_checkpoint(text)
    unread: list[str] = []
    refused: list[str] = []
    for name, token in reversed(tokens):
        try:
            at = clock.check(token, text.encode(), clock.roots)
        except NotChecked as error:
            unread.append(f"{name}: {error}")
        except VerificationError as error:
            refused.append(f"{name}: {error}")
        else:
            _check_continued(11, kept, stamped, head)
            return Step(11, ok=True, text=f"the first {stamped.size} records existed at {_moment(at)} ({name})")
    if refused:
        raise VerificationError(11, None, refused[0])
    return Step(11, ok=None, text=f"time not checked: {unread[0]}")


def _sizes(kept: Kept, head: Checkpoint) -> list[int]:
    return list(islice((size for size in kept.sizes() if size <= head.size), LOOK_BACK))


def _check_continued(step: int, kept: Kept, old: Checkpoint, head: Checkpoint) -> None:
    failed = f"the newest checkpoint does not continue that of {old.size} records"
    if old.origin != head.origin:
        raise VerificationError(step, None, f"the checkpoint of {old.size} records is of {old.origin}")
    try:
        path = kept.tree(head.size).prove_tree(old.size) if 0 < old.size < head.size else []
        check_tree(path, old_size=old.size, old_root=old.root, new_size=head.size, new_root=head.root)
    except TileDamaged as damaged:
        raise VerificationError(step, None, f"{failed}: {damaged}") from None
    except VerificationError:
        raise VerificationError(step, None, failed) from None


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
