"""
Golden bytes, and how they were made: `python -m tests.ledger.vectors.make_vectors` writes them again in place.

Everything is fixed: keys come from seeds, times and salts are constants, Ed25519 is deterministic. A vector that
changes is a format that changed, and needs a decision record. tests/ledger/test_vectors.py compares.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.casemap import CaseMap, MapRoot, MemoryNodes, format_map_root
from ledger.checkpoint import sign_checkpoint
from ledger.cosignature import Cosigner
from ledger.disclosure import digest, disclose
from ledger.envelope import Draft, leaf_hash, payload, seal
from ledger.evidence.bundle import Bundle, ProvedLeaf, ProvedStream, Role
from ledger.evidence.files import write_bundle
from ledger.keys import Ed25519Signer, KeyFolder
from ledger.merkle import prove_record, prove_tree, root
from ledger.note import split_note
from ledger.outside import CheckpointFile
from ledger.policy import Log, Policy, Witness, format_policy
from ledger.receipt import Receipt, sign_receipt

FOLDER = Path(__file__).parent / "golden"
ORIGIN = "luoshi.example/county"
LOG = Ed25519Signer.from_seed(ORIGIN, bytes(range(32)))
SYSTEM = Ed25519Signer.from_seed("system/import", bytes(range(1, 33)))
CLERK = Ed25519Signer.from_seed("official/王芳", bytes(range(2, 34)))
WITNESS = Cosigner(Ed25519Signer.from_seed("witness.example/w", bytes(range(3, 35))))
POLICY = format_policy(Policy((Log(LOG.vkey),), (Witness("w", WITNESS.vkey),), (), "w"))
RECORDED_AT = "2025-03-01T01:00:00Z"
DISCLOSURES = (
    disclose("petitioner_name", "李雷", bytes(range(16))),
    disclose("contact", {"phone": "13800000000"}, bytes(range(16, 32))),
)


def drafts() -> list[tuple[Draft, Ed25519Signer]]:
    """A key for the system, one for an official, and a case of two events with two sealed fields."""
    machine, clerk = {"official": None, "system": "import"}, {"official": "王芳", "system": None}

    def enrolled(key: Ed25519Signer, role: str, holder: str) -> Draft:
        body = {
            "custody": "ledger",
            "holder": holder,
            "key_id": key.key_id,
            "role": role,
            "valid_from": "2025-01-01",
            "valid_to": None,
            "vkey": key.vkey,
        }
        stream = f"{role}/{holder}"
        return Draft(stream, 1, "key.enrolled.v1", body, machine, RECORDED_AT, f"enrol-{holder}", ORIGIN)

    case, body = "case/petition/2025-001", {"channel": "来信", "pages": 3, "urgent": False}
    return [
        (enrolled(SYSTEM, "system", "import"), SYSTEM),
        (enrolled(CLERK, "official", "王芳"), SYSTEM),
        (Draft(case, 1, "petition.received.v1", body, machine, "2025-02-28", "c-1", ORIGIN, DISCLOSURES), SYSTEM),
        (Draft(case, 2, "petition.registered.v1", {"unit": "信访局"}, clerk, RECORDED_AT, "c-2", ORIGIN), CLERK),
    ]


def vectors() -> dict[str, bytes]:
    """Every golden file, by name."""
    made: dict[str, bytes] = {}
    leaves: list[bytes] = []
    heads: dict[str, str] = {}
    entries: list[bytes] = []
    for index, (draft, signer) in enumerate(drafts()):
        data = payload(draft, prev=heads.get(draft.stream), recorded_at=RECORDED_AT)
        leaf = seal(data, signer)
        entries.append(leaf)
        leaves.append(leaf_hash(leaf))
        heads[draft.stream] = leaves[-1].hex()
        made[f"payload-{index}.json"] = data
        made[f"leaf-{index}.json"] = leaf
    made["disclosures.json"] = _json([{"disclosure": text, "digest": digest(text)} for text in DISCLOSURES])
    made["keys.json"] = _json({key.key_id: key.vkey for key in (LOG, SYSTEM, CLERK)})
    made["tree.json"] = _json(
        {
            "leaf_hashes": [leaf.hex() for leaf in leaves],
            "roots": [root(leaves[:size]).hex() for size in range(len(leaves) + 1)],
            "record_2_of_4": [node.hex() for node in prove_record(leaves, 2)],
            "tree_3_to_4": [node.hex() for node in prove_tree(leaves, 3)],
        }
    )
    promised = Receipt(ORIGIN, 3, leaves[3], "case/petition/2025-001", 2, datetime(2025, 3, 1, 1, 10, tzinfo=UTC))
    made["receipt"] = sign_receipt(promised, [LOG])
    with TemporaryDirectory() as folder:
        outside, keys = CheckpointFile(Path(folder) / "outside"), KeyFolder(Path(folder) / "keys")
        outside.advance(lambda start: entries[start:], ORIGIN, LOG)
        made["checkpoint"] = outside.newest() or b""
        made["tile-0-000.p-4"] = (Path(folder) / "outside/tile/0/000.p/4").read_bytes()
        for name, key in (("log", LOG), ("official", CLERK)):
            made[f"key-{name}.pem"] = keys.save(key).read_bytes()
    made["evidence.zip"] = write_bundle(bundle(entries), is_deflated=False)  # zlib's bytes are not ours to fix
    made["evidence-policy"] = POLICY
    return made


def bundle(entries: list[bytes]) -> Bundle:
    """The case above as evidence, under a checkpoint that covers a map root and is cosigned."""
    streams: dict[str, tuple[int, ...]] = {}
    for index, (draft, _) in enumerate(drafts()):
        streams[draft.stream] = (*streams.get(draft.stream, ()), index)
    nodes = CaseMap(ORIGIN, MemoryNodes())
    found = nodes.add((draft.stream, leaf_hash(entries[i])) for i, (draft, _) in enumerate(drafts()))
    leaves = [*entries, format_map_root(MapRoot(len(entries), found))]
    hashes = [leaf_hash(leaf) for leaf in leaves]
    note = sign_checkpoint(ORIGIN, len(leaves), root(hashes), LOG)
    text, _ = split_note(note)
    case = drafts()[2][0].stream
    roles: dict[str, Role] = {case: "case", "official/王芳": "people", "system/import": "keys"}
    return Bundle(
        kind="case",
        origin=ORIGIN,
        note=note + WITNESS.cosign(text, 1_740_800_000).encode(),
        question={"stream": case, "as_of": "2025-03-01"},
        answer={"events": list(streams[case])},
        streams=tuple(
            ProvedStream(s, role, streams.get(s, ()), nodes.entry(s), nodes.prove(s)) for s, role in roles.items()
        ),
        leaves=tuple(ProvedLeaf(i, leaf, tuple(prove_record(hashes, i))) for i, leaf in enumerate(leaves)),
        disclosures={2: DISCLOSURES},
        policy=POLICY,
        extras={"README.txt": "证据\n".encode()},
    )


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    made = vectors()
    for stale in {file.name for file in FOLDER.iterdir()} - made.keys():
        (FOLDER / stale).unlink()
    for name, data in made.items():
        (FOLDER / name).write_bytes(data)
