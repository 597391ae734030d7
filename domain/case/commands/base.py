"""
What every command about a case carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from domain.recorded import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCommand:
    """
    What all commands carry. `stream` is `case/<source>/<no>`; `actor` is the principal whose key will sign.
    """

    stream: str
    unit_id: str
    official_id: str | None
    post_id: str | None = None
    actor: Actor
    occurred_at: datetime
    now: datetime
    command_id: str
    sealed: tuple[tuple[str, str], ...] = ()
