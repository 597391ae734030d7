"""
Coming in and going out: a session by login and password, who one is, and the end of it.

The session is a cookie that scripts cannot read; whatever changes something must also carry the CSRF token that came
with it. Systems present a bearer token instead and need none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.http.auth import operation, somebody
from api.http.errors import Problem
from app.access.policy import roles
from app.access.principal import Principal  # noqa: TC001 - FastAPI reads it at run time
from app.accounts.gate import BadAccount, NotLetIn, has_csrf
from app.accounts.gate import principal_of as principal_behind
from app.accounts.passwords import WeakPassword

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from app.accounts.gate import Gate, Opened
    from app.accounts.store import Account, Session
    from domain.people.register import Register

COOKIE, COOKIE_PLAIN = "__Host-luoshi", "luoshi"
CSRF_HEADER, ACTING_FOR = "X-CSRF-Token", "Luoshi-Acting-For"
WHILE_FIRST = ("/v1/me", "/v1/me/password", "/v1/sessions/current")  # open to who has a first password only
SAFE = ("GET", "HEAD", "OPTIONS")

router = APIRouter(prefix="/v1", tags=["sessions"])


class BySession:
    """The application's authenticator: cookies and bearer tokens of our own accounts."""

    def __init__(self, gate: Gate, *, people: Callable[[], Register], today: Callable[[], date]) -> None:
        self.gate = gate
        self._people = people
        self._today = today

    def principal(self, request: Request) -> Principal | None:
        found = self.found(request)
        if found is None:
            return None
        account, session = found
        if session.kind == "browser" and request.method not in SAFE:
            check_csrf(request, session, getattr(request.state, "csrf", None))
        if account.must_change and session.kind == "browser" and request.url.path not in WHILE_FIRST:
            said = "请先设置自己的口令（POST /v1/me/password）。set a password of your own first"
            raise Problem(403, "password_change_needed", said)
        try:
            return principal_behind(account, self._people(), self._today(), request.headers.get(ACTING_FOR))
        except BadAccount as bad:
            raise Problem(403, "not_acting_for", f"{ACTING_FOR}: {bad}") from None

    def found(self, request: Request) -> tuple[Account, Session] | None:
        """Whose request this is; 401 where a token or cookie was presented that is not good."""
        header = request.headers.get("Authorization")
        if header is not None:
            scheme, _, token = header.partition(" ")
            found = self.gate.recognised(token.strip(), "token") if scheme.lower() == "bearer" else None
            if found is None:
                raise Problem(401, "bad_token", "令牌无效或已过期。the token is not good, or no longer", CHALLENGE)
            return found
        cookie = request.cookies.get(cookie_name(request))
        return None if cookie is None else self.gate.recognised(cookie, "browser")


CHALLENGE = {"WWW-Authenticate": 'Bearer realm="luoshi", error="invalid_token"'}


def cookie_name(request: Request) -> str:
    """The cookie's name: bound to this host over TLS, a plain one on localhost without."""
    return COOKIE if request.url.scheme == "https" else COOKIE_PLAIN


def check_csrf(request: Request, session: Session, given: str | None = None) -> None:
    """403 unless the request was made by our own page: same origin, and the session's CSRF token."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("Host"):
        raise Problem(403, "foreign_origin", "请求来自其他网站。the request comes from another site")
    if not has_csrf(session, given if given is not None else request.headers.get(CSRF_HEADER)):
        raise Problem(403, "csrf", f"{CSRF_HEADER}: 缺少或不符，请重新登录。missing or not this session's")


class LogIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    login: str = Field(max_length=100, description="登录名。", examples=["wang"])
    password: str = Field(max_length=200, description="口令。", examples=["一个足够长的口令 2026"])


class Me(BaseModel):
    """Who one is here: roles, official, units; never what one may not know."""

    account: str
    kind: str
    roles: list[str]
    role_names: list[str]
    official_id: str | None
    unit_ids: list[str]
    acting_for: str | None


class SessionOut(BaseModel):
    login: str
    csrf_token: str = Field(description="变更请求须以 X-CSRF-Token 带回。Sent along with every change.")
    ends_at: str


def set_cookie(request: Request, response: Response, opened: Opened) -> None:
    response.set_cookie(
        cookie_name(request),
        opened.token,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


@router.post(
    "/sessions", operation_id="logIn", openapi_extra=operation("session.open"), status_code=201, summary="登录"
)
def log_in(request: Request, response: Response, body: LogIn) -> SessionOut:
    """登录。A session; one answer for whatever is wrong."""
    gate = gate_of(request)
    try:
        opened = gate.log_in(body.login, body.password)
    except NotLetIn:
        said = "登录名或口令不正确，或尝试过多，请稍后再试。wrong login or password, or too many tries"
        raise Problem(401, "not_let_in", said, {"WWW-Authenticate": 'Bearer realm="luoshi"'}) from None
    set_cookie(request, response, opened)
    response.headers["Cache-Control"] = "no-store"
    return SessionOut(login=opened.account.login, csrf_token=opened.csrf, ends_at=opened.ends_at.isoformat())


@router.delete(
    "/sessions/current",
    operation_id="logOut",
    openapi_extra=operation("session.close"),
    status_code=204,
    summary="退出",
)
def log_out(request: Request, response: Response, _: Annotated[Principal, Depends(somebody)]) -> None:
    """退出登录。Ends the session of this cookie."""
    found = request.app.state.authenticator.found(request)
    if found is not None:
        gate_of(request).log_out(found[1])
    response.delete_cookie(cookie_name(request), path="/")


@router.get("/me", operation_id="whoAmI", openapi_extra=operation("session.read"), summary="当前身份")
def me(principal: Annotated[Principal, Depends(somebody)]) -> Me:
    """当前身份。Who the caller is here."""
    held = sorted(principal.roles)
    return Me(
        account=principal.account,
        kind=principal.kind,
        roles=held,
        role_names=[roles()[name].zh for name in held if name in roles()],
        official_id=principal.official_id,
        unit_ids=sorted(principal.unit_ids),
        acting_for=principal.acting_for,
    )


class PasswordChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    old: str = Field(max_length=200, description="现口令。")
    new: str = Field(max_length=200, description="新口令，至少 12 个字符。At least 12 characters.")


@router.post(
    "/me/password",
    operation_id="changePassword",
    openapi_extra=operation("password.change"),
    status_code=204,
    summary="修改口令",
)
def change_password(
    request: Request, response: Response, body: PasswordChange, _: Annotated[Principal, Depends(somebody)]
) -> None:
    """修改本人口令。One's own password; every session ends, so one logs in again."""
    gate, found = gate_of(request), request.app.state.authenticator.found(request)
    if found is None or found[0].kind != "person":
        raise Problem(403, "no_password", "该账户没有口令。this account has no password")
    try:
        gate.change_password(found[0], body.old, body.new)
    except NotLetIn:
        raise Problem(403, "wrong_password", "old: 现口令不正确。not the present password") from None
    except WeakPassword as weak:
        raise Problem(422, "weak_password", f"new: {weak}") from None
    response.delete_cookie(cookie_name(request), path="/")


def gate_of(request: Request) -> Gate:
    authenticator = request.app.state.authenticator
    if not isinstance(authenticator, BySession):
        raise Problem(404, "not_found", "本系统未启用本地账户。local accounts are not in use here")
    return authenticator.gate
