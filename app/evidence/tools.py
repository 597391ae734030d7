"""The two verifiers that go into every evidence file, and that are published elsewhere with their SHA-256."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from app.evidence import page, pyz
from ledger.evidence.files import TOOLS

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def tools() -> Mapping[str, bytes]:
    """By name; the same sources give the same bytes."""
    return MappingProxyType(dict(zip(TOOLS, (pyz.build(), page.build()), strict=True)))
