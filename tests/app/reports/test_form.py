"""
What the four forms hold, and what a reader of them refuses.
"""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
import pytest

from app.reports import form, xlsx
from app.reports.query import MalformedReport
from tests.app.reports.making import fonts, made, office, written


@pytest.fixture(scope="module")
def report():
    return made(office())


@pytest.mark.parametrize("name", form.FORMS)
def test_round_trip(report, name, tmp_path):
    body, entries = report
    path = tmp_path / "r"
    path.write_bytes(form.write(name, body, entries, fonts() if name == "pdf" else None))
    found, _, read = form.read(path)
    assert (found, read) == (name, body)


def test_html_asks_nobody(report):
    """
    The page runs no script and loads nothing.
    """
    page = form.write("html", *report, None).decode()
    assert page.count("<script") == page.count('<script type="application/json"') == 1
    rest = page.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xlink", "")
    assert "http" not in rest.split("<script")[0]
    assert "<svg" in page


def test_html_cannot_be_left(report):
    """
    A unit whose name would end the element that carries the body does not.
    """
    body, entries = report
    hostile = body | {"names": body["names"] | {"unit:housing": "</script><script>alert(1)</script>"}}
    page = form.write("html", hostile, entries, None).decode()
    assert "alert(1)</script>" not in page
    assert page.count("<script") == 1


def test_workbook_has_no_formula(report):
    """
    A unit named like a formula is a text in every cell.
    """
    body, entries = report
    hostile = body | {"names": body["names"] | {"unit:housing": "=cmd|' /C calc'!A0"}}
    book = openpyxl.load_workbook(io.BytesIO(xlsx.render(hostile, entries)))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert any(str(c.value).startswith("'=cmd") for c in cells)
    assert {c.data_type for c in cells} <= {"s", "n"}


def test_workbook_lists_members(report):
    """
    The list of cases has every entry except ratings, sizes and levels, which stand in no list.
    """
    body, entries = report
    rows = form.cells(xlsx.render(body, entries), "r")[xlsx.MEMBERS]
    hidden = {"satisfaction_rate", "rating_response_rate", "accusations", "persons", "arrivals_at"}
    assert len(rows) - 1 == sum(1 for _, x in entries if x.figure not in hidden)
    assert not {"涉及人数（人次）", "满意率"} & {row[1] for row in rows}


def changed(body, **more):
    return json.dumps({**body, **more}).encode()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: b"", "not a report"),
        (lambda _: b"[" * 100_000, "not a report"),
        (lambda _: b"{}", "format"),
        (lambda _: b'{"format":"luoshi-report/1","format":"luoshi-report/1"}', "twice"),
        (lambda b: changed(b, more=1), "fields"),
        (lambda b: changed(b, figures={}), "figures"),
        (lambda b: changed(b, figures=[1]), r"figures\[0\]"),
        (lambda b: changed(b, figures=[b["figures"][0]] * 2), r"figures\[1\]"),
        (lambda b: changed(b, tree_root="x"), "tree_root"),
        (lambda b: changed(b, log_index=True), "log_index"),
        (lambda b: changed(b, log_index=7), "log_index"),
        (lambda b: changed(b, names={"a": 1}), "names"),
        (lambda b: changed(b, layout=1.5), "layout"),
        (lambda b: changed(b, leads=[0.5]), "body"),
        (lambda b: changed(b, query={**b["query"], "as_of": "yesterday"}), "query.as_of"),
        (lambda b: changed(b, query={**b["query"], "kind": "hourly"}), "query.kind"),
        (lambda b: changed(b, query={**b["query"], "log_size": -1}), "query.log_size"),
        (lambda b: changed(b, query={**b["query"], "more": 1}), "query"),
        (lambda b: changed(b, query={**b["query"], "conventions": {}}), "conventions"),
        (lambda _: b"%PDF-1.7 nothing", "expected one report"),
        (lambda _: b"<!doctype html><p>nothing", "expected one report"),
        (lambda _: b"PK\x03\x04 no archive", "broken workbook"),
    ],
)
def test_refused(report, make, said, tmp_path):
    """
    One clear error that names the field, whatever the bytes are.
    """
    path = tmp_path / "r"
    path.write_bytes(make(report[0]))
    with pytest.raises(MalformedReport, match=said):
        form.read(path)


def test_bomb(tmp_path, monkeypatch):
    """
    A workbook that unpacks to more than the limit is not unpacked.
    """
    monkeypatch.setattr(form, "MAX_UNPACKED", 1 << 20)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (2 << 20))
    path = tmp_path / "r.xlsx"
    path.write_bytes(packed.getvalue())
    with pytest.raises(MalformedReport, match="unpacks to more"):
        form.read(path)


def test_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(form, "MAX_FILE", 1000)
    path = tmp_path / "r.json"
    path.write_bytes(b" " * 1001)
    with pytest.raises(MalformedReport, match="larger than"):
        form.read(path)


def test_pdf_is_a4_with_its_body(report, tmp_path):
    path = written(office(), "pdf", tmp_path / "r.pdf")
    data = path.read_bytes()
    assert b"/MediaBox [0 0 595.28 841.89]" in data
    assert b"luoshi-report.json" in data
