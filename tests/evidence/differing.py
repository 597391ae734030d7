"""
The same evidence files for every verifier: changed at random, each made again from its seed and number alone; and what
the program, the .pyz without any library, and verify.html say of them.

They must say the same verdict and the same step. What the page cannot see, docs/formats.md section 16 says: it derives
no answer, so that a file which step 9 alone refuses may pass there. `python -m bench.fuzz --verifiers` runs on and on.
"""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from dataclasses import replace
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

from app.evidence import pyz
from app.evidence.offline import derive
from bench.fuzz import CHANGES, mutate
from ledger import canonical
from ledger.envelope import open_leaf, seal
from ledger.errors import LedgerError
from ledger.evidence.archive import pack, unpack
from ledger.evidence.bag import seal_bag
from ledger.evidence.files import write_bundle
from ledger.evidence.verify import verify_evidence
from ledger.trust import load_trust
from tests.evidence import attaching, making, tampering
from tests.evidence.making import CASE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.evidence.browsing import Opened

Verdict = tuple[str, int | None]  # and the step that failed

JSON_CHANGE = CHANGES[-1]
KINDS = ("zip", "careless", "claims", "claims", "files", "note", "note", "shown", "shown", "operator", "operator")
# Where a change says most: what people claim, rather than the hashes that hold it.
CLAIMS = (
    *("data/evidence.json", "data/answer.json", "data/checkpoint", "data/disclosures.json", "data/documents.json"),
    *("data/policy", "data/streams/", "data/proofs/", "data/leaves/", "data/documents/", "bagit.txt", "bag-info.txt"),
)
DRIVER = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from app.evidence.offline import verify_file
for name in sys.argv[3:]:
    report = verify_file(Path(name), trust=Path(sys.argv[2]))
    failed = report.failed
    print(json.dumps([report.verdict, None if failed is None else failed.number]), flush=True)
"""
IN_PAGE = """async ([file, policy]) => {
    const found = await verifyFile(fromBase64(file), await loadTrust(fromBase64(policy), null));
    return [found.verdict, found.failed];
}"""


@cache
def samples() -> tuple[bytes, ...]:
    """Files that verify: a case, one with documents, one whose document was erased, a silence, a case that is none."""
    silence = {"stream": CASE, "as_of": "2026-03-31", "duty": "forward_or_assign"}
    none = {"stream": "case/county/99", "as_of": "2026-04-30"}
    absent = tuple(write_bundle(making.gather(making.log(), "absence", asked)) for asked in (silence, none))
    return (tampering.genuine(), attaching.genuine(), attaching.erased(), *absent)


def make_file(seed: int, number: int) -> bytes:
    """The file of this number, from nothing but the two."""
    rng = Random(f"{seed}/evidence/{number}")  # noqa: S311 - to be made again, not to be secret
    data = rng.choice(samples())
    match rng.choice(KINDS):
        case "zip":
            return mutate(rng, data)
        case "careless":
            return _repacked(data, lambda files: _change(rng, files), is_sealed=False)
        case "claims":
            return _repacked(data, lambda files: _change(rng, files))
        case "files":
            return _repacked(data, lambda files: _move(rng, files))
        case "note":
            return _repacked(data, lambda files: _renote(rng, files))
        case "shown":
            return _repacked(rng.choice(samples()[:2]), lambda files: _reshow(rng, files))
        case _:
            return _operators(rng)


def by_program(data: bytes, policy: bytes) -> Verdict:
    report = verify_evidence(data, load_trust(policy), conclude=derive)
    return report.verdict, None if report.failed is None else report.failed.number


def by_pyz(folder: Path, files: Sequence[bytes], policy: bytes) -> list[Verdict]:
    """By the .pyz on a Python without any package: its own Ed25519, its own everything; one process for all."""
    tool = folder / "luoshi-verify.pyz"
    if not tool.exists():
        tool.write_bytes(pyz.build())
    (folder / "trust").write_bytes(policy)
    names = []
    for number, data in enumerate(files):
        names.append(folder / f"{number}.evidence.zip")
        names[-1].write_bytes(data)
    command = [sys.executable, "-I", "-S", "-c", DRIVER, tool, folder / "trust", *names]
    done = subprocess.run(command, cwd=folder, env={}, capture_output=True, encoding="utf-8", check=False, timeout=600)
    if done.returncode or done.stderr:
        raise AssertionError(done.stderr[-2000:])
    return [(verdict, step) for verdict, step in map(json.loads, done.stdout.splitlines())]


def by_page(opened: Opened, data: bytes, policy: bytes) -> Verdict:
    """By the page's own function; what it does not refuse in its own words is an error of the page."""
    given = [b64encode(data).decode(), b64encode(policy).decode()]
    verdict, step = opened.page.evaluate(IN_PAGE, given)
    return verdict, step


def differs(program: Verdict, by: Verdict, page: Verdict | None) -> str | None:
    """What is wrong with these verdicts on one file; None where they agree as the docs say."""
    if by != program:
        return f"luoshi verify says {program}, luoshi-verify.pyz {by}"
    if page is None or page == program:
        return None
    if program == ("refused", 9) and page == ("verified", None):
        return None  # the page derives nothing, and says so
    return f"luoshi verify says {program}, verify.html {page}"


def _change(rng: Random, files: dict[str, bytes]) -> None:
    """One or two files otherwise, mostly of those that claim something."""
    for _ in range(rng.choice((1, 1, 1, 2))):
        wanted = rng.choice(CLAIMS)
        paths = sorted(path for path in files if path.startswith(wanted)) or sorted(files)
        path = rng.choice(paths)
        change = JSON_CHANGE if path.endswith((".json", ".map-proof", ".leaf")) and rng.random() < 0.7 else None
        files[path] = mutate(rng, files[path]) if change is None else change(rng, files[path])


def _renote(rng: Random, files: dict[str, bytes]) -> None:
    """Another checkpoint, in every proof as well: lines dropped, doubled, exchanged, or bytes of one of them."""
    note = files["data/checkpoint"]
    text, _, lines = note.rpartition(b"\n\n")
    signed = lines.splitlines(keepends=True)
    match rng.randrange(5):
        case 0:
            del signed[rng.randrange(len(signed))]
        case 1:
            signed.append(rng.choice(signed))
        case 2:
            rng.shuffle(signed)
        case 3:
            place = rng.randrange(len(signed))
            head, _, packed = signed[place].rstrip(b"\n").rpartition(b" ")
            raw = bytearray(b64decode(packed))
            raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
            signed[place] = head + b" " + b64encode(bytes(raw)) + b"\n"
        case _:
            place = rng.randrange(len(signed))
            signed[place] = mutate(rng, signed[place])
    other = text + b"\n\n" + b"".join(signed)
    for path in [path for path in files if path == "data/checkpoint" or path.startswith("data/proofs/")]:
        files[path] = files[path].removesuffix(note) + other


def _reshow(rng: Random, files: dict[str, bytes]) -> None:
    """Disclosures and documents exchanged, dropped or changed, in their own form."""
    path = rng.choice([p for p in ("data/disclosures.json", "data/documents.json") if p in files])
    said = canonical.decode(files[path])
    one, two = rng.choice(sorted(said)), rng.choice(sorted(said))
    match rng.randrange(5):
        case 0:
            del said[one]
        case 1:
            said[one], said[two] = said[two], said[one]
        case 2:
            said[str(rng.randrange(60))] = said[one]
        case 3 if path == "data/disclosures.json":
            raw = bytearray(said[one][0].encode())
            raw[rng.randrange(len(raw))] = rng.choice(b"ABCdef012-_")
            said[one] = [raw.decode(), *said[one][1:]]
        case 3:
            said[one] = rng.randbytes(32).hex()
        case _:
            documents = [each for each in files if each.startswith("data/documents/")]
            if documents:
                content = files.pop(rng.choice(documents)) + rng.choice((b"", b"!", b"\0"))
                name = attaching.sha(content) if rng.random() < 0.7 else attaching.sha(b"x")
                files[f"data/documents/{name}"] = content
                said = said if path == "data/disclosures.json" else said | {one: name}
    if said:
        files[path] = canonical.encode(said)
    else:
        del files[path]


def _move(rng: Random, files: dict[str, bytes]) -> None:
    """Files dropped, exchanged, renamed, or put beside."""
    one, two = rng.choice(sorted(files)), rng.choice(sorted(files))
    match rng.randrange(4):
        case 0:
            del files[one]
        case 1:
            files[one], files[two] = files[two], files[one]
        case 2:
            files[two] = files[one]
        case _:
            names = ("data/tokens/1.tst", "data/documents/" + "a" * 64, "data/policy.json", "x", "data/leaves/9.leaf")
            files[rng.choice(names)] = files[one]


def _repacked(data: bytes, change: Any, *, is_sealed: bool = True) -> bytes:
    bag, files = unpack(data)
    own = {path: files[path] for path in tampering.OWN}
    change(files)
    try:
        if is_sealed and all(files.get(path) == content for path, content in own.items()):
            files = seal_bag({path: content for path, content in files.items() if path not in own})
        return pack(bag, files)
    except LedgerError:  # no zip of ours can hold it
        return data


def _operators(rng: Random) -> bytes:
    """
    The operator's own hand: an act of the case whose payload is changed before it is signed, sound in every hash after.
    """
    office = making.county()
    attaching.attach(office, attaching.described("a.pdf", "application/pdf", attaching.PDF))
    last = office.store.read_log(office.store.size() - 1, 1)[0]
    payload = JSON_CHANGE(rng, open_leaf(last.leaf).payload)
    signer = office.handler.keyring.signer("official/bureau-desk")
    kept = office.store.disclosures([last.log_index])
    try:
        leaf = seal(payload, signer)
    except LedgerError:
        leaf = last.leaf
    office.store._log[-1] = replace(last, leaf=leaf)
    ended = making.ended(office)
    documents = {attaching.sha(attaching.PDF): attaching.PDF}
    enclosed = {last.log_index: attaching.sha(attaching.PDF)} if rng.random() < 0.5 else {}
    more = {"disclosures": kept, "documents": documents, "enclosed": enclosed} if enclosed else {}
    try:
        return write_bundle(making.gather(ended, answer=making.case_bundle().answer, **more))
    except LedgerError:
        return tampering.genuine()
