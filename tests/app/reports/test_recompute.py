"""
A report counted again: identical where nothing changed, and the event or rule named where something did.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime

import pytest

from app.establish import record
from app.reports import form, html
from app.reports.make import digest_of
from app.reports.recompute import NotThisLog
from domain.case import commands as c
from domain.people import events as p
from tests.app.office import ZONE, Office
from tests.app.reports.making import again, made, office, written


def verdicts(outcome):
    return {number: ok for number, ok, _ in outcome.steps}


@pytest.fixture(scope="module")
def untouched():
    return office()


@pytest.mark.parametrize("name", form.FORMS)
def test_reproduced(untouched, name, tmp_path):
    """
    Every figure comes out again of each form, pages included.
    """
    outcome = again(untouched, written(untouched, name, tmp_path / "r"), with_fonts=name == "pdf")
    assert verdicts(outcome) == {1: True, 2: True, 3: True, 4: True, 5: True}
    assert outcome.figures > 50


def test_pdf_without_fonts(untouched, tmp_path):
    """
    Without the fonts that set it, a PDF's figures are counted again and its pages are said not to be compared.
    """
    outcome = again(untouched, written(untouched, "pdf", tmp_path / "r"))
    assert verdicts(outcome) == {1: True, 2: True, 3: True, 4: None, 5: True}
    assert outcome.is_reproduced


def test_second_office_same_bytes(tmp_path):
    """
    The same log gives the same report to the byte, whoever makes it.
    """
    one, other = (written(o, "html", tmp_path / n).read_bytes() for n, o in (("a", office()), ("b", office())))
    assert re.sub(rb"[0-9a-f]{64}", b"", one) == re.sub(rb"[0-9a-f]{64}", b"", other)


def test_later_event_is_named(tmp_path):
    """
    A rating of 25 March entered in July: the two rates it changed, and its log index.
    """
    o = office()
    path = written(o, "json", tmp_path / "r.json")
    o.act(c.ReceivePetition, "bureau", "2026-07-01", no="9", channel="web")
    o.act(c.RateSatisfaction, "bureau", "2026-03-25", recorded="2026-07-10", no="1", score="satisfied")
    index = o.store.size() - 1
    outcome = again(o, path)
    assert verdicts(outcome) == {1: True, 2: True, 3: True, 4: True, 5: False}
    assert [(x.log_index, x.topic, x.is_rule) for x in outcome.changers] == [(index, "satisfaction.rated.v1", False)]
    changed = {d.place: d for d in outcome.changes}
    assert changed["period", "rating_response_rate", ""].events == (index,)
    before, after = (getattr(changed["period", "rating_response_rate", ""], x) for x in ("before", "after"))
    assert ((before["n"], before["of"]), (after["n"], after["of"])) == ((0, 1), (1, 1))


def test_later_events_that_change_nothing(tmp_path):
    o = office()
    path = written(o, "json", tmp_path / "r.json")
    o.act(c.ReceivePetition, "bureau", "2026-07-01", no="9", channel="web")
    outcome = again(o, path)
    assert verdicts(outcome)[5] is True
    assert outcome.changers == []


def test_later_rule_is_named(tmp_path):
    """
    A holiday notice of 1 March that came to the log in July: three working days from 5 March end a day later, and the
    notice of 11 March, which was late, is in time.
    """
    o = office()
    path = written(o, "json", tmp_path / "r.json")
    notice = p.CalendarNoticeAdopted(
        calendar_id="cn",
        year=2026,
        published_on=date(2026, 3, 1),
        source="late notice",
        days_off=(date(2026, 3, 6),),
        make_up_days=(),
    )
    record(o.handler, notice, now=datetime(2026, 7, 1, 9, tzinfo=ZONE))
    outcome = again(o, path)
    assert [(x.topic, x.is_rule) for x in outcome.changers] == [("calendar_notice.adopted.v1", True)]
    on_time = next(d for d in outcome.changes if d.place == ("period", "on_time_rate", ""))
    assert on_time.after["n"] == on_time.before["n"] + 1


def test_correction_is_named(tmp_path):
    """
    Of two events that changed one figure, both are named.
    """
    o = office()
    path = written(o, "json", tmp_path / "r.json")
    for score, day in (("dissatisfied", "2026-03-25"), ("satisfied", "2026-03-26")):
        o.act(c.RateSatisfaction, "bureau", day, recorded="2026-07-10", no="1", score=score)
    outcome = again(o, path)
    assert [x.log_index for x in outcome.changers] == [o.store.size() - 2, o.store.size() - 1]


def test_figure_altered(untouched, tmp_path):
    """
    A body with a better figure and a digest to match is caught by the log.
    """
    report, _ = made(untouched)
    figure = next(f for f in report["figures"] if f["id"] == "acceptance_rate" and f["scope"] == "period")
    figure["n"] = figure["of"] = 3
    report["digest"] = digest_of(report)
    path = tmp_path / "r.html"
    path.write_bytes(html.render(report))
    outcome = again(untouched, path)
    assert verdicts(outcome) == {1: True, 2: True, 3: False, 4: True, 5: True}
    assert [d.place for d in outcome.differences] == [("period", "acceptance_rate", "")]


def test_digest_altered(untouched, tmp_path):
    report, entries = made(untouched)
    report["digest"] = "0" * 64
    path = tmp_path / "r.json"
    path.write_bytes(form.write("json", report, entries, None))
    assert verdicts(again(untouched, path))[1] is False


def test_page_altered(untouched, tmp_path):
    """
    The body is left as it was and the page says something else.
    """
    path = written(untouched, "html", tmp_path / "r.html")
    data = path.read_bytes()
    assert "未按期".encode() in data
    path.write_bytes(data.replace("未按期".encode(), "提前".encode(), 1))
    assert verdicts(again(untouched, path)) == {1: True, 2: True, 3: True, 4: False, 5: True}


@pytest.mark.parametrize(("old", "new", "ok"), [("#1f4e79", "#000000", True), ("未按期", "提前", False)])
def test_charts_of_another_version(untouched, tmp_path, old, new, ok):
    """
    Charts drawn by another version are not held against a page; its words are.
    """
    report, _ = made(untouched)
    report["drawn_by"] = "vl-convert 9.9.9"
    report["digest"] = digest_of(report)
    page = html.render(report)
    path = tmp_path / "r.html"
    path.write_bytes(page.replace(old.encode(), new.encode()) if ok else page.replace(old.encode(), new.encode(), 1))
    outcome = again(untouched, path)
    assert verdicts(outcome)[4] is ok
    assert "charts not compared" in next(said for n, _, said in outcome.steps if n == 4)


def test_members_altered(untouched, tmp_path):
    path = written(untouched, "json", tmp_path / "r.json")
    report = json.loads(path.read_text(encoding="utf-8"))
    report["members"].pop()
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert verdicts(again(untouched, path))[4] is False


def test_other_log(untouched, tmp_path):
    """
    Another office with the same origin has other events: the tree root tells.
    """
    path = written(untouched, "json", tmp_path / "r.json")
    other = office()
    assert verdicts(again(other, path))[2] is False


def test_shorter_log(untouched, tmp_path):
    with pytest.raises(NotThisLog, match="events, this log has"):
        again(Office(), written(untouched, "json", tmp_path / "r.json"))


def test_names_no_person(untouched):
    """
    No official stands in a report: neither by name nor by id.
    """
    report, _ = made(untouched)
    said = json.dumps(report, ensure_ascii=False) + html.render(report).decode()
    for person in ("housing-desk", "housing-head", "bureau-desk", "bureau-head"):
        assert person not in said
