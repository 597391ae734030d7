"""
What every act on a case says.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """
    Who acted, as the record says: always a unit; the official and the post where they are recorded.
    """

    unit_id: str
    official_id: str | None = None
    post_id: str | None = None
