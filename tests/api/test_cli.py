"""
The command line as a user meets it: results, exit codes, bad input.
"""

from __future__ import annotations

import csv

import pytest

from tests.api.running import MAPPING, Home, open_folder, row, write_csv


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = Home(open_folder())
    home.run("init")
    return home


@pytest.fixture(scope="module")
def mapping(tmp_path_factory):
    path = tmp_path_factory.mktemp("mapping") / "hall.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def test_before_init(tmp_path):
    done = Home(tmp_path / "nothing").run("verify", exits=2)
    assert "luoshi init" in done.stderr


def test_init_again_changes_nothing(home):
    before = home.size()
    home.run("init")
    assert home.size() == before


def test_import_audit_verify(home, mapping, tmp_path):
    """
    Ten rows in; one late, one open, one without a limit; the answer names them, the log verifies.
    """
    rows = [row(n) for n in range(10)]
    rows[3] = row(3, 办结时间="2025-04-09 09:00:00")
    rows[4] = row(4, 办结时间="")
    rows[5] = row(5, 期限="")
    file = write_csv(tmp_path / "hall.csv", rows)
    done = home.run("import", file, "--mapping", mapping)
    assert "10 rows, 10 cases: 19 events recorded" in done.stdout
    summary = home.ask("audit", "summary", "--source", "hall")
    assert (summary["cases"], summary["cases_without_due_date"], summary["duties"]) == (10, 1, 9)
    found = home.ask("audit", "failures", "--source", "hall", "--as-of", "2025-12-31")
    assert [(r["case_no"], r["state"], r["days_late"]) for r in found] == [
        ("H3", "met_late", 4),
        ("H4", "breached", 240),
    ]
    assert found[0]["person"] == {"id": "经办3", "name": "经办3", "post": None}
    assert found[0]["legal_basis"]["doc"] == "hall"
    assert "verified" in home.run("verify").stdout

    before = home.size()
    again = home.run("import", file, "--mapping", mapping)
    assert "0 events recorded, 19 known already" in again.stdout
    assert home.size() == before

    grown = write_csv(tmp_path / "hall.csv", [*rows, row(10)])
    assert "2 events recorded, 19 known already" in home.run("import", grown, "--mapping", mapping).stdout


def test_dry_run_records_nothing(home, mapping, tmp_path):
    before = home.size()
    file = write_csv(tmp_path / "dry.csv", [row(500), row(501)])
    assert "4 events would be recorded" in home.run("import", file, "--mapping", mapping, "--dry-run").stdout
    assert home.size() == before


def test_rows_that_cannot_go_in(home, mapping, tmp_path):
    """
    31 February, no time at all, one number twice with other content: to the rejects file with row and reason; exit 1.
    """
    rows = [
        row(100),
        row(101, 登记时间="2025-02-31 09:00:00"),
        row(102, 登记时间="soon"),
        row(103),
        row(103, 单位="别处"),
    ]
    file = write_csv(tmp_path / "bad.csv", rows)
    rejects = tmp_path / "rejects.csv"
    done = home.run("import", file, "--mapping", mapping, "--rejects", rejects, exits=1)
    assert "3 rows rejected" in done.stdout
    assert rejects.stat().st_mode & 0o777 == 0o600
    assert "source's rows in clear" in done.stderr
    with rejects.open(encoding="utf-8-sig", newline="") as text:
        kept = list(csv.DictReader(text))
    assert [r["编号"] for r in kept] == ["H101", "H102", "H103"]
    assert all(r["__reason"] and r["__row"] for r in kept)
    listed = {c["case_no"] for c in home.ask("case", "list", "--source", "hall")}
    assert {"H100", "H103"} <= listed
    assert not {"H101", "H102"} & listed


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("columns.csv", "编号,单位\nH1,窗口\n".encode()),
        ("latin.csv", "编号,姓名,单位,责任人,登记时间,期限,办结时间\nH1,".encode() + b"\xff\xfe\x81" * 9 + b",,,,,\n"),
        ("broken.xlsx", b"PK\x03\x04 this is no spreadsheet"),
        ("broken.csv.gz", b"\x1f\x8b\x08\x00 no gzip"),
        ("broken.xes", b"<log><trace>"),
    ],
)
def test_files_that_cannot_go_in(home, mapping, tmp_path, name, content):
    """
    A fault of the whole file: exit 2, nothing written, the file and the reason named.
    """
    before = home.size()
    file = tmp_path / name
    file.write_bytes(content)
    text = MAPPING.replace('format = "csv"\n', "").replace('encoding = "auto"', 'encoding = "utf-8"')
    plain = tmp_path / "plain.toml"
    plain.write_text(text, encoding="utf-8")
    done = home.run("import", file, "--mapping", plain, exits=2)
    assert name in done.stderr
    assert home.size() == before


def test_a_missing_mapping(home, tmp_path):
    file = write_csv(tmp_path / "a.csv", [row(1)])
    assert home.run("import", file, "--mapping", "atlantis", exits=2).stderr


@pytest.mark.parametrize(
    "args",
    [
        ("audit", "failures", "--as-of", "2025-02-31"),
        ("audit", "failures", "--state", "guilty"),
        ("audit", "failures", "--by", "petitioner"),
        ("audit", "pursuit", "--state", "forgiven"),
        ("audit", "failures", "--format", "pdf"),
        ("audit", "failures", "--known-at", "long ago"),
        ("audit", "case", "no such case"),
        ("audit", "person", "经办3", "--purpose", " "),
        ("nonsense",),
    ],
)
def test_what_cannot_be_asked(home, args):
    done = home.run(*args, exits=2)
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_formulas_are_neutralised(home, mapping, tmp_path):
    """
    A name that a spreadsheet would run is text with an apostrophe in front.
    """
    file = write_csv(tmp_path / "evil.csv", [row(700, 单位='=HYPERLINK("x")', 办结时间="")])
    home.run("import", file, "--mapping", mapping)
    found = home.run("audit", "failures", "--source", "hall", "--unit", '=HYPERLINK("x")', "--format", "csv").stdout
    assert "'=HYPERLINK" in found
    home.run("audit", "failures", "--source", "hall", "--format", "xlsx", "-o", tmp_path / "out.xlsx")
    assert (tmp_path / "out.xlsx").stat().st_size > 1000


def test_pages(home):
    """
    With a limit the list comes in pages, and the pages tile the list.
    """
    whole = home.ask("audit", "failures", "--source", "hall", "--as-of", "2025-12-31")
    cursor, seen = [], []
    for _ in range(len(whole) + 1):
        page = home.ask("audit", "failures", "--source", "hall", "--as-of", "2025-12-31", "--limit", "1", *cursor)
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = ["--after", page["next"]]
    assert seen == whole


def test_a_person_needs_a_purpose(home):
    answer = home.ask("audit", "person", "经办3", "--purpose", "测试", "--as-of", "2025-12-31")
    assert answer["purpose"] == "测试"
    read = home.log()[-1]
    assert (read["topic"], read["stream"], read["payload"]["body"]["what"]) == (
        "answer.read.v1",
        "reading/machine",
        "person_answer",
    )
    assert "经办3" not in str(read)
    size = home.size()
    by_person = ("audit", "failures", "--by", "person")
    assert "--purpose" in home.run(*by_person, exits=2).stderr
    assert "--purpose" in home.run("audit", "failures", "--person", "经办3", exits=2).stderr
    assert home.size() == size
    home.ask(*by_person, "--purpose", "测试")
    assert home.log()[-1]["payload"]["body"]["what"] == "person_failures"
    assert {d["case_no"] for d in answer["duties"]} >= {"H3"}


def test_a_database_function_that_loses_events_is_refused(home):
    done = home.run("log", "size", exits=2, POSTGRES_ENABLE_DB_FUNCTIONS="y")
    assert "POSTGRES_ENABLE_DB_FUNCTIONS" in done.stderr


def test_config_shows_no_password(home):
    shown = home.run("config", "show", LUOSHI_DATABASE_URL="postgresql://u:geheim@h/d").stdout
    assert "geheim" not in shown
    assert "***" in shown
