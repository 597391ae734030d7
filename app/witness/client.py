"""
A log asks its witnesses for cosignatures (c2sp.org/tlog-witness v1.0.0), all at once, and sees whether they suffice.

A witness that is down, slow or wrong costs its own cosignature and a bounded time. What it sends is believed only
after it verifies. tests/app/test_witness_client.py.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from app import outbound
from ledger.cosignature import CosignerVerifier, tree_head
from ledger.errors import LedgerError, MalformedEvidence, NotChecked, VerificationError
from ledger.note import format_signature, split_note
from ledger.policy import Policy, Quorum, Witness, check_quorum
from ledger.witness import SIZE_TYPE, TEXT_TYPE, format_request, parse_size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.outbound import Answer

SECONDS = 10.0  # for one request; a witness compares two hashes and writes one small file
GRACE = 2.0  # for the others, once those who answered meet the quorum


class WitnessFailed(LedgerError):  # noqa: N818 - says what happened
    """No cosignature came: the witness was down, refused, or sent something else."""


class Http(Protocol):
    """How requests leave: `post` here, anything in tests. Raises WitnessFailed or OSError."""

    def __call__(self, url: str, body: bytes) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Witnessed:
    """The checkpoint with every cosignature that came and held."""

    note: bytes
    quorum: Quorum | None
    why_not: str | None  # why the quorum is not met
    failures: Mapping[str, str]  # by the policy's name of the witness


class WitnessClient:
    """Remembers, per witness, the size it cosigned last. Forgetting costs one more request and nothing else."""

    def __init__(
        self, policy: Policy, http: Http | None = None, *, seconds: float = 2 * SECONDS + 5, grace: float = GRACE
    ) -> None:
        self._policy = policy
        self._http = http or post
        self._seconds = seconds  # for all witnesses together: two requests each, at the same time
        self._grace = grace
        self._sizes: dict[str, int] = {}

    def cosign(self, note: bytes, prove: Callable[[int, int], Sequence[bytes]]) -> Witnessed:
        """
        Return the checkpoint with the witnesses' cosignatures after its own lines.

        `prove(old_size, new_size)` gives the tree proof, and is asked for 0 < old_size < new_size only; it is called
        from several threads. A witness whose line stands in the note already is not asked again.
        """
        text, signatures = split_note(note)
        size = tree_head(text).size
        present = {signature.key_id for signature in signatures}
        asked = [w for w in self._policy.witnesses if w.url and CosignerVerifier(w.vkey).key_id not in present]
        lines: dict[str, str] = {}
        failures: dict[str, str] = {}
        answered = threading.Condition()

        def ask(witness: Witness) -> None:
            try:
                line = self._ask(witness, note, size, prove)
                answer = lines, line
            except (LedgerError, OSError) as error:
                answer = failures, str(error) or type(error).__name__
            except Exception as error:  # noqa: BLE001 - a fault met for one witness must not cost the others
                answer = failures, f"could not ask: {type(error).__name__}"
            with answered:
                answer[0][witness.name] = answer[1]
                answered.notify()

        # Daemon threads and not a pool: one that hangs in a name look-up holds up neither us nor the program's end.
        threads = [threading.Thread(target=ask, args=(witness,), daemon=True) for witness in asked]
        for thread in threads:
            thread.start()
        ends, is_met = time.monotonic() + self._seconds, False
        with answered:
            while len(lines) + len(failures) < len(asked) and time.monotonic() < ends:
                if not is_met and self._judged(note, asked, lines, failures).quorum is not None:
                    ends, is_met = min(ends, time.monotonic() + self._grace), True
                answered.wait(max(0.0, ends - time.monotonic()))
            got, failed = dict(lines), dict(failures)
        for witness in asked:
            if witness.name not in got and witness.name not in failed:
                failed[witness.name] = f"no answer within {self._seconds:g} s"
                if is_met:
                    failed[witness.name] = f"no answer {self._grace:g} s after the quorum was met"
        return self._judged(note, asked, got, failed)

    def _judged(
        self, note: bytes, asked: Sequence[Witness], lines: Mapping[str, str], failures: Mapping[str, str]
    ) -> Witnessed:
        whole = note + "".join(lines[w.name] for w in asked if w.name in lines).encode()
        try:
            return Witnessed(whole, check_quorum(self._policy, whole), None, failures)
        except VerificationError as error:
            return Witnessed(whole, None, str(error), failures)

    def _ask(self, witness: Witness, note: bytes, size: int, prove: Callable[[int, int], Sequence[bytes]]) -> str:
        verifier = CosignerVerifier(witness.vkey)
        url = (witness.url or "").rstrip("/") + "/add-checkpoint"
        # A size beyond ours is a witness we may have known in a longer past: ask from 0 and hear what it says.
        old_size = self._sizes.get(verifier.key_id, 0)
        old_size = old_size if old_size <= size else 0
        answer = self._http(url, format_request(old_size, _proof(old_size, size, prove), note))
        if answer.status == HTTPStatus.CONFLICT:
            old_size = _size_of(answer)
            self._sizes[verifier.key_id] = old_size
            if old_size > size:
                raise WitnessFailed(f"it cosigned size {old_size} already, this checkpoint has {size}")
            answer = self._http(url, format_request(old_size, _proof(old_size, size, prove), note))
        if answer.status != HTTPStatus.OK:
            raise WitnessFailed(f"it answered {answer.status}: {_shown(answer.body)}")
        line = _line(verifier, note, answer.body)
        self._sizes[verifier.key_id] = size
        return line


def cosign(
    note: bytes, prove: Callable[[int, int], Sequence[bytes]], policy: Policy, http: Http | None = None
) -> Witnessed:
    """Ask once, remembering nothing."""
    return WitnessClient(policy, http).cosign(note, prove)


def post(url: str, body: bytes, *, seconds: float = SECONDS) -> Answer:
    """Send a request by the standard library: no redirects, a bounded answer, a bounded time."""
    try:
        return outbound.post(url, body, content_type=TEXT_TYPE, seconds=seconds)
    except outbound.RequestFailed as error:
        raise WitnessFailed(str(error)) from None


def _proof(old_size: int, size: int, prove: Callable[[int, int], Sequence[bytes]]) -> Sequence[bytes]:
    return prove(old_size, size) if 0 < old_size < size else ()


def _size_of(answer: Answer) -> int:
    try:
        if answer.content_type == SIZE_TYPE and answer.body.endswith(b"\n"):
            return parse_size(answer.body[:-1])
    except MalformedEvidence:
        pass
    raise WitnessFailed(f"it answered 409 without a size: {_shown(answer.body)}")


def _line(verifier: CosignerVerifier, note: bytes, body: bytes) -> str:
    """The line of this cosigner from its answer: checkpoint and answer together must open as a note."""
    text, before = split_note(note)
    try:
        after, signatures = split_note(note + body)
    except MalformedEvidence:
        raise WitnessFailed("its answer is not signature lines") from None
    if after != text:
        raise WitnessFailed("its answer is not signature lines")
    for signature in signatures[len(before) :]:
        if signature.key_id == verifier.key_id:
            try:
                cosigned = verifier.check(text, signature.signature)
            except NotChecked as error:
                raise WitnessFailed(str(error)) from None
            if cosigned.timestamp == 0:
                raise WitnessFailed("its cosignature names no time")
            return format_signature(signature)
    raise WitnessFailed(f"its answer holds no cosignature by {verifier.key_id}")


def _shown(body: bytes) -> str:
    """The first line of what a stranger sent, fit for a terminal."""
    first = body[:200].decode(errors="replace").partition("\n")[0]
    return "".join(c if c.isprintable() else "?" for c in first)
