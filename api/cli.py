"""
luoshi: the command line. Parses, opens the log, asks or records, prints; no rule lives here.

Exit 0 done; 1 done, and the answer is "no" (the log does not verify, rows were rejected); 2 could not try.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import psycopg
import typer
from pydantic import ValidationError

from api import (
    cli_audit,
    cli_backup,
    cli_demo,
    cli_evidence,
    cli_export,
    cli_finding,
    cli_import,
    cli_keys,
    cli_log,
    cli_lookup,
    cli_mirror,
    cli_office,
    cli_openapi,
    cli_papers,
    cli_people,
    cli_projections,
    cli_receipt,
    cli_reports,
    cli_rules,
    cli_sealed,
    cli_users,
    cli_witness,
)
from api.output import BadFormat, show, trouble
from api.session import COULD_NOT_TRY, SAYS_NO, opened, settings
from app.embedded import EmbeddedError
from app.evidence.offline import CouldNotTry, as_text, verify_file
from app.keyholding import doubted
from app.questions import UnknownCase
from app.wiring import NotEstablished, init_luoshi, migrate_luoshi, vkey_file
from domain.case.errors import Refused
from ledger.errors import LedgerError
from ledger.store.contract import whole_log
from ledger.store.migrate import migrations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.verify import Report

app = typer.Typer(
    name="luoshi",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="落实: 不可篡改的信访案件账本。A case ledger nobody can edit, and who failed to implement what.",
)
config_app = typer.Typer(no_args_is_help=True, help="What the environment says.")
db_app = typer.Typer(no_args_is_help=True, help="The database's schema.")
calendar_app = typer.Typer(no_args_is_help=True, help="Holiday notices in force.")
for name, sub in (
    ("audit", cli_audit.audit_app),
    ("case", cli_audit.case_app),
    ("projections", cli_projections.app),
    ("witness", cli_witness.app),
    ("evidence", cli_evidence.evidence_app),
    ("export", cli_export.export_app),
    ("log", cli_log.log_app),
    ("rules", cli_rules.rules_app),
    ("office", cli_office.office_app),
    ("finding", cli_finding.finding_app),
    ("backup", cli_backup.app),
    ("receipt", cli_receipt.app),
    ("paper", cli_papers.paper_app),
    ("key", cli_keys.key_app),
    ("user", cli_users.user_app),
    ("people", cli_people.people_app),
    ("config", config_app),
    ("db", db_app),
    ("calendar", calendar_app),
):
    app.add_typer(sub, name=name)
app.command("import")(cli_import.import_command)
app.command("import-template")(cli_import.template_command)
cli_audit.case_app.command("attach")(cli_sealed.attach_command)
cli_audit.case_app.command("open-attachment")(cli_sealed.open_attachment_command)
cli_audit.case_app.command("accuse")(cli_sealed.accuse_command)
cli_audit.case_app.command("code")(cli_lookup.code_command)
app.command("erase")(cli_sealed.erase_command)
cli_audit.case_app.command("repeats")(cli_sealed.repeats_command)
cli_audit.case_app.command("open-sealed")(cli_sealed.open_sealed_command)
cli_audit.audit_app.command("report")(cli_reports.report_command)
cli_audit.audit_app.command("recompute")(cli_reports.recompute_command)
app.command("demo")(cli_demo.demo_command)
app.command("mirror")(cli_mirror.mirror_command)
app.command("openapi")(cli_openapi.openapi_command)
app.command("serve")(cli_projections.serve_command)


@app.command("init")
def init_command(
    administrator: Annotated[str, typer.Option(help="Id of the first administrator.")] = "admin",
) -> None:
    """First run: schema, log key, first administrator, the law and the calendars. Running it again changes nothing."""
    chosen = settings()
    with init_luoshi(chosen, administrator=administrator) as luoshi:
        size = luoshi.store.size()
    sys.stdout.write(f"log {chosen.origin} is ready under {chosen.home} ({size} events)\n")
    sys.stdout.write(f"log key: {vkey_file(chosen).read_text(encoding='utf-8')}")
    if chosen.passphrase() is None:
        trouble.print("密钥未加密保存。keys are kept unencrypted: `luoshi key passphrase --new-file FILE` changes that")


@app.command("verify")
def verify_command(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE.evidence.zip]", help="Instead of the log.")] = None,
    trust: Annotated[Path | None, typer.Option("--trust", metavar="POLICY", help="Whom you trust.")] = None,
    vkey: Annotated[str | None, typer.Option("--vkey", help="The log's verifier key, instead of a policy.")] = None,
    tsa_roots: Annotated[Path | None, typer.Option("--tsa-roots", metavar="PEM", help="For time stamps.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts as JSON.")] = False,
) -> None:
    """
    Walk the whole log in numbered steps: signatures, chains, indexes, tree, checkpoint. Or check an evidence file.

    核验整个日志，或一份证据文件。Trust never comes from the file: without it the best is "consistent, signer unknown".
    """
    if file is not None:
        _verify_file(file, trust, vkey, tsa_roots, as_json=as_json)
    if trust is not None or vkey is not None or tsa_roots is not None:
        raise typer.BadParameter("they belong to an evidence file", param_hint="--trust / --vkey / --tsa-roots")
    with opened() as luoshi:
        report = luoshi.verify()
        # What stands, but was signed with a key that may have been in other hands by then.
        in_doubt = doubted(luoshi.store, luoshi.handler.register()) if report.ok else {}
    if as_json:
        found = _as_json(report) | {"doubted": in_doubt}
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    else:
        for step in report.steps:
            mark = {True: "ok  ", False: "FAIL", None: "--  "}[step.ok]
            sys.stdout.write(f"{mark}  {step.number}  {step.text}\n")
        for key_id, indexes in in_doubt.items():
            shown = ", ".join(map(str, indexes[:20])) + (", ..." if len(indexes) > 20 else "")
            sys.stdout.write(f"note     {len(indexes)} records signed by {key_id} since it is in doubt: {shown}\n")
        closing = "verified" if report.ok else "not verified. Nothing in this log should be relied on."
        sys.stdout.write(f"{closing}\n")
    if not report.ok:
        raise typer.Exit(SAYS_NO)


def _verify_file(
    file: Path, trust: Path | None, vkey: str | None, tsa_roots: Path | None, *, as_json: bool
) -> NoReturn:
    try:
        report = verify_file(file, trust=trust, vkey=vkey, tsa_roots=tsa_roots)
    except CouldNotTry as error:
        trouble.print(f"luoshi: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(COULD_NOT_TRY) from None
    sys.stdout.write(as_text(report, as_json=as_json, lang="zh"))
    raise typer.Exit(report.exit_code)


def _as_json(report: Report) -> dict[str, Any]:
    failure = report.failure
    return {
        "verified": report.ok,
        "steps": [{"number": s.number, "ok": s.ok, "text": s.text} for s in report.steps],
        "failure": None
        if failure is None
        else {"step": failure.step, "log_index": failure.log_index, "message": str(failure)},
        "size": report.size,
        "checkpoint_size": report.checkpoint_size,
        "beyond_checkpoint": report.beyond,
    }


@app.command("fsck")
def fsck_command(
    remove_unused: Annotated[
        bool, typer.Option("--remove-unused", help="Remove attachments that no event needs.")
    ] = False,
) -> None:
    """Re-derive everything from stored bytes: verify the log, read every published file, rebuild every view."""
    verify_command(as_json=False)
    cli_log.check_files()
    cli_projections.check_views()
    cli_sealed.check_attachments(remove_unused=remove_unused)


@calendar_app.command("show")
def calendar_command(form: Annotated[str, typer.Option("--format")] = "table") -> None:
    """Holiday notices in force: year, publication, days off, make-up days."""
    with opened() as luoshi:
        notices = luoshi.questions().law().calendar.notices
    rows = [
        {
            "year": n.year,
            "published_on": n.published_on.isoformat(),
            "source": n.source,
            "days_off": sorted(d.isoformat() for d in n.days_off),
            "make_up_days": sorted(d.isoformat() for d in n.make_up_days),
        }
        for n in notices
    ]
    show(
        rows,
        [("year", "年度"), ("published_on", "公布日"), ("source", "文号"), ("make_up_days", "调休上班")],
        form=form,
    )


@config_app.command("show")
def config_command(form: Annotated[str, typer.Option("--format")] = "table") -> None:
    """Every setting and where it leads. Secrets are only named."""
    rows = [{"name": name, "value": value} for name, value in settings().shown().items()]
    show(rows, [("name", "变量"), ("value", "值")], form=form)


@db_app.command("migrate")
def migrate_command() -> None:
    """Bring the schema up to date; values that an older version kept in clear are sealed."""
    applied = migrate_luoshi(settings())
    sys.stdout.write(("applied " + ", ".join(applied) if applied else "nothing to do") + "\n")


@db_app.command("status")
def status_command() -> None:
    """The schema's migrations and the size of the log."""
    with opened() as luoshi:
        size = luoshi.store.size()
        counted = sum(1 for _ in whole_log(luoshi.store))
    sys.stdout.write(f"{len(migrations())} migrations known; log has {counted} events (head says {size})\n")


def _setting(error: Mapping[str, Any]) -> str:
    """What is wrong with one setting, and which."""
    said = str(error["msg"]).removeprefix("Value error, ")
    return said if said.startswith("LUOSHI_") else f"LUOSHI_{'.'.join(map(str, error['loc'])).upper()}: {said}"


def main() -> None:
    """The console script: turns what can go wrong into one line and an exit code."""
    try:
        code = app(standalone_mode=False)  # gives back the code of a typer.Exit
    except typer.Abort:
        trouble.print("stopped")
        sys.exit(COULD_NOT_TRY)
    except ValidationError as error:
        trouble.print("; ".join(_setting(e) for e in error.errors()), markup=False, soft_wrap=True)
        sys.exit(COULD_NOT_TRY)
    except (
        BadFormat,
        EmbeddedError,
        LedgerError,
        LookupError,
        NotEstablished,
        OSError,
        Refused,
        UnknownCase,
        ValueError,
        psycopg.Error,
    ) as error:
        trouble.print(f"luoshi: {error}", markup=False, soft_wrap=True)
        sys.exit(COULD_NOT_TRY)
    except Exception as error:
        if type(error).__module__.startswith(("click", "typer")) and hasattr(error, "exit_code"):
            error.show()  # type: ignore[attr-defined]  # a usage error of the command line's own
            sys.exit(COULD_NOT_TRY)
        raise
    sys.exit(code if isinstance(code, int) else 0)
