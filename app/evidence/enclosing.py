"""
What the holder of an evidence file may see of a case: sealed fields, attachments with their files, papers.

Every reading of a sealed value is on record before the value leaves this module, and refused to whom the case excludes
(app/unseal.py). Whether what is enclosed is what the records commit to, the verifier says. tests/evidence/
test_documents.py, tests/api/test_evidence.py.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from app.attachments import open_attachment
from app.handle import read
from app.sealed import open_disclosures
from app.unseal import open_sealed
from domain.case import events as e
from domain.case.errors import Refused
from ledger.attachment import FIELD
from ledger.disclosure import digest
from ledger.envelope import open_leaf, parse_payload
from ledger.evidence.documents import texts
from ledger.evidence.files import MAX_DOCUMENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from app.attachments import Objects
    from app.handle import Handler
    from app.sealed import Field
    from domain.recorded import Actor
    from ledger.store.contract import Store
    from ledger.store.sealed import SealedStore

ALL = "all"
DIGEST = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class Shown:
    """In the form of `ledger.evidence.bundle.Bundle`; `gone` are attachments asked for whose text was erased."""

    disclosures: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict)
    enclosed: Mapping[int, str] = field(default_factory=dict)
    gone: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment of the case, as its records say. `erased`: by which record and order its text is gone."""

    log_index: int
    version: int
    sealed_object: str
    size: int
    erased: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads, for which unit, on what ground; `day` is the civil day of it."""

    reader: Actor
    unit_id: str
    ground: str
    ground_text: str
    day: date


def attachments(store: SealedStore, stream: str) -> list[Attached]:
    """Every attachment of the case, in the order of its records."""
    orders: dict[str, tuple[int, str]] = {}
    added: list[tuple[Attached, tuple[str, ...]]] = []
    for stored in store.read_stream(stream):
        recorded = read(stored)
        match recorded.event:
            case e.AttachmentAdded(sealed_object=kept, size=size):
                sd = parse_payload(open_leaf(stored.leaf).payload).sd
                added.append((Attached(stored.log_index, stored.version, kept, size, None), sd))
            case e.SealedFieldErased(digests=digests, order_no=order):
                orders |= {each: (stored.log_index, order) for each in digests if each not in orders}
            case _:
                pass
    return [replace(a, erased=next((orders[each] for each in sd if each in orders), None)) for a, sd in added]


def show(
    handler: Handler,
    store: SealedStore,
    objects: Objects,
    stream: str,
    reading: Reading,
    *,
    fields: Sequence[str] = (),
    documents: Sequence[str] = (),
) -> Shown:
    """
    Read what is asked for, on record. `documents`: `all`, the version of the case at which a file was attached, or the
    digest (from 8 digits) that its record names. Refused, naming what is wrong; NotShown, as app/unseal.py.
    """
    if FIELD in fields:
        raise Refused(f"field {FIELD} holds its file's key: ask for the document itself", field="disclose")
    gone, versions = _chosen(attachments(store, stream), documents)
    found: list[Field] = []
    for name, version in [*((name, None) for name in fields), *((FIELD, version) for version in versions)]:
        found += open_sealed(
            handler,
            store,
            stream,
            name,
            ground=reading.ground,
            ground_text=reading.ground_text,
            reader=reading.reader,
            unit_id=reading.unit_id,
            day=reading.day,
            version=version,
        )
    kept: dict[str, bytes] = {}
    enclosed: dict[int, str] = {}
    for each in found:
        if each.name == FIELD:
            data = open_attachment(store, objects, handler.origin, stream, each).data
            enclosed[each.log_index] = hashlib.sha256(data).hexdigest()
            kept[enclosed[each.log_index]] = data
    return Shown(_disclosures(store, stream, found), kept, dict(sorted(enclosed.items())), gone)


def papers(store: Store, streams: Iterable[str], files: Iterable[Path]) -> Shown:
    """Files which records of these streams name by their SHA-256: a paper that was served, what shows a filing."""
    named: dict[str, list[int]] = {}
    for stored in (each for stream in streams for each in store.read_stream(stream)):
        for text in texts(parse_payload(open_leaf(stored.leaf).payload).body):
            named.setdefault(text.removeprefix("sha256:"), []).append(stored.log_index)
    kept: dict[str, bytes] = {}
    enclosed: dict[int, str] = {}
    for file in files:
        with file.open("rb") as opened:
            data = opened.read(MAX_DOCUMENT_BYTES + 1)
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in named:
            raise Refused(f"{file.name}: no record of the case names its SHA-256, {sha256}", field="paper")
        for index in named[sha256]:
            if enclosed.setdefault(index, sha256) != sha256:
                raise Refused(f"{file.name}: record {index} names another of the files, too: one each", field="paper")
        kept[sha256] = data
    _check_size(map(len, kept.values()))
    return Shown(documents=kept, enclosed=enclosed)


def together(one: Shown, other: Shown) -> Shown:
    """Both; of papers and attachments no record has two."""
    documents = {**one.documents, **other.documents}
    _check_size(map(len, documents.values()))
    enclosed = dict(sorted({**one.enclosed, **other.enclosed}.items()))
    return Shown({**one.disclosures, **other.disclosures}, documents, enclosed, one.gone + other.gone)


def _chosen(known: Sequence[Attached], asked: Sequence[str]) -> tuple[tuple[Attached, ...], list[int]]:
    """Which attachments are gone, and at which versions those stand that are to be read."""
    chosen: dict[int, Attached] = {}
    unknown = False
    for text in asked:
        found = [a for a in known if _is_meant(a, text)]
        unknown |= not found and text != ALL
        if text != ALL and len(found) == 1 and found[0].erased is not None:
            index, order = found[0].erased
            raise Refused(f"document {text}: erased by order {order} (record {index})", field="document")
        if text != ALL and len(found) > 1:
            raise Refused(f"document {text}: {len(found)} attachments are called so", field="document")
        chosen |= {a.version: a for a in found}
    _check_size(a.size for a in chosen.values() if a.erased is None)
    gone = tuple(a for a in chosen.values() if a.erased is not None)
    # Version 0 is none: who may not read here learns nothing else, and who may is told that there is no such field.
    return gone, [0] * unknown + sorted(a.version for a in chosen.values() if a.erased is None)


def _is_meant(attached: Attached, text: str) -> bool:
    if text == ALL:
        return True
    if text.isascii() and text.isdigit() and len(text) < 8:
        return attached.version == int(text)
    return DIGEST.fullmatch(text) is not None and attached.sealed_object.startswith(text)


def _check_size(sizes: Iterable[int]) -> None:
    if (total := sum(sizes)) > MAX_DOCUMENT_BYTES:
        said = f"{total} bytes of documents, at most {MAX_DOCUMENT_BYTES} in one file: choose some of them"
        raise Refused(said, field="document")


def _disclosures(store: SealedStore, stream: str, found: Sequence[Field]) -> dict[int, tuple[str, ...]]:
    read_ = {each.digest for each in found}
    held: Mapping[int, Any] = open_disclosures(store, stream, sorted({each.log_index for each in found}))
    return {index: kept for index, all_ in held.items() if (kept := tuple(d for d in all_ if digest(d) in read_))}
