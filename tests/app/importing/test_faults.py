"""
A file that cannot be read as what it is said to be: nothing of it is written, and the message says what is wrong.
"""

import gzip

import openpyxl
import pytest

from app.importing import raw, readers, xes
from app.importing.faults import FileFault
from app.importing.mapping import load_mapping
from tests.app.importing.build import COLUMNS, MAPPING, do_import, handler, row, write

XES = """<?xml version="1.0"?>
<log><trace><string key="concept:name" value="c1"/><date key="startdate" value="2026-01-05T09:00:00Z"/>
<string key="department" value="D"/>
<event><string key="concept:name" value="s"/><string key="concept:instance" value="1"/>
<date key="time:timestamp" value="2026-01-05T09:00:00Z"/></event></trace></log>"""


@pytest.fixture
def target():
    ledger = handler()
    yield ledger
    assert ledger.store.size() == 0
    assert list(ledger.keyring.principals()) == []


def refused(target, path, mapping=None):
    with pytest.raises(FileFault) as fault:
        do_import(target, path, *([mapping] if mapping else []))
    return str(fault.value)


def rows(number):
    return [row(str(n)) for n in range(number)]


def test_missing_column(target, tmp_path):
    path = write(tmp_path / "a.csv", [r[:-1] for r in rows(3)], COLUMNS[:-1])
    assert "column 'text' is not in the file" in refused(target, path)


def test_column_twice(target, tmp_path):
    path = write(tmp_path / "a.csv", [[*r, "x"] for r in rows(3)], [*COLUMNS, "due"])
    assert "column 'due' stands twice" in refused(target, path)


@pytest.mark.parametrize("content", [b"", b"\n", b"no,unit,person,opened,due,closed,who,text\n"])
def test_empty(target, tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    refused(target, tmp_path / "a.csv")


def test_not_there(target, tmp_path):
    assert "not a file" in refused(target, tmp_path / "a.csv")
    assert "not a file" in refused(target, tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_wrong_encoding(target, tmp_path, encoding):
    """
    Also where the first broken byte comes after thousands of good rows.
    """
    path = write(tmp_path / "a.csv", [*rows(5000), row("x", text="Zoë 'é' ÿ")], encoding="utf-8")
    text = path.read_text("utf-8").replace("漏水", "leak")
    path.write_bytes(text.encode(encoding))
    mapping = 'encoding = "utf-8"\nname = "counter"'
    refused(target, path, _mapping(mapping))


def _mapping(source):
    return MAPPING.replace('name = "counter"', source)


def test_quote_never_closed(target, tmp_path):
    path = write(tmp_path / "a.csv", rows(3))
    path.write_text(path.read_text("utf-8") + '9,housing,Li,"2026-01-05', "utf-8")
    assert "broken after row 3" in refused(target, path)


def test_one_long_line(target, tmp_path, monkeypatch):
    """
    A line without end is refused while it is read, with no more than the limit in memory.
    """
    monkeypatch.setattr(readers, "MAX_RECORD", 10_000)
    path = write(tmp_path / "a.csv", [*rows(3), row("x", text="y" * 20_000)])
    assert "a row of more than 10000 characters" in refused(target, path)


def test_long_field(target, tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "MAX_FIELD", 10_000)
    path = write(tmp_path / "a.csv", [*rows(3), row("x", text="y" * 20_000)])
    assert "larger than field limit" in refused(target, path)


class TestGzip:
    def test_cut_off(self, target, tmp_path):
        whole = gzip.compress(write(tmp_path / "a.csv", rows(500)).read_bytes())
        (tmp_path / "b.csv.gz").write_bytes(whole[: len(whole) // 2])
        assert "broken gzip" in refused(target, tmp_path / "b.csv.gz")

    def test_damaged(self, target, tmp_path):
        whole = bytearray(gzip.compress(write(tmp_path / "a.csv", rows(500)).read_bytes()))
        whole[-6] ^= 1
        (tmp_path / "b.csv.gz").write_bytes(whole)
        assert "broken gzip" in refused(target, tmp_path / "b.csv.gz")

    def test_bomb(self, target, tmp_path, monkeypatch):
        monkeypatch.setattr(raw, "RATIO_FROM", 100_000)
        path = write(tmp_path / "a.csv.gz", [*rows(3), row("x", text="y" * 2_000_000)])
        assert "unpacks to more than 300 times its size" in refused(target, path)


class TestWorkbook:
    def test_broken(self, target, tmp_path):
        (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 this is no workbook")
        assert "broken workbook" in refused(target, tmp_path / "a.xlsx")

    def test_cut_off(self, target, tmp_path):
        book = openpyxl.Workbook()
        for cells in [COLUMNS, *rows(50)]:
            book.active.append(cells)
        book.save(tmp_path / "a.xlsx")
        whole = (tmp_path / "a.xlsx").read_bytes()
        (tmp_path / "b.xlsx").write_bytes(whole[: len(whole) // 2])
        assert "broken workbook" in refused(target, tmp_path / "b.xlsx")

    def test_empty(self, target, tmp_path):
        openpyxl.Workbook().save(tmp_path / "a.xlsx")
        assert "empty" in refused(target, tmp_path / "a.xlsx")


class TestEventLog:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("</trace></log>", "</trace>", "broken XES"),
            ("<log>", "<html>", "is a <html>"),
            ('<?xml version="1.0"?>', '<!DOCTYPE l [<!ENTITY a "x">]>', "broken XES"),
            ('"concept:name" value="c1"', '"name" value="c1"', "column 'case:concept:name'"),
            ("</event></trace>", '</event><string key="late" value="x"/></trace>', "stands after its events"),
            (XES, "<log/>", "no rows"),
        ],
    )
    def test_broken(self, target, tmp_path, old, new, said):
        (tmp_path / "a.xes").write_text(
            XES.replace(old, new).replace("</log>", "</html>" if "<html>" in new else "</log>")
        )
        assert said in refused(target, tmp_path / "a.xes", load_mapping("receipt_permit"))

    def test_long_tag(self, target, tmp_path, monkeypatch):
        monkeypatch.setattr(xes, "MAX_TAG", 100_000)
        (tmp_path / "a.xes").write_text(XES.replace('value="D"', f'value="{"D" * 400_000}"'))
        assert "an element of more than" in refused(target, tmp_path / "a.xes", load_mapping("receipt_permit"))


def test_rejects_over_the_file(target, tmp_path):
    path = write(tmp_path / "a.csv", rows(3))
    with pytest.raises(FileFault, match="is the file itself"):
        do_import(target, path, rejects=path)
    with pytest.raises(FileFault):
        do_import(target, path, rejects=tmp_path / "nowhere" / "r.csv")
