"""
luoshi user: accounts, their roles, passwords and tokens, and who came in.

Whoever may run this holds the password of the service: what they do stands in the record of access as the machine's.
"""

from __future__ import annotations

import getpass
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.output import show, trouble
from api.session import COULD_NOT_TRY, SAYS_NO, opened
from app.access.policy import roles
from app.accounts.gate import BadAccount
from app.accounts.passwords import WeakPassword
from app.accounts.store import LoginTaken
from app.establish import enrol_system

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.accounts.gate import Gate
    from app.accounts.store import Account
    from app.wiring import Luoshi

user_app = typer.Typer(no_args_is_help=True, help="账户: accounts, roles, tokens, who came in.")

Form = Annotated[str, typer.Option("--format", help="table, json, csv or xlsx.")]
FromFile = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
MACHINE = "machine"


@contextmanager
def _gate() -> Iterator[tuple[Luoshi, Gate]]:
    with opened() as luoshi:
        gate = luoshi.gate()
        with closing(gate.store):
            try:
                yield luoshi, gate
            except (BadAccount, WeakPassword) as bad:
                trouble.print(str(bad), markup=False, soft_wrap=True)
                raise typer.Exit(COULD_NOT_TRY) from None
            except LoginTaken as taken:
                trouble.print(f"login: {taken} 已被使用。is taken", markup=False, soft_wrap=True)
                raise typer.Exit(COULD_NOT_TRY) from None


def _known(gate: Gate, login: str) -> Account:
    account = gate.store.find(login=login.strip().lower())
    if account is None:
        trouble.print(f"login: 没有账户 {login}。there is no account of that login", markup=False)
        raise typer.Exit(SAYS_NO)
    return account


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("口令 password: ")
    if getpass.getpass("再次输入 again: ") != first:
        raise BadAccount("两次输入不同。the two are not the same")
    return first


@user_app.command("add")
def add_command(
    login: str,
    official: Annotated[str | None, typer.Option(help="Id of the official in the register.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="A role; may be given several times.")] = None,
    system: Annotated[bool, typer.Option("--system", help="An account of a connected system: a token.")] = False,
    unit: Annotated[list[str] | None, typer.Option(help="Units a system speaks for.")] = None,
    subject: Annotated[str | None, typer.Option(help="Outside identity: ISSUER|SUBJECT.")] = None,
    password_stdin: FromFile = False,
    no_password: Annotated[bool, typer.Option("--no-password", help="Only by outside identity.")] = False,
) -> None:
    """A new account. For a system it enrols a key and prints the token, once."""
    with _gate() as (luoshi, gate):
        people = luoshi.handler.register()
        for name, given, known in (
            ("official", [official] if official else [], people.officials),
            ("unit", unit or [], people.units),
        ):
            if missing := [x for x in given if x not in known]:
                raise BadAccount(f"{name}: 名册中没有 {missing[0]}。not in the register")
        kind = "system" if system else "person"
        password = None if system or no_password else _password(password_stdin)
        account = gate.add(
            login,
            by=MACHINE,
            kind=kind,
            password=password,
            official_id=official,
            unit_ids=unit or (),
            granted=role or (),
            subject=subject,
        )
        if system:
            enrol_system(luoshi.handler, account.account_id, now=luoshi.clock())
            typer.echo(gate.give_token(account, account.login, by=MACHINE))


@user_app.command("list")
def list_command(form: Form = "table") -> None:
    """Every account, without its secrets."""
    with _gate() as (_, gate):
        rows: list[dict[str, Any]] = [
            {
                "login": a.login,
                "kind": a.kind,
                "official": a.official_id,
                "roles": ", ".join(a.roles),
                "disabled": a.is_disabled,
                "locked_until": a.locked_until.isoformat() if a.locked_until else None,
            }
            for a in gate.store.accounts()
        ]
    show(rows, [(c, c) for c in ("login", "kind", "official", "roles", "disabled", "locked_until")], form=form)


@user_app.command("roles")
def roles_command(form: Form = "table") -> None:
    """The roles there are, and how far each sees."""
    rows = [{"role": r.name, "zh": r.zh, "en": r.en, "reach": r.reach} for r in roles().values()]
    show(rows, [(c, c) for c in ("role", "zh", "en", "reach")], form=form)


@user_app.command("grant")
def grant_command(login: str, role: Annotated[list[str], typer.Option(help="All roles it shall have.")]) -> None:
    """Give an account exactly these roles."""
    with _gate() as (_, gate):
        gate.grant(_known(gate, login), role, by=MACHINE)


@user_app.command("password")
def password_command(login: str, password_stdin: FromFile = False) -> None:
    """A new password. Every session of the account ends."""
    with _gate() as (_, gate):
        gate.set_password(_known(gate, login), _password(password_stdin), by=MACHINE)


@user_app.command("disable")
def disable_command(login: str) -> None:
    """The account comes in no more; its sessions and tokens end."""
    with _gate() as (_, gate):
        gate.disable(_known(gate, login), by=MACHINE)


@user_app.command("enable")
def enable_command(login: str) -> None:
    """The account may come in again; a lock is lifted."""
    with _gate() as (_, gate):
        gate.disable(_known(gate, login), by=MACHINE, is_disabled=False)


@user_app.command("token")
def token_command(login: str, name: Annotated[str, typer.Option(help="What it is for.")] = "") -> None:
    """A further token for a system. Printed once."""
    with _gate() as (_, gate):
        account = _known(gate, login)
        typer.echo(gate.give_token(account, name or account.login, by=MACHINE))


@user_app.command("record")
def record_command(limit: Annotated[int, typer.Option(min=1, max=1000)] = 50, form: Form = "table") -> None:
    """Who came in, failed, was locked out or changed: the newest first."""
    with _gate() as (_, gate):
        logins = {a.account_id: a.login for a in gate.store.accounts()}
        rows = [
            {
                "no": r.record_id,
                "at": r.at.isoformat(),
                "login": logins.get(r.account_id or "", r.account_id),
                "what": r.what,
                "detail": ", ".join(f"{k}={v}" for k, v in sorted(r.detail.items())),
            }
            for r in gate.store.records(limit=limit)
        ]
    show(rows, [(c, c) for c in ("no", "at", "login", "what", "detail")], form=form)
