"""
The verifier in a stranger's hands: one evidence file and his own trust, no network, no database, no library needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app import codec
from app.evidence.conclude import conclude

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.evidence.bundle import Bundle
    from ledger.evidence.report import Proved


def derive(bundle: Bundle, events: Sequence[Proved]) -> dict[str, Any]:
    """The answer that follows from the file's events, by the code that answers online."""
    recorded = [codec.recorded(e.payload, log_index=e.index, key_id=e.key_id) for e in events]
    return conclude(bundle.kind, bundle.question, recorded, log_size=bundle.leaves[-1].index + 1)
