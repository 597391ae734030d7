"""
The same records in every format and encoding become the same acts.
"""

import gzip
from datetime import datetime

import openpyxl
import pytest

from app.importing.mapping import load_mapping
from tests.app.importing.build import (
    COLUMNS,
    MAPPING,
    acts,
    do_import,
    handler,
    payloads,
    read_csv,
    row,
    write,
)

ROWS = [row("1"), row("2", closed="", text='两行\n"引号"，\t制表'), row("3", opened="2026/1/5 9:00:00")]


def contents(target):
    """Acts with their sealed texts, without the digest of the file they came in."""
    return [(*p[1:6], p[6]["source"]["row"], *p[7:]) for p in payloads(target) if p[1].startswith("case/")]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    target = handler()
    do_import(target, write(tmp_path_factory.mktemp("plain") / "a.csv", ROWS))
    return contents(target)


@pytest.mark.parametrize("named", ["auto", None])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_encodings(tmp_path, expected, encoding, suffix, named):
    """
    Named or found out; packed or not.
    """
    text = MAPPING.replace('name = "counter"', f'name = "counter"\nencoding = "{named or encoding}"')
    target = handler()
    path = tmp_path / f"a{suffix}"
    write(path, ROWS, encoding=encoding)
    report = do_import(target, path, text)
    assert report.rejected == 0
    assert contents(target) == expected


def test_rejects_in_the_encoding_of_the_file(tmp_path):
    target = handler()
    path = write(tmp_path / "a.csv", [*ROWS, row("4", due="尽快")], encoding="gb18030")
    report = do_import(target, path, rejects=tmp_path / "r.csv")
    assert report.rejected == 1
    assert read_csv(tmp_path / "r.csv", "gb18030")[0]["due"] == "尽快"


def test_byte_order_mark_where_none_was_expected(tmp_path, expected):
    target = handler()
    text = MAPPING.replace('name = "counter"', 'name = "counter"\nencoding = "utf-8"')
    do_import(target, write(tmp_path / "a.csv", ROWS, encoding="utf-8-sig"), text)
    assert contents(target) == expected


def test_other_columns_and_order(tmp_path, expected):
    """
    Columns are found by name: others between them, in another order, change nothing.
    """
    target = handler()
    rows = [[*reversed(r), "more"] for r in ROWS]
    do_import(target, write(tmp_path / "a.csv", rows, [*reversed(COLUMNS), "else"]))
    assert contents(target) == expected


def test_semicolons(tmp_path, expected):
    target = handler()
    path = write(tmp_path / "a.csv", ROWS)
    rows = ["; ".join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in r).replace("; ", ";") for r in [COLUMNS, *ROWS]]
    path.write_text("\n".join(rows), "utf-8")
    do_import(target, path, MAPPING.replace('name = "counter"', 'name = "counter"\ndelimiter = ";"'))
    assert contents(target) == expected


class TestWorkbook:
    def book(self, path, rows, *, columns=COLUMNS):
        book = openpyxl.Workbook()
        for cells in [columns, *rows]:
            book.active.append(cells)
        book.save(path)
        return path

    def test_same(self, tmp_path, expected):
        """
        Texts, whole numbers and real date cells say what the CSV says; empty rows at the end are none.
        """
        rows = [[c or None for c in r] for r in ROWS]
        rows[0][0] = 1
        rows[1][0] = 2.0
        rows[2][COLUMNS.index("opened")] = datetime(2026, 1, 5, 9, 0)  # noqa: DTZ001 - a cell has no zone
        target = handler()
        report = do_import(target, self.book(tmp_path / "a.xlsx", [*rows, [None] * 8]))
        assert (report.rows, report.rejected) == (3, 0)
        assert contents(target) == expected

    def test_day_cell(self, tmp_path):
        target = handler()
        rows = [row("1", closed=datetime(2026, 1, 6))]  # noqa: DTZ001 - a cell has no zone
        do_import(target, self.book(tmp_path / "a.xlsx", rows))
        assert acts(target)[1].occurred_at == datetime.fromisoformat("2026-01-06T00:00:00+08:00")

    def test_rejects(self, tmp_path):
        """
        The rejected rows of a workbook are a CSV of its columns.
        """
        target = handler()
        path = self.book(tmp_path / "a.xlsx", [row("1"), row("2", due="尽快"), [*row("3"), "more"]])
        report = do_import(target, path, rejects=tmp_path / "r.csv")
        assert report.rejected == 2
        assert [r["__row"] for r in read_csv(tmp_path / "r.csv")] == ["2", "3"]


EVENT = """<event><string key="concept:name" value="{step}"/><string key="concept:instance" value="{no}"/>
<date key="time:timestamp" value="2026-01-05T09:0{no}:00.5Z"/><string key="org:resource" value="R"/></event>"""
TRACE = """<trace><string key="concept:name" value="{no}"><int key="concept:instance" value="9"/></string>
<date key="startdate" value="2026-01-05T09:00:00+01:00"/><date key="deadline" value="2026-03-02T09:00:00+01:00"/>
<string key="department" value="D"/>{rest}</trace>"""


class TestEventLog:
    def write(self, path, *traces):
        header = '<global scope="trace"><string key="enddate" value="x"/></global>' * 3
        text = f'<?xml version="1.0"?><log xmlns="http://www.xes-standard.org/">{header}{"".join(traces)}</log>'
        path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
        return path

    @pytest.mark.parametrize("name", ["a.xes", "a.xes.gz"])
    def test_attributes_as_columns(self, tmp_path, name):
        """
        A trace's attributes carry `case:`; what is absent is empty; values below a value and the header are not read.
        """
        target = handler()
        events = "".join(EVENT.format(step=s, no=n) for n, s in enumerate(["send", "check"], 1))
        done = '<date key="enddate" value="2026-02-01T09:00:00+01:00"/>'
        traces = [TRACE.format(no="c1", rest=events), TRACE.format(no="c2", rest=done + events)]
        report = do_import(target, self.write(tmp_path / name, *traces), load_mapping("receipt_permit"))
        assert (report.rows, report.cases, report.rejected) == (4, 2, 0)
        names = [r.topic for r in acts(target)]
        assert names == [
            *("petition.registered.v1", "progress.noted.v1", "progress.noted.v1"),
            *("petition.registered.v1", "petition.concluded.v1", "progress.noted.v1", "progress.noted.v1"),
        ]

    def test_attribute_that_no_case_has(self, tmp_path):
        """
        In an event log an absent attribute is an absent value: a log of open cases alone has no end anywhere.
        """
        target = handler()
        path = self.write(tmp_path / "a.xes", TRACE.format(no="c1", rest=EVENT.format(step="send", no=1)))
        assert do_import(target, path, load_mapping("receipt_permit")).rejected == 0

    def test_trace_without_events(self, tmp_path):
        """
        A case is never lost unseen: without an event it is a rejected row.
        """
        target = handler()
        traces = [TRACE.format(no="c1", rest=EVENT.format(step="send", no=1)), TRACE.format(no="c2", rest="")]
        path = self.write(tmp_path / "a.xes", *traces)
        report = do_import(target, path, load_mapping("receipt_permit"), rejects=tmp_path / "r.csv")
        assert (report.rows, report.rejected) == (2, 1)
        assert read_csv(tmp_path / "r.csv")[0]["case:concept:name"] == "c2"
