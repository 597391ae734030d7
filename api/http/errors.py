"""
Every error as RFC 9457 problem+json: ours, the framework's 404, 405 and 422, and what nobody expected. The only map
from what went wrong to a status. A page asked for by a person gets the same facts as a page.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from ledger.errors import StoreUnavailable

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

MEDIA_TYPE = "application/problem+json"
API_PATHS = ("/v1", "/log", "/healthz", "/readyz", "/openapi.json")
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
            headers["Allow"] = ", ".join(allowed(request))
        return respond(request, error.status_code, code, detail, headers=headers)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        errors = [
            {"pointer": "/".join(str(x) for x in e["loc"]), "code": e["type"], "detail": e["msg"]}
            for e in error.errors()
        ]
        detail = "; ".join(f"{e['pointer']}: {e['detail']}" for e in errors)
        return respond(request, 422, "invalid_parameters", detail, errors=errors)

    @app.exception_handler(StoreUnavailable)
    def unavailable(request: Request, error: StoreUnavailable) -> Response:
        return respond(request, 503, "store_unavailable", str(error), headers=RETRY)

    @app.exception_handler(Exception)
    def unexpected(request: Request, _: Exception) -> Response:
        return respond(request, 500, "internal_error", "the program met something it does not expect")


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
) -> Response:
    """The problem document or, for a page, the same facts as a page."""
    title = HTTPStatus(status).phrase
    path = request.url.path
    if not path.startswith(API_PATHS) and "text/html" in request.headers.get("accept", ""):
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
    if errors is not None:
        document["errors"] = errors
    return JSONResponse(document, status, headers=headers, media_type=MEDIA_TYPE)
