"""
Evidence files as bytes: what is written reads back, and what is not as written is refused, naming the file.
"""

import io
import zipfile
from dataclasses import replace

import bagit
import pytest

from ledger import canonical
from ledger.errors import MalformedEvidence, NotCanonical
from ledger.evidence.archive import pack, unpack
from ledger.evidence.bag import seal_bag
from ledger.evidence.files import read_bundle, write_bundle
from tests.evidence.making import case_bundle
from tests.evidence.tampering import edited, repacked

DATA = write_bundle(case_bundle())


def test_round_trip():
    assert read_bundle(DATA) == case_bundle()
    assert write_bundle(case_bundle()) == DATA


def test_everything_a_file_may_hold():
    whole = replace(
        case_bundle(),
        tokens=(b"token", b"another"),
        documents={"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824": b"hello"},
        enclosed={3: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", 1000: "0" * 64},
        policy_extension=b"{}\n",
        tools={"luoshi-verify.pyz": b"PK", "verify.html": b"<html>"},
    )
    assert read_bundle(write_bundle(whole)) == whole


def test_bagit_validates(tmp_path):
    """
    The Library of Congress' own program finds a complete and valid bag.
    """
    with zipfile.ZipFile(io.BytesIO(DATA)) as found:
        found.extractall(tmp_path)
    assert bagit.Bag(str(tmp_path / "luoshi-evidence")).validate()


def rename(old, new):
    return lambda files: files.__setitem__(new, files.pop(old))


def text(path, old, new):
    def change(files):
        assert old in files[path]
        files[path] = files[path].replace(old, new)

    return change


def member(path, **members):
    return lambda files: files.__setitem__(path, canonical.encode(canonical.decode(files[path]) | members))


def streams(change):
    def changed(files):
        found = canonical.decode(files["data/evidence.json"])
        change(found["streams"])
        files["data/evidence.json"] = canonical.encode(found)

    return changed


INDEX = canonical.encode({"1": "0" * 64})
CASED = case_bundle().streams[0].indexes[0]
LAST = max(leaf.index for leaf in case_bundle().leaves)
MALFORMED = {
    "no statement": (lambda f: f.pop("data/evidence.json"), "data/evidence.json: is missing"),
    "no answer": (lambda f: f.pop("data/answer.json"), "data/answer.json: is missing"),
    "no checkpoint": (lambda f: f.pop("data/checkpoint"), "data/checkpoint: is missing"),
    "no leaf": (lambda f: f.pop("data/leaves/0.leaf"), "data/leaves/0.leaf: is missing"),
    "no map root": (lambda f: f.pop(f"data/leaves/{LAST}.leaf"), f"data/leaves/{LAST}.leaf: is missing"),
    "no proof": (lambda f: f.pop("data/proofs/0.tlog-proof"), "data/proofs/0.tlog-proof: is missing"),
    "no map proof": (lambda f: f.pop("data/streams/3.map-proof"), "data/streams/3.map-proof: is missing"),
    "a leaf too many": (lambda f: f.update({"data/leaves/999.leaf": b""}), "data/leaves/999.leaf: no file"),
    "index 041": (rename(f"data/leaves/{CASED}.leaf", f"data/leaves/0{CASED}.leaf"), f"/{CASED}.leaf: is missing"),
    "index 041 as well": (lambda f: f.update({f"data/leaves/0{CASED}.leaf": b""}), f"leaves/0{CASED}.leaf: no file"),
    "a file of ours to be": (lambda f: f.update({"data/verdict": b"true"}), "data/verdict: no file"),
    "a tag file of ours to be": (lambda f: f.update({"virus.exe": b""}), "virus.exe: no file"),
    "token 2 without 1": (lambda f: f.update({"data/tokens/2.tst": b""}), "data/tokens/2.tst: no file"),
    "a document's name": (lambda f: f.update({"data/documents/a.pdf": b"x"}), "data/documents/a.pdf: no file"),
    "a document's name in capitals": (lambda f: f.update({"data/documents/" + "A" * 64: b"x"}), "no file of an"),
    "no documents": (lambda f: f.update({"data/documents.json": b"{}"}), "data/documents.json: not an object of 1 to"),
    "a document's record": (lambda f: f.update({"data/documents.json": INDEX.replace(b"1", b"01")}), "no log index"),
    "a document's digest": (lambda f: f.update({"data/documents.json": INDEX[:-3] + b'"}'}), "a hash is not 64"),
    "too many documents": (
        lambda f: f.update({"data/documents.json": canonical.encode({str(n): "0" * 64 for n in range(1001)})}),
        "not an object of 1 to 1000",
    ),
    "version": (member("data/evidence.json", v=2), "evidence.json: v is not 1"),
    "version true": (member("data/evidence.json", v=True), "evidence.json: v is not 1"),
    "kind": (member("data/evidence.json", kind="verdict"), "kind is one of case, office, absence"),
    "a member too many": (member("data/evidence.json", ok=True), "not exactly the members"),
    "size": (member("data/evidence.json", size=LAST + 2), "not of the statement's origin and size"),
    "origin": (member("data/evidence.json", origin="other.example"), "not of the statement's origin and size"),
    "size 0": (member("data/evidence.json", size=0), "size is not a number"),
    "size true": (member("data/evidence.json", size=True), "size is not a number"),
    "no streams": (member("data/evidence.json", streams=[]), "not a list of streams"),
    "question of another case": (
        member("data/evidence.json", question={"stream": "case/county/2", "as_of": "2026-04-30"}),
        "not the first stream",
    ),
    "question without a day": (member("data/evidence.json", question={"stream": "case/county/1"}), "stream and as_of"),
    "question with more": (
        member("data/evidence.json", question={"stream": "case/county/1", "as_of": "2026-04-30", "duty": "x"}),
        "none of kind case",
    ),
    "role": (streams(lambda s: s[1].update(role="judge")), "is one of case, filed, people, law, keys"),
    "two cases": (streams(lambda s: s[1].update(role="case")), "that is not the first is said to be the case's"),
    "a stream twice": (streams(lambda s: s.append(dict(s[1]))), "twice"),
    "an index twice": (streams(lambda s: s[1]["indexes"].extend(s[0]["indexes"])), "out of order or another stream's"),
    "an index from below": (streams(lambda s: s[0]["indexes"].insert(0, -1)), "beyond the checkpoint"),
    "an index beyond": (streams(lambda s: s[0]["indexes"].append(LAST + 1)), "beyond the checkpoint"),
    "the map root's index": (streams(lambda s: s[0]["indexes"].append(LAST)), "beyond the checkpoint"),
    "an index that is true": (streams(lambda s: s[0]["indexes"].append(True)), "not a list of log indexes"),
    "the stream of map roots": (streams(lambda s: s[1].update(stream="log/map")), "no stream of events"),
    "spaces": (text("data/evidence.json", b":", b": "), "not canonical JSON"),
    "doubled member": (text("data/evidence.json", b'"v":1', b'"v":1,"v":1'), "not canonical JSON"),
    "answer with a float": (lambda f: f.update({"data/answer.json": b"1.5"}), "data/answer.json"),
    "deep answer": (lambda f: f.update({"data/answer.json": b"[" * 100_000}), "data/answer.json"),
    "long answer": (lambda f: f.update({"data/answer.json": b'"' + b"a" * (1 << 20) + b'"'}), "data/answer.json"),
    "checkpoint": (lambda f: f.update({"data/checkpoint": b"hello\n"}), "data/checkpoint: malformed"),
    "size 07": (text("data/checkpoint", b"\n%d\n" % (LAST + 1), b"\n0%d\n" % (LAST + 1)), "data/checkpoint: malformed"),
    "a proof's checkpoint": (
        text("data/proofs/0.tlog-proof", b"test.example/log\n", b"test.example/lag\n"),
        "0.tlog-proof: does not end in the checkpoint",
    ),
    "a proof's index": (text("data/proofs/0.tlog-proof", b"index 0", b"index 1"), "0.tlog-proof: is of another record"),
    "a proof's index 00": (text("data/proofs/0.tlog-proof", b"index 0", b"index 00"), "0.tlog-proof: malformed"),
    "a proof's extra": (text("data/proofs/0.tlog-proof", b"index 0", b"extra aGk=\nindex 0"), "something else"),
    "a map proof of another stream": (
        lambda f: f.update({"data/streams/1.map-proof": f["data/streams/2.map-proof"]}),
        "1.map-proof: the proof is not of",
    ),
    "a map proof's hash": (member("data/streams/0.map-proof", siblings=["zz"]), "0.map-proof: a hash is not"),
    "a long map proof": (member("data/streams/0.map-proof", siblings=["00" * 32] * 257), "at most 256 hashes"),
    "a map proof's entry": (member("data/streams/0.map-proof", entry={"n": 1}), "0.map-proof"),
    "a map proof's end": (member("data/streams/0.map-proof", terminal={"key": "00"}), "0.map-proof: an object"),
    "disclosures of nothing": (lambda f: f.update({"data/disclosures.json": b"{}"}), "disclosures.json: not an object"),
    "disclosures of 041": (lambda f: f.update({"data/disclosures.json": b'{"041":["x"]}'}), "is no log index"),
    "no disclosure": (lambda f: f.update({"data/disclosures.json": b'{"41":[]}'}), "not a list of texts"),
    "a number disclosed": (lambda f: f.update({"data/disclosures.json": b'{"41":[1]}'}), "not a list of texts"),
}  # fmt: skip


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed(case):
    change, said = MALFORMED[case]
    with pytest.raises(MalformedEvidence, match=said) as refused:
        read_bundle(edited(DATA, change))
    assert refused.value.step == 1


def fitting(change):
    return lambda: edited(DATA, change)


def unsealed(change):
    return lambda: repacked(DATA, change)


BAGS = {
    "a byte": (unsealed(text("data/answer.json", b"1", b"2")), "data/answer.json: not the file of manifest-sha256.txt"),
    "a tag's byte": (unsealed(text("README.txt", "读".encode(), b"x")), "README.txt: not the file of tagmanifest"),
    "a file too many": (unsealed(lambda f: f.update({"data/x": b""})), "data/x: not in manifest-sha256.txt"),
    "a tag too many": (unsealed(lambda f: f.update({"x": b""})), "x: not in tagmanifest-sha256.txt"),
    "a line too many": (unsealed(lambda f: f.pop("data/custody.html")), "data/custody.html: in manifest-sha256.txt"),
    "no manifest": (unsealed(lambda f: f.pop("manifest-sha256.txt")), "manifest-sha256.txt is missing"),
    "no declaration": (unsealed(lambda f: f.pop("bagit.txt")), "bagit.txt is missing"),
    "other version": (fitting(text("bagit.txt", b"1.0", b"0.9")), "bagit.txt: not a bag of version 1.0"),
    "other info": (fitting(text("bag-info.txt", b"Luoshi", b"Lousy")), "bag-info.txt: not what is written"),
    "an open line": (unsealed(lambda f: f.update({"manifest-sha256.txt": b"x"})), "does not end"),
    "a line that is none": (unsealed(lambda f: f.update({"manifest-sha256.txt": b"x\n"})), "line 1 is malformed"),
    "a doubled line": (
        unsealed(lambda f: f.update({"manifest-sha256.txt": (f["manifest-sha256.txt"].split(b"\n")[0] + b"\n") * 2})),
        "is malformed, doubled",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAGS)
def test_bag(case):
    make, said = BAGS[case]
    with pytest.raises(MalformedEvidence, match=said) as refused:
        read_bundle(make())
    assert refused.value.message.startswith("the bag: ")
    assert refused.value.step == 1


def test_a_bag_of_something_else():
    with pytest.raises(MalformedEvidence, match=r"data/evidence.json: is missing"):
        read_bundle(pack("bag", seal_bag({"data/hello.txt": b"hello"})))


def test_what_cannot_be_written():
    for changed in (
        replace(case_bundle(), leaves=case_bundle().leaves[1:]),
        replace(case_bundle(), answer=1.5),
        replace(case_bundle(), origin="other.example"),
        replace(case_bundle(), note=b"hello"),
        replace(case_bundle(), tools={"virus.exe": b""}),
        replace(case_bundle(), extras={"data/answer.json": b""}),
        replace(case_bundle(), documents={"0" * 64: b"x"}),
    ):
        with pytest.raises(NotCanonical):
            write_bundle(changed)


def test_names_in_the_bag():
    """
    The folder's name is the sender's to choose, and means nothing.
    """
    assert read_bundle(write_bundle(case_bundle(), bag="2026-001")) == case_bundle()
    assert unpack(DATA)[0] == "luoshi-evidence"
