"""
The petitioner's look-up, without an account: number and query code in a body, never in an address that logs keep. And
the clerk's part: a code for who lost theirs, or for a joint petitioner, on a recorded ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.http.acts.routes import IdempotencyKey, Number, Source, needed
from api.http.auth import AccessIn, needs, operation
from api.http.errors import Problem
from app.acting import NoSuchCase
from app.lookup.codes import MAX_CODE, MAX_NUMBER, MOST_HOLDERS, BadCode, NoCode, TooManyTries, spelled
from app.lookup.desk import LookupDesk
from app.receipts import NoReceipt

if TYPE_CHECKING:
    from collections.abc import Callable

router = APIRouter(prefix="/v1", tags=["lookups"])
NO_STORE = {"Cache-Control": "no-store"}
ISSUE = "lookup.issue"


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: str = Field(min_length=1, max_length=MAX_NUMBER, description="信访事项编号。", examples=["XF-2026-0001"])
    code: str = Field(min_length=1, max_length=MAX_CODE, description="查询码。", examples=["7K2M-9QXA-31TB"])


class Rated(Asked):
    answer_version: int = Field(ge=1, le=1_000_000, description="所评价的答复，见查询结果。The answer that was shown.")
    score: Literal["satisfied", "basically_satisfied", "dissatisfied"] = Field(description="满意、基本满意、不满意。")
    reason: str | None = Field(None, min_length=1, max_length=1000, description="理由，密封保存。Kept sealed.")


class Owed(BaseModel):
    """What an office owes the petitioner, by when, and how it stands."""

    duty: str
    zh: str
    en: str
    state: str
    state_zh: str
    state_en: str
    by: str | None
    days_late: int
    law: str


class Done(BaseModel):
    on: str
    what: str
    zh: str
    en: str


class Step(BaseModel):
    """What the petitioner may do next, and until which day."""

    what: str | None = None
    until: str | None
    zh: str
    en: str


class RatingOut(BaseModel):
    answer_version: int
    until: str
    score: str | None
    score_zh: str | None


class Told(BaseModel):
    number: str
    as_of: str
    received_on: str
    handled_by: str = Field(description="现承办单位。The unit that has the matter.")
    owed: list[Owed]
    done: list[Done]
    next: list[Step]
    rating: RatingOut | None


class CodeAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ground: str = Field(
        min_length=1, max_length=200, description="补发理由。", examples=["信访人遗失查询码，已核对身份"]
    )
    holder: int = Field(1, ge=1, le=MOST_HOLDERS, description="第几位信访人。A joint petitioner's place.")


class CodeOut(BaseModel):
    number: str
    query_code: str = Field(description="只显示这一次。Shown this once.")
    holder: int


def lookups_of(request: Request) -> LookupDesk:
    desk: LookupDesk | None = request.app.state.lookups
    if desk is None:
        raise Problem(503, "lookup_off", "查询暂未开放，请到接待窗口询问。look-up is not open here: ask at the counter")
    return desk


Desk = Annotated[LookupDesk, Depends(lookups_of)]
RESPONSES: dict[int | str, dict[str, Any]] = {
    404: {"description": "编号或查询码不正确。Number or code is wrong: which, is not said."},
    429: {"description": "尝试过多。Too many tries; Retry-After says when."},
}


@router.post(
    "/lookups",
    operation_id="lookUp",
    openapi_extra=operation("lookup.read"),
    summary="查询信访事项",
    responses=RESPONSES,
)
def look_up(request: Request, response: Response, desk: Desk, body: Asked) -> Told:
    """凭编号和查询码查询。What is owed to the petitioner and by when, what was recorded as done, what to do next."""
    response.headers.update(NO_STORE)
    return Told.model_validate(_tried(lambda: desk.look(body.number, body.code, source=_address(request))))


@router.post(
    "/lookups/ratings",
    operation_id="rateAnswer",
    openapi_extra=operation("lookup.rate"),
    status_code=201,
    summary="评价答复",
    responses=RESPONSES,
)
def rate(request: Request, response: Response, desk: Desk, body: Rated) -> Told:
    """满意度评价，评价期内可更改。201 where it was recorded; 200 where it is the word that stands already."""
    told, is_new = _tried(
        lambda: desk.rate(
            body.number,
            body.code,
            source=_address(request),
            answer_version=body.answer_version,
            score=body.score,
            reason=body.reason,
        )
    )
    response.status_code = 201 if is_new else 200
    response.headers.update(NO_STORE)
    return Told.model_validate(told)


@router.post(
    "/lookups/receipts",
    operation_id="getIntakeReceipt",
    openapi_extra=operation("lookup.read"),
    summary="下载收件回执",
    response_class=Response,
    responses={**RESPONSES, 200: {"content": {"text/plain": {}}, "description": "签名回执。A signed note."}},
)
def receipt(request: Request, desk: Desk, body: Asked) -> Response:
    """收件回执：账本签名的承诺。The log's signed promise for the arrival; `luoshi receipt check` verifies it."""
    try:
        note = _tried(lambda: desk.receipt(body.number, body.code, source=_address(request)))
    except NoReceipt:
        said = "回执暂时无法出具，请稍后再试。the receipt cannot be made just now: try again in a minute"
        raise Problem(503, "no_receipt", said) from None
    name = {"Content-Disposition": 'attachment; filename="luoshi-receipt.txt"'}
    return Response(note, media_type="text/plain; charset=utf-8", headers={**NO_STORE, **name})


@router.post(
    "/cases/{source}/{no:path}/query-codes",
    operation_id="issueQueryCode",
    openapi_extra=operation(ISSUE),
    status_code=201,
    summary="补发查询码",
)
def issue(
    request: Request,
    response: Response,
    access: AccessIn,
    desk: Desk,
    source: Source,
    no: Number,
    body: CodeAsked,
    idempotency_key: IdempotencyKey = None,
) -> CodeOut:
    """补发查询码，旧码即时失效。A new code for one petitioner; the one before is no good from now on."""
    stream = f"case/{source}/{no}"
    key = needed(idempotency_key)
    subject = request.app.state.desk.acting.subject(stream)
    if subject is None:
        needs(access, ISSUE)
        raise NoSuchCase(stream)
    needs(access, ISSUE, subject)
    code = desk.codes.drawn(f"{access.principal.account}\n{stream}\n{body.holder}\n{key}")
    try:
        desk.codes.issue(stream, code, holder=body.holder, ground=body.ground, by=access.principal.account)
    except BadCode as bad:
        raise Problem(422, "bad_query_code", str(bad)) from None
    response.headers.update(NO_STORE)
    return CodeOut(number=no, query_code=spelled(code), holder=body.holder)


def _address(request: Request) -> str:
    return "" if request.client is None else request.client.host


def _tried(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except NoCode:
        said = "编号或查询码不正确，请核对回执后重试；遗失查询码的，请到受理窗口补办。number or code is wrong"
        raise Problem(404, "lookup_not_found", said, NO_STORE) from None
    except TooManyTries as many:
        said = f"查询过于频繁，请在 {many.wait} 秒后再试。too many tries: wait {many.wait} seconds"
        raise Problem(429, "too_many_tries", said, {"Retry-After": str(many.wait), **NO_STORE}) from None
