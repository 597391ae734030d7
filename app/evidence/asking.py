"""
Which stream a question on the command line means, and whether it can be answered by evidence at all.

Silence is proved only where there is silence: a duty that was discharged, or never arose, gets a sentence that names
the records, and no file. tests/app/evidence/test_asking.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from unicodedata import normalize

from app.evidence.closure import Consulted
from app.evidence.sentences import Said
from app.handle import read
from app.questions import CASES, UnknownCase
from audit.findings import findings
from audit.office import standing_findings
from domain.duties.engine import split_stream
from domain.duties.standing_duties import filings
from domain.office.commands import OFFICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.asked import Day
    from domain.law.in_force import Law
    from domain.recorded import Recorded
    from ledger.store.contract import Store


class Named(Protocol):
    """A log that knows its streams by name: see ledger.store.contract."""

    def streams(self, prefix: str, name: str | None = None) -> list[str]: ...


class AskWhich(LookupError):  # noqa: N818 - says what to do
    """More than one case, or more than one source, answers to the name."""


class NoSuchBearer(LookupError):  # noqa: N818 - says what was found
    """The register has no post or unit of this name."""


class NoSuchDuty(LookupError):  # noqa: N818 - says what was found
    """No rule in force for this source knows a duty of this name."""


def case_stream(store: Named, case_no: str, source: str | None) -> str:
    """The one case of this number in the log; UnknownCase, or AskWhich."""
    number = normalize("NFC", case_no)
    found = store.streams(CASES if source is None else f"{CASES}{source}/", number)
    if len(found) > 1:
        raise AskWhich(f"case {number} is known to several sources: --source {_sources(found)}")
    if not found:
        raise UnknownCase(f"no case {number} is recorded{'' if source is None else f' of source {source}'}")
    return found[0]


def absent_stream(store: Named, case_no: str, source: str | None) -> str:
    """The stream that a case of this number has, or would have."""
    number = normalize("NFC", case_no)
    try:
        return case_stream(store, number, source)
    except UnknownCase:
        known = store.streams(CASES) if source is None else []
        sources = {split_stream(s)[0] for s in known} if source is None else {source}
    if len(sources) != 1:
        # Absence is proved stream by stream: one file for each source.
        said = f"--source {_sources(known)}" if known else "the log has no case yet: give --source"
        raise AskWhich(f"no case {number} is recorded, and a file proves it for one source: {said}")
    [only] = sources
    if not only or "/" in only or not number:
        raise AskWhich(f"no case stands under source {only!r}, number {number!r}")
    return f"{CASES}{only}/{number}"


def why_not_silent(stream: str, history: Sequence[Recorded], law: Law, as_of: Day, *, duty: str | None) -> Said | None:
    """
    Why the silence asked for is none: the case exists, the duty never arose, or records discharge it. None: it is one.
    """
    source, number = split_stream(stream)
    indexes = [r.log_index for r in history]
    if duty is None:
        if not history:
            return None
        return Said(
            f"案件 {number}（来源 {source}）存在，共 {len(indexes)} 条记录，日志序号 {_list(indexes)}。",
            f"case {number} of source {source} exists: records {_list(indexes)}. Silence on a duty needs --duty",
        )
    known = {r.obligation: r.name_zh for p in law.rules.for_source(source) for r in p.rules if r.kind == "duty"}
    if duty not in known:
        raise NoSuchDuty(f"--duty {duty!r} is no duty of source {source}: one of {', '.join(sorted(known))}")
    if not history:
        return Said(
            f"来源 {source} 没有编号为 {number} 的案件，职责“{known[duty]}”无从产生。",
            f"there is no case {number} of source {source}; without --duty a file proves that",
        )
    found = [f for f in findings(history, law, as_of) if f.duty.obligation == duty]
    if not found:
        return Said(
            f"至 {as_of.isoformat()}，案件 {number} 未产生职责“{known[duty]}”。",
            f"by {as_of.isoformat()} nothing in case {number} gave rise to {duty}",
        )
    ended = [f.duty.ended for f in found if f.now.discharged_at is not None and f.duty.ended is not None]
    if not ended:
        return None
    by = sorted({index for end in ended for index in end.evidence})
    days = "、".join(sorted({end.on.isoformat() for end in ended}))
    return Said(
        f"职责“{known[duty]}”已于 {days} 履行，见日志序号 {_list(by)}。",
        f"{duty} was discharged on {days}: records {_list(by)}",
    )


def excusing(store: Store, bearer: str, as_of: Day) -> list[str]:
    """
    The streams of other offices that filed what excuses this post or unit: its answer counts them besides its own
    unit's and those above. Reads what offices filed, and no case.
    """
    look = Consulted(lambda stream: [read(stored) for stored in store.read_stream(stream)])
    try:
        own = look.look_into_offices(bearer)
    except KeyError:
        raise NoSuchBearer(f"{bearer!r} is no post/<id> or unit/<id> of the register") from None
    offices = {stream: look.look(stream) for stream in store.streams(OFFICE)}
    found = standing_findings(filings(offices.values()), look.law, as_of, streams={bearer})
    cited = {index for f in found if f.duty.ended is not None for index in f.duty.ended.evidence}
    return [name for name, filed in offices.items() if name not in own and any(r.log_index in cited for r in filed)]


def _sources(streams: Iterable[str]) -> str:
    return " or ".join(sorted({split_stream(s)[0] for s in streams}))


def _list(indexes: Iterable[int]) -> str:
    return ", ".join(map(str, indexes))
