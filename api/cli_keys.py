"""
luoshi key: make, enrol, revoke, rotate and list keys; change the passphrase that protects them.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import date
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.output import show, trouble
from api.session import opened, settings
from app.codec import parse_moment
from app.keyholding import add_log_key, enrol, revoke, rotate, rotate_log
from app.keyring import key_name
from domain.case.errors import Refused
from ledger.errors import KeyUnreadable
from ledger.keys import Ed25519Signer, KeyFolder, read_key
from ledger.rotation import ROOT
from ledger.suites import suite_of
from ledger.vault import Vault

if TYPE_CHECKING:
    from datetime import datetime

    from app.settings import Settings
    from app.wiring import Luoshi
    from ledger.vkeys import Signer

key_app = typer.Typer(no_args_is_help=True, help="密钥: make, enrol, revoke, rotate, list.")

COLUMNS = ("name", "role", "holder", "suite", "custody", "valid_from", "valid_to", "revoked_at")


@key_app.command("list")
def list_command(form: Annotated[str, typer.Option("--format")] = "table") -> None:
    """Every key enrolled in the log: whose it is, of which suite, who keeps it, from when to when."""
    with opened() as luoshi:
        rows = _rows(luoshi)
        encrypted = luoshi.handler.keyring.is_encrypted()
    show(rows, [(c, c) for c in COLUMNS], form=form)
    _say_encrypted(encrypted)


@key_app.command("new")
def new_command(
    role: Annotated[str, typer.Option(help="official, system or log.")] = "official",
    suite: Annotated[str, typer.Option(help="ed25519; for a log's second signature sm2-sm3.")] = "ed25519",
    holder: Annotated[str, typer.Option(help="Id of the official, or name of the system.")] = "",
    custody: Annotated[str, typer.Option(help="ledger: kept here and enrolled. client: its holder's.")] = "ledger",
    out: Annotated[Path | None, typer.Option(help="client: a new file for the private key.")] = None,
    passphrase_file: Annotated[Path | None, typer.Option(help="client: encrypt the file with what this holds.")] = None,
) -> None:
    """Make a key. Prints its verifier key."""
    if role == "log":
        with opened() as luoshi:
            luoshi.keep_log_keys(
                add_log_key(luoshi.handler, luoshi.log_signers().keys, suite=suite, now=luoshi.clock())
            )
            luoshi.checkpoint()
            sys.stdout.write(f"{luoshi.log_signers().keys[-1].vkey}\n")
        return
    if suite != "ed25519":
        raise Refused("events are signed with ed25519; --suite belongs to --role log", field="suite")
    if role not in ("official", "system") or not holder:
        raise Refused("a key needs --role official or system, and --holder", field="role")
    if custody == "client":
        if out is None:
            raise Refused("a key that its holder keeps needs --out FILE", field="out")
        _write_client_key(f"{role}/{holder}", out, passphrase_file)
        return
    if custody != "ledger" or out is not None:
        raise Refused("--custody is ledger or client; --out belongs to client", field="custody")
    with opened() as luoshi:
        # Enrolled first in thought: an unknown holder leaves no key behind.
        if role == "official" and holder not in luoshi.handler.register().officials:
            raise Refused(f"{holder} is not in the register", field="holder")
        made = luoshi.handler.keyring.add(f"{role}/{holder}")
        enrol(luoshi.handler, made.vkey, role=role, holder=holder, custody="ledger", now=luoshi.clock())
        encrypted = luoshi.handler.keyring.is_encrypted()
    sys.stdout.write(f"{made.vkey}\n")
    _say_encrypted(encrypted)


@key_app.command("enrol")
def enrol_command(
    vkey: Annotated[str, typer.Option(help="The verifier key, as `luoshi key new` printed it.")],
    official: Annotated[str | None, typer.Option(help="Whose acts it signs: id of an official.")] = None,
    system: Annotated[str | None, typer.Option(help="Or the name of a system.")] = None,
    root: Annotated[bool, typer.Option("--root", help="Or the offline root key, which vouches for log keys.")] = False,
    valid_from: Annotated[str | None, typer.Option(help="First day. Today.")] = None,
    valid_to: Annotated[str | None, typer.Option(help="Last day. None: until it is revoked.")] = None,
) -> None:
    """Enrol a key whose private half its holder keeps."""
    said = [("official", official), ("system", system), ("log", ROOT if root else None)]
    named = [(role, holder) for role, holder in said if holder is not None]
    if len(named) != 1:
        raise Refused("say whose key it is: --official, --system or --root", field="official")
    [(role, holder)] = named
    with opened() as luoshi:
        known = enrol(
            luoshi.handler,
            vkey,
            role=role,
            holder=holder,
            custody="client",
            now=luoshi.clock(),
            valid_from=_day(valid_from, "valid-from"),
            valid_to=_day(valid_to, "valid-to"),
        )
    sys.stdout.write(f"enrolled {known.key_id} for {role} {holder}\n")


@key_app.command("revoke")
def revoke_command(
    what: Annotated[str, typer.Argument(help="A key id, or official/<id> or system/<name> for all its keys.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever reads the log.")],
    since: Annotated[str | None, typer.Option(help="RFC 3339: in other hands since then; acts are marked.")] = None,
) -> None:
    """End a key: nothing that it signs is recorded any more. What it signed before stays valid."""
    with opened() as luoshi:
        ended = revoke(luoshi.handler, what, reason=reason, now=luoshi.clock(), since=_moment(since))
    for key in ended:
        sys.stdout.write(f"revoked {key.key_id}\n")


@key_app.command("rotate")
def rotate_command(
    principal: Annotated[str, typer.Argument(help="official/<id>, system/<name>, or log.")],
    vkey: Annotated[str | None, typer.Option(help="The new key, if its holder keeps it.")] = None,
    keep_old: Annotated[bool, typer.Option("--keep-old", help="Do not destroy the old private key.")] = False,
    overlap: Annotated[int, typer.Option(min=0, help="log: for so many records both keys sign.")] = 1000,
    root_key: Annotated[Path | None, typer.Option(help="log: the offline root key's file.")] = None,
    root_name: Annotated[str, typer.Option(help="log: the root key's name.")] = "root",
    root_passphrase_file: Annotated[Path | None, typer.Option(help="log: opens the root key's file.")] = None,
) -> None:
    """Enrol a new key and revoke the old ones. Old private keys kept here are destroyed unless --keep-old."""
    if principal == "log":
        root = None
        if root_key is not None:
            secret = root_passphrase_file.read_bytes().rstrip(b"\r\n") if root_passphrase_file else None
            root = read_key(root_name, root_key.read_bytes(), secret)
        _rotate_log(overlap, root)
        return
    with opened() as luoshi:
        new, old = rotate(luoshi.handler, principal, now=luoshi.clock(), vkey=vkey, keep_old=keep_old)
    for key in old:
        sys.stdout.write(f"revoked {key.key_id}\n")
    sys.stdout.write(f"{new.vkey}\n")
    if old:
        trouble.print(
            "旧私钥已保留。old private keys are kept" if keep_old else "旧私钥已销毁。old private keys are destroyed"
        )


@key_app.command("passphrase")
def passphrase_command(
    new_file: Annotated[Path, typer.Option("--new-file", help="Holds the new passphrase; empty: none.")],
) -> None:
    """Encrypt every private key kept here with a new passphrase: all of them, or none if it is interrupted."""
    chosen = settings()
    new = new_file.read_bytes().rstrip(b"\r\n") or None
    others = [f for f in chosen.vault_folder.parent.glob("*/keys.db") if f.parent != chosen.vault_folder]
    if others:
        raise KeyUnreadable(
            f"{others[0].parent} is another log's and opens by the same passphrase: move it aside first"
        )
    # The vault first: if this is interrupted between the two, a second run finds it changed and goes on.
    if (chosen.vault_folder / "keys.db").exists():
        _change_vault(chosen, new)
    changed = KeyFolder(chosen.keys_folder, chosen.passphrase()).change_passphrase(new)
    sys.stdout.write(f"{changed} keys are {'encrypted with the new passphrase' if new else 'no longer encrypted'}\n")
    trouble.print(f"set LUOSHI_KEY_PASSPHRASE_FILE={new_file}" if new else "unset LUOSHI_KEY_PASSPHRASE_FILE")


def _change_vault(chosen: Settings, new: bytes | None) -> None:
    with closing(Vault(chosen.vault_folder, origin=chosen.origin, passphrase=chosen.passphrase())) as vault:
        try:
            vault.change_passphrase(new)
        except KeyUnreadable:
            with closing(Vault(chosen.vault_folder, origin=chosen.origin, passphrase=new)) as changed:
                changed.find([])  # opens, or says why not


def _rotate_log(overlap: int, root: Signer | None) -> None:
    with opened() as luoshi:
        keys = rotate_log(luoshi.handler, luoshi.log_signers().keys, overlap=overlap, now=luoshi.clock(), root=root)
        luoshi.keep_log_keys(keys)
        luoshi.checkpoint()
    for key in keys:
        until = "" if key.to_size is None else f" to {key.to_size}"
        sys.stdout.write(f"{key.vkey}  from size {key.from_size}{until}\n")
    trouble.print("请将新的策略文件分发给验证方。hand out a new policy; log/log-keys.json has the sizes")


def _rows(luoshi: Luoshi) -> list[dict[str, Any]]:
    register = luoshi.handler.register()
    rows: list[dict[str, Any]] = []
    for key in register.keys.values():
        revoked = register.revoked.get(key.key_id)
        rows.append(
            {
                "name": key.key_id,
                "role": key.role,
                "holder": key.holder,
                "custody": key.custody,
                "suite": suite_of(key.vkey),
                "vkey": key.vkey,
                "valid_from": key.valid_from.isoformat(),
                "valid_to": key.valid_to.isoformat() if key.valid_to is not None else None,
                "revoked": revoked is not None,
                "revoked_at": revoked.recorded_at.isoformat() if revoked else None,
                "doubted_since": revoked.effective_at.isoformat() if revoked and revoked.effective_at else None,
                "kept_here": luoshi.handler.keyring.has(key.key_id),
            }
        )
    return rows


def _write_client_key(principal: str, out: Path, passphrase_file: Path | None) -> None:
    passphrase = passphrase_file.read_bytes().rstrip(b"\r\n") if passphrase_file else b""
    made = Ed25519Signer.generate(key_name(principal))
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(made.to_pem(passphrase or None))
        file.flush()
        os.fsync(file.fileno())
    sys.stdout.write(f"{made.vkey}\n")
    _say_encrypted(bool(passphrase))


def _say_encrypted(encrypted: bool | None) -> None:
    if encrypted is not None:
        said = "私钥已加密保存。private keys are kept encrypted"
        trouble.print(said if encrypted else "私钥未加密保存。private keys are kept unencrypted")


def _day(text: str | None, name: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Refused(f"--{name} {text!r} is not a day like 2026-03-01", field=name) from None


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_moment(text)
    except ValueError:
        raise Refused(f"--since {text!r} is not an RFC 3339 moment with an offset", field="since") from None
