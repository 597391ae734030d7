"""
An evidence file's bytes to and from what they hold. Reading is form only: nothing read here is proved by it.

Every error names the file in the bag. tests/ledger/evidence/test_files.py; golden bytes in tests/ledger/vectors.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ledger import canonical
from ledger.checkpoint import parse_checkpoint
from ledger.errors import MalformedEvidence, NotCanonical
from ledger.evidence.archive import pack, unpack
from ledger.evidence.bag import open_bag, seal_bag
from ledger.evidence.bundle import Bundle, ProvedLeaf, ProvedStream
from ledger.evidence.text import (
    Listed,
    Statement,
    format_disclosures,
    format_enclosed,
    format_map_proof,
    format_statement,
    parse_disclosures,
    parse_enclosed,
    parse_map_proof,
    parse_statement,
)
from ledger.note import split_note
from ledger.proof import RecordProof, format_proof, parse_proof

BAG = "luoshi-evidence"
TOOLS = ("luoshi-verify.pyz", "verify.html")
EXTRAS = {"README.txt": "README.txt", "custody.html": "data/custody.html"}
STATEMENT, ANSWER, NOTE = "data/evidence.json", "data/answer.json", "data/checkpoint"
DISCLOSURES, POLICY, EXTENSION = "data/disclosures.json", "data/policy", "data/policy.json"
ENCLOSED, DOCUMENTS = "data/documents.json", "data/documents"
MAX_DOCUMENT_BYTES = 56 << 20  # together: what is left of the archive holds the rest
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


def write_bundle(bundle: Bundle, *, bag: str = BAG, is_deflated: bool = True) -> bytes:
    """Return the evidence file. NotCanonical, if it would not read back as this bundle."""
    try:
        files = _files(bundle)
    except MalformedEvidence as error:
        raise NotCanonical(str(error)) from None
    data = pack(bag, seal_bag(files), is_deflated=is_deflated)
    try:
        if read_bundle(data) == bundle:
            return data
    except MalformedEvidence as error:
        raise NotCanonical(str(error)) from None
    raise NotCanonical("a bundle that its file would not give back")


def read_bundle(data: bytes) -> Bundle:
    """Return what the file holds. MalformedEvidence says what is wrong with it, and in which file."""
    rest = open_bag(unpack(data)[1])
    tools = {name: rest.pop(name) for name in TOOLS if name in rest}
    extras = {name: rest.pop(path) for name, path in EXTRAS.items() if path in rest}
    with _named(STATEMENT):
        statement = parse_statement(_take(rest, STATEMENT))
    note = _take(rest, NOTE)
    with _named(NOTE):
        head = parse_checkpoint(split_note(note)[0])
        if (head.origin, head.size) != (statement.origin, statement.size):
            raise MalformedEvidence(f"is of {head.origin}, size {head.size}: not of the statement's origin and size")
    with _named(ANSWER):
        answer = canonical.decode(_take(rest, ANSWER))
    documents, enclosed = _documents(rest)
    bundle = Bundle(
        kind=statement.kind,
        origin=statement.origin,
        note=note,
        question=statement.question,
        answer=answer,
        streams=tuple(_stream(rest, number, listed) for number, listed in enumerate(statement.streams)),
        leaves=_leaves(rest, statement, note),
        tokens=_tokens(rest),
        disclosures=_disclosures(rest),
        documents=documents,
        enclosed=enclosed,
        policy=rest.pop(POLICY, None),
        policy_extension=rest.pop(EXTENSION, None),
        extras=extras,
        tools=tools,
    )
    for path in sorted(rest):
        raise _bad(path, "no file of an evidence file is named so")
    return bundle


def _files(bundle: Bundle) -> dict[str, bytes]:
    head = parse_checkpoint(split_note(bundle.note)[0])
    listed = tuple(Listed(s.stream, s.role, s.indexes) for s in bundle.streams)
    statement = Statement(bundle.kind, bundle.origin, head.size, bundle.question, listed)
    files = {
        STATEMENT: format_statement(statement),
        ANSWER: canonical.encode(bundle.answer),
        NOTE: bundle.note,
    }
    for number, token in enumerate(bundle.tokens, 1):
        files[f"data/tokens/{number}.tst"] = token
    for leaf in bundle.leaves:
        files[f"data/leaves/{leaf.index}.leaf"] = leaf.leaf
        files[f"data/proofs/{leaf.index}.tlog-proof"] = format_proof(RecordProof(leaf.index, leaf.path, bundle.note))
    for number, stream in enumerate(bundle.streams):
        files[f"data/streams/{number}.map-proof"] = format_map_proof(stream)
    if bundle.disclosures:
        files[DISCLOSURES] = format_disclosures(bundle.disclosures)
    for digest, content in bundle.documents.items():
        if hashlib.sha256(content).hexdigest() != digest:
            raise NotCanonical(f"document {digest} is not named by its own SHA-256")
        files[f"{DOCUMENTS}/{digest}"] = content
    if bundle.enclosed:
        files[ENCLOSED] = format_enclosed(bundle.enclosed)
    given = {POLICY: bundle.policy, EXTENSION: bundle.policy_extension}
    files |= {path: content for path, content in given.items() if content is not None}
    for name, content in bundle.extras.items():
        if name not in EXTRAS:
            raise NotCanonical(f"{name}: no file of an evidence file is named so")
        files[EXTRAS[name]] = content
    return files | dict(bundle.tools)


def _stream(rest: dict[str, bytes], number: int, listed: Listed) -> ProvedStream:
    path = f"data/streams/{number}.map-proof"
    with _named(path):
        return parse_map_proof(_take(rest, path), listed)


def _leaves(rest: dict[str, bytes], statement: Statement, note: bytes) -> tuple[ProvedLeaf, ...]:
    """Of exactly the records that the statement names, and the last one."""
    indexes = {index for listed in statement.streams for index in listed.indexes} | {statement.size - 1}
    found: list[ProvedLeaf] = []
    for index in sorted(indexes):
        leaf = _take(rest, f"data/leaves/{index}.leaf")
        path = f"data/proofs/{index}.tlog-proof"
        content = _take(rest, path)
        with _named(path):
            # The note is compared as bytes and parsed once, whatever the number of proofs.
            if not content.endswith(b"\n\n" + note):
                raise MalformedEvidence("does not end in the checkpoint of this file")
            proof = parse_proof(content)
            if (proof.index, proof.note, proof.extra) != (index, note, None):
                raise MalformedEvidence("is of another record, or carries something else")
        found.append(ProvedLeaf(index, leaf, proof.path))
    return tuple(found)


def _tokens(rest: dict[str, bytes]) -> tuple[bytes, ...]:
    found: list[bytes] = []
    while (token := rest.pop(f"data/tokens/{len(found) + 1}.tst", None)) is not None:
        found.append(token)
    return tuple(found)


def _disclosures(rest: dict[str, bytes]) -> Mapping[int, tuple[str, ...]]:
    if DISCLOSURES not in rest:
        return {}
    with _named(DISCLOSURES):
        return parse_disclosures(rest.pop(DISCLOSURES))


def _documents(rest: dict[str, bytes]) -> tuple[Mapping[str, bytes], Mapping[int, str]]:
    """By their names, and which record each is said to be of. What they are, step 8 checks."""
    found: dict[str, bytes] = {}
    for path in sorted(rest):
        folder, _, name = path.rpartition("/")
        if folder == DOCUMENTS and _HEX.fullmatch(name):
            found[name] = rest.pop(path)
    enclosed: Mapping[int, str] = {}
    if ENCLOSED in rest:
        with _named(ENCLOSED):
            enclosed = parse_enclosed(rest.pop(ENCLOSED))
    # A file that several records name is hashed for each of them.
    hashed = sum(len(found.get(name, b"")) for name in enclosed.values())
    if max(hashed, sum(map(len, found.values()))) > MAX_DOCUMENT_BYTES:
        raise _bad(DOCUMENTS, f"more than {MAX_DOCUMENT_BYTES} bytes together")
    return found, enclosed


def _take(rest: dict[str, bytes], path: str) -> bytes:
    if path not in rest:
        raise _bad(path, "is missing")
    return rest.pop(path)


@contextmanager
def _named(path: str) -> Iterator[None]:
    """Whatever is malformed inside is malformed in this file."""
    try:
        yield
    except MalformedEvidence as error:
        raise error if error.step == 1 else _bad(path, error.message) from None
    except NotCanonical as error:
        raise _bad(path, str(error)) from None


def _bad(path: str, said: str) -> MalformedEvidence:
    return MalformedEvidence(f"{path}: {said}", step=1)
