"""
Who a request comes from. Made by authentication alone: no body, no header of the caller's own choice names anybody.

`official_id` is who our own register of accounts binds the account to, never what a token claims. Whoever acts for
another signs as himself and names the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.recorded import Actor

KINDS = ("person", "system", "public")


@dataclass(frozen=True, slots=True)
class Principal:
    """
    One authenticated caller. `account` is what an idempotency key is bound to; `unit_ids` are the units in whose posts
    the official is today, or for which a system speaks.
    """

    account: str
    kind: str
    roles: frozenset[str]
    official_id: str | None = None
    unit_ids: frozenset[str] = frozenset()
    acting_for: str | None = None

    @property
    def actor(self) -> Actor:
        """As the log names the author of an act."""
        if self.official_id is not None:
            return Actor(official_id=self.official_id, acting_for=self.acting_for)
        return Actor(system=self.account)

    @property
    def ids(self) -> frozenset[str]:
        """The officials who would learn what this caller is shown."""
        return frozenset(x for x in (self.official_id, self.acting_for) if x is not None)


PUBLIC = Principal("public", "public", frozenset())
