"""
Signed notes (c2sp.org/signed-note v1.0.0): a text, an empty line, and signature lines that anybody may add to.

A signature by an unknown key is ignored; a wrong one by a known key spoils the whole note.
tests/ledger/test_note.py opens notes that were not made by us.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import MalformedEvidence, NotCanonical, VerificationError
from ledger.vkeys import Signer, Verifier

MAX_BYTES = 1_000_000  # as golang.org/x/mod reads
MAX_SIGNATURES = 100
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: the key's name, its four-byte hash, and what it wrote."""

    name: str
    key_hash: bytes
    signature: bytes

    @property
    def key_id(self) -> str:
        return f"{self.name}+{self.key_hash.hex()}"


def sign_note(text: str, signers: Sequence[Signer]) -> bytes:
    """Return the note. The text must end in a line feed."""
    if not _is_text(text):
        raise NotCanonical("a note's text ends in a line feed and holds no other control character")
    lines: list[str] = []
    for signer in signers:
        name, _, hexed = signer.key_id.rpartition("+")
        lines.append(format_signature(NoteSignature(name, bytes.fromhex(hexed), signer.sign(text.encode()))))
    return (text + "\n" + "".join(lines)).encode()


def format_signature(signature: NoteSignature) -> str:
    return f"{_DASH}{signature.name} {b64encode(signature.key_hash + signature.signature).decode()}\n"


def split_note(note: bytes) -> tuple[str, list[NoteSignature]]:
    """Return the text and all signature lines, none of them checked."""
    try:
        whole = note.decode() if len(note) <= MAX_BYTES else ""
    except UnicodeDecodeError:
        raise MalformedEvidence("malformed note") from None
    # At the *last* empty line: the text may hold some of its own.
    body, separator, tail = whole.rpartition("\n\n")
    text = body + "\n"
    lines = tail.split("\n")
    if not separator or not _is_text(text) or lines.pop() != "" or not 0 < len(lines) <= MAX_SIGNATURES:
        raise MalformedEvidence("malformed note")
    return text, [_parse_signature(line) for line in lines]


def open_note(note: bytes, verifiers: Sequence[Verifier]) -> str:
    """Return the text, signed by at least one of these keys and wrongly by none of them."""
    text, signatures = split_note(note)
    known = {verifier.key_id: verifier for verifier in verifiers}
    good = 0
    for signature in signatures:
        if verifier := known.get(signature.key_id):
            verifier.check(text.encode(), signature.signature)
            good += 1
    if not good:
        raise VerificationError(0, None, "the note is not signed by " + " or ".join(sorted(known)))
    return text


def _parse_signature(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    # Any name that the specification allows: a stranger's line is ignored, it must not make the note unreadable.
    if not name or any(c == "+" or c < " " or c.isspace() for c in name):
        raise MalformedEvidence("malformed note")
    try:
        raw = b64decode(encoded, validate=True)
    except ValueError:
        raise MalformedEvidence("malformed note") from None
    signature = NoteSignature(name, raw[:4], raw[4:])
    if len(raw) < 5 or format_signature(signature) != line + "\n":
        raise MalformedEvidence("malformed note")
    return signature


def _is_text(text: str) -> bool:
    return text.endswith("\n") and all(c >= " " or c == "\n" for c in text)
