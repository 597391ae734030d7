"""
One POST for every act: `/v1/cases/{source}/{no}/<noun>`, and `/v1/cases` for a matter that arrives.

All go one way: who asks (never from the body), the idempotency key, the version they decided on, then the handler. What
a rule refuses is 409 with the rule; a stale version is 412; what lies outside the caller's reach is not there (404).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import BaseModel, Field

from api.http.acts.bodies import MAX_SEALED, about, body_of
from api.http.acts.nouns import NOUNS
from api.http.auth import AccessIn, operation
from api.http.errors import Problem
from app.access.policy import operation_of
from app.acting import Asked
from app.lookup.codes import spelled
from app.prepared import COMMANDS
from domain.duties.engine import split_stream

if TYPE_CHECKING:
    from app.access.policy import Access
    from domain.case.commands import CaseCommand

router = APIRouter(tags=["acts"])
ACCUSATION = "accusation"
OFFICE_FILINGS = "/v1/offices/{unit_id}/filings"

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="本次请求的标识，重发时不变。One per request, the same when it is sent again. Required.",
        max_length=255,
    ),
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="所依据的事项版本（ETag）。The version decided on, as its ETag. Required."),
]
Source = Annotated[str, Path(max_length=100, pattern=r"^[^/\x00-\x1f]+$")]
Number = Annotated[str, Path(max_length=200, pattern=r"^[^\x00-\x1f]+$")]


class Recorded(BaseModel):
    """What was recorded: the case's version after the act, and where in the log its first event stands."""

    stream: str
    source: str
    case_no: str
    version: int
    log_index: int | None = Field(description="null: nothing needed recording.")
    query_code: Annotated[str | None, Field(description="信访人查询码。The petitioner's, at arrival only.")] = None


class OfficeRecorded(BaseModel):
    """What was recorded of an office."""

    stream: str
    version: int
    log_index: int | None


def record(request: Request, access: Access, asked: Asked) -> tuple[Recorded, int]:
    """The act, recorded, with its HTTP status."""
    desk = request.app.state.desk
    done = desk.acting.record(access, asked, desk.luoshi.clock())
    source, case_no = split_stream(done.stream)
    answer = Recorded(
        stream=done.stream, source=source, case_no=case_no, version=done.version, log_index=done.log_index
    )
    return answer, 200 if done.log_index is None else 201


def values_of(body: BaseModel, access: Access) -> dict[str, Any]:
    """The command's fields as the body gives them; the acting unit is the caller's own where none is named."""
    said = {name: getattr(body, name) for name in body.model_fields_set}
    sealed: dict[str, str] = said.pop("sealed", None) or {}
    for name, text in sealed.items():
        if len(text) > MAX_SEALED or not name or len(name) > 100:
            raise Problem(
                422, "invalid_parameters", f"sealed.{name[:100]}: 名称或内容过长。too long, or without a name"
            )
    values = {name: tuple(v) if isinstance(v, list) else v for name, v in said.items()}
    values["sealed"] = tuple(sorted(sealed.items()))
    values["unit_id"] = values.get("unit_id") or own_unit(access)
    return values


def own_unit(access: Access) -> str:
    """The one unit in whose post the caller is."""
    own = sorted(access.principal.unit_ids)
    if len(own) == 1:
        return own[0]
    said = "您在多个单位任职" if own else "您当前没有任职单位"
    raise Problem(422, "unit_id", f"unit_id: {said}，请指明办理单位。name the acting unit: you have {len(own)}")


def needed(key: str | None) -> str:
    if not key or not key.isprintable():
        raise Problem(400, "idempotency_key_missing", "Idempotency-Key: 必填。this header is required, printable text")
    return key


def version_of(if_match: str | None) -> int:
    """The version in an If-Match header: 428 without one, 422 where it is none of ours."""
    if if_match is None:
        raise Problem(428, "if_match_missing", "If-Match: 请带上所依据的版本。send the ETag of the case you decided on")
    tag = if_match.strip()
    digits = tag[1:-1]
    if len(tag) < 3 or tag[0] != '"' or tag[-1] != '"' or not digits.isascii() or not digits.isdigit():
        raise Problem(422, "if_match", 'If-Match: 应为 "版本号"。one strong ETag, "<version>"')
    if len(digits) > 15:
        raise Problem(412, "stale", "版本不符。the case has another version")
    return int(digits)


def headers(response: Response, answer: Recorded, status: int, location: str | None) -> None:
    response.status_code = status
    response.headers["ETag"] = f'"{answer.version}"'
    if answer.log_index is not None:
        response.headers["Luoshi-Log-Index"] = str(answer.log_index)
    if location is not None:
        response.headers["Location"] = location


def _on_case(command: type[CaseCommand]) -> Any:
    def act(
        request: Request,
        response: Response,
        access: AccessIn,
        source: Source,
        no: Number,
        body: Any,
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
    ) -> Recorded:
        key, expected = needed(idempotency_key), version_of(if_match)
        content = body.model_dump_json(exclude_unset=True).encode()
        asked = Asked(command, f"case/{source}/{no}", values_of(body, access), key, content, expected)
        answer, status = record(request, access, asked)
        headers(response, answer, status, f"/v1/cases/{source}/{no}/acts/{answer.version}")
        return answer

    act.__annotations__["body"] = body_of(command)
    return act


class Arrival(body_of(COMMANDS["ReceivePetition"])):  # type: ignore[misc]  # made at run time
    """A matter that arrives. Under which number the ledger keeps it is the sender's choice, or the ledger's."""

    source: str | None = Field(None, max_length=100, pattern=r"^[A-Za-z0-9._-]+$", description="来源系统。")
    no: str | None = Field(None, max_length=200, pattern=r"^[^\x00-\x1f]+$", description="来源系统中的编号。")


def receive(
    request: Request, response: Response, access: AccessIn, body: Arrival, idempotency_key: IdempotencyKey = None
) -> Recorded:
    """收到信访事项。A matter arrives, and becomes a case."""
    source = body.source or "luoshi"
    if source == ACCUSATION:
        raise Problem(422, "source", "source: 检举控告请登记到 /v1/accusations。accusations have a door of their own")
    no = body.no or request.app.state.desk.acting.number(access.principal, needed(idempotency_key))
    return _arrived(
        request, response, access, body, COMMANDS["ReceivePetition"], f"case/{source}/{no}", idempotency_key
    )


def receive_accusation(
    request: Request, response: Response, access: AccessIn, body: Any, idempotency_key: IdempotencyKey = None
) -> Recorded:
    """收到检举控告。An accusation arrives; its number is random and says nothing."""
    no = request.app.state.desk.acting.number(access.principal, needed(idempotency_key))
    command = COMMANDS["ReceiveAccusation"]
    return _arrived(request, response, access, body, command, f"case/{ACCUSATION}/{no}", idempotency_key)


receive_accusation.__annotations__["body"] = body_of(COMMANDS["ReceiveAccusation"])


def file_for_office(
    request: Request,
    response: Response,
    access: AccessIn,
    unit_id: Annotated[str, Path(max_length=200)],
    body: Any,
    idempotency_key: IdempotencyKey = None,
) -> OfficeRecorded:
    """单位备案。Something filed about an office: a meeting held, a report made. Filings do not depend on each other."""
    values = values_of(body, access)
    content = body.model_dump_json(exclude_unset=True).encode()
    asked = Asked(COMMANDS["FileAct"], f"office/{unit_id}", values, needed(idempotency_key), content)
    desk = request.app.state.desk
    done = desk.acting.record(access, asked, desk.luoshi.clock())
    response.headers["ETag"] = f'"{done.version}"'
    if done.log_index is not None:
        response.headers["Luoshi-Log-Index"] = str(done.log_index)
    response.status_code = 200 if done.log_index is None else 201
    return OfficeRecorded(stream=done.stream, version=done.version, log_index=done.log_index)


file_for_office.__annotations__["body"] = body_of(COMMANDS["FileAct"])


def _arrived(
    request: Request,
    response: Response,
    access: Access,
    body: BaseModel,
    command: type[CaseCommand],
    stream: str,
    key: str | None,
) -> Recorded:
    values = values_of(body, access)
    for name in ("source", "no"):
        values.pop(name, None)
    content = body.model_dump_json(exclude_unset=True).encode()
    answer, status = record(request, access, Asked(command, stream, values, needed(key), content))
    headers(response, answer, status, f"/v1/cases/{answer.source}/{answer.case_no}")
    lookups = getattr(request.app.state, "lookups", None)
    if lookups is not None and answer.source != ACCUSATION:
        # The same request sent again gets the same code: it is drawn from the request, by a key of the server.
        code = lookups.codes.drawn(f"{access.principal.account}\n{stream}\n{key}")
        if lookups.codes.first(stream, code, by=access.principal.account):
            answer.query_code = spelled(code)
            response.headers["Cache-Control"] = "no-store"
    return answer


def _add(path: str, endpoint: Any, name: str, zh: str, model: type[BaseModel] = Recorded) -> None:
    command = COMMANDS[name]
    english = about(command)
    router.add_api_route(
        path,
        endpoint,
        methods=["POST"],
        operation_id=f"{name[0].lower()}{name[1:]}" if path != OFFICE_FILINGS else "fileOfficeAct",
        summary=zh,
        description=f"{zh}。{english}",
        response_model=model,
        status_code=201,
        openapi_extra=operation(operation_of(command)),
        responses={
            200: {"model": model, "description": "无须登记，已是所求的状态。Nothing needed recording."},
            201: {
                "description": "已登记。Recorded; the same answer to the same request sent again.",
                "headers": {
                    "ETag": {"description": "版本。The version after the act.", "schema": {"type": "string"}},
                    "Luoshi-Log-Index": {"description": "日志序号。", "schema": {"type": "integer"}},
                    "Location": {"description": "所登记的行为。", "schema": {"type": "string"}},
                },
            },
        },
    )


_add("/v1/cases", receive, "ReceivePetition", "收到信访事项")
_add("/v1/accusations", receive_accusation, "ReceiveAccusation", "收到检举控告")
_add(OFFICE_FILINGS, file_for_office, "FileAct", "单位备案", OfficeRecorded)
for _noun, (_name, _zh) in NOUNS.items():
    _add(f"/v1/cases/{{source}}/{{no:path}}/{_noun}", _on_case(COMMANDS[_name]), _name, _zh)
