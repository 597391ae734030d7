"""
Who a request comes from. The application's authenticator says so; where there is none, everybody is the public.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Protocol

from fastapi import Depends, Request

from api.http.errors import Problem
from app.access.policy import ROLE_DENIED, Access
from app.access.principal import PUBLIC, Principal
from app.acting import NoSuchCase, NotAllowed

if TYPE_CHECKING:
    from api.http.deps import Desk
    from app.access.reach import Subject


# What needs no role. `open`: whoever asks; `signed in`: whoever said who they are, of themselves alone.
FREE = {
    "health.read": "open",
    "log.read": "open",
    "style.read": "open",
    "session.open": "open",
    "session.read": "signed in",
    "session.close": "signed in",
    "act.page": "signed in",  # the form of an act: who may not do that act gets none
    "password.change": "signed in",
    "lookup.read": "open",  # whoever has a matter's number and query code
    "lookup.rate": "open",
    "act.prepare": "signed in",
    "act.submit": "open",  # the signature over what was prepared says who acts
}


def operation(name: str) -> dict[str, Any]:
    """The operation of a route, as its `openapi_extra`: docs/access.md says who may. Every route names one."""
    return {"x-operation": name}


class Authenticator(Protocol):
    """Tells callers apart: by session, by token, by certificate."""

    def principal(self, request: Request) -> Principal | None:
        """Who this is; None where nothing was presented. Problem 401 where what was presented is not good."""
        ...


def principal_of(request: Request) -> Principal:
    """The caller, as authenticated; the public where nobody said who they are."""
    authenticator: Authenticator | None = request.app.state.authenticator
    found = None if authenticator is None else authenticator.principal(request)
    principal = PUBLIC if found is None else found
    request.state.principal = principal  # a refusal is written down with its account
    return principal


def somebody(principal: Annotated[Principal, Depends(principal_of)]) -> Principal:
    """The caller, who must have said who they are: 401 otherwise."""
    if principal.kind == "public":
        raise Problem(
            401,
            "unauthenticated",
            "请先登录。Say who you are first.",
            headers={"WWW-Authenticate": 'Bearer realm="luoshi"'},
        )
    return principal


def access_of(request: Request, principal: Annotated[Principal, Depends(somebody)]) -> Access:
    """What the caller may, as the register stands now."""
    desk: Desk = request.app.state.desk
    return Access(principal, desk.luoshi.handler.register(), desk.today())


def needs(access: Access, operation: str, subject: Subject | None = None) -> None:
    """NotAllowed where the caller may not do that, or NoSuchCase where it is out of their reach."""
    if (denied := access.may(operation, subject)) is None:
        return
    if denied.code == ROLE_DENIED or subject is None:
        raise NotAllowed(denied)
    raise NoSuchCase


def reader_of(request: Request, principal: Annotated[Principal, Depends(principal_of)]) -> Access:
    """What the caller may read. Where no account exists yet, or in the demo, this machine reads without one."""
    if principal.kind == "public" and request.app.state.open_reading:
        desk: Desk = request.app.state.desk
        return Access(LOCAL_READER, desk.luoshi.handler.register(), desk.today())
    return access_of(request, somebody(principal))


LOCAL_READER = Principal("local", "person", frozenset({"local_reader"}))
PrincipalIn = Annotated[Principal, Depends(principal_of)]
AccessIn = Annotated[Access, Depends(access_of)]
ReaderIn = Annotated[Access, Depends(reader_of)]
