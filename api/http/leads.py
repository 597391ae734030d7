"""
Leads and routes: where a person should look, and who held a case one after the other. tests/api/http/test_dossiers.py

Routes are paged by the views: a page folds the cases it shows. Leads compare case with case, so they are folded from
the log once for each question and size of the log, and kept for the next page.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from api.http.auth import ReaderIn, operation
from api.http.deps import AsOf, DeskIn, KnownAt, Limit, MinLogIndex  # noqa: TC001 - FastAPI reads them at run time
from api.http.schemas import LeadPage, RoutePage
from audit import routes as routes_of
from projections import read

if TYPE_CHECKING:
    from api.http.deps import Desk, Look

router = APIRouter(prefix="/v1/audit", tags=["audit"])
Source = Annotated[str | None, Query(description="Only cases of this source.")]


@router.get("/leads", operation_id="listLeads", openapi_extra=operation("audit.ask"))
def leads(
    desk: DeskIn,
    access: ReaderIn,
    as_of: AsOf,
    known_at: KnownAt,
    code: Annotated[str | None, Query(description="Only leads of this code.")] = None,
    source: Source = None,
    limit: Limit = 50,
    after: Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$", description="`next` of the page before.")] = None,
    min_log_index: MinLogIndex = None,
    *,
    strict: bool = False,
) -> LeadPage:
    """Places where a person should look. Never a verdict; a lead names nobody."""
    with desk.look(access, "audit.ask", min_log_index) as look:
        rows, size = found_leads(desk, look, as_of, known_at, source, is_strict=strict)
    chosen = [row for row in rows if code in (None, row["code"])]
    start = 0
    if after is not None:
        start = next((n + 1 for n, row in enumerate(chosen) if name_of(row) == after), len(chosen))
    page: list[Any] = chosen[start : start + limit]
    more = start + limit < len(chosen)
    return LeadPage(
        items=page,
        total=len(chosen),
        next=name_of(page[-1]) if more else None,
        as_of=as_of.isoformat(),
        log_size=size,
    )


@router.get("/routes", operation_id="listRoutes", openapi_extra=operation("audit.ask"))
def routes(
    desk: DeskIn,
    access: ReaderIn,
    as_of: AsOf,
    source: Source = None,
    unit: Annotated[str | None, Query(description="Only cases that this unit holds now, by its id.")] = None,
    limit: Limit = 50,
    after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next` of the page before.")] = None,
    min_log_index: MinLogIndex = None,
) -> RoutePage:
    """Per case: who held it one after the other, hand-overs, returns to an earlier unit. In the order of the log.

    A page leaves out cases of which nothing had happened by then, so it may have fewer rows than `limit`.
    """
    with desk.look(access, "audit.ask", min_log_index) as look:
        begun = -1 if after is None else int(after)
        cards = read.cases(look.db, limit=limit + 1, after=begun, unit_id=unit, source=source)
        found = (routes_of.route(look.history(card.stream), look.law, as_of) for card in cards[:limit])
        rows: list[Any] = [routes_of.to_json(r, look.law) for r in found if r is not None]
        return RoutePage(
            items=rows,
            next=str(cards[limit - 1].first_index) if len(cards) > limit else None,
            as_of=as_of.isoformat(),
            log_size=look.size,
        )


def found_leads(
    desk: Desk, look: Look, as_of: Any, known_at: Any, source: str | None, *, is_strict: bool
) -> tuple[list[dict[str, Any]], int]:
    """Every lead within the reader's reach, and how many events of the log were asked."""
    sees = look.sees()
    with desk.questions() as questions:
        size = questions.size_at(known_at)
        key = ("leads", size, as_of, isinstance(as_of, datetime), source, is_strict, look.seeing)
        rows = desk.kept(
            key, lambda: questions.leads(as_of, known_at=known_at, source=source, is_strict=is_strict, sees=sees)
        )
    return rows, size


def name_of(lead: dict[str, Any]) -> str:
    """What tells a lead from every other of the same question."""
    said = [lead["code"], lead["stream"], *(str(x["log_index"]) for x in lead["evidence"])]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]
