"""
An evidence file with documents: two attachments of the case and a paper that a record names; and what can be done to
them, with the step that names it. The bytes are a reader's worst case: markup in a text, a name that lies.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import replace
from functools import cache

from ledger import canonical
from ledger.attachment import FIELD, Described, format_described, salted
from ledger.disclosure import disclose
from ledger.envelope import open_leaf, parse_payload
from ledger.evidence.files import write_bundle
from tests.evidence import making
from tests.evidence.making import CASE, c
from tests.evidence.tampering import Tampering, edited

PDF = b"%PDF-1.7 \xe5\xbc\xa0\xe4\xb8\x89 lease"
TEXT = "房屋漏水。<script>document.title='owned'</script>\n".encode()
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100"
    "18dd8db00000000049454e44ae426082"
)
PAPER = b"%PDF-1.7 \xe6\x92\xa4\xe5\x9b\x9e withdrawal"
OTHERS = b"%PDF-1.7 of another case"
NAMES = ("租赁合同.pdf", "陈述\u202e.html", "照片.png")
TYPES = ("application/pdf", "text/plain", "image/png")


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def described(name: str, kind: str, data: bytes) -> str:
    salt = hashlib.sha256(data).digest()[:16]
    return format_described(Described(name, kind, len(data), salt, salted(salt, data), bytes(32)))


def attach(office, value: str, *, no: str = "1") -> None:
    """An attachment with this sealed field; the ciphertext is none, and nobody here opens it."""
    kept = sha(value.encode())
    more = {"category": "evidence", "sealed_object": kept, "size": 40, "sealed": ((FIELD, value),)}
    office.act(c.AddAttachment, "bureau", "2026-03-04", no=no, command_id=f"attach/{no}/{kept[:8]}", **more)


@cache
def log():
    """County's case 1 with three attachments and a withdrawal on paper; case 2 with an attachment of its own."""
    office = making.county()
    for name, kind, data in zip(NAMES, TYPES, (PDF, TEXT, PNG), strict=True):
        attach(office, described(name, kind, data))
    attach(office, described("他案.pdf", "application/pdf", OTHERS), no="2")
    office.act(c.WithdrawPetition, "bureau", "2026-04-11", proof=f"sha256:{sha(PAPER)}")
    kept = office.store.disclosures(range(office.store.size()))
    return making.ended(office), kept


def records() -> tuple[int, ...]:
    """Where the attachments and the paper stand: the last four of the case."""
    return log()[0].streams[CASE][-4:]


@cache
def bundle(**more):
    """The file with all four."""
    ended, kept = log()
    *attached, paper = records()
    return making.gather(
        ended,
        disclosures={index: kept[index] for index in attached},
        documents={sha(data): data for data in (PDF, TEXT, PNG, PAPER)},
        enclosed={**dict(zip(attached, map(sha, (PDF, TEXT, PNG)), strict=True)), paper: sha(PAPER)},
        extras={"README.txt": "读我\n".encode(), "custody.html": b"<!doctype html>\n"},
        **more,
    )


@cache
def genuine() -> bytes:
    return write_bundle(bundle())


def _path(data: bytes) -> str:
    return f"data/documents/{sha(data)}"


def _index(change):
    def changed(files):
        said = canonical.decode(files["data/documents.json"])
        change(said)
        files["data/documents.json"] = canonical.encode(said)

    return changed


def _changed(files) -> None:
    files[_path(PDF)] = PDF + b"!"


def _replaced(files) -> None:
    """Another file under its own name, and the index with it."""
    other = PDF.replace(b"lease", b"lies!")
    del files[_path(PDF)]
    files[_path(other)] = other
    _index(lambda said: said.update({str(records()[0]): sha(other)}))(files)


def _of_another_case(files) -> None:
    """A file that another case commits to, in place of this one's."""
    del files[_path(PDF)]
    files[_path(OTHERS)] = OTHERS
    _index(lambda said: said.update({str(records()[0]): sha(OTHERS)}))(files)


def _others_record(files) -> None:
    """Of another case, with that case's disclosure and record."""
    ended, kept = log()
    index = ended.streams["case/county/2"][-1]
    files[_path(OTHERS)] = OTHERS
    _index(lambda said: said.update({str(index): sha(OTHERS)}))(files)
    shown = canonical.decode(files["data/disclosures.json"])
    files["data/disclosures.json"] = canonical.encode(shown | {str(index): list(kept[index])})


def _others_record_only(files) -> None:
    index = log()[0].streams["case/county/2"][-1]
    files[_path(OTHERS)] = OTHERS
    _index(lambda said: said.update({str(index): sha(OTHERS)}))(files)


def _two_swapped(files) -> None:
    first, second = map(str, records()[:2])
    _index(lambda said: said.update({first: said[second], second: said[first]}))(files)


def _renamed(files) -> None:
    files[f"data/documents/{'0' * 64}"] = files.pop(_path(PDF))


def _renamed_with_index(files) -> None:
    _renamed(files)
    _index(lambda said: said.update({str(records()[0]): "0" * 64}))(files)


def _stray(files) -> None:
    files[_path(b"x")] = b"x"


def _without_disclosure(files) -> None:
    shown = canonical.decode(files["data/disclosures.json"])
    del shown[str(records()[0])]
    files["data/disclosures.json"] = canonical.encode(shown)


def _other_name(files) -> None:
    """The name of a file is sealed as well: another one is another field."""
    shown = canonical.decode(files["data/disclosures.json"])
    value = described("别的.pdf", TYPES[0], PDF)
    shown[str(records()[0])] = [disclose(FIELD, value, bytes(16))]
    files["data/disclosures.json"] = canonical.encode(shown)


def _plain_digest_for_an_attachment() -> bytes:
    """The field of an attachment names a plain SHA-256, and no salted one."""
    office = making.county()
    attach(office, f"sha256:{sha(PDF)}")
    return _alone(office, PDF)


def _ill_described() -> bytes:
    office = making.county()
    attach(office, canonical.encode({"size": len(PDF), "salt": b64encode(bytes(16)).decode()}).decode())
    return _alone(office, PDF)


def _unsalted() -> bytes:
    """HMAC under an empty salt: a digest that anybody can look for."""
    office = making.county()
    value = canonical.decode(described("x", TYPES[0], PDF).encode()) | {"salt": "", "hmac_sha256": salted(b"", PDF)}
    attach(office, canonical.encode(value).decode())
    return _alone(office, PDF)


def _ciphertext() -> bytes:
    """What an attachment's record names in clear is its ciphertext, which shows nothing."""
    office = making.county()
    more = {"category": "evidence", "sealed_object": sha(PDF), "size": 40, "sealed": (("other", "x"),)}
    office.act(c.AddAttachment, "bureau", "2026-03-04", command_id="attach/cipher", **more)
    return _alone(office, PDF)


def _alone(office, data: bytes) -> bytes:
    ended = making.ended(office)
    index = ended.streams[CASE][-1]
    shown = {index: office.store.disclosures([index])[index]}
    return write_bundle(
        making.gather(ended, disclosures=shown, documents={sha(data): data}, enclosed={index: sha(data)})
    )


def _after(change):
    return lambda: edited(genuine(), change)


def _no_index(files) -> None:
    del files["data/documents.json"]


def _another_paper(files) -> None:
    del files[_path(PAPER)]
    files[_path(b"y")] = b"y"
    _index(lambda said: said.update({str(records()[-1]): sha(b"y")}))(files)


# fmt: off
DOCUMENTS = [
    Tampering("a document's byte", _after(_changed), 8, "is another file: that is not its SHA-256"),
    Tampering("a document replaced, index and all", _after(_replaced), 8, "is not the file that record"),
    Tampering("a document of another case", _after(_of_another_case), 8, "is not the file that record"),
    Tampering("a document of another case's record", _after(_others_record_only), 8, "which is none of the case's"),
    Tampering("another case's document and disclosure", _after(_others_record), 8, "does not commit"),
    Tampering("two documents swapped", _after(_two_swapped), 8, "is not the file that record"),
    Tampering("a document renamed", _after(_renamed), 8, "is named by no record"),
    Tampering("a document renamed, in the index as well", _after(_renamed_with_index), 8, "that is not its SHA-256"),
    Tampering("a document that is gone", _after(lambda f: f.pop(_path(PDF))), 8, "is missing"),
    Tampering("a document beside the others", _after(_stray), 8, "is named by no record"),
    Tampering("documents without an index", _after(_no_index), 8, "is named by no record"),
    Tampering("a document without its disclosure", _after(_without_disclosure), 8, "discloses no attachment"),
    Tampering("a document of another name", _after(_other_name), 8, "does not commit"),
    Tampering("a paper that no record names", _after(_another_paper), 8, "is not named by record"),
    Tampering("a plain digest for an attachment", _plain_digest_for_an_attachment, 8, "not canonical JSON"),
    Tampering("an attachment ill described", _ill_described, 8, "no description of an attachment"),
    Tampering("an attachment without a salt", _unsalted, 8, "salt is not base64"),
    Tampering("a ciphertext for the file", _ciphertext, 8, "discloses no attachment"),
    Tampering("an index of another form", _after(lambda f: f.update({"data/documents.json": b"{}"})), 1, "documents"),
    Tampering("a document's path", _after(lambda f: f.update({"data/documents/a.pdf": b"x"})), 1, "no file of an"),
]
# fmt: on


def renewed(**more):
    """The file with other content; what a bundle holds is replaced by name."""
    return write_bundle(replace(bundle(), **more))


def erased() -> bytes:
    """A case whose attachment was erased by order before the file was made."""
    office = making.county()
    attach(office, described(NAMES[0], TYPES[0], PDF))
    added = office.store.read_stream(CASE)[-1]
    sd = parse_payload(open_leaf(added.leaf).payload).sd
    order = {"order_no": "京信〔2026〕7号", "basis": "保管期满", "targets": ((added.log_index, sd),)}
    office.act(c.EraseSealed, "bureau", "2026-04-12", **order)
    return write_bundle(making.gather(making.ended(office)))
