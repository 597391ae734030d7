"""
Accounts, and the record of access, for the three officers (三员分立): the system officer makes accounts, without roles;
the security officer grants roles, unlocks and hands out first passwords and tokens; the audit officer reads what was
done. Nobody changes an account of their own here, and none of it shows a case.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it at run time
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.http.auth import AccessIn, needs, operation
from api.http.deps import DeskIn  # noqa: TC001 - FastAPI reads it at run time
from api.http.errors import Problem
from api.http.sessions import gate_of
from app.access.policy import roles
from app.accounts.gate import BadAccount
from app.accounts.store import LoginTaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.access.policy import Access
    from app.accounts.gate import Gate
    from app.accounts.store import Account

router = APIRouter(prefix="/v1", tags=["accounts"])
Login = Annotated[str, Path(max_length=100, description="登录名。")]
MAX_RECORDS = 500
T = TypeVar("T")


class NewAccount(BaseModel):
    model_config = ConfigDict(extra="forbid")

    login: str = Field(max_length=100, description="登录名。", examples=["wang"])
    kind: Literal["person", "system"] = "person"
    official_id: str | None = Field(None, max_length=200, description="名册中的人员。The official of our register.")
    unit_ids: list[str] = Field(default=[], max_length=50, description="系统所代表的单位。Units a system speaks for.")
    subject: str | None = Field(None, max_length=500, description="外部身份：ISSUER|SUBJECT。An outside identity.")


class AccountOut(BaseModel):
    """An account without its secrets."""

    account: str
    login: str
    kind: str
    official_id: str | None
    unit_ids: list[str]
    roles: list[str]
    has_outside_identity: bool
    is_disabled: bool
    must_change_password: bool
    locked_until: datetime | None
    made_at: datetime


class AccountPage(BaseModel):
    items: list[AccountOut]
    next: str | None


class Granted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    roles: list[str] = Field(max_length=20, description="该账户此后的全部角色。All roles it shall have.")


class Secret(BaseModel):
    """Shown once; only its hash is kept."""

    login: str
    secret: str


class AccessRecordOut(BaseModel):
    no: int
    at: datetime
    account: str | None
    what: str
    detail: dict[str, Any]


class AccessRecordPage(BaseModel):
    items: list[AccessRecordOut]
    next: str | None


@router.post(
    "/accounts",
    operation_id="makeAccount",
    openapi_extra=operation("account.create"),
    status_code=201,
    summary="建立账户",
)
def make_account(request: Request, desk: DeskIn, access: AccessIn, body: NewAccount) -> AccountOut:
    """建立账户，不含角色和口令。A new account: without roles and without a password."""
    needs(access, "account.create")
    people = desk.luoshi.handler.register()
    if body.official_id is not None and body.official_id not in people.officials:
        raise Problem(422, "official_id", "official_id: 名册中没有该人员。not in the register")
    if missing := [u for u in body.unit_ids if u not in people.units]:
        raise Problem(422, "unit_ids", f"unit_ids: 名册中没有 {missing[0]}。not in the register")
    made = _said(
        lambda: gate_of(request).add(
            body.login,
            by=access.principal.account,
            kind=body.kind,
            official_id=body.official_id,
            unit_ids=body.unit_ids,
            subject=body.subject,
        )
    )
    return _shown(made)


@router.get("/accounts", operation_id="listAccounts", openapi_extra=operation("account.read"), summary="账户")
def list_accounts(
    request: Request,
    access: AccessIn,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[str | None, Query(max_length=100)] = None,
) -> AccountPage:
    """账户清单，不含任何口令或令牌。Every account, in the order of logins; no secret of any."""
    needs(access, "account.read")
    every = sorted(gate_of(request).store.accounts(), key=lambda a: a.login)
    left = [a for a in every if after is None or a.login > after]
    return AccountPage(
        items=[_shown(a) for a in left[:limit]], next=left[limit - 1].login if len(left) > limit else None
    )


@router.put(
    "/accounts/{login}/roles",
    operation_id="grantRoles",
    openapi_extra=operation("role.grant"),
    summary="授予角色",
)
def grant_roles(request: Request, access: AccessIn, login: Login, body: Granted) -> AccountOut:
    """授予角色，替换原有角色。Exactly these roles; the account's sessions go on with them."""
    needs(access, "role.grant")
    gate, account = _other(request, access, login)
    if unknown := sorted(set(body.roles) - roles().keys()):
        raise Problem(422, "roles", f"roles: 没有角色 {unknown[0][:50]}。there is no such role")
    _said(lambda: gate.grant(account, body.roles, by=access.principal.account))
    return _shown(_found(gate, login))


@router.post(
    "/accounts/{login}/unlockings",
    operation_id="unlockAccount",
    openapi_extra=operation("account.unlock"),
    summary="解锁",
)
def unlock(request: Request, access: AccessIn, login: Login) -> AccountOut:
    """解除因口令错误造成的锁定。Lifts the lock that wrong passwords brought."""
    needs(access, "account.unlock")
    gate, account = _other(request, access, login)
    gate.unlock(account, by=access.principal.account)
    return _shown(_found(gate, login))


@router.post(
    "/accounts/{login}/resets",
    operation_id="resetPassword",
    openapi_extra=operation("account.unlock"),
    status_code=201,
    summary="发放初始口令",
)
def reset(request: Request, access: AccessIn, login: Login) -> Secret:
    """发放初始口令，仅显示一次；本人首次登录后须修改。A first password, shown once; its holder must change it."""
    needs(access, "account.unlock")
    gate, account = _other(request, access, login)
    return Secret(login=account.login, secret=_said(lambda: gate.reset(account, by=access.principal.account)))


@router.post(
    "/accounts/{login}/tokens",
    operation_id="giveToken",
    openapi_extra=operation("token.give"),
    status_code=201,
    summary="发放系统令牌",
)
def give_token(request: Request, access: AccessIn, login: Login) -> Secret:
    """为系统账户发放令牌，仅显示一次。A bearer token for a system, shown once."""
    needs(access, "token.give")
    gate, account = _other(request, access, login)
    given = _said(lambda: gate.give_token(account, account.login, by=access.principal.account))
    return Secret(login=account.login, secret=given)


@router.post(
    "/accounts/{login}/disablings",
    operation_id="disableAccount",
    openapi_extra=operation("account.disable"),
    summary="停用账户",
)
def disable(request: Request, access: AccessIn, login: Login) -> AccountOut:
    """停用账户，其会话和令牌随即失效。The account comes in no more; its sessions and tokens end."""
    needs(access, "account.disable")
    gate, account = _other(request, access, login)
    gate.disable(account, by=access.principal.account)
    return _shown(_found(gate, login))


@router.post(
    "/accounts/{login}/enablings",
    operation_id="enableAccount",
    openapi_extra=operation("account.unlock"),
    summary="恢复账户",
)
def enable(request: Request, access: AccessIn, login: Login) -> AccountOut:
    """恢复已停用的账户。The account may come in again."""
    needs(access, "account.unlock")
    gate, account = _other(request, access, login)
    gate.disable(account, by=access.principal.account, is_disabled=False)
    return _shown(_found(gate, login))


@router.get(
    "/access-records",
    operation_id="listAccessRecords",
    openapi_extra=operation("access_record.read"),
    summary="访问记录",
)
def access_records(
    request: Request,
    access: AccessIn,
    limit: Annotated[int, Query(ge=1, le=MAX_RECORDS)] = 100,
    after: Annotated[int | None, Query(ge=1, le=2**62, description="`next` of the page before.")] = None,
) -> AccessRecordPage:
    """访问记录，最新在前。Who came in, failed, was refused, was granted what: the newest first. Append-only."""
    needs(access, "access_record.read")
    found = gate_of(request).store.records(limit=limit + 1, before=after)
    items = [
        AccessRecordOut(no=r.record_id, at=r.at, account=r.account_id, what=r.what, detail=r.detail)
        for r in found[:limit]
    ]
    return AccessRecordPage(items=items, next=str(items[-1].no) if len(found) > limit else None)


def _found(gate: Gate, login: str) -> Account:
    account = gate.store.find(login=login.strip().lower())
    if account is None:
        raise Problem(404, "account_not_found", "没有该账户。there is no account of that login")
    return account


def _other(request: Request, access: Access, login: str) -> tuple[Gate, Account]:
    """That account, which must not be the caller's own: nobody gives themselves roles or passwords."""
    gate = gate_of(request)
    account = _found(gate, login)
    if account.account_id == access.principal.account:
        raise Problem(403, "own_account", "不得变更本人的账户，请由另一管理员办理。not of one's own account")
    return gate, account


def _said(do: Callable[[], T]) -> T:
    try:
        return do()
    except BadAccount as bad:
        raise Problem(422, "bad_account", str(bad)) from None
    except LoginTaken:
        raise Problem(409, "login_taken", "login: 登录名或外部身份已被使用。the login or identity is taken") from None


def _shown(account: Account) -> AccountOut:
    return AccountOut(
        account=account.account_id,
        login=account.login,
        kind=account.kind,
        official_id=account.official_id,
        unit_ids=list(account.unit_ids),
        roles=list(account.roles),
        has_outside_identity=account.subject is not None,
        is_disabled=account.is_disabled,
        must_change_password=account.must_change,
        locked_until=account.locked_until,
        made_at=account.made_at,
    )
