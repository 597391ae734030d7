"""
Audit: what fails as of a day and why, whose it is; and the sums.

What is asked of the whole log is chosen by the `accountability` view; what is asked of an earlier state of the log
(`known_at`), by recorded times (`strict`), or for a day further ahead than the view has periods of standing duties, and
the leads of the summary, are folded from the log itself, once for each size of the log and kept for the next page.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query

from api.http.auth import ReaderIn, operation
from api.http.deps import AsOf, DeskIn, KnownAt, Limit, MinLogIndex  # noqa: TC001 - FastAPI reads them at run time
from api.http.errors import Problem
from api.http.schemas import FailurePage, GroupOut, PursuitPage, SummaryOut
from audit.report import grouped
from projections import read

if TYPE_CHECKING:
    from api.http.deps import Desk, Look
    from domain.people.register import Register

router = APIRouter(prefix="/v1/audit", tags=["audit"])
By = Literal["person", "unit", "duty", "cause", "month"]


@router.get(
    "/failures",
    operation_id="listFailures",
    openapi_extra=operation("audit.ask") | {"x-operation-by-person": "audit.person"},
)
def failures(
    desk: DeskIn,
    access: ReaderIn,
    as_of: AsOf,
    known_at: KnownAt,
    unit: Annotated[str | None, Query(description="Id or name of a unit.")] = None,
    person: Annotated[str | None, Query(description="Id or name of an official; needs `purpose`.")] = None,
    duty: str | None = None,
    cause: str | None = None,
    state: str | None = None,
    source: str | None = None,
    by: By | None = None,
    purpose: Annotated[str | None, Query(min_length=2, description="Why answers by person are asked for.")] = None,
    limit: Limit = 50,
    after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}-[0-9a-f]{32}$", description="`next` before.")] = None,
    min_log_index: MinLogIndex = None,
    *,
    strict: bool = False,
) -> FailurePage | list[GroupOut]:
    """
    Duties breached, met late, disputed or with an invalid extension as of a day; with `state`, those in that state.
    With `by`, how many of them in each group, in the order of the log.
    """
    if (person is not None or by == "person") and purpose is None:
        raise Problem(422, "purpose_required", "answers by person need the purpose for which they are asked")
    asked = {"unit": unit, "person": person, "duty": duty, "cause": cause, "state": state, "source": source}
    operation = "audit.person" if person is not None or by == "person" else "audit.ask"
    with desk.look(access, operation, min_log_index) as look:
        is_seen = _day(as_of) <= read.standing_until(look.db)
        if known_at is not None or strict or not is_seen:
            return _folded(desk, look, as_of, known_at, asked, by, limit, after, is_strict=strict)
    with desk.look(access, operation, min_log_index) as look:
        chosen = _asked(look.law.people, as_of, asked)
        if by is not None:
            return [_group(g, by, look) for g in read.groups(look.db, chosen, by)]
        found = read.failures(look.db, chosen, limit=limit + 1, after=parse_cursor(after))
        rows: list[Any] = look.rows(found[:limit], as_of)
        return FailurePage(items=rows, next=format_cursor(found[limit - 1].cursor) if len(found) > limit else None)


@router.get("/pursuit", operation_id="listPursuit", openapi_extra=operation("audit.ask"))
def pursuit(
    desk: DeskIn,
    access: ReaderIn,
    as_of: AsOf,
    unit: Annotated[str | None, Query(description="Id or name of a unit.")] = None,
    duty: str | None = None,
    source: str | None = None,
    limit: Limit = 50,
    after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}-[0-9a-f]{32}$", description="`next` before.")] = None,
    min_log_index: MinLogIndex = None,
) -> PursuitPage:
    """
    What followed each failure as of a day: its acts, the days between them, replies, rectification, the ladder's
    recorded conditions, and who owed a follow-up that is not recorded. Nothing is proposed.
    """
    with desk.look(access, "audit.ask", min_log_index) as look:
        asked = {"unit": unit, "person": None, "duty": duty, "cause": None, "state": None, "source": source}
        chosen = replace(_asked(look.law.people, as_of, asked), is_of_cases=True)
        found = read.failures(look.db, chosen, limit=limit + 1, after=parse_cursor(after))
        rows: list[Any] = look.followed(found[:limit], as_of)
        return PursuitPage(items=rows, next=format_cursor(found[limit - 1].cursor) if len(found) > limit else None)


@router.get("/summary", operation_id="getSummary", openapi_extra=operation("audit.ask"))
def summary(desk: DeskIn, access: ReaderIn, as_of: AsOf, known_at: KnownAt, source: str | None = None) -> SummaryOut:
    """How many cases and duties there are, in which state, and how many leads."""
    with desk.look(access, "audit.ask") as look, desk.questions() as questions:
        key = ("summary", questions.size_at(known_at), as_of, source, look.seeing)
        sees = look.sees()
        made = desk.kept(key, lambda: questions.summary(as_of, known_at=known_at, source=source, sees=sees))
        return SummaryOut(**made)


def _day(as_of: Any) -> date:
    return as_of.date() if isinstance(as_of, datetime) else as_of


def _folded(
    desk: Desk,
    look: Look,
    as_of: Any,
    known_at: Any,
    asked: dict[str, str | None],
    by: By | None,
    limit: int,
    after: str | None,
    *,
    is_strict: bool,
) -> FailurePage | list[GroupOut]:
    with desk.questions() as questions:
        key = ("failures", questions.size_at(known_at), as_of, is_strict, look.seeing, *asked.values())
        sees = look.sees()
        rows = desk.kept(
            key, lambda: questions.failures(as_of, known_at=known_at, is_strict=is_strict, sees=sees, **asked)
        )
    if by is not None:
        return [GroupOut(**g) for g in grouped(rows, by)]
    start = 0
    if (cursor := parse_cursor(after)) is not None:
        start = next((n + 1 for n, row in enumerate(rows) if row["duty_id"] == cursor[1]), len(rows))
    page: list[Any] = rows[start : start + limit]
    has_more = start + limit < len(rows)
    return FailurePage(items=page, next=format_cursor((start + limit, page[-1]["duty_id"])) if has_more else None)


def _asked(people: Register, as_of: Any, asked: dict[str, str | None]) -> read.Asked:
    unit, person = asked["unit"], asked["person"]
    units = None if unit is None else (unit, *(u.unit_id for u in people.units.values() if u.name == unit))
    officials = None if person is None else (person, *(o for o, name in people.officials.items() if name == person))
    return read.Asked(
        as_of,
        unit_ids=units,
        official_ids=officials,
        duty=asked["duty"].replace("-", "_") if asked["duty"] is not None else None,
        cause=asked["cause"],
        state=asked["state"],
        source=asked["source"],
    )


def _group(group: read.Group, by: str, look: Look) -> GroupOut:
    key = group.key or ""
    name = key
    if by == "unit":
        name = look.law.people.unit_name(key) if key else "未记录"
    elif by == "duty":
        local = (s.rule for each in look.law.local for s in each.standing)
        rules = (*(r for p in look.law.packs.values() for r in p.rules), *local)
        name = next((r.name_zh for r in rules if r.obligation == key), key)
    elif by == "person":
        name = look.law.people.official_name(key) if key else "岗位空缺或未指明"
    return GroupOut(
        key=key,
        name=name,
        cases=group.cases,
        met_late=group.met_late,
        breached=group.breached,
        disputed=group.disputed,
    )


def parse_cursor(text: str | None) -> read.Cursor | None:
    if text is None:
        return None
    index, _, duty_id = text.partition("-")
    return int(index), duty_id


def format_cursor(cursor: read.Cursor) -> str:
    return f"{cursor[0]}-{cursor[1]}"
