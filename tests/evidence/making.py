"""
Real evidence files to read and to tamper with: a small office's log, its case map, a checkpoint with cosignatures.

Gathers what belongs into a file without the program's own gathering, by taking every stream that is no case's.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from app import codec
from app.establish import record
from app.evidence.conclude import conclude
from app.keyring import Keyring, key_name
from domain.case import commands as c
from domain.case.events import PetitionReceived
from ledger.casemap import STREAM as MAP_STREAM
from ledger.casemap import CaseMap, MapRoot, MemoryNodes, command_id, format_map_root
from ledger.checkpoint import parse_checkpoint, sign_checkpoint
from ledger.cosignature import Cosigner
from ledger.envelope import Draft, Sealed, leaf_hash, open_leaf, parse_payload, payload, seal
from ledger.evidence.bundle import Bundle, ProvedLeaf, ProvedStream
from ledger.keys import Ed25519Signer
from ledger.merkle import prove_record, root
from ledger.note import NoteSignature, format_signature, split_note
from ledger.policy import Group, Log, Policy, Witness, format_policy
from ledger.store.contract import whole_log
from tests.app.office import Office

__all__ = [
    "CASE",
    "COSIGNED_AT",
    "STRANGER",
    "WITNESSES",
    "Cosigner",
    "NoteSignature",
    "b64decode",
    "b64encode",
    "c",
    "format_signature",
    "parse_checkpoint",
    "record",
    "sign_checkpoint",
]

CASE = "case/county/1"
QUESTION = {"stream": CASE, "as_of": "2026-04-30"}
WITNESSES = [Cosigner(Ed25519Signer.from_seed(f"witness.example/{n}", bytes([n]) * 32)) for n in (1, 2, 3)]
STRANGER = Ed25519Signer.from_seed("test.example/log", bytes([9]) * 32)
COSIGNED_AT = 1_777_777_777


@dataclass(frozen=True)
class Log_:  # noqa: N801 - the log as a list; `Log` is a line of a policy
    """Every leaf of a log that ends in a map root, with what was told to whom at its end."""

    origin: str
    signer: Any
    leaves: tuple[bytes, ...]
    streams: dict[str, tuple[int, ...]]
    map: CaseMap
    note: bytes

    @property
    def policy(self) -> bytes:
        """Two of three witnesses."""
        witnesses = tuple(Witness(f"w{n}", w.vkey) for n, w in enumerate(WITNESSES))
        group = Group("quorum", 2, tuple(w.name for w in witnesses))
        return format_policy(Policy((Log(self.signer.vkey),), witnesses, (group,), "quorum"))

    def cosigned(self, *witnesses: Cosigner) -> bytes:
        text, _ = split_note(self.note)
        return self.note + "".join(w.cosign(text, COSIGNED_AT) for w in witnesses).encode()


def ended(office: Office) -> Log_:
    """The office's log, closed by a map root and signed."""
    origin = office.handler.origin
    nodes = MemoryNodes()
    version = CaseMap(origin, nodes)
    kept = list(whole_log(office.store))
    found = version.add((s.stream, leaf_hash(s.leaf)) for s in kept)
    leaf = format_map_root(MapRoot(len(kept), found))
    head, _ = office.store.head(MAP_STREAM)
    office.store.append([Sealed(MAP_STREAM, head + 1, "map.root.v1", command_id(len(kept)), leaf)])
    leaves = (*(s.leaf for s in kept), leaf)
    streams: dict[str, tuple[int, ...]] = {}
    for stored in kept:
        streams[stored.stream] = (*streams.get(stored.stream, ()), stored.log_index)
    signer = office.handler.keyring.signer(origin)
    note = sign_checkpoint(origin, len(leaves), root([leaf_hash(x) for x in leaves]), signer)
    return Log_(origin, signer, leaves, streams, version, note)


def gather(log: Log_, kind: str = "case", question: dict[str, str] | None = None, **more: Any) -> Bundle:
    """The bundle over the whole log's people, law and keys; with an answer of one's own, if one is given."""
    asked = question or QUESTION
    names = [asked["stream"], *(s for s in log.streams if not s.startswith(("case/", "log/")))]
    named = {i for s in names for i in log.streams.get(s, ())}
    streams = tuple(ProvedStream(s, role(s), log.streams.get(s, ()), log.map.entry(s), log.map.prove(s)) for s in names)
    size = len(log.leaves)
    hashes = [leaf_hash(leaf) for leaf in log.leaves]
    proved = [ProvedLeaf(i, log.leaves[i], tuple(prove_record(hashes, i))) for i in sorted({*named, size - 1})]
    bundle = Bundle(
        kind=kind,  # type: ignore[arg-type]  # a test may ask for what is none
        origin=log.origin,
        note=log.cosigned(*WITNESSES[:2]),
        question=asked,
        answer=more.pop("answer", None) or _answer(log, kind, asked, sorted(named), names),
        streams=streams,
        leaves=tuple(proved),
        policy=log.policy,
    )
    return replace(bundle, **more)


def _answer(log: Log_, kind: str, asked: dict[str, str], indexes: list[int], names: list[str]) -> Any:
    events = []
    for i in indexes:
        envelope = open_leaf(log.leaves[i])
        events.append(codec.recorded(parse_payload(envelope.payload), log_index=i, key_id=envelope.key_id))
    return conclude(kind, asked, events, streams=names, log_size=len(log.leaves))


def role(stream: str) -> Any:
    kinds = {"case": "case", "pack": "law", "calendar": "law", "system": "keys"}
    return kinds.get(stream.partition("/")[0], "people")


class Seeded(Keyring):
    """Everybody has the same key in every office: all logs made here are one log, told differently."""

    def add(self, principal: str, suite: str = "ed25519") -> Any:
        kept = self._signers.setdefault(principal, [])
        seed = hashlib.sha256(f"{principal} {len(kept)}".encode()).digest()
        kept.append(Ed25519Signer.from_seed(key_name(principal), seed))
        return kept[-1]


def county(no: str = "1") -> Office:
    """Received and registered on 2 March, with two sealed fields, referred too late; and another case."""
    office = Office(keyring=Seeded())
    sealed = (("petitioner_name", "李雷"), ("contact", "13800000000"))
    office.act(c.ReceivePetition, "bureau", "2026-03-02", no=no, channel="letter", sealed=sealed)
    office.act(c.RegisterPetition, "bureau", "2026-03-02", no=no, case_no=no)
    office.act(c.ReceivePetition, "bureau", "2026-03-03", no="2", channel="letter")
    office.act(c.ReferPetition, "bureau", "2026-04-10", no=no, to_unit_id="housing", basis="art. 22")
    return office


def forced(office: Office, stream: str, signer: Any) -> None:
    """An arrival in a new case, put into the log past everybody who would refuse it."""
    at = codec.moment(office.at)
    desk = {"official": "bureau-desk", "system": None}
    event = PetitionReceived(unit_id="bureau", official_id="bureau-desk", post_id="bureau-desk", channel="letter")
    draft = Draft(stream, 1, event.TOPIC, codec.encode(event), desk, at, f"forced/{stream}", office.handler.origin)
    leaf = seal(payload(draft, prev=None, recorded_at=at), signer)
    office.store._revoked.clear()
    office.store.append([Sealed(stream, 1, draft.topic, draft.command_id, leaf)])


@cache
def log() -> Log_:
    return ended(county())


@cache
def disclosures() -> dict[int, tuple[str, ...]]:
    """What was sealed in the first event of the case: salts count up from 0 in an office of tests."""
    from ledger.disclosure import disclose  # noqa: PLC0415

    shown = (("petitioner_name", "李雷"), ("contact", "13800000000"))
    made = tuple(disclose(name, value, n.to_bytes(16, "big")) for n, (name, value) in enumerate(shown))
    return {log().streams[CASE][0]: made}


@cache
def case_bundle() -> Bundle:
    """A case, with everything a file may hold but time tokens."""
    extras = {"README.txt": "读我\n".encode(), "custody.html": b"<!doctype html>\n"}
    return gather(log(), disclosures=disclosures(), extras=extras)
