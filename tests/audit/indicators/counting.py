"""
Counts the figures of a built history for a period.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from audit.indicators.entries import Period
from audit.indicators.figures import Conventions, case_entries, figures
from tests.audit.asking import law_of

if TYPE_CHECKING:
    from tests.domain.duties.build import History

CONVENTIONS = Conventions(
    small_sum=10,
    small_ratings=1,
    volume_groups=(100, 30, 10),
    thin_percent=50,
    thin_n=2,
    spread_units=3,
    spread_duties=5,
)
SUN = {"unit_id": "housing", "official_id": "sun", "post_id": "h-desk"}
ZHAO = {"unit_id": "bureau", "official_id": "zhao", "post_id": "b-clerk"}


def period(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


def entries(h: History, as_of: str, first: str = "2026-01-01", last: str = "2026-12-31") -> Any:
    year = Period(date(2025, 1, 1), date(2025, 12, 31))
    return case_entries(h.case(), law_of(h), date.fromisoformat(as_of), period(first, last), year)


def counted(h: History, as_of: str, first: str = "2026-01-01", last: str = "2026-12-31") -> dict[str, dict[str, Any]]:
    """The whole figures of the period and of the stock, by their names."""
    found = figures(entries(h, as_of, first, last), CONVENTIONS)
    return {f["id"]: f for f in found if not f["row"] and f["scope"] in ("period", "stock")}


def rate(h: History, name: str, as_of: str, first: str = "2026-01-01", last: str = "2026-12-31") -> tuple[int, int]:
    found = counted(h, as_of, first, last)[name]
    return found["n"], found["of"]
