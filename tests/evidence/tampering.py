"""
How to tamper with an evidence file, and at which step it is refused; run by the verifiers' tests, in whatever language.

By a careless hand, which leaves the manifests as they were; by one that knows the format; and by the operator himself,
who holds the log's key and whose witnesses cosign what he shows them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from domain.people import events as p
from domain.people.streams import CALENDARS, PACKS
from ledger import canonical
from ledger.evidence.archive import pack, unpack
from ledger.evidence.bag import seal_bag
from ledger.evidence.files import write_bundle
from ledger.keys import Ed25519Signer
from ledger.note import split_note
from ledger.policy import Log, Policy, format_policy
from tests.evidence import making
from tests.evidence.making import CASE, STRANGER, WITNESSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.evidence.bundle import Bundle
    from tests.app.office import Office

OWN = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt")
THIRD = {"stream": "case/county/3", "as_of": "2026-04-30"}
Files = dict[str, bytes]


def repacked(data: bytes, change: Callable[[Files], Any]) -> bytes:
    """Change files and nothing else: the manifests tell."""
    bag, files = unpack(data)
    change(files)
    return pack(bag, files)


def edited(data: bytes, change: Callable[[Files], Any]) -> bytes:
    """Change files, and the manifests with them."""
    bag, files = unpack(data)
    before = dict(files)
    change(files)
    if any(files.get(own) != before[own] for own in OWN[:2]):
        # One of the bag's own files was the one to change: only the manifest over it is made anew.
        tags = {path: content for path, content in files.items() if not path.startswith("data/") and path != OWN[3]}
        lines = (f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in sorted(tags.items()))
        return pack(bag, files | {OWN[3]: "".join(lines).encode()})
    return pack(bag, seal_bag({path: content for path, content in files.items() if path not in OWN}))


@cache
def genuine() -> bytes:
    """What everything below is made from; it verifies under `policy()`."""
    return write_bundle(making.case_bundle())


def policy() -> bytes:
    """The trust: the log's key, two of three witnesses."""
    return making.log().policy


@dataclass(frozen=True)
class Tampering:
    """`make` gives the file; under `policy()` it is refused at `step`, and the reason contains `says`."""

    name: str
    make: Callable[[], bytes]
    step: int
    says: str


def _flip(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def _in_zip() -> bytes:
    data = genuine()
    return _flip(data, len(data) // 2)


def _file(path: str, change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    return lambda: edited(genuine(), lambda files: files.update({path: change(files[path])}))


def _json(path: str, change: Callable[[Any], Any]) -> Callable[[], bytes]:
    def changed(content: bytes) -> bytes:
        value = canonical.decode(content)
        change(value)
        return canonical.encode(value)

    return _file(path, changed)


def _bundle(**changes: Any) -> bytes:
    return write_bundle(replace(making.case_bundle(), **changes))


def _renoted(change: Callable[[bytes], bytes]) -> bytes:
    """Another checkpoint, in every proof as well."""
    return _bundle(note=change(making.case_bundle().note))


FIRST, SECOND = making.log().streams[CASE][:2]


def _swapped() -> bytes:
    def swap(files: Files) -> None:
        one, two = f"data/leaves/{FIRST}.leaf", f"data/leaves/{SECOND}.leaf"
        files[one], files[two] = files[two], files[one]

    return edited(genuine(), swap)


def _without_stream(name: str) -> bytes:
    """The stream, its leaves and all that names them."""
    bundle = making.case_bundle()
    gone = next(s for s in bundle.streams if s.stream == name)
    kept = tuple(s for s in bundle.streams if s is not gone)
    return _bundle(streams=kept, leaves=tuple(x for x in bundle.leaves if x.index not in gone.indexes))


def _shortened(name: str, at: int) -> bytes:
    """A stream from which one record was taken, with every word of it but the map's."""
    bundle = making.case_bundle()
    indexes = list(next(s for s in bundle.streams if s.stream == name).indexes)
    gone = indexes.pop(at)
    streams = tuple(replace(s, indexes=tuple(indexes)) if s.stream == name else s for s in bundle.streams)
    return _bundle(streams=streams, leaves=tuple(x for x in bundle.leaves if x.index != gone))


def _without_event() -> bytes:
    """The case's last event, and every word of it but the map's."""
    bundle = making.case_bundle()
    case, *others = bundle.streams
    last = case.indexes[-1]
    return _bundle(
        streams=(replace(case, indexes=case.indexes[:-1]), *others),
        leaves=tuple(x for x in bundle.leaves if x.index != last),
    )


def _foreign_map_proof() -> bytes:
    one, two, *others = making.case_bundle().streams
    return _bundle(streams=(one, replace(two, entry=others[0].entry, proof=others[0].proof), *others))


def _signed_by_nobody_known() -> bytes:
    """The operator writes an event that is signed by a key the log never enrolled."""
    office = making.county()
    making.forced(office, "case/county/3", Ed25519Signer.from_seed("official/bureau-desk", bytes(32)))
    return write_bundle(making.gather(making.ended(office), "absence", THIRD))


def _hidden_revocation() -> bytes:
    """The log revokes a key; in the file its holder's stream ends before that."""
    bundle, _ = _with_revocation()
    streams = tuple(
        replace(s, indexes=s.indexes[:-1]) if s.stream == "official/bureau-desk" else s for s in bundle.streams
    )
    gone = next(s.indexes[-1] for s in bundle.streams if s.stream == "official/bureau-desk")
    return write_bundle(replace(bundle, streams=streams, leaves=tuple(x for x in bundle.leaves if x.index != gone)))


def _with_revocation() -> tuple[Bundle, str]:
    office = making.county()
    key_id = _revoke(office).key_id
    return making.gather(making.ended(office)), key_id


def _revoke(office: Office) -> Any:
    signer = office.handler.keyring.signer("official/bureau-desk")
    revoked = p.KeyRevoked(key_id=signer.key_id, role="official", holder="bureau-desk", reason="lost")
    making.record(office.handler, revoked, now=office.at)
    return signer


def _signed_after_revocation() -> bytes:
    """The operator lets a revoked key sign on."""
    office = making.county()
    making.forced(office, "case/county/3", _revoke(office))
    return write_bundle(making.gather(making.ended(office), "absence", THIRD))


def _another_log() -> bytes:
    """Sound in itself, of the same name, and not the log that is trusted."""
    office = making.county()
    log = replace(making.ended(office), signer=STRANGER)
    text, _ = split_note(log.note)
    note = making.sign_checkpoint(log.origin, len(log.leaves), making.parse_checkpoint(text).root, STRANGER)
    return write_bundle(making.gather(replace(log, note=note)))


def _other_policy() -> bytes:
    return _bundle(policy=format_policy(Policy((Log(STRANGER.vkey),), (), (), None)))


def _lines(note: bytes) -> tuple[bytes, list[bytes]]:
    text, _, lines = note.rpartition(b"\n\n")
    return text + b"\n\n", lines.splitlines(keepends=True)


def _twice(note: bytes) -> bytes:
    text, lines = _lines(note)
    return text + b"".join([*lines[:2], lines[1]])


def _forged(note: bytes) -> bytes:
    """Under the third witness's name stands the second one's signature."""
    text, lines = _lines(note)
    stranger = making.Cosigner(Ed25519Signer.from_seed(WITNESSES[2].name, bytes(32)))
    said = stranger.cosign(split_note(note)[0], making.COSIGNED_AT).encode()
    mine = making.b64decode(said.split()[2])[4:]
    line = making.format_signature(
        making.NoteSignature(WITNESSES[2].name, bytes.fromhex(WITNESSES[2].key_id[-8:]), mine)
    )
    return text + b"".join([*lines[:2], line.encode()])


def _renamed(note: bytes) -> bytes:
    text, lines = _lines(note)
    return text + b"".join([lines[0].replace(b"test.example/log", b"test.example/lag"), *lines[1:]])


def _broken_log_signature(note: bytes) -> bytes:
    text, lines = _lines(note)
    head, _, encoded = lines[0].rstrip(b"\n").rpartition(b" ")
    raw = making.b64decode(encoded)
    return text + b"".join([head + b" " + making.b64encode(_flip(raw, 20)) + b"\n", *lines[1:]])


def _disclosed(change: Callable[[str], str]) -> bytes:
    shown = making.disclosures()
    return _bundle(disclosures={i: tuple(map(change, texts)) for i, texts in shown.items()})


def _wrong_path() -> bytes:
    bundle = making.case_bundle()
    leaves = tuple(replace(x, path=(bytes(32), *x.path[1:])) if x.index == FIRST else x for x in bundle.leaves)
    return _bundle(leaves=leaves)


def _careless() -> bytes:
    return repacked(genuine(), lambda files: files.update({LEAF: b"{}"}))


def _without_leaf() -> bytes:
    return edited(genuine(), lambda files: files.pop(f"data/leaves/{SECOND}.leaf"))


def _another_file() -> bytes:
    return edited(genuine(), lambda files: files.update({"data/verdict": b"ok"}))


def _another_field() -> bytes:
    shown = making.disclosures()[FIRST]
    return _bundle(disclosures={FIRST: tuple(("C" if x[0] == "B" else "B") + x[1:] for x in shown)})


def _another_case() -> bytes:
    """A disclosure of one event, shown for another."""
    return _bundle(disclosures={SECOND: making.disclosures()[FIRST]})


def _another_document() -> bytes:
    return _bundle(documents={hashlib.sha256(b"x").hexdigest(): b"x"})


def _another_day() -> bytes:
    return _json("data/evidence.json", lambda said: said["question"].update(as_of="2026-04-29"))()


def _another_answer() -> bytes:
    return _json("data/answer.json", lambda said: said["duties"][0].update(state="met"))()


LEAF, PROOF = f"data/leaves/{FIRST}.leaf", f"data/proofs/{FIRST}.tlog-proof"
_LEAF_BYTE = _file(LEAF, lambda content: content.replace(b'{"payload":"e', b'{"payload":"f'))

# fmt: off
TAMPERINGS = [
    Tampering("a byte of the zip", _in_zip, 1, "the zip"),
    Tampering("a leaf, the manifest as it was", _careless, 1, f"{LEAF}: not the file of manifest-sha256.txt"),
    Tampering("a dropped leaf", _without_leaf, 1, "is missing"),
    Tampering("a file too many", _another_file, 1, "data/verdict"),
    Tampering("another checkpoint in one proof", _file(PROOF, lambda x: _flip(x, len(x) - 9)), 1, "the checkpoint of"),
    Tampering("a renamed log key", lambda: _renoted(_renamed), 2, "is not signed by a log key"),
    Tampering("a byte of the log's signature", lambda: _renoted(_broken_log_signature), 2, "signature does not verify"),
    Tampering("a checkpoint of another log", _another_log, 2, "is not signed by a log key trusted"),
    Tampering("another policy in the file", _other_policy, 2, "data/policy in the file does not fit"),
    Tampering("a forged cosignature", lambda: _renoted(_forged), 3, "cosignature does not verify"),
    Tampering("a witness's line twice", lambda: _renoted(_twice), 3, "1 of 3 witnesses"),
    Tampering("one witness only", lambda: _bundle(note=making.log().cosigned(WITNESSES[0])), 3, "1 of 3 witnesses"),
    Tampering("a byte of a leaf, the manifest fitted", _LEAF_BYTE, 5, "is not under"),
    Tampering("a hash of a proof", _wrong_path, 5, "is not under"),
    Tampering("two leaves swapped", _swapped, 5, "is not under"),
    Tampering("an event signed by a foreign key", _signed_by_nobody_known, 6, "which is not enrolled"),
    Tampering("an event signed after revocation", _signed_after_revocation, 6, "revoked"),
    Tampering("the enrolment of a signer left out", lambda: _without_stream("official/bureau-desk"), 6, "not enrolled"),
    Tampering("an event left out", _without_event, 7, "the map proof speaks of 3 events"),
    Tampering("a map proof of another stream", _foreign_map_proof, 7, "the map proof is of"),
    Tampering("a later revocation hidden", _hidden_revocation, 7, "the map proof speaks of 4 events, or of others; 3"),
    Tampering("a pack left out of the list", lambda: _shortened(PACKS, 0), 7, "pack/adopted: record"),
    Tampering("the newest pack left out", lambda: _shortened(PACKS, -1), 7, "pack/adopted: the map proof"),
    Tampering("a calendar left out", lambda: _shortened(CALENDARS, -1), 7, "calendar/adopted: the map"),
    Tampering("a post left out of a list", lambda: _shortened("unit/housing", -1), 7, "unit/housing: the map"),
    Tampering("an appointment hidden", lambda: _shortened("official/housing-head", 1), 7, "housing-head: record"),
    Tampering("a changed disclosure", _another_field, 8, "does not commit"),
    Tampering("a disclosure of another event", _another_case, 8, "does not commit"),
    Tampering("a document of nobody", _another_document, 8, "is named by no record"),
    Tampering("another answer", _another_answer, 9, "another answer follows"),
    Tampering("another day asked for", _another_day, 9, "another answer"),
    Tampering("all rule packs left out", lambda: _without_stream(PACKS), 9, "the records name pack/adopted"),
    Tampering("the calendars left out", lambda: _without_stream(CALENDARS), 9, "the records name calendar/adopted"),
    Tampering("a post that no act names left out", lambda: _without_stream("post/housing-head"), 9, "name post/hous"),
    Tampering("its holder left out", lambda: _without_stream("official/housing-head"), 9, "name official/housing-he"),
    Tampering("a unit left out", lambda: _without_stream("unit/housing"), 9, "the records name unit/housing"),
]
# fmt: on
