"""
Every parser of bytes that come from strangers: valid samples, what it may raise, and how its result is written again.

bench/fuzz.py mutates the samples, tests/ledger/test_hostile.py sends every parser every hostile input. A new parser is
one more line in PARSERS.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

from ledger import canonical, envelope
from ledger.attachment import Described, format_described, parse_described, salted
from ledger.casemap import (
    Entry,
    MapRoot,
    command_id,
    format_entry,
    format_map_root,
    genesis,
    is_map_root,
    parse_entry,
    parse_map_root,
)
from ledger.checkpoint import LogKey, format_checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from ledger.cosignature import Cosigner, CosignerVerifier, NotChecked, check_cosigned, tree_head
from ledger.der import CONTEXT_0, OCTETS, OID, SEQUENCE, SET, TIME, wrap
from ledger.disclosure import disclose, open_disclosure
from ledger.enrolment import key_change
from ledger.envelope import Payload, leaf_hash, open_leaf, parse_payload, seal
from ledger.errors import LedgerError, MalformedEvidence, VerificationError
from ledger.evidence.archive import pack, unpack
from ledger.evidence.bag import open_bag, seal_bag
from ledger.evidence.files import read_bundle, write_bundle
from ledger.evidence.text import (
    format_disclosures,
    format_enclosed,
    format_map_proof,
    format_statement,
    parse_disclosures,
    parse_enclosed,
    parse_map_proof,
    parse_statement,
)
from ledger.evidence.verify import verify_evidence
from ledger.keys import Ed25519Signer
from ledger.merkle import prove_tree, root
from ledger.note import format_signature, sign_note, split_note
from ledger.policy import check_quorum, format_policy, parse_policy
from ledger.proof import format_proof, parse_proof, prove
from ledger.receipt import Receipt, format_receipt, open_receipt, parse_receipt, sign_receipt
from ledger.store.contract import Stored
from ledger.tiles import Tile, pack_entries, parse_entries, parse_hashes, parse_tile_path
from ledger.timestamp import SHA256, TST_INFO, read_token
from ledger.trust import Extension, format_extension, load_trust, parse_extension, trust_key
from ledger.verify import verify_log
from ledger.vkeys import Verifier, parse_vkey
from ledger.witness import Refused, format_request, parse_size, read_request
from tests.ledger.foreign import KEYS, foreign
from tests.ledger.sealing import CLERK, LOG, ORIGIN, SYSTEM, Writer
from tests.ledger.vectors.make_vectors import DISCLOSURES, FOLDER

Mutate = Callable[[Random, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Parser:
    """
    `parse` returns, or raises one of `refusals`.

    `write` gives back the very bytes that were parsed; with `is_loose`, bytes that parse to the same. `mutate` is for
    formats whose inside would otherwise not be reached, because it is signed or packed: it gets the changes to make.
    """

    name: str
    samples: tuple[bytes, ...]
    parse: Callable[[bytes], Any]
    write: Callable[[Any], bytes] | None = None
    refusals: tuple[type[Exception], ...] = (MalformedEvidence,)
    is_loose: bool = False
    mutate: Callable[[Mutate, Random, bytes], bytes] | None = None


COURT = Cosigner(Ed25519Signer.from_seed("witness.example/court", bytes([7] * 32)))
LEAVES = [leaf_hash(b"leaf-%d" % n) for n in range(70)]
NOTE = sign_checkpoint(ORIGIN, 70, root(LEAVES), LOG)
TEXT = split_note(NOTE)[0]
COSIGNED = NOTE + COURT.cosign(TEXT, 1_772_355_600).encode()
POLICY = parse_policy(f"log {LOG.vkey}\nwitness court {COURT.vkey}\nquorum court\n".encode())
LARGE_POLICY = (
    f"# a comment\nlog {KEYS['log']} https://log.example/\n"
    + "".join(f"witness {name[16:]} {vkey}\n" for name, vkey in KEYS.items() if name.startswith("witness."))
    + "group some 2 procurator court audit\ngroup\tall all some pq\nquorum all\n"
).encode()
PAYLOADS = tuple(path.read_bytes() for path in sorted(FOLDER.glob("payload-*.json")))
GOLDEN_LEAVES = tuple(path.read_bytes() for path in sorted(FOLDER.glob("leaf-*.json")))
LOGS = {ORIGIN: [Verifier(LOG.vkey)]}


def as_text(data: bytes) -> str:
    """Bytes that are no UTF-8 become lone surrogates: a parser of text meets those too."""
    return data.decode("utf-8", "surrogateescape")


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _write_leaf(found: envelope.Envelope) -> bytes:
    return canonical.encode(
        {
            "payload": b64encode(found.payload).decode(),
            "payloadType": envelope.PAYLOAD_TYPE,
            "signatures": [{"keyid": found.key_id, "sig": b64encode(found.signature).decode()}],
        }
    )


def _write_payload(found: Payload) -> bytes:
    fields = {name: getattr(found, name) for name in Payload.__slots__ if name != "sd"} | {"kind": "event"}
    if found.sd:
        fields |= {"_sd": list(found.sd), "_sd_alg": "sha-256"}
    return canonical.encode(fields)


def _write_note(found: Any) -> bytes:
    text, signatures = found
    return as_bytes(text + "\n" + "".join(map(format_signature, signatures)))


def _write_vkey(found: tuple[str, str, bytes, bytes]) -> bytes:
    name, claimed, kind, public = found
    return f"{name}+{claimed}+{b64encode(kind + public).decode()}".encode()


def _with_width(parse: Callable[[bytes, int], Any], data: bytes) -> Any:
    """Bundles and tiles do not say how much they hold: their names do. The first byte stands for it."""
    return parse(data[1:], data[0] + 1) if data else parse(b"", 1)


def _write_bundle(entries: list[bytes]) -> bytes:
    return bytes([len(entries) - 1]) + pack_entries(entries)


def _resigned(mutate: Mutate, rng: Random, data: bytes) -> bytes:
    """A request whose checkpoint the log's own key has signed, whatever it says."""
    head, _, note = data.partition(b"\n\n")
    if rng.random() < 0.5:
        return mutate(rng, head) + b"\n\n" + note
    try:
        return head + b"\n\n" + sign_note(mutate(rng, TEXT.encode()).decode(), [LOG])
    except ValueError:  # no text of a note: as it is then
        return mutate(rng, data)


def _log() -> bytes:
    writer = Writer()
    writer.genesis()
    writer.enrol(CLERK, role="official", holder="wang")
    writer.event("case/1", disclosures=DISCLOSURES)
    writer.event("case/1", by=CLERK, actor={"official": "wang", "system": None})
    writer.revoke(CLERK, role="official", holder="wang")
    return _write_bundle([sealed.leaf for sealed in writer.written])


def _sealed_log(mutate: Mutate, rng: Random, data: bytes) -> bytes:
    """A log in which one payload says anything, signed and chained as if its writer had meant it."""
    entries = _with_width(parse_entries, data)
    place = rng.randrange(len(entries))
    heads: dict[str, str] = {}
    for number, entry in enumerate(entries):
        found = open_leaf(entry)
        changed = mutate(rng, found.payload) if number == place else found.payload
        try:
            fields = json.loads(changed)
            fields["prev"] = heads.get(fields["stream"])
            changed = canonical.encode(fields)
        except (ValueError, KeyError, TypeError, RecursionError):
            pass  # not canonical: it is signed as it stands
        try:
            entries[number] = seal(changed, CLERK if found.key_id == CLERK.key_id else SYSTEM)
            heads[json.loads(changed)["stream"]] = leaf_hash(entries[number]).hex()
        except (LedgerError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return _write_bundle(entries)


def _walk(data: bytes) -> Any:
    rows = []
    for index, leaf in enumerate(_with_width(parse_entries, data)):
        if is_map_root(leaf):
            covers = parse_map_root(leaf).covers
            rows.append(Stored(index, "log/map", 1, "map.root.v1", command_id(covers), leaf))
        else:
            p = parse_payload(open_leaf(leaf).payload)
            rows.append(Stored(index, p.stream, p.version, p.topic, p.command_id, leaf))
    report = verify_log(rows, checkpoint=None, log_verifier=None, tiles=None, expect_origin=ORIGIN)
    report.raise_failure()
    return report


def _resealed(mutate: Mutate, rng: Random, data: bytes) -> bytes:
    """An evidence file with one file changed, whose zip and manifests are in order."""
    bag, files = unpack(data)
    inside = open_bag(files)
    path = rng.choice(sorted(inside))
    try:
        return pack(bag, seal_bag(inside | {path: mutate(rng, inside[path])}))
    except LedgerError:  # too large for a zip of ours
        return data


def _verified(data: bytes) -> Any:
    report = verify_evidence(data, EVIDENCE_TRUST, conclude=lambda bundle, _: bundle.answer)
    if report.verdict != "verified":
        raise MalformedEvidence
    return report


def _token() -> bytes:
    """The outline of a token: what is read before anything is checked."""
    imprint = wrap(SEQUENCE, wrap(SEQUENCE, wrap(OID, SHA256)) + wrap(OCTETS, bytes(32)))
    time = wrap(TIME, b"20260301090000Z")
    said = wrap(SEQUENCE, b"\x02\x01\x01" + wrap(OID, b"*\x03") + imprint + b"\x02\x01\x07" + time + b"\x02\x01\x09")
    content = wrap(SEQUENCE, wrap(OID, TST_INFO) + wrap(CONTEXT_0, wrap(OCTETS, said)))
    signed = wrap(SEQUENCE, b"\x02\x01\x03" + wrap(SET, b"") + content)
    return wrap(SEQUENCE, wrap(OID, bytes.fromhex("2a864886f70d010702")) + wrap(CONTEXT_0, signed))


EVIDENCE = (FOLDER / "evidence.zip").read_bytes()
EVIDENCE_TRUST = load_trust((FOLDER / "evidence-policy").read_bytes())
EVIDENCE_FILES = unpack(EVIDENCE)[1]
EXTENSION = format_extension(Extension((LogKey(LOG.vkey, 0, 10),), (KEYS["log_sm2"],), (COURT.vkey,)))
RECEIPT = sign_receipt(
    Receipt(ORIGIN, 7, LEAVES[7], "case/1", 2, datetime(2026, 3, 1, 9, tzinfo=UTC)),
    [LOG],
)

ATTACHED = format_described(Described("a.pdf", "application/pdf", 5, bytes(16), salted(bytes(16), b"hello"), bytes(32)))
ENCLOSED = format_enclosed({2: "0" * 64, 41: "f" * 64})

PARSERS = (
    Parser("canonical", (*PAYLOADS, b'[1,-2,null,true,"\\u0001\\n",{"a":{}}]'), canonical.decode, canonical.encode),
    Parser("leaf", GOLDEN_LEAVES, open_leaf, _write_leaf),
    Parser("payload", PAYLOADS, parse_payload, _write_payload),
    Parser("enrolment", PAYLOADS[:2], lambda data: key_change(parse_payload(data))),
    Parser("note", (NOTE, COSIGNED, foreign("checkpoint-70-mldsa.txt")), split_note, _write_note),
    Parser(
        "checkpoint",
        (TEXT.encode(),),
        lambda data: parse_checkpoint(as_text(data)),
        lambda found: format_checkpoint(found).encode(),
    ),
    Parser("tree-head", (TEXT.encode(), TEXT.encode() + b"extension\n"), lambda data: tree_head(as_text(data))),
    Parser(
        "signed-checkpoint",
        (NOTE, COSIGNED),
        lambda data: open_checkpoint(data, Verifier(LOG.vkey)),
        refusals=(VerificationError,),
    ),
    Parser(
        "proof",
        (format_proof(prove(LEAVES, 41, NOTE)), foreign("leaf-41.tlog-proof"), foreign("leaf-0-size-1.tlog-proof")),
        parse_proof,
        format_proof,
    ),
    Parser("policy", (format_policy(POLICY), LARGE_POLICY), parse_policy, format_policy, is_loose=True),
    Parser("quorum", (COSIGNED,), partial(check_quorum, POLICY), refusals=(VerificationError,)),
    Parser(
        "cosignature",
        (COSIGNED,),
        lambda data: check_cosigned(data, CosignerVerifier(COURT.vkey)),
        refusals=(VerificationError, NotChecked),
    ),
    Parser(
        "ml-dsa",
        (foreign("checkpoint-70-mldsa.txt"),),
        lambda data: check_cosigned(data, CosignerVerifier(KEYS["witness.example/pq"])),
        refusals=(VerificationError, NotChecked),
    ),
    Parser("vkey", (LOG.vkey.encode(), KEYS["log"].encode()), lambda data: parse_vkey(as_text(data)), _write_vkey),
    Parser(
        "cosigner-vkey",
        (COURT.vkey.encode(), KEYS["witness.example/pq"].encode()),
        lambda data: CosignerVerifier(as_text(data)),
        lambda found: found.vkey.encode(),
    ),
    Parser("bundle", (_write_bundle([b"", b"a", *GOLDEN_LEAVES]),), partial(_with_width, parse_entries), _write_bundle),
    Parser(
        "tile",
        (bytes([69]) + b"".join(LEAVES),),
        partial(_with_width, parse_hashes),
        lambda hashes: bytes([len(hashes) - 1]) + b"".join(hashes),
    ),
    Parser(
        "tile-path",
        (b"tile/0/x001/x234/067", b"tile/entries/000.p/70"),
        lambda data: parse_tile_path(as_text(data)),
        lambda tile: Tile.path.fget(tile).encode(),
    ),
    Parser("map-root", (format_map_root(MapRoot(41, bytes(32))),), parse_map_root, format_map_root),
    Parser("map-entry", (format_entry(Entry("case/1", 3, genesis("case/1"))),), parse_entry, format_entry),
    Parser(
        "disclosure",
        (*(text.encode() for text in DISCLOSURES), disclose("a", [1, {"b": None}], bytes(16)).encode()),
        lambda data: open_disclosure(as_text(data)),
        lambda found: disclose(*found, bytes(16)).encode(),
        is_loose=True,
    ),
    Parser(
        "request",
        (format_request(37, prove_tree(LEAVES, 37), NOTE), format_request(0, [], NOTE)),
        lambda data: read_request(data, LOGS),
        lambda found: format_request(found.old_size, found.proof, found.note),
        refusals=(Refused,),
        is_loose=True,
        mutate=_resigned,
    ),
    Parser("size", (b"0", b"70"), parse_size, lambda size: str(size).encode()),
    Parser("log", (_log(),), _walk, refusals=(VerificationError,), mutate=_sealed_log),
    Parser("extension", (EXTENSION,), parse_extension, format_extension, is_loose=True),
    Parser("trust", (LARGE_POLICY, LOG.vkey.encode()), load_trust),
    Parser(
        "receipt",
        (split_note(RECEIPT)[0].encode(),),
        lambda data: parse_receipt(as_text(data)),
        lambda found: format_receipt(found).encode(),
    ),
    Parser(
        "signed-receipt",
        (RECEIPT,),
        lambda data: open_receipt(data, trust_key(LOG.vkey)),
        refusals=(VerificationError,),
    ),
    Parser("token", (_token(),), read_token),
    Parser("zip", (EVIDENCE,), unpack, lambda found: pack(*found), is_loose=True),
    Parser("statement", (EVIDENCE_FILES["data/evidence.json"],), parse_statement, format_statement),
    Parser(
        "map-proof",
        (EVIDENCE_FILES["data/streams/0.map-proof"],),
        lambda data: parse_map_proof(data, parse_statement(EVIDENCE_FILES["data/evidence.json"]).streams[0]),
        format_map_proof,
    ),
    Parser("enclosed", (ENCLOSED,), parse_enclosed, format_enclosed),
    Parser(
        "attachment",
        (ATTACHED.encode(),),
        lambda data: parse_described(as_text(data)),
        lambda found: format_described(found).encode(),
    ),
    Parser("disclosures", (EVIDENCE_FILES["data/disclosures.json"],), parse_disclosures, format_disclosures),
    Parser("evidence", (EVIDENCE,), read_bundle, write_bundle, is_loose=True, mutate=_resealed),
    Parser("verdict", (EVIDENCE,), _verified, mutate=_resealed),
)
