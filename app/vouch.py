"""
Step 5 of publishing: what others say of a signed checkpoint. Witnesses cosign it, an authority stamps it.

None of it is needed to go on. What is missing is asked for again whenever the log is published, also where nothing is
new; what came is kept before anything else is asked. A witness that is down costs a bounded time and its own line.
tests/app/test_vouch.py; crashes: tests/faults/test_publish.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.stamp import StampFailed
from ledger import trust as trusting
from ledger.errors import VerificationError
from ledger.note import split_note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.stamp import Stamper
    from app.witness.client import WitnessClient
    from ledger.checkpoint import Checkpoint
    from ledger.outside import CheckpointFile
    from ledger.trust import Trust, Trusted


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a checkpoint has besides the log's signature, and why it lacks what it lacks."""

    size: int
    witnesses: int = 0  # in the policy; 0 where there is none
    cosigned_by: tuple[str, ...] = ()  # the policy's names
    quorum_met: bool | None = None  # None: no policy
    failures: Mapping[str, str] | None = None  # by the policy's name of the witness
    token: str | None = None  # the file of the newest one
    no_token: str | None = None  # why there is none, or none that was checked; None also where no authority is set

    def __str__(self) -> str:
        """The named state, on one line."""
        said = [f"published {self.size} records"]
        if self.quorum_met is not None:
            met = "quorum met" if self.quorum_met else "quorum not met"
            said.append(f"{met}: {len(self.cosigned_by)} of {self.witnesses} witnesses cosigned")
            if self.cosigned_by:
                said[-1] += f" ({', '.join(self.cosigned_by)})"
        said += [f"witness {name}: {why}" for name, why in (self.failures or {}).items()]
        if self.token is not None:
            said.append(f"time token {self.token}" + (f" not checked: {self.no_token}" if self.no_token else ""))
        elif self.no_token is not None:
            said.append(f"no time token: {self.no_token}")
        return ", ".join(said)


class Vouchers:
    """Whom this log asks, and what they said of its newest checkpoint."""

    def __init__(
        self,
        outside: CheckpointFile,
        *,
        trust: Trust | None = None,
        client: WitnessClient | None = None,
        stamper: Stamper | None = None,
    ) -> None:
        self._outside = outside
        self._trust = trust
        self._client = client
        self._stamper = stamper
        self.last: Vouched | None = None

    def __call__(self, head: Checkpoint) -> None:
        """Collect what is missing. Called with the lock of the folder held."""
        failures = self._ask_witnesses(head.size)
        token, why = self._ask_time(head.size)
        self.last = self._state(head.size, failures, token, why)

    def stamp_again(self, size: int) -> str:
        """Renew the time token of a kept checkpoint; the older ones stay. Return the name of the new one."""
        note = self._outside.kept(size)
        if self._stamper is None or note is None:
            raise StampFailed("no time-stamping authority is set (LUOSHI_TSA_URL), or no such checkpoint is kept")
        stamp = self._stamper.stamp(split_note(note)[0].encode())
        with self._outside.locked():
            return self._outside.add_token(size, stamp.token)

    def _ask_witnesses(self, size: int) -> Mapping[str, str]:
        note = self._outside.cosigned(size)
        if self._trust is None or self._client is None or note is None:
            return {}
        found = self._check(note)
        # A mirror replays before it answers: its line may be the last to come, and it is worth another question.
        is_replayed = found is not None and (found.replayed or not self._trust.extension.replay)
        if found is not None and found.is_met and found.cosigners and is_replayed:
            return {}
        # A tree for each proof: the witnesses are asked from several threads.
        got = self._client.cosign(note, lambda old, new: self._outside.tree(new).prove_tree(old))
        self._outside.add_cosignatures(size, got.note)
        return got.failures

    def _ask_time(self, size: int) -> tuple[str | None, str | None]:
        note = self._outside.kept(size)
        kept = self._outside.tokens(size)
        if kept or self._stamper is None or note is None:
            return (kept[-1][0] if kept else None), None
        try:
            stamp = self._stamper.stamp(split_note(note)[0].encode())
        except StampFailed as error:
            return None, str(error)
        return self._outside.add_token(size, stamp.token), stamp.why_not

    def _state(self, size: int, failures: Mapping[str, str], token: str | None, why: str | None) -> Vouched:
        note = self._outside.cosigned(size)
        if self._trust is None or note is None:
            return Vouched(size, token=token, no_token=why)
        found = self._check(note)
        names = {"+".join(w.vkey.split("+", 2)[:2]): w.name for w in self._trust.policy.witnesses}
        by = tuple(names[c.key_id] for c in found.cosigners) if found is not None else ()
        met = found is not None and found.quorum_met
        return Vouched(size, len(names), by, met, failures, token, why)

    def _check(self, note: bytes) -> Trusted | None:
        assert self._trust is not None  # noqa: S101 - both callers asked
        try:
            return trusting.check(self._trust, note)
        except VerificationError:
            return None  # the policy does not know the log's key: nobody's cosignature counts under it
