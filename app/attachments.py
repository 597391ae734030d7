"""
Files of a case: encrypted each under a key of its own, and kept by the SHA-256 of their ciphertext.

    <attachments>/ab/<sha256>      nonce || AES-256-GCM ciphertext and tag; associated data: origin and stream

The event carries that digest and the ciphertext's size. Name, type, salted digest of the clear file and the object's
key are one sealed field, `attachment`: erasing it makes every copy of the ciphertext unreadable.

The file is durable before the event that names it. A crash in between leaves a file nobody names: `check` lists it, and
it is removed on request alone. tests/app/test_attachments.py.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.handle import read
from domain.case import commands as c
from domain.case import events as e
from domain.case.errors import Refused
from domain.recorded import Actor
from ledger import canonical
from ledger.attachment import FIELD, Described, format_described, parse_described, salted
from ledger.envelope import open_leaf, parse_payload
from ledger.errors import MalformedEvidence, SealBroken
from ledger.keys import sync_folder
from ledger.store.contract import whole_log

if TYPE_CHECKING:
    from pathlib import Path

    from app.handle import Handler, Outcome
    from app.sealed import Field
    from ledger.store.contract import Store

MAX_BYTES = 20 << 20
NONCE_BYTES = 12
STARTS = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
PACKED = (
    ("word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("OFD.xml", "application/ofd"),
)
ALLOWED = "pdf, png, jpeg, docx, xlsx, ofd, txt (UTF-8)"


def media_type(data: bytes, name: str) -> str:
    """The type of a file by its own bytes, whatever its name says. Refused for one that is not taken."""
    for start, found in STARTS:
        if data.startswith(start):
            return found
    if data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as packed:  # the table of contents alone: nothing is unpacked
                members = set(packed.namelist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            members = set()
        for member, found in PACKED:
            if member in members:
                return found
        raise Refused(f"{name}: a zip that is no docx, xlsx or ofd; taken are {ALLOWED}", field="file")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(f"{name}: its type is not taken; taken are {ALLOWED}", field="file") from None
    if any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in text):
        raise Refused(f"{name}: control characters, so no text; taken are {ALLOWED}", field="file")
    return "text/plain"


class Objects:
    """Ciphertexts in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, sealed: bytes) -> str:
        """Keep a ciphertext; durable when its digest is returned."""
        digest = hashlib.sha256(sealed).hexdigest()
        place = self._place(digest)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = place.with_name(f".{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(place)
        for folder in (place.parent, self._folder):
            sync_folder(folder)
        return digest

    def get(self, digest: str) -> bytes:
        """The ciphertext; LookupError where it is missing or is another."""
        try:
            sealed = self._place(digest).read_bytes()
        except FileNotFoundError:
            raise LookupError(f"attachment {digest} is not kept here") from None
        if hashlib.sha256(sealed).hexdigest() != digest:
            raise LookupError(f"attachment {digest} is damaged")
        return sealed

    def remove(self, digest: str) -> None:
        self._place(digest).unlink(missing_ok=True)

    def all(self) -> set[str]:
        return {f.name for f in self._folder.glob("[0-9a-f][0-9a-f]/[0-9a-f]*") if len(f.name) == 64}

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


@dataclass(frozen=True, slots=True)
class Opened:
    name: str
    media_type: str
    data: bytes


def attach(
    handler: Handler,
    objects: Objects,
    stream: str,
    file: Path,
    *,
    category: str,
    official_id: str,
    unit_id: str,
    max_bytes: int = MAX_BYTES,
) -> Outcome:
    """Encrypt a file, keep it, and record it in the case. Refused for a type or size that is not taken."""
    with file.open("rb") as opened:
        data = opened.read(max_bytes + 1)
    if not data or len(data) > max_bytes:
        raise Refused(f"{file.name}: empty, or more than {max_bytes} bytes", field="file")
    found = media_type(data, file.name)
    if not handler.store.head(stream)[0]:
        raise Refused(f"nothing is recorded of {stream}", field="stream")
    key, nonce, salt = AESGCM.generate_key(256), secrets.token_bytes(NONCE_BYTES), handler.salt()
    sealed = nonce + AESGCM(key).encrypt(nonce, data, _about(handler.origin, stream))
    described = Described(file.name, found, len(data), salt, salted(salt, data), key)
    digest = objects.put(sealed)
    now = handler.clock()
    return handler.handle(
        c.AddAttachment(
            stream=stream,
            unit_id=unit_id,
            official_id=official_id,
            actor=Actor(official_id=official_id),
            occurred_at=now,
            now=now,
            command_id=f"attach:{digest}",
            category=category,
            sealed_object=digest,
            size=len(sealed),
            sealed=((FIELD, format_described(described)),),
        )
    )


def open_attachment(store: Store, objects: Objects, origin: str, stream: str, field: Field) -> Opened:
    """The file of an `attachment` field which app.unseal has shown: its reading is on record."""
    [stored] = store.read_log(field.log_index, 1)
    event = read(stored).event
    if not isinstance(event, e.AttachmentAdded):
        raise LookupError(f"record {field.log_index} is no attachment")  # noqa: TRY004 - of a log, not of a call
    try:
        described = parse_described(field.value)
    except MalformedEvidence as error:
        raise SealBroken(field.log_index, str(error)) from None
    sealed = objects.get(event.sealed_object)
    try:
        data = AESGCM(described.key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _about(origin, stream))
    except InvalidTag:
        raise SealBroken(field.log_index, "its attachment does not open") from None
    if not described.is_of(data):
        raise SealBroken(field.log_index, "its attachment is not the file whose digest was signed")
    return Opened(described.name, described.media_type, data)


def check(store: Store, objects: Objects) -> tuple[list[str], list[str]]:
    """What is missing or damaged, one line each, and the digests of files that no event needs (any more)."""
    needed: dict[str, int] = {}
    by_field: dict[str, str] = {}
    for stored in whole_log(store):
        if stored.topic == e.AttachmentAdded.TOPIC:
            payload = parse_payload(open_leaf(stored.leaf).payload)
            needed[payload.body["sealed_object"]] = stored.log_index
            by_field |= dict.fromkeys(payload.sd, payload.body["sealed_object"])
        elif stored.topic == e.SealedFieldErased.TOPIC:
            for digest in parse_payload(open_leaf(stored.leaf).payload).body["digests"]:
                needed.pop(by_field.get(digest, ""), None)
    faults: list[str] = []
    for digest, index in needed.items():
        try:
            objects.get(digest)
        except LookupError as fault:
            faults.append(f"record {index}: {fault}")
    return faults, sorted(objects.all() - needed.keys())


def _about(origin: str, stream: str) -> bytes:
    return canonical.encode(["attachment", origin, stream])
