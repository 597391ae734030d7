"""
Publishing while the log is served: again and again, until told to stop. An error is named, kept, and tried again.

Whether anything is new, and who leads, is `Publisher`'s business: where nothing is new nothing is signed, and where
another publisher is at work this one lets it. tests/app/test_publishing_loop.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ledger.store.mapnodes import NotLeader

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Publishing:
    """How publishing goes: when it last went well and what was said then; what went wrong since, if anything did."""

    at: datetime | None = None
    said: str | None = None
    error: str | None = None


class PublishingLoop:
    """
    `publish` publishes what is new and says in what state; `wait` sleeps for some seconds, and is True when to stop.

    `told` receives each state once, when it changes.
    """

    def __init__(
        self,
        publish: Callable[[], str],
        *,
        every: float,
        clock: Callable[[], datetime],
        wait: Callable[[float], bool],
        told: Callable[[str], None],
    ) -> None:
        self._publish = publish
        self._every = every
        self._clock = clock
        self._wait = wait
        self._told = told
        self.state = Publishing()

    def run(self) -> None:
        """Publish, wait, publish; return when told to stop."""
        while True:
            before = self.state
            self.state = self._once()
            if self.state.error is not None and self.state.error != before.error:
                self._told(f"not published: {self.state.error}")
            elif self.state.error is None and (self.state.said != before.said or before.error is not None):
                self._told(self.state.said or "")
            if self._wait(self._every):
                return

    def _once(self) -> Publishing:
        try:
            return Publishing(self._clock(), self._publish())
        except NotLeader:
            return replace(self.state, error=None)  # another one publishes this log: nothing is wrong
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the next round may do better
            return replace(self.state, error=f"{type(error).__name__}: {error}")
