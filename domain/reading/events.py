"""
That somebody was given a sensitive answer: one about a person, or one that leaves the house.

The register is a stream of its own, `reading/unit/<id>` (`reading/machine` where no unit is named): nothing of
it stands with the official it is about, or with the case. Whom it was about and what for are sealed beside the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRead:
    """
    `what` was shown of the log's first `log_size` events, as of a day or moment. Sealed: the `query` in canonical JSON,
    whose salted digest the event carries as it does every sealed field's, and the `purpose`.
    """

    TOPIC: ClassVar[str] = "answer.read.v1"
    what: str  # one of domain/reading/decide.py WHAT
    as_of: str
    log_size: int
    unit_id: str | None = None
    official_id: str | None = None
