"""
The answers that may leave the house as evidence: what became of one case or of an office's standing duties, and what
did not happen in it.

Pure folds over the events asked about and the law: the program that keeps the log and the verifier in a stranger's
hands call these same functions and must come to the same bytes. tests/app/evidence/test_conclude.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audit import leads as leads_of
from audit import report
from audit import routes as routes_of
from audit.corrections import corrections
from audit.findings import findings
from audit.office import standing_findings
from domain.duties.engine import split_stream
from domain.duties.standing_duties import SOURCE, filings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from domain.law.in_force import Law
    from domain.recorded import Recorded


class NotArisen(ValueError):  # noqa: N818 - says what was found
    """Nothing gave rise to the duty whose absence was asked for: no duty of this name, or no case for it."""


class Discharged(ValueError):  # noqa: N818 - says what was found
    """The duty whose absence was asked for was discharged: there is nothing to prove."""


def case_answer(
    history: Sequence[Recorded], law: Law, as_of: date | datetime, *, log_size: int
) -> dict[str, Any] | None:
    """One case with every duty, whatever its state, its route and its leads. None: nothing had happened by then."""
    routed = routes_of.route(history, law, as_of)
    if routed is None:
        return None
    found = findings(history, law, as_of)
    places = law.places | {r.log_index: (r.stream, r.version, r.topic) for r in history}
    source, case_no = split_stream(history[0].stream)
    answer = {
        "case_no": case_no,
        "source": source,
        "stream": history[0].stream,
        "duties": [
            report.to_json(f, law, as_of=as_of.isoformat(), log_size=log_size)
            for f in sorted(found, key=lambda f: f.order)
        ],
        "route": routes_of.to_json(routed, law),
        "leads": [leads_of.to_json(x, places) for x in leads_of.leads(history, found, law, as_of)],
        "as_of": as_of.isoformat(),
        "log_size": log_size,
    }
    if changed := corrections(history):
        answer["corrections"] = changed  # only where there are any: an answer given before it keeps its bytes
    return answer


def absence_answer(
    stream: str, history: Sequence[Recorded], law: Law, as_of: date | datetime, *, duty: str | None, log_size: int
) -> dict[str, Any]:
    """
    Exactly these events stand in the case's stream, and none discharges the duty by then; Discharged where one does.

    Without a duty: exactly these events. Without events: there is no such case. NotArisen for a duty that never arose:
    it would otherwise be undischarged whatever its name, and however its law was left out.
    """
    source, case_no = split_stream(stream)
    named = [f for f in findings(history, law, as_of) if duty is not None and f.duty.obligation == duty]
    rows = [
        report.to_json(f, law, as_of=as_of.isoformat(), log_size=log_size) for f in sorted(named, key=lambda f: f.order)
    ]
    if duty is not None and not rows:
        raise NotArisen(f"nothing in {stream} gave rise to a duty {duty!a} by {as_of.isoformat()}")
    for row in rows:
        if row["discharged_at"] is not None:
            raise Discharged(f"{row['duty_id']} was discharged at {row['discharged_at']}")
    return {
        "case_no": case_no,
        "source": source,
        "stream": stream,
        "exists": bool(history),
        "events": [r.log_index for r in history],
        "duty": duty,
        "as_of": as_of.isoformat(),
        "duties": rows,
        "log_size": log_size,
    }


def office_answer(
    stream: str,
    offices: Mapping[str, Sequence[Recorded]],
    law: Law,
    as_of: date | datetime,
    *,
    duty: str | None,
    period: str | None,
    is_silence: bool,
    log_size: int,
) -> dict[str, Any]:
    """
    What a post or unit (`stream`) owed in every period that had begun, whatever its state, by what these offices filed.

    With `is_silence`: that nothing filed there discharges it; Discharged, NotArisen as above.
    """
    kind, _, name = stream.partition("/")
    found = [
        f
        for f in standing_findings(filings(offices.values()), law, as_of, streams={stream})
        if duty in (None, f.duty.obligation) and period in (None, f.duty.case_no.removeprefix(f"{name}/"))
    ]
    rows = [
        report.to_json(f, law, as_of=as_of.isoformat(), log_size=log_size) for f in sorted(found, key=lambda f: f.order)
    ]
    if is_silence and not rows:
        raise NotArisen(f"{stream} owed no duty {duty!a} in a period {period or 'begun'} by {as_of.isoformat()}")
    for row in rows if is_silence else ():
        if row["discharged_at"] is not None:
            raise Discharged(f"{row['duty']} of {row['case_no']} was discharged at {row['discharged_at']}")
    people = law.people
    return {
        "case_no": name,
        "source": SOURCE,
        "stream": stream,
        "bearer": people.posts[name].title if kind == "post" else people.unit_name(name),
        "offices": list(offices),
        "events": sorted(r.log_index for filed in offices.values() for r in filed),
        "duty": duty,
        "period": period,
        "as_of": as_of.isoformat(),
        "duties": rows,
        "log_size": log_size,
    }
