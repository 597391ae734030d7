"""
Every error as RFC 9457 problem+json: ours, the framework's 404, 405 and 422, and what nobody expected. The only map
from what went wrong to a status. A page asked for by a person gets the same facts as a page.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.http.shield import shield
from app.acting import KeyReused, NoSuchCase, NotAllowed
from app.keyring import NoKey
from domain.case.errors import Refused
from ledger.errors import Conflict, StoreUnavailable

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

MEDIA_TYPE = "application/problem+json"
API_PATHS = ("/v1/", "/log/", "/healthz", "/readyz", "/openapi.json")
RETRY = {"Retry-After": "2"}


class Problem(Exception):  # noqa: N818 - it is the document's name
    """An error with its status, a stable code and the facts."""

    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers


def install(app: FastAPI) -> None:
    """Have the application answer every error in this form."""

    @app.exception_handler(Problem)
    def ours(request: Request, error: Problem) -> Response:
        headers = RETRY if error.status == HTTPStatus.SERVICE_UNAVAILABLE else error.headers
        return respond(request, error.status, error.code, error.detail, headers=headers)

    @app.exception_handler(HTTPException)
    def framework(request: Request, error: HTTPException) -> Response:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        detail = f"{request.method} {request.url.path}: {error.detail}"
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(allowed(request)) or "GET, HEAD"  # /openapi.json is the framework's own
        return respond(request, error.status_code, code, detail, headers=headers)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        errors = [
            {"pointer": "/".join(str(x) for x in e["loc"]), "code": e["type"], "detail": in_chinese(e)}
            for e in error.errors()
        ]
        detail = "; ".join(f"{e['pointer']}: {e['detail']}" for e in errors)
        return respond(request, 422, "invalid_parameters", detail, errors=errors)

    @app.exception_handler(Refused)
    def refused(request: Request, error: Refused) -> Response:
        errors = None if error.field is None else [{"pointer": error.field, "code": "refused", "detail": str(error)}]
        said = error.message if error.zh is None else f"{error.zh}。{error.message}"
        more = {"law": error.law, "allowed": error.allowed}
        return respond(request, 409, "refused", said, errors=errors, more={k: v for k, v in more.items() if v})

    @app.exception_handler(NoKey)
    def no_key(request: Request, _: NoKey) -> Response:
        said = "您没有存于账本的签名密钥，请管理员登记，或以自持密钥签名。no key that signs for you is kept here"
        return respond(request, 409, "no_key", said)

    @app.exception_handler(NotAllowed)
    def not_allowed(request: Request, error: NotAllowed) -> Response:
        write_down(request, error.denied.code)
        return respond(request, 403, f"denied_{error.denied.code}", f"{error.denied.zh}。{error.denied.en}")

    @app.exception_handler(NoSuchCase)
    def no_such_case(request: Request, _: NoSuchCase) -> Response:
        return respond(
            request, 404, "case_not_found", "没有该事项，或者不在您的权限范围内。no such case within your reach"
        )

    @app.exception_handler(KeyReused)
    def key_reused(request: Request, _: KeyReused) -> Response:
        said = "该 Idempotency-Key 已用于另一请求，请换一个。this key came with another request before: use a new one"
        return respond(request, 422, "idempotency_key_reused", said)

    @app.exception_handler(Conflict)
    def stale(request: Request, error: Conflict) -> Response:
        said = f"事项已有新的记录（现为第 {error.found} 版），请重新查看。the case has version {error.found} by now"
        return respond(request, 412, "stale", said, headers={"ETag": f'"{error.found}"'})

    @app.exception_handler(StoreUnavailable)
    def unavailable(request: Request, error: StoreUnavailable) -> Response:
        return respond(request, 503, "store_unavailable", str(error), headers=RETRY)

    @app.exception_handler(Exception)
    def unexpected(request: Request, _: Exception) -> Response:
        answer = respond(
            request, 500, "internal_error", "系统出错，请将 trace_id 告知管理员。the program met something unexpected"
        )
        shield(answer.headers, request.url.scheme)  # made outside of every middleware
        return answer


def write_down(request: Request, code: str) -> None:
    """Have the record of access say that this caller was refused this operation."""
    principal = getattr(request.state, "principal", None)
    gate = getattr(request.app.state.authenticator, "gate", None)
    if gate is None or principal is None or principal.kind == "public":
        return
    said = getattr(request.scope.get("route"), "openapi_extra", None) or {}
    gate.denied(principal.account, said.get("x-operation", "unnamed"), code)


FAULTS = {  # pydantic's types of error; whatever is not here is "不符合要求"
    "missing": "必填",
    "extra_forbidden": "不是本请求的字段",
    "json_invalid": "不是有效的 JSON",
    "string_too_long": "过长",
    "string_too_short": "过短",
    "string_pattern_mismatch": "格式不符",
    "string_type": "应为文字",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "bool_parsing": "应为是或否",
    "bool_type": "应为是或否",
    "greater_than_equal": "过小",
    "less_than_equal": "过大",
    "list_type": "应为列表",
    "too_long": "项数过多",
    "dict_type": "应为对象",
    "model_attributes_type": "应为对象",
    "date_from_datetime_parsing": "应为日期，如 2026-03-02",
    "date_parsing": "应为日期，如 2026-03-02",
    "datetime_parsing": "应为带时区的时间，如 2026-03-02T09:00:00+08:00",
    "datetime_from_date_parsing": "应为带时区的时间，如 2026-03-02T09:00:00+08:00",
    "timezone_aware": "时间须带时区，如 +08:00",
}


def in_chinese(error: dict[str, Any]) -> str:
    """What is wrong with one field, in Chinese and then as the validator says it."""
    return f"{FAULTS.get(error['type'], '不符合要求')}。{error['msg']}"


def allowed(request: Request) -> list[str]:
    """Every method that the path answers, over all routes: the framework names those of one route only."""
    methods: set[str] = set()
    for route in request.app.state.routes:
        if route.path_regex.match(request.url.path):
            methods |= route.methods
    if "GET" in methods:
        methods.add("HEAD")
    return sorted(methods)


def respond(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    errors: list[dict[str, Any]] | None = None,
    more: dict[str, Any] | None = None,
) -> Response:
    """The problem document or, for a page, the same facts as a page."""
    title = HTTPStatus(status).phrase
    path = request.url.path
    if not path.startswith(API_PATHS) and "text/html" in request.headers.get("accept", ""):
        if status == HTTPStatus.UNAUTHORIZED and request.method == "GET":
            return RedirectResponse(f"/login?{urlencode({'next': path})}", HTTPStatus.SEE_OTHER)
        page = (
            f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{status}</title><h1>{status} {title}</h1>'
        )
        return HTMLResponse(f"{page}<p>{escape(detail)}</p></html>", status, headers=headers)
    document: dict[str, Any] = {
        "type": f"urn:luoshi:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": path,
        "code": code,
    }
    if (trace_id := getattr(request.state, "trace_id", None)) is not None:
        document["trace_id"] = trace_id
    if errors is not None:
        document["errors"] = errors
    document.update(more or {})
    return JSONResponse(document, status, headers=headers, media_type=MEDIA_TYPE)
