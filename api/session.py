"""
One invocation of the command line: the settings and the opened log, and the exit codes.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.settings import Settings
from app.wiring import open_luoshi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.wiring import Luoshi

SAYS_NO, COULD_NOT_TRY = 1, 2


def settings() -> Settings:
    """The environment, validated."""
    return Settings()


@contextmanager
def opened() -> Iterator[Luoshi]:
    """The log of the environment's settings."""
    with open_luoshi(settings()) as luoshi:
        yield luoshi
