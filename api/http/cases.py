"""
Cases: the list, one case, its acts, its duties as of a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Path, Query, Response

from api.http.auth import ReaderIn, operation
from api.http.deps import AsOf, DeskIn, Limit, MinLogIndex  # noqa: TC001 - FastAPI reads them at run time
from api.http.errors import Problem
from api.http.schemas import ActOut, ActPage, CaseOut, CasePage, DutiesOut, Named
from audit.findings import findings
from audit.report import to_json
from projections import read

if TYPE_CHECKING:
    from datetime import datetime

    from domain.people.register import Register

router = APIRouter(prefix="/v1/cases", tags=["cases"])
IfNoneMatch = Annotated[str | None, Header()]


@router.get("", operation_id="listCases", openapi_extra=operation("case.list"))
def list_cases(
    desk: DeskIn,
    access: ReaderIn,
    limit: Limit = 50,
    after: Annotated[int | None, Query(ge=0, description="`next` of the page before.")] = None,
    unit: str | None = None,
    source: str | None = None,
    *,
    is_open: bool | None = None,
    min_log_index: MinLogIndex = None,
) -> CasePage:
    """The cases in the order in which they came to the log: a walk meets each once while the log grows."""
    with desk.look(access, "case.list", min_log_index) as look:
        cards = read.cases(
            look.db,
            limit=limit + 1,
            after=-1 if after is None else after,
            unit_id=unit,
            source=source,
            is_open=is_open,
        )
        zone = ZoneInfo(desk.luoshi.settings.timezone)
        items = [_card(c, look.law.people, zone) for c in cards[:limit]]
        has_more = len(cards) > limit
        return CasePage(items=items, next=str(items[-1].first_log_index) if has_more else None, log_size=look.size)


@router.get("/{source}/{no:path}/timeline", operation_id="listActs", openapi_extra=operation("case.read"))
def timeline(
    desk: DeskIn,
    access: ReaderIn,
    response: Response,
    source: str,
    no: str,
    limit: Limit = 500,
    after: Annotated[int, Query(ge=0, description="The version of the last act seen.")] = 0,
    if_none_match: IfNoneMatch = None,
    min_log_index: MinLogIndex = None,
) -> ActPage:
    """What happened on a case, act by act, in the order of recording."""
    with desk.look(access, "case.read", min_log_index) as look:
        card = found(read.case(look.db, source, no), source, no)
        tag(response, card.version, if_none_match)
        acts = read.timeline(look.db, card.stream, after=after, limit=limit + 1)
        people, zone = look.law.people, ZoneInfo(desk.luoshi.settings.timezone)
        items = [_act(a, people, zone) for a in acts[:limit]]
        return ActPage(items=items, next=str(items[-1].version) if len(acts) > limit else None)


@router.get("/{source}/{no:path}/acts/{version}", operation_id="getAct", openapi_extra=operation("case.read"))
def one_act(
    desk: DeskIn,
    access: ReaderIn,
    source: str,
    no: str,
    version: Annotated[int, Path(ge=1)],
    min_log_index: MinLogIndex = None,
) -> ActOut:
    """One recorded act of a case, by its version."""
    with desk.look(access, "case.read", min_log_index) as look:
        card = found(read.case(look.db, source, no), source, no)
        acts = [a for a in read.timeline(look.db, card.stream, after=version - 1, limit=1) if a.version == version]
        if not acts:
            raise Problem(404, "act_not_found", f"该事项没有第 {version} 条记录。case {no} has no act {version}")
        return _act(acts[0], look.law.people, ZoneInfo(desk.luoshi.settings.timezone))


@router.get("/{source}/{no:path}/duties", operation_id="listDuties", openapi_extra=operation("case.read"))
def duties(
    desk: DeskIn, access: ReaderIn, source: str, no: str, as_of: AsOf, min_log_index: MinLogIndex = None
) -> DutiesOut:
    """Every duty of a case as of a day, whatever its state, with its arithmetic and its holders."""
    with desk.look(access, "case.read", min_log_index) as look:
        card = found(read.case(look.db, source, no), source, no)
        spelled = as_of.isoformat()
        rows: list[Any] = [
            to_json(f, look.law, as_of=spelled, log_size=look.size)
            for f in sorted(findings(look.history(card.stream), look.law, as_of), key=lambda f: f.order)
        ]
        return DutiesOut(case_no=no, source=source, stream=card.stream, duties=rows, as_of=spelled, log_size=look.size)


@router.get("/{source}/{no:path}", operation_id="getCase", openapi_extra=operation("case.read"))
def case(
    desk: DeskIn,
    access: ReaderIn,
    response: Response,
    source: str,
    no: str,
    if_none_match: IfNoneMatch = None,
    min_log_index: MinLogIndex = None,
) -> CaseOut:
    """One case: who has it, and its milestones."""
    with desk.look(access, "case.read", min_log_index) as look:
        card = found(read.case(look.db, source, no), source, no)
        tag(response, card.version, if_none_match)
        return _card(card, look.law.people, ZoneInfo(desk.luoshi.settings.timezone))


class NotModified(Exception):  # noqa: N818 - no error
    """The reader has this version already."""

    def __init__(self, etag: str) -> None:
        super().__init__(etag)
        self.etag = etag


def tag(response: Response, version: int, if_none_match: str | None) -> None:
    """A strong ETag: the stream's version, on which the answer depends and on nothing else."""
    etag = f'"{version}"'
    if if_none_match is not None and (if_none_match.strip() == "*" or etag in _tags(if_none_match)):
        raise NotModified(etag)
    response.headers["ETag"] = etag


def _tags(header: str) -> list[str]:
    return [t.strip().removeprefix("W/") for t in header.split(",")]


def found(card: read.Card | None, source: str, no: str) -> read.Card:
    if card is None:
        raise Problem(404, "case_not_found", f"no case {no} of source {source} is recorded")
    return card


def unit_named(unit_id: str, people: Register) -> Named:
    return Named(id=unit_id, name=people.unit_name(unit_id))


def official_named(official_id: str | None, people: Register) -> Named | None:
    return None if official_id is None else Named(id=official_id, name=people.official_name(official_id))


def _post(post_id: str | None, people: Register) -> Named | None:
    if post_id is None:
        return None
    post = people.posts.get(post_id)
    return Named(id=post_id, name=post.title if post is not None else post_id)


def _act(act: read.Act, people: Register, zone: ZoneInfo) -> ActOut:
    return ActOut(
        version=act.version,
        log_index=act.log_index,
        type=act.topic,
        occurred_at=act.occurred_at.astimezone(zone),
        recorded_at=act.recorded_at.astimezone(zone),
        unit=unit_named(act.unit_id, people),
        official=official_named(act.official_id, people),
        post=_post(act.post_id, people),
        imported=act.imported,
        body=act.body,
    )


def _card(card: read.Card, people: Register, zone: ZoneInfo) -> CaseOut:
    def local(moment: datetime | None) -> datetime | None:
        return moment.astimezone(zone) if moment is not None else None

    return CaseOut(
        source=card.source,
        case_no=card.case_no,
        stream=card.stream,
        unit=unit_named(card.unit_id, people),
        official=official_named(card.official_id, people),
        category=card.category,
        channel=card.channel,
        subject=card.subject,
        received_at=local(card.received_at),
        registered_at=local(card.registered_at),
        accepted_at=local(card.accepted_at),
        served_at=local(card.served_at),
        closed_at=local(card.closed_at),
        last_act=card.last_act,
        last_act_at=card.last_act_at.astimezone(zone),
        version=card.version,
        first_log_index=card.first_index,
        last_log_index=card.last_index,
    )
