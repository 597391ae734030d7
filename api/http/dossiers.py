"""
One unit, or one official for a named purpose, across the cases within the reader's reach.

Chosen, counted and paged by the views: a page costs as many folds as it shows cases, however much the unit has. An
earlier log (`known_at`), recorded times (`strict`) and a day beyond the views are folded once and kept for the next
page. tests/api/http/test_dossiers.py.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from api.http.auth import ReaderIn, operation
from api.http.deps import AsOf, DeskIn, KnownAt, Limit, MinLogIndex  # noqa: TC001 - FastAPI reads them at run time
from api.http.errors import Problem
from api.http.schemas import LeaderOut, Named, PersonDossierOut, UnitDossierOut
from app.questions import UnknownCase, one_of
from audit.dossier import leaders
from domain.duties.standing import STATES
from projections import dossier as of_whom
from projections import read
from projections.dossier import Whose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.http.deps import Desk, Look
    from app.questions import Questions

router = APIRouter(prefix="/v1/audit", tags=["audit"])
NEXT = r"^[0-9]{1,19}-[0-9]{1,18}-[0-9a-f]{32}$"
After = Annotated[str | None, Query(pattern=NEXT, description="`next` of the page before.")]
State = Annotated[str | None, Query(description="Only duties in this state.")]
Purpose = Annotated[str, Query(description="Why it is asked; it is shown with the answer.")]


@router.get("/units/{unit_id}", operation_id="getUnitDossier", openapi_extra=operation("audit.unit"))
def unit(
    desk: DeskIn,
    access: ReaderIn,
    unit_id: str,
    as_of: AsOf,
    known_at: KnownAt,
    state: State = None,
    limit: Limit = 50,
    after: After = None,
    min_log_index: MinLogIndex = None,
    *,
    strict: bool = False,
) -> UnitDossierOut:
    """Every duty that a unit held or is charged for, case by case; its leaders on the day; the states counted."""
    checked(state)
    with desk.look(access, "audit.unit", min_log_index) as look:
        people = look.law.people
        whose = Whose(unit_id=known(unit_id, {u.unit_id: u.name for u in people.units.values()}, "unit"))
        found = unit_page(desk, look, whose, as_of, known_at, state, limit, after, is_strict=strict)
        return UnitDossierOut(
            unit=Named(id=whose.unit_id or "", name=people.unit_name(whose.unit_id or "")),
            leaders=[LeaderOut(**x) for x in leaders(whose.unit_id or "", people, civil_day(desk, as_of))],
            is_limited_to_reach=not look.seeing.everything,
            as_of=as_of.isoformat(),
            **found,
        )


@router.get("/persons/{official_id}", operation_id="getPersonDossier", openapi_extra=operation("audit.person"))
def person(
    desk: DeskIn,
    access: ReaderIn,
    official_id: str,
    as_of: AsOf,
    known_at: KnownAt,
    purpose: Purpose = "",
    state: State = None,
    limit: Limit = 50,
    after: After = None,
    min_log_index: MinLogIndex = None,
    *,
    strict: bool = False,
) -> PersonDossierOut:
    """What one official held, case by case, and what that person said of it. No total, rank or threshold."""
    purpose = purpose.strip()
    if len(purpose) < 2:
        raise Problem(
            422, "purpose_required", "按人查询须写明用途（purpose）。answers by person name the purpose for which"
        )
    checked(state)
    with desk.look(access, "audit.person", min_log_index) as look:
        people = look.law.people
        whose = Whose(official_id=known(official_id, people.officials, "official"))
        if is_folded(look, as_of, known_at, is_strict=strict):
            own = whose.official_id or ""

            def ask(questions: Questions, sees: Callable[[str], bool]) -> dict[str, Any]:
                return questions.person(own, as_of, purpose=purpose, known_at=known_at, is_strict=strict, sees=sees)

            whole = _kept(desk, look, ("person", own, purpose, as_of, strict), known_at, ask)
            found = _cut(whole, state, limit, after)
            streams = {row["stream"] for row in found["items"]}
            found["answers"] = [a for a in whole["answers"] if a["stream"] in streams]
        else:
            lines, following = _lines(look, whose, as_of, state, limit, after)
            made = look.dossier(whose, lines, as_of)
            found = {"items": made.rows(), "answers": made.answers(), "next": following, "log_size": look.size}
        return PersonDossierOut(
            person=Named(id=whose.official_id or "", name=people.official_name(whose.official_id or "")),
            purpose=purpose,
            is_limited_to_reach=not look.seeing.everything,
            as_of=as_of.isoformat(),
            **found,
        )


def unit_page(
    desk: Desk,
    look: Look,
    whose: Whose,
    as_of: Any,
    known_at: Any,
    state: str | None,
    limit: int,
    after: str | None,
    *,
    is_strict: bool,
) -> dict[str, Any]:
    """`items`, `next`, `by_state`, `charged_with_due_day`, `log_size`."""
    if is_folded(look, as_of, known_at, is_strict=is_strict):
        own = whose.unit_id or ""

        def ask(questions: Questions, sees: Callable[[str], bool]) -> dict[str, Any]:
            return questions.unit(own, as_of, known_at=known_at, is_strict=is_strict, sees=sees)

        whole = _kept(desk, look, ("unit", own, as_of, is_strict), known_at, ask)
        sums = {name: whole[name] for name in ("by_state", "charged_with_due_day")}
        return _cut(whole, state, limit, after) | sums
    lines, following = _lines(look, whose, as_of, state, limit, after)
    by_state, charged = of_whom.counts(look.db, whose.unit_id or "", as_of)
    return {
        "items": look.dossier(whose, lines, as_of).rows(),
        "next": following,
        "by_state": by_state,
        "charged_with_due_day": charged,
        "log_size": look.size,
    }


def checked(state: str | None) -> None:
    """Problem where there is no such state."""
    if state is not None and state not in STATES:
        raise Problem(422, "state", f"state: 没有“{state}”这一状态。one of {', '.join(STATES)}")


def known(wanted: str, names: Mapping[str, str], what: str) -> str:
    """The id of a unit or official that is in the register; Problem 404 otherwise."""
    try:
        return one_of(wanted, names, what)
    except UnknownCase as error:
        raise Problem(404, f"{what}_not_found", str(error)) from None


def civil_day(desk: Desk, as_of: Any) -> date:
    """The day asked, in the log's zone."""
    if isinstance(as_of, datetime):
        return as_of.astimezone(ZoneInfo(desk.luoshi.settings.timezone)).date()
    day: date = as_of
    return day


def is_folded(look: Look, as_of: Any, known_at: Any, *, is_strict: bool) -> bool:
    """Whether the views do not have the answer."""
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    return known_at is not None or is_strict or day > read.standing_until(look.db)


def _lines(
    look: Look, whose: Whose, as_of: Any, state: str | None, limit: int, after: str | None
) -> tuple[list[of_whom.Line], str | None]:
    place = (-1, -1, "")
    if after is not None:
        first, trigger, duty_id = after.split("-")
        if (place := (int(first), int(trigger), duty_id))[0] > of_whom.LAST:
            raise Problem(422, "cursor", "after: 不是本清单的续页标记。no cursor of this list")
    found = of_whom.lines(look.db, whose, as_of, limit=limit + 1, after=place, state=state)
    more = len(found) > limit
    return found[:limit], "-".join(map(str, found[limit - 1].place)) if more else None


def _kept(
    desk: Desk, look: Look, key: tuple[Any, ...], known_at: Any, ask: Callable[[Questions, Callable[[str], bool]], Any]
) -> dict[str, Any]:
    sees = look.sees()
    with desk.questions() as questions:
        whole = (*key, questions.size_at(known_at), look.seeing)
        made: dict[str, Any] = desk.kept(whole, lambda: ask(questions, sees))
        return made


def _cut(whole: dict[str, Any], state: str | None, limit: int, after: str | None) -> dict[str, Any]:
    """A page of a folded dossier; its cursors name the duty, as those of the views do."""
    rows = [r for r in whole["duties"] if state in (None, r["state"])]
    start = 0
    if after is not None:
        start = next((n + 1 for n, r in enumerate(rows) if r["duty_id"] == after.rpartition("-")[2]), len(rows))
    page = rows[start : start + limit]
    more = start + limit < len(rows)
    return {"items": page, "next": f"0-0-{page[-1]['duty_id']}" if more else None, "log_size": whole["log_size"]}
