"""
The verifier in a stranger's hands: one evidence file and his own trust, no network, no database, no library needed.

    python3 luoshi-verify.pyz receipt FILE --trust POLICY [--proof FILE --leaf FILE] [--checkpoint FILE]...
    python3 luoshi-verify.pyz FILE.evidence.zip [--trust POLICY | --vkey VKEY] [--tsa-roots PEM] [--json] [--lang zh|en]

Exit 0 verified; 1 consistent, or refused; 2 could not try. `luoshi verify FILE` says so too.
tests/evidence/test_pyz.py.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import codec
from app.evidence.conclude import conclude
from app.evidence.sentences import LIMITS, concluded, document, erasures
from app.plain import plain
from domain.people.streams import CALENDARS, PACKS
from ledger.errors import LedgerError
from ledger.evidence.archive import MAX_ARCHIVE
from ledger.evidence.report import SOUNDNESS, VERDICTS
from ledger.evidence.verify import verify_evidence
from ledger.proof import MAX_PROOF, parse_proof
from ledger.receipt import judge, open_receipt
from ledger.timestamp import check_token
from ledger.trust import MAX_BYTES, load_trust, trust_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.envelope import Payload
    from ledger.evidence.bundle import Bundle
    from ledger.evidence.report import EvidenceReport, Proved
    from ledger.trust import Trust

COULD_NOT_TRY = 2
RECEIPTS = {"honoured": "已按承诺公布", "broken": "违背承诺", "undecided": "尚不能判断"}
MARKS = {True: "[ok]", False: "[NO]", None: "[--]"}


class CouldNotTry(Exception):  # noqa: N818 - the exit code's name
    """Nothing was verified: there is no such file, or the trust is none."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify and print. Whatever the file holds, there is a report or one line of trouble."""
    for stream in (sys.stdout, sys.stderr):
        # A console of another encoding must not turn a verdict into a traceback.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    given = sys.argv[1:] if arguments is None else list(arguments)
    is_receipt = given[:1] == ["receipt"]
    asked = _receipt_parser().parse_args(given[1:]) if is_receipt else _parser().parse_args(given)
    try:
        if is_receipt:
            return _judge(asked)
        report = verify_file(asked.file, trust=asked.trust, vkey=asked.vkey, tsa_roots=asked.tsa_roots)
        sys.stdout.write(as_text(report, as_json=asked.json, lang=asked.lang))
    except CouldNotTry as error:
        sys.stderr.write(f"luoshi-verify: {plain(str(error))}\n")
        return COULD_NOT_TRY
    except Exception as error:  # noqa: BLE001 - a bug here is no verdict, and a court reads no traceback
        sys.stderr.write(f"luoshi-verify: {plain(f'{type(error).__name__}: {error}'[:300])}\n")
        return COULD_NOT_TRY
    return report.exit_code


def verify_file(
    file: Path, *, trust: Path | None = None, vkey: str | None = None, tsa_roots: Path | None = None
) -> EvidenceReport:
    """Verify a file under a policy file (with its sidecar), or a pasted verifier key, or nothing. CouldNotTry."""
    if trust is not None and vkey is not None:
        raise CouldNotTry("--trust or --vkey, not both")
    try:
        given = _trust(trust, vkey)
    except LedgerError as error:
        raise CouldNotTry(f"{trust or '--vkey'}: {error}") from None
    roots = None if tsa_roots is None else _read(tsa_roots, MAX_BYTES)
    # One byte more than the limit: the verifier says that it is too long.
    data = _read(file, MAX_ARCHIVE + 1)
    return verify_evidence(data, given, conclude=derive, tsa_roots=roots, check_token=check_token)


def derive(bundle: Bundle, events: Sequence[Proved]) -> dict[str, Any]:
    """The answer that follows from the file's events, by the code that answers online."""
    recorded = [codec.recorded(e.payload, log_index=e.index, key_id=e.key_id) for e in events]
    streams = [proved.stream for proved in bundle.streams]
    return conclude(bundle.kind, bundle.question, recorded, streams=streams, log_size=bundle.leaves[-1].index + 1)


def _judge(asked: argparse.Namespace) -> int:
    """What became of a receipt's promise: 0 honoured, 1 broken, 2 undecided."""
    if (asked.proof is None) != (asked.leaf is None):
        raise CouldNotTry("a proof and its leaf go together: --proof, --leaf")
    try:
        trust = _trust(asked.trust, None)
        if trust is None:
            raise CouldNotTry("a receipt is judged under a trust: --trust")
        receipt = open_receipt(_read(asked.receipt, MAX_PROOF + 1), trust)
        shown = []
        if asked.proof is not None:
            shown.append((parse_proof(_read(asked.proof, MAX_PROOF + 1)), _read(asked.leaf, MAX_PROOF + 1)))
        verdict = judge(
            receipt, trust, proofs=shown, checkpoints=[_read(x, MAX_PROOF + 1) for x in asked.checkpoint or ()]
        )
    except LedgerError as error:
        raise CouldNotTry(str(error)) from None
    zh = RECEIPTS[verdict.outcome]
    by = receipt.publish_by.isoformat()
    sys.stdout.write(f"{plain(f'{receipt.origin}  {receipt.index}  {receipt.stream}  {by}')}\n")
    sys.stdout.write(f"{zh}    {verdict.outcome}: {plain(verdict.why)}\n")
    return {"honoured": 0, "broken": 1}.get(verdict.outcome, COULD_NOT_TRY)


def printed(report: EvidenceReport, *, lang: str) -> Iterator[str]:
    """The steps, the verdict, what silence is worth, then the conclusion: Chinese first, or English."""
    chosen = 0 if lang == "zh" else 1
    for step in report.steps:
        yield f"{MARKS[step.ok]} {step.number}  {(step.zh, step.en)[chosen]}"
    failed = report.failed
    where = "" if failed is None else (f"（第 {failed.number} 步不成立）", f" (step {failed.number})")[chosen]
    yield ""
    yield f"{VERDICTS[report.verdict][chosen]}{where}    {VERDICTS[report.verdict][1 - chosen]}"
    if report.verdict == "refused" or report.bundle is None:
        return
    yield SOUNDNESS[report.soundness][chosen]
    bundle = report.bundle
    yield ""
    yield ("结论", "Conclusion")[chosen] + f"  {bundle.question['stream']}  {bundle.question['as_of']}"
    for said in concluded(bundle):
        yield f"  {(said.zh, said.en)[chosen]}"
    if law := [_adopted(event.payload) for event in report.events if event.payload.stream in (PACKS, CALENDARS)]:
        yield ("检查点时的全部规则包与放假安排", "All rule packs and calendars at this checkpoint")[chosen] + (
            f"  {', '.join(dict.fromkeys(law))}"
        )
    if report.documents:
        yield ("所附文件", "Documents enclosed")[chosen]
    for each in report.documents:
        said = document(each)
        yield f"  {(said.zh, said.en)[chosen]}"
    for said in erasures(bundle, report.events):
        yield f"  {(said.zh, said.en)[chosen]}"
    cited = sorted({index for duty in bundle.answer["duties"] for index in _cited(duty)})
    topics = {event.index: event for event in report.events}
    if cited:
        yield ("所依据的记录", "Records cited")[chosen]
    for index in cited:
        payload = topics[index].payload
        yield f"  {index}  {payload.stream}  {payload.topic}  {payload.occurred_at}"
    yield ""
    yield ("本文件不能证明的", "What no such file proves")[chosen]
    for limit in LIMITS:
        yield f"  - {(limit.zh, limit.en)[chosen]}"


def _adopted(payload: Payload) -> str:
    body = payload.body
    names = ("pack_id", "version") if payload.stream == PACKS else ("calendar_id", "year")
    return " ".join(str(body.get(name)) for name in names)


def _cited(duty: dict[str, Any]) -> list[int]:
    return [row["log_index"] for row in duty["evidence"]]


def as_text(report: EvidenceReport, *, as_json: bool, lang: str) -> str:
    """The whole report: for people, or for programs."""
    if as_json:
        # Escaped, so that no console can be led astray by what a file says.
        return json.dumps(report.to_json(), indent=1) + "\n"
    return "".join(f"{plain(line)}\n" for line in printed(report, lang=lang))


def _trust(trust: Path | None, vkey: str | None) -> Trust | None:
    if vkey is not None:
        return trust_key(vkey.strip())
    if trust is None:
        return None
    sidecar = trust.with_name(trust.name + ".json")
    extension = _read(sidecar, MAX_BYTES + 1) if sidecar.exists() else None
    return load_trust(_read(trust, MAX_BYTES + 1), extension)


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CouldNotTry(f"{path}: {reason}") from None


def _receipt_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="luoshi-verify receipt",
        description="回执的承诺是否兑现 whether the log kept a receipt's promise",
        epilog="退出码 exit code: 0 兑现 honoured, 1 违背 broken, 2 不能判断 undecided",
    )
    parser.add_argument("receipt", type=Path)
    parser.add_argument("--trust", type=Path, metavar="POLICY", required=True)
    parser.add_argument("--proof", type=Path, metavar="FILE.tlog-proof", help="该序号的记录证明 of the record there")
    parser.add_argument("--leaf", type=Path, help="所证明的记录 the record it proves")
    parser.add_argument("--checkpoint", type=Path, action="append", help="带联署的检查点 with its cosignatures")
    return parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="luoshi-verify",
        description="核验一份证据文件 verify an evidence file",
        epilog="退出码 exit code: 0 通过 verified, 1 未通过 not verified, 2 无法核验 could not try",
    )
    parser.add_argument("file", type=Path, metavar="FILE.evidence.zip")
    parser.add_argument("--trust", type=Path, metavar="POLICY", help="信任策略 whom you trust (c2sp.org/tlog-policy)")
    parser.add_argument("--vkey", help="日志公钥 the log's verifier key, instead of a policy")
    parser.add_argument("--tsa-roots", type=Path, metavar="PEM", help="时间戳机构根证书 time stamp authorities' roots")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出 the same as JSON")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="语言 language")
    return parser
