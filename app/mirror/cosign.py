"""
A mirror's cosignature: a witness that vouches for nothing it has not replayed.

The witness is the ordinary one (app/witness), with its key, its state and its checks; the gate stands before them. So
the mirror's own round and the log's requests are one path, and neither can make it sign two histories.
tests/app/mirror/test_cosign.py.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.mirror.source import SourceFailed
from app.mirror.state import MirrorBusy
from ledger.errors import VerificationError
from ledger.witness import Refused, format_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.mirror.follow import Mirror, Replayed
    from app.witness.server import Witness
    from ledger.witness import Request

MAX_REASON = 300  # characters of it in an answer


class Gate:
    """Replays up to whatever is to be cosigned. One request at a time replays; the others wait."""

    def __init__(self, mirror: Mirror, told: Callable[[Replayed | Refused], None] | None = None) -> None:
        self._mirror = mirror
        self._told = told or (lambda _: None)
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> None:
        """Refused: 422 if the replay says no, 503 if it could not be made; the same request may come again then."""
        try:
            with self._lock:
                replayed = self._mirror.follow(request.note)
        except VerificationError as error:
            where = f" at record {error.log_index}" if error.log_index is not None else ""
            refused = Refused(422, f"the replay refuses, step {error.step}{where}: {error.message[:MAX_REASON]}\n")
            self._told(refused)
            raise refused from None
        except (SourceFailed, MirrorBusy) as error:
            refused = Refused(503, f"not replayed: {str(error)[:MAX_REASON]}\n")
            self._told(refused)
            raise refused from None
        self._told(replayed)


def cosign(mirror: Mirror, witness: Witness) -> str:
    """
    Return the cosignature line over the checkpoint replayed last, and put it beside the mirror's copy.

    Refused: this key vouched for another history, or a larger tree, before.
    """
    newest = mirror.newest()
    if newest is None:
        raise Refused(503, "nothing is replayed yet\n")
    head, note = newest
    last = witness.last(head.origin)
    old_size = last.size if last is not None else 0
    is_older = 0 < old_size < head.size
    proof = mirror.prove_tree(old_size) if is_older else []
    line = witness.add_checkpoint(format_request(old_size, proof, note))
    mirror.show_cosigned(line)
    return line
