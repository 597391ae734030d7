"""
An evidence file's answer, from its question and its events: what makes the file calls this, and what checks it too.

The events are those of every stream in the file, whatever order they come in; which of them are law and which the
case's, their topics and streams say, as online. tests/app/evidence/test_conclude.py holds it to the store's answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.asked import Day, parse_as_of
from app.codec import PEOPLE_TOPICS
from audit.answer import absence_answer, case_answer
from domain.law.in_force import Law, add

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from domain.recorded import Recorded

CASES = "case/"


class NoAnswer(ValueError):  # noqa: N818 - says what was found
    """These events do not answer this question."""


def conclude(kind: str, question: Mapping[str, Any], events: Iterable[Recorded], *, log_size: int) -> dict[str, Any]:
    """
    Return the answer as a JSON value. ValueError where the question is none, or its answer is not to be had.
    """
    stream, as_of, duty = _asked(kind, question)
    law = Law()
    history: list[Recorded] = []
    for recorded in sorted(events, key=lambda r: r.log_index):
        if recorded.topic in PEOPLE_TOPICS:
            add(law, recorded)
        elif recorded.stream == stream:
            history.append(recorded)
    if kind == "absence":
        return absence_answer(stream, history, law, as_of, duty=duty, log_size=log_size)
    answer = case_answer(history, law, as_of, log_size=log_size)
    if answer is None:
        raise NoAnswer(f"{stream}: nothing had happened as of {as_of.isoformat()}")
    return answer


def _asked(kind: str, question: Mapping[str, Any]) -> tuple[str, Day, str | None]:
    match dict(question):
        case {"stream": str(stream), "as_of": str(as_of), **rest} if stream.startswith(CASES):
            pass
        case _:
            raise NoAnswer("a question names the stream of a case, and as_of")
    duty = rest.pop("duty", None)
    if rest or kind not in ("case", "absence") or not (duty is None or (isinstance(duty, str) and kind == "absence")):
        raise NoAnswer(f"a question of kind {kind!r} with {sorted(question)}")
    if stream.count("/") < 2:
        raise NoAnswer(f"{stream!r} is no case: case/<source>/<no>")
    return stream, parse_as_of(as_of), duty
