"""
`luoshi evidence case | absence` as a clerk runs it: what it writes, and when it writes nothing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time

import pytest

from ledger.disclosure import digest, open_disclosure
from ledger.envelope import open_leaf, parse_payload
from ledger.evidence.files import read_bundle
from tests.api.running import MAPPING, Home, row, write_csv
from tests.domain.duties.county import RECEPTION

DAY = "2025-12-31"
GOVERNMENT = """
[[unit]]
id = "gov"
name = "县政府"
kind = "government"

[[post]]
id = "gov-head"
unit_id = "gov"
title = "县长"
rank = "main_leader"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Five cases of one hall; H2 was never concluded."""
    home = Home(tmp_path_factory.mktemp("home"))
    home.run("init")
    rows = [row(n, **({"办结时间": ""} if n == 2 else {})) for n in range(1, 6)]
    mapping = home.path / "hall.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    home.run("import", write_csv(home.path / "hall.csv", rows), "--mapping", mapping)
    return home


def written(path):
    return read_bundle(path.read_bytes())


def test_a_case(home):
    """
    What the import recorded is published first, and the answer in the file is that of `luoshi audit case`.
    """
    file = home.path / "h1.zip"
    said = home.run("evidence", "case", "H1", "--as-of", DAY, "--for", "某法院", "-o", file).stdout
    assert hashlib.sha256(file.read_bytes()).hexdigest() in said
    bundle = written(file)
    assert bundle.answer == home.ask("audit", "case", "H1", "--as-of", DAY) | {"log_size": home.size()}
    assert home.size() == bundle.answer["log_size"]
    assert "某法院" in bundle.extras["custody.html"].decode()


def test_a_silence(home):
    file = home.path / "h2.zip"
    said = home.run("evidence", "absence", "H2", "--duty", "conclude", "--as-of", DAY, "-o", file).stdout
    bundle = written(file)
    assert [d["discharged_at"] for d in bundle.answer["duties"]] == [None]
    assert "没有任何一条记录" in said
    assert "检举控告以随机编号登记，不在本件证明之内" in said


def test_what_the_holder_may_see(home):
    """
    One sealed value, on a ground, and the file itself holds the record of its reading. Nobody else's value is in it.
    """
    file = home.path / "h5.zip"
    asked = ("evidence", "case", "H5", "--as-of", DAY, "--disclose", "petitioner_name", "-o", file)
    who = ("--actor", "admin", "--unit", row(5)["单位"])
    assert "--disclose needs --ground" in home.run(*asked, exits=2).stderr
    home.run(*asked, *who, "--ground", "court", "--text", "(2026)京01行初12号")
    bundle = written(file)
    [[shown]] = bundle.disclosures.values()
    assert open_disclosure(shown) == ("petitioner_name", "信访人5")
    read = [parse_payload(open_leaf(leaf.leaf).payload) for leaf in bundle.leaves[:-1]]
    assert [p.body["digests"] for p in read if p.topic == "sealed_value.read.v1"] == [[digest(shown)]]
    assert "本件披露 1 项，未披露 1 项" in bundle.extras["custody.html"].decode()  # the other is the ground in words
    assert "信访人5" not in bundle.extras["custody.html"].decode()
    home.run("evidence", "case", "H5", "--as-of", DAY, "-o", file, "--force")
    assert not written(file).disclosures


def test_documents(home, tmp_path):
    """
    Attachments go with the case by version, digest or all; a paper by the digest in its record. After an erasure the
    file that was handed over verifies, and a new one says what is gone.
    """
    file, out = tmp_path / "合同.txt", tmp_path / "h4.zip"
    file.write_text("租赁合同", encoding="utf-8")
    who = ("--actor", "admin", "--unit", row(4)["单位"])
    added = home.run("case", "attach", "H4", file, "--kind", "evidence", *who).stdout
    version = added.split("version ")[1].split(",")[0]
    asked = ("evidence", "case", "H4", "--as-of", DAY, "-o", out, "--force")
    ground = ("--ground", "court", "--text", "(2026)京01行初12号")
    assert "--document needs --ground" in home.run(*asked, "--document", "all", exits=2).stderr
    assert "ask for the document itself" in home.run(*asked, "--disclose", "attachment", *who, *ground, exits=2).stderr
    assert "no sealed field attachment" in home.run(*asked, "--document", "77", *who, *ground, exits=2).stderr
    assert "no record of the case names" in home.run(*asked, "--paper", file, exits=2).stderr
    said = home.run(*asked, "--document", version, *who, *ground).stdout
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert f"附件 合同.txt（text/plain，12 字节），SHA-256 {sha256}" in said
    bundle = written(out)
    assert bundle.documents == {sha256: file.read_bytes()}
    assert sha256 in bundle.extras["custody.html"].decode()
    assert sha256 in bundle.extras["README.txt"].decode()
    policy = home.path / "log/vkey"
    assert "合同.txt" in home.run("verify", out, "--trust", policy).stdout
    home.run("erase", "H4", "attachment", *who, "--order", "9", "--basis", "保管期满")
    old = json.loads(home.run("verify", out, "--trust", policy, "--json").stdout)
    assert [d["name"] for d in old["documents"]] == ["合同.txt"]
    assert "erased by order 9" in home.run(*asked, "--document", version, *who, *ground, exits=2).stderr
    found = json.loads(home.run(*asked, "--document", "all", *who, *ground, "--format", "json").stdout)
    assert (found["documents"], found["verified"]["verdict"]) == ([], "verified")
    [gone] = found["gone"]
    assert "its text is gone, erased by order 9" in gone


def test_what_was_done_is_no_silence(home):
    file = home.path / "h3.zip"
    said = home.run("evidence", "absence", "H3", "--duty", "conclude", "--as-of", DAY, "-o", file, exits=1).stderr
    last = home.ask("audit", "case", "H3", "--as-of", DAY)["duties"][0]["evidence"]
    named = [e["log_index"] for e in last if e["type"] == "petition.concluded.v1"]
    assert f"records {named[0]}" in said
    assert not file.exists()


def test_no_such_case(home):
    file = home.path / "none.zip"
    home.run("evidence", "absence", "H9", "-o", file)
    assert written(file).answer["exists"] is False
    said = home.run("evidence", "absence", "H1", "-o", home.path / "x.zip", exits=1).stderr
    assert "case H1 of source hall exists" in said
    assert "no case H9" in home.run("evidence", "case", "H9", "-o", home.path / "x.zip", exits=2).stderr


def test_nothing_is_written_over(home):
    file = home.path / "kept.zip"
    file.write_text("mine")
    assert "exists already" in home.run("evidence", "case", "H1", "-o", file, exits=2).stderr
    assert file.read_text() == "mine"
    home.run("evidence", "case", "H1", "-o", file, "--force")
    assert written(file).kind == "case"
    assert [p.name for p in home.path.iterdir() if p.name.startswith(".")] == []


def test_yesterdays_checkpoint(home):
    """
    With the published files of yesterday, a case that came since is not covered and no file is made of it; one of
    another case says how many records it speaks of.
    """
    size = home.size()
    shutil.copytree(home.path / "log", home.path / "yesterday")
    home.run("import", write_csv(home.path / "more.csv", [row(7)]), "--mapping", home.path / "hall.toml")
    (home.path / "log").rename(home.path / "today")
    (home.path / "yesterday").rename(home.path / "log")
    try:
        refused = home.run("evidence", "case", "H7", "--no-publish", "-o", home.path / "h7.zip", exits=2).stderr
        assert f"the newest checkpoint covers {size} records, not {size}, {size + 1}" in refused
        done = home.run("evidence", "case", "H4", "--no-publish", "-o", home.path / "h4.zip", "--format", "json")
        assert json.loads(done.stdout)["size"] == size
    finally:
        (home.path / "log").rename(home.path / "yesterday")
        (home.path / "today").rename(home.path / "log")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("case", "H1", "--as-of", "yesterday"), "a day"),
        (("absence", "H1", "--duty", "dance"), "is no duty of source hall: one of conclude"),
        (("case", "H1", "--source", "elsewhere"), "no case H1 is recorded of source elsewhere"),
        (("case", "H1", "-o", "/nowhere/h1.zip"), "/nowhere"),
    ],
)
def test_what_cannot_be_tried(home, args, why):
    assert why in home.run("evidence", *args, exits=2).stderr


def test_an_office(home):
    """
    What a post owes by the calendar, and that nothing was filed for it. What never arose is no silence.
    """
    pack = home.path / "local.toml"
    # Nobody is in the post yet: the duty is the unit's all the same.
    text = RECEPTION.replace('excused_by = ["leave"]\n', "").replace("min_held_percent = 50\n", "")
    pack.write_text(text, encoding="utf-8")
    home.run("rules", "adopt", pack, "--official", "admin")
    people = home.path / "people.toml"
    people.write_text(GOVERNMENT, encoding="utf-8")
    home.run("people", "load", people)
    year = time.gmtime(pack.stat().st_mtime).tm_year + 1  # the first whole one under the pack
    file = home.path / "office.zip"
    asked = ("evidence", "office", "post/gov-head", "--duty", "reception", "--as-of", f"{year}-03-15")
    said = home.run(*asked, "--period", f"{year}-02", "--absent", "-o", file).stdout
    assert "office/gov 有且仅有 0 条" in said
    assert "没有任何一条" in said
    assert [(d["case_no"], d["state"]) for d in written(file).answer["duties"]] == [(f"gov-head/{year}-02", "breached")]
    assert "signer unknown" in home.run("verify", file, exits=1).stdout
    never = home.run(*asked, "--period", f"{year}-06", "--absent", "-o", file, "--force", exits=1)
    assert "no such silence" in never.stderr
    assert "--duty" in home.run("evidence", "office", "post/gov-head", "--absent", exits=2).stderr
    assert "neither post/" in home.run("evidence", "office", "gov-head", exits=2).stderr
    assert "is no post/<id>" in home.run("evidence", "office", "post/nobody", exits=2).stderr
