"""
The custody sheet and the README of an evidence file: for people, on paper. Nothing in them is believed by a verifier.

Everything comes from the bundle, what it was made from, and the one who asked. tests/app/evidence/test_custody.py.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app import words
from app.evidence.sentences import LIMITS, asked, concluded, erasures
from app.handle import read
from app.plain import plain as printed
from ledger.cosignature import SIGNATURE_BYTES
from ledger.envelope import open_leaf, parse_payload
from ledger.evidence.documents import check_documents
from ledger.evidence.report import Proved
from ledger.merkle import leaf_hash
from ledger.note import split_note
from ledger.store.contract import Stored

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from app.evidence.gather import Gathered
    from ledger.evidence.bundle import ProvedLeaf
    from ledger.note import NoteSignature

ROLES = {"case": "案件", "filed": "单位填报", "people": "单位、岗位、人员", "law": "规则包、放假安排", "keys": "密钥"}
CUSTODIANS = {"ledger": "日志方代管", "client": "本人保管"}
SIGNATURE_ROWS = 4  # hand-overs that fit on the sheet
COSIGNATURE_BYTES = frozenset(8 + n for n in SIGNATURE_BYTES.values())


def _finalized(value: Any) -> Any:
    """What a template prints: names are others' words, and turn no line, neither on paper nor on a screen."""
    return printed(value) if type(value) is str else value


templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    finalize=_finalized,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# README.txt is no HTML: a name with an ampersand stays as it is.
plain = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=False,  # noqa: S701 - plain text, see above
    finalize=_finalized,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def custody_sheet(
    gathered: Gathered,
    *,
    files: Mapping[str, bytes],
    holder: str | None,
    now: datetime,
    zone: ZoneInfo,
) -> bytes:
    """
    The sheet as one HTML file. `files` are those of the bag by their paths, the sheet itself excepted; `holder` says
    for whom and what for.
    """
    return templates.get_template("custody.html").render(**_context(gathered, files, holder, now, zone)).encode()


def readme(gathered: Gathered, *, now: datetime, zone: ZoneInfo) -> bytes:
    """README.txt, Chinese and English."""
    return plain.get_template("README.txt").render(**_context(gathered, {}, None, now, zone)).encode()


def _context(
    gathered: Gathered, files: Mapping[str, bytes], holder: str | None, now: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    bundle, head = gathered.bundle, gathered.head
    leaves = {leaf.index: leaf for leaf in bundle.leaves}
    own = bundle.own
    events = [_event(leaves[i], gathered, zone) for i in own]
    others = [_event(leaves[i], gathered, zone) for s in bundle.streams for i in s.indexes if i not in own]
    recorded = [e["recorded_at"] for e in events + others]
    proved = [_proved(leaves[i]) for i in own]
    return {
        "bundle": bundle,
        "is_case": bundle.streams[0].role == "case",
        "head": head,
        "asked": asked(bundle),
        "concluded": concluded(bundle),
        "limits": LIMITS,
        "holder": holder,
        "made_at": _moment(now, zone),
        "zone": zone.key,
        "events": events,
        "others": sorted(others, key=lambda e: e["index"]),
        "newest": max(recorded) if recorded else None,
        "streams": [_stream(s.stream, s.role, s.indexes) for s in bundle.streams],
        "lines": [_line(s, zone) for s in split_note(bundle.note)[1]],
        "custodians": _custodians(gathered),
        "digests": [(name, hashlib.sha256(files[name]).hexdigest()) for name in sorted(files) if _matters(name)],
        "uncounted": sum(not _matters(name) for name in files),
        "rows": range(SIGNATURE_ROWS),
        "disclosed": sum(len(d) for d in bundle.disclosures.values()),
        "sealed": sum(e["sealed"] for e in events),
        "documents": check_documents(bundle, proved),
        "gone": erasures(bundle, proved),
    }


def _event(leaf: ProvedLeaf, gathered: Gathered, zone: ZoneInfo) -> dict[str, Any]:
    payload = parse_payload(open_leaf(leaf.leaf).payload)
    recorded = read(Stored(leaf.index, payload.stream, payload.version, payload.topic, payload.command_id, leaf.leaf))
    actor, names = recorded.actor, gathered.law.people.officials
    return {
        "index": leaf.index,
        "stream": payload.stream,
        "topic": payload.topic,
        "what": words.act(payload.topic)[0],
        "occurred_at": _moment(recorded.occurred_at, zone),
        "recorded_at": _moment(recorded.recorded_at, zone),
        "actor": actor.official_id or f"系统 {actor.system}",
        "actor_name": names.get(actor.official_id or ""),
        "acting_for": actor.acting_for,
        "imported": recorded.imported,
        "hash": leaf_hash(leaf.leaf).hex(),
        "sealed": len(payload.sd),
        "disclosed": len(gathered.bundle.disclosures.get(leaf.index, ())),
    }


def _proved(leaf: ProvedLeaf) -> Proved:
    envelope = open_leaf(leaf.leaf)
    return Proved(leaf.index, parse_payload(envelope.payload), envelope.key_id)


def _stream(name: str, role: str, indexes: tuple[int, ...]) -> dict[str, Any]:
    return {"stream": name, "role": ROLES[role], "count": len(indexes), "indexes": "、".join(map(str, indexes))}


def _line(signature: NoteSignature, zone: ZoneInfo) -> dict[str, Any]:
    """A signature line as it calls itself; whether it holds, the verifier says."""
    is_cosignature = len(signature.signature) in COSIGNATURE_BYTES
    seconds = int.from_bytes(signature.signature[:8], "big") if is_cosignature else 0
    try:
        at = _moment(datetime.fromtimestamp(seconds, UTC), zone) if seconds else None
    except (OverflowError, ValueError, OSError):
        at = None
    return {"key_id": signature.key_id, "kind": "联署" if is_cosignature else "签名", "at": at}


def _custodians(gathered: Gathered) -> list[tuple[str, int]]:
    """How many of the keys that signed are kept by whom."""
    keys = gathered.law.people.keys
    signers = {open_leaf(leaf.leaf).key_id for leaf in gathered.bundle.leaves[:-1]}
    kept = [keys[key_id].custody for key_id in signers]
    return [(CUSTODIANS.get(custody, custody), kept.count(custody)) for custody in sorted(set(kept))]


def _matters(name: str) -> bool:
    """Records and proofs are many, and each is held by the checkpoint; the bag's own files change with this sheet."""
    proofs = ("data/leaves/", "data/proofs/", "data/streams/")
    return not name.startswith((*proofs, "bag", "manifest-", "tagmanifest-"))


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
