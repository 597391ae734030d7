"""
An office with three matters, and reports of it.
"""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import pytest

from app.papers.fonts import find_fonts, system_folders
from app.papers.model import PaperRefused
from app.questions import Questions
from app.reports import form, periods
from app.reports.make import body, count, tree_root
from app.reports.query import Query, conventions
from app.reports.recompute import recompute
from domain.case import commands as c
from tests.app.office import Office

ORIGIN = "test.example/log"


def office() -> Office:
    """One answered, one that went to the simple procedure and was told on 11 March, one left lying."""
    o = Office()
    for no in ("1", "2", "3"):
        o.act(c.ReceivePetition, "bureau", "2026-03-02", no=no, channel="letter")
        o.act(c.RegisterPetition, "bureau", "2026-03-02", no=no, case_no=no)
        o.act(c.ReferPetition, "bureau", "2026-03-03", no=no, to_unit_id="housing", basis="art. 22")
    for no in ("1", "2"):
        procedure = "simple" if no == "2" else "ordinary"
        o.act(c.SignReceipt, "housing", "2026-03-05", no=no, of_version=3, procedure=procedure)
        o.act(c.AcceptPetition, "housing", "2026-03-11", no=no, procedure=procedure)
        o.act(c.ServeAcceptanceNotice, "housing", "2026-03-11", no=no)
    o.act(c.ServeHandlingOpinion, "housing", "2026-03-20", no="1", outcome="explain")
    return o


def counted(o: Office, kind: str = "monthly", day: str = "2026-03-15", **more: Any) -> Any:
    questions = Questions(o.store)
    period = periods.period_of(kind, date.fromisoformat(day))
    query = Query(
        kind,
        period,
        periods.before(kind, period),
        more.get("as_of", period.last),
        questions.size_at(None),
        None,
        conventions(),
    )
    return count(questions, query)


def made(o: Office, **more: Any) -> tuple[dict[str, Any], Any]:
    """The body of a report, and its entries."""
    found = counted(o, **more)
    return body(found, origin=ORIGIN, tree_root=tree_root(o.store, found.query.log_size)), found.entries()


def fonts() -> Any:
    try:
        return find_fonts(None, system_folders(os.environ))
    except PaperRefused:
        pytest.skip("no Chinese font here")


def written(o: Office, name: str, path: Any, **more: Any) -> Any:
    """A report's file."""
    report, entries = made(o, **more)
    path.write_bytes(form.write(name, report, entries, fonts() if name == "pdf" else None))
    return path


def again(o: Office, path: Any, *, with_fonts: bool = False) -> Any:
    found = fonts() if with_fonts else None
    return recompute(form.read(path), Questions(o.store), o.store, origin=ORIGIN, fonts=found)
