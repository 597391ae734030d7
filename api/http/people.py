"""
The register over HTTP: units, posts, officials, appointments; who is where, as of a day. Entries are signed by whoever
makes them, and never edited: an end is an entry of its own.
"""

from __future__ import annotations

import types
import typing
from dataclasses import MISSING, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, create_model

from api.http.acts.routes import IdempotencyKey, needed
from api.http.auth import AccessIn, needs, operation
from api.http.deps import AsOf, DeskIn  # noqa: TC001 - same
from app.codec import bare_type
from domain.people import events as e
from domain.people.register import LAST_DAY

if TYPE_CHECKING:
    from domain.people.events import PeopleEvent

router = APIRouter(prefix="/v1", tags=["people"])
RECORD = "people.record"

DOORS: dict[str, tuple[type[Any], str, str]] = {
    "/units": (e.UnitEstablished, "establishUnit", "设立单位"),
    "/unit-abolitions": (e.UnitAbolished, "abolishUnit", "撤销单位"),
    "/unit-successors": (e.SuccessorNamed, "nameSuccessor", "指定承继单位"),
    "/posts": (e.PostEstablished, "establishPost", "设立岗位"),
    "/post-abolitions": (e.PostAbolished, "abolishPost", "撤销岗位"),
    "/officials": (e.OfficialRegistered, "registerOfficial", "登记人员"),
    "/appointments": (e.AppointmentMade, "makeAppointment", "任职"),
    "/appointment-endings": (e.AppointmentEnded, "endAppointment", "离任"),
}


class Entry(BaseModel):
    """What was recorded in the register."""

    stream: str
    version: int
    log_index: int | None = Field(description="null: the register said so already.")


class Entered(BaseModel):
    model_config = ConfigDict(extra="forbid")

    occurred_at: AwareDatetime | None = Field(None, description="发生时间；省略为现在。When; now where left out.")


def body_of(event: type[Any]) -> type[BaseModel]:
    """The body of an entry, made from its event."""
    hints = typing.get_type_hints(event, localns={"date": date, "datetime": datetime})
    members: dict[str, Any] = {}
    for field in fields(event):
        is_needed = field.default is MISSING
        bare = bare_type(hints[field.name])
        kind = str if bare is str else bare
        limits: dict[str, Any] = {"min_length": 1, "max_length": 200} if bare is str else {}
        members[field.name] = (
            kind if is_needed else kind | None if isinstance(kind, (type, types.UnionType)) else kind,
            Field(... if is_needed else field.default, **limits),
        )
    return create_model(f"{event.__name__}Entry", __base__=Entered, __doc__=event.__doc__, **members)


def _door(event: type[Any]) -> Any:
    def enter(
        request: Request, response: Response, access: AccessIn, body: Any, idempotency_key: IdempotencyKey = None
    ) -> Entry:
        desk = request.app.state.desk
        said = {n: getattr(body, n) for n in body.model_fields_set}
        occurred_at = said.pop("occurred_at", None)
        entry: PeopleEvent = event(**said)
        content = body.model_dump_json(exclude_unset=True).encode()
        done = desk.acting.enter(
            access, RECORD, entry, needed(idempotency_key), content, occurred_at=occurred_at, now=desk.luoshi.clock()
        )
        response.status_code = 200 if done.log_index is None else 201
        response.headers["ETag"] = f'"{done.version}"'
        if done.log_index is not None:
            response.headers["Luoshi-Log-Index"] = str(done.log_index)
        return Entry(stream=done.stream, version=done.version, log_index=done.log_index)

    enter.__annotations__["body"] = body_of(event)
    return enter


for _path, (_event, _id, _zh) in DOORS.items():
    router.add_api_route(
        _path,
        _door(_event),
        methods=["POST"],
        operation_id=_id,
        summary=_zh,
        description=f"{_zh}。{' '.join((_event.__doc__ or '').split())}",
        response_model=Entry,
        status_code=201,
        responses={200: {"model": Entry, "description": "名册已有此项。The register said so already."}},
        openapi_extra=operation(RECORD),
    )


class UnitOut(BaseModel):
    id: str
    name: str
    kind: str
    parent_id: str | None
    division_code: str | None
    uscc: str | None
    valid_from: date | None
    valid_to: date | None
    successor_id: str | None


class UnitPage(BaseModel):
    items: list[UnitOut]
    next: str | None


class HolderOut(BaseModel):
    official_id: str
    name: str
    kind: str
    from_on: date
    to_on: date | None


class PostOut(BaseModel):
    """A post, and who is in it on the day asked."""

    id: str
    unit_id: str
    title: str
    rank: str
    holders: list[HolderOut]


class PostPage(BaseModel):
    items: list[PostOut]
    next: str | None


PageLimit = Annotated[int, Query(ge=1, le=500)]
After = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]


@router.get("/units", operation_id="listUnits", openapi_extra=operation("unit.read"), summary="单位名册")
def list_units(desk: DeskIn, access: AccessIn, limit: PageLimit = 100, after: After = None) -> UnitPage:
    """单位名册。Every unit of the register, in the order of their ids."""
    needs(access, "unit.read")
    units = desk.luoshi.handler.register().units
    ids = sorted(u for u in units if after is None or u > after)
    items = [
        UnitOut(
            id=u.unit_id,
            name=u.name,
            kind=u.kind,
            parent_id=u.parent_id,
            division_code=u.division_code,
            uscc=u.uscc,
            valid_from=u.valid_from,
            valid_to=u.valid_to,
            successor_id=u.successor_id,
        )
        for u in (units[i] for i in ids[:limit])
    ]
    return UnitPage(items=items, next=ids[limit - 1] if len(ids) > limit else None)


@router.get(
    "/units/{unit_id}/posts", operation_id="listPosts", openapi_extra=operation("unit.read"), summary="岗位及任职"
)
def list_posts(desk: DeskIn, access: AccessIn, unit_id: str, as_of: AsOf) -> PostPage:
    """岗位及任职。The posts of a unit, and who is in each on a day."""
    needs(access, "unit.read")
    people = desk.luoshi.handler.register()
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    items = [
        PostOut(
            id=post.post_id,
            unit_id=unit_id,
            title=post.title,
            rank=post.rank,
            holders=[
                HolderOut(
                    official_id=a.official_id,
                    name=people.official_name(a.official_id),
                    kind=a.kind,
                    from_on=a.from_on,
                    to_on=None if a.to_on == LAST_DAY else a.to_on,
                )
                for a in people.in_post_on(post.post_id, day)
            ],
        )
        for post in (people.posts[p] for p in people.unit_posts.get(unit_id, ()))
    ]
    return PostPage(items=items, next=None)
