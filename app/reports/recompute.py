"""
A report counted again from the log: every figure as it was, or the event or rule that changed it.

Steps, as they are printed:
 1. The file reads strictly, its digest is that of what it carries, and its query digest that of its query.
 2. It is a report of this log: the same origin, and the first events give the same tree root.
 3. Every figure comes out again of those events, by the query, and so do the rules, calendars, leads and names.
 4. What is printed on the pages is what the body says.
 5. The events recorded since change no figure; where they do, each is named with the figures that it changed.
tests/app/reports/test_recompute.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.codec import PEOPLE_TOPICS
from app.reports import form, html, pdf, xlsx
from app.reports.charts import DRAWN_BY
from app.reports.make import LAYOUT, OFFICES, body, count, digest_of, of_offices, of_stream, tree_root
from app.reports.query import MalformedReport, parse_query
from audit.indicators.entries import VERSION
from domain.law.in_force import Law, add
from domain.office.commands import is_office

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.papers.fonts import Fonts
    from app.questions import Questions
    from app.reports.make import Counted
    from app.reports.query import Query
    from audit.indicators.figures import Scoped
    from domain.recorded import Recorded
    from ledger.store.contract import Store

MAX_FOLDS = 50_000  # of single cases while looking for who changed what: minutes, not hours
Place = tuple[str, str, str]  # scope, id, row of a figure


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is not what it was: both values, and the log indexes of the events that changed it."""

    place: Place
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Changer:
    """An event recorded after the report, and how many figures it changed."""

    log_index: int
    topic: str
    stream: str
    is_rule: bool
    figures: int


@dataclass(slots=True)
class Outcome:
    """What every step found. `ok` None: the step was not taken, `said` says why."""

    origin: str
    log_size: int
    now_size: int
    figures: int
    steps: list[tuple[int, bool | None, str]] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)  # of step 3
    changes: list[Difference] = field(default_factory=list)  # of step 5
    changers: list[Changer] = field(default_factory=list)

    @property
    def is_reproduced(self) -> bool:
        return all(ok is not False for _, ok, _ in self.steps)

    def step(self, number: int, ok: bool | None, said: str) -> None:
        self.steps.append((number, ok, said))


class NotThisLog(LookupError):  # noqa: N818 - says what was found
    """The report cannot be counted again here: it is of another log, or of events that this one does not have."""


def recompute(
    read: tuple[str, bytes, dict[str, Any]], questions: Questions, store: Store, *, origin: str, fonts: Fonts | None
) -> Outcome:
    """Count the report of a file again. MalformedReport and NotThisLog: it could not be tried."""
    name, data, claimed = read
    query = parse_query(claimed["query"])
    now = questions.size_at(None)
    if claimed["origin"] != origin:
        raise NotThisLog(f"the report is of {claimed['origin']!a}, this log is {origin!a}")
    if query.log_size > now:
        raise NotThisLog(f"the report saw {query.log_size} events, this log has {now}")
    outcome = Outcome(origin, query.log_size, now, len(claimed["figures"]))
    _intact(outcome, claimed, query)
    root = tree_root(store, query.log_size)
    is_same = root == claimed["tree_root"]
    said = f"前 {query.log_size} 条记录的树根{'相同' if is_same else f'不同：账本为 {root}'}"
    outcome.step(2, is_same, f"{said} the first {query.log_size} events, tree root {'same' if is_same else 'differs'}")
    then = count(questions, query)
    again = body(then, origin=origin, tree_root=root)
    _reproduced(outcome, claimed, again, query)
    _printed(outcome, name, data, claimed, then, fonts)
    _since(outcome, then, questions, query)
    return outcome


def _intact(outcome: Outcome, claimed: dict[str, Any], query: Query) -> None:
    wrong = []
    if digest_of(claimed) != claimed["digest"]:
        wrong.append("报告摘要与内容不符 the digest is not that of the content")
    if query.digest != claimed["query_digest"]:
        wrong.append("查询摘要与查询不符 the query digest is not that of the query")
    outcome.step(1, not wrong, "；".join(wrong) or "文件可严格读取，摘要相符 the file reads strictly, digests hold")


def _reproduced(outcome: Outcome, claimed: dict[str, Any], again: dict[str, Any], query: Query) -> None:
    outcome.differences = _differing(claimed["figures"], again["figures"])
    parts = [p for p in ("rules", "calendars", "leads", "names") if claimed[p] != again[p]]
    if not outcome.differences and not parts:
        said = f"{len(again['figures'])} 个数字全部由这些记录重新算出 every figure reproduced"
        outcome.step(3, ok=True, said=said)
        return
    said = f"{len(outcome.differences)} 个数字与账本不符 figures differ from what the log gives"
    if parts:
        said += f"；{'、'.join(parts)}"
    if query.indicators != VERSION:
        said += f"；指标定义不同：报告 {query.indicators}，本程序 {VERSION} other definitions"
    outcome.step(3, ok=False, said=said)


def _printed(
    outcome: Outcome, name: str, data: bytes, claimed: dict[str, Any], then: Counted, fonts: Fonts | None
) -> None:
    """Whether the pages show the body's figures: made again from the body and compared."""
    if claimed["layout"] != LAYOUT:
        said = f"版式 {claimed['layout']} 与本程序 {LAYOUT} 不同，页面未核对 other layout, pages not compared"
        outcome.step(4, None, said)
        return
    try:
        is_same = _same_pages(name, data, claimed, then, fonts)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        is_same = False  # a body of the right shape whose figures are none: nothing can be printed of it
        outcome.step(4, is_same, f"页面无法重新生成 the pages cannot be made again: {type(error).__name__}: {error}")
        return
    if is_same is None:
        said = "PDF 页面未核对：本机字体不同或没有，或页面被改动 pages not compared: other fonts here, or other pages"
    else:
        said = "页面与所载数字一致 the pages show these figures" if is_same else "页面与所载数字不一致 the pages differ"
    if name == "html" and claimed["drawn_by"] != DRAWN_BY:
        said += f"；图由 {claimed['drawn_by']} 绘制，本机为 {DRAWN_BY}，图未核对 charts not compared"
    outcome.step(4, is_same, said)


def _same_pages(name: str, data: bytes, claimed: dict[str, Any], then: Counted, fonts: Fonts | None) -> bool | None:
    match name:
        case "html" if claimed["drawn_by"] != DRAWN_BY:
            return html.without_charts(html.render(claimed)) == html.without_charts(data)
        case "html":
            return html.render(claimed) == data
        case "pdf":
            return True if fonts is not None and pdf.render(claimed, fonts) == data else None
        case "xlsx":
            return form.cells(xlsx.render(claimed, then.entries()), "again") == form.cells(data, "file")
        case _:
            return form.write("json", claimed, then.entries(), None) == data


# -- what changed it since ------------------------------------------------------------------------------------------


def _since(outcome: Outcome, then: Counted, questions: Questions, query: Query) -> None:
    later = outcome.now_size - query.log_size
    if not later:
        outcome.step(5, ok=True, said="此后没有新记录 nothing was recorded since")
        return
    now = count(questions, query, outcome.now_size)
    changed = _differing(then.figures(), now.figures())
    if not changed:
        outcome.step(5, ok=True, said=f"此后 {later} 条记录不改变任何数字 {later} later events change no figure")
        return
    named = _who(then, now, questions, query)
    outcome.changes = [
        Difference(d.place, d.before, d.after, tuple(sorted(i for i, places in named.items() if d.place in places)))
        for d in changed
    ]
    events = {r.log_index: r for r in questions.since(query.log_size) if r.log_index in named}
    outcome.changers = [
        Changer(i, r.topic, r.stream, r.topic in PEOPLE_TOPICS, len(named[i] & {d.place for d in changed}))
        for i, r in sorted(events.items())
    ]
    said = f"此后 {later} 条记录中 {len(outcome.changers)} 条改变了 {len(changed)} 个数字 later events changed figures"
    outcome.step(5, ok=False, said=said)


def _who(then: Counted, now: Counted, questions: Questions, query: Query) -> dict[int, set[Place]]:
    """
    The events that changed what a case adds, found by adding them one after the other: log index -> figures.
    """
    streams = [s for s in now.by_stream if set(then.by_stream.get(s, ())) != set(now.by_stream[s])]
    known = {s: set(then.by_stream.get(s, ())) for s in streams}
    acts: dict[str, list[Recorded]] = {
        s: questions.office_filings(query.log_size - 1) if s == OFFICES else questions.history(s, query.log_size - 1)
        for s in streams
    }
    law, folds = Law(), 0
    named: dict[int, set[Place]] = {}
    for recorded in questions.since(0):
        if recorded.log_index < query.log_size:
            if recorded.topic in PEOPLE_TOPICS:
                add(law, recorded)
            continue
        touched: list[str]
        if recorded.topic in PEOPLE_TOPICS:
            add(law, recorded)
            touched = streams
        else:
            own = OFFICES if is_office(recorded.stream) else recorded.stream
            touched = [own] if own in known else []
            for stream in touched:
                acts[stream] = [*acts[stream], recorded]
        for stream in touched:
            folds += 1
            if folds > MAX_FOLDS:
                raise MalformedReport(f"too much was recorded since to name each event: more than {MAX_FOLDS} folds")
            found = of_offices if stream == OFFICES else of_stream
            adds = set(found(acts[stream], law, query))
            if adds != known[stream]:
                named.setdefault(recorded.log_index, set()).update(_places(adds ^ known[stream]))
                known[stream] = adds
    return named


def _places(entries: Iterable[Scoped]) -> set[Place]:
    """The rows of figures in which these entries are counted."""
    found: set[Place] = set()
    for scope, x in entries:
        rows = ("", *([f"key:{x.key}"] if x.key else []), *([f"unit:{x.unit}"] if x.unit else []))
        found |= {(scope, x.figure, row) for row in rows}
    return found


def _differing(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Difference]:
    old, new = _by_place(before), _by_place(after)
    return [Difference(p, old.get(p), new.get(p)) for p in sorted({*old, *new}) if old.get(p) != new.get(p)]


def _by_place(figures: list[dict[str, Any]]) -> dict[Place, dict[str, Any]]:
    return {(f["scope"], f["id"], f["row"]): f for f in figures}
