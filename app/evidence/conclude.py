"""
An evidence file's answer, from its question and its events: what makes the file calls this, and what checks it too.

The events are those of every stream in the file, whatever order they come in; which of them are law and which the
case's, their topics and streams say, as online. tests/app/evidence/test_conclude.py holds it to the store's answer.

A file from which a stream was left out would give another answer. What its records name must therefore be in it, and
law for the case's source: tests/evidence/test_forged.py plays who leaves out what. Streams that nothing in the file
names, only who replays the log can miss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unicodedata import is_normalized

from app.asked import Day, parse_as_of
from app.codec import PEOPLE_TOPICS
from app.evidence.closure import people_streams
from audit.answer import absence_answer, case_answer
from domain.duties.engine import split_stream
from domain.law.in_force import Law, add

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from domain.recorded import Recorded

CASES = "case/"


class NoAnswer(ValueError):  # noqa: N818 - says what was found
    """These events do not answer this question."""


class NoLaw(NoAnswer):
    """No rule pack is there for the case's source: that no duty arose would be said of any case."""


def conclude(
    kind: str,
    question: Mapping[str, Any],
    events: Iterable[Recorded],
    *,
    streams: Collection[str],
    log_size: int,
) -> dict[str, Any]:
    """
    Return the answer as a JSON value. ValueError where the question is none, or its answer is not to be had.

    `streams`: those whose events these are, all of them; also the ones that have none.
    """
    stream, as_of, duty = _asked(kind, question)
    law = Law()
    history: list[Recorded] = []
    for recorded in sorted(events, key=lambda r: r.log_index):
        if recorded.topic in PEOPLE_TOPICS:
            add(law, recorded)
        elif recorded.stream == stream:
            history.append(recorded)
    if missing := set(people_streams(history, law.people)) - set(streams):
        raise NoAnswer(f"the records name {', '.join(sorted(missing)[:5])}, and what the log has of it is not there")
    source, number = split_stream(stream)
    if not history and not (_is_plain(source) and _is_plain(number)):
        raise NoAnswer(f"{stream!a}: no number that a case could have, or one that reads like another")
    if history and (kind == "case" or duty is not None) and not law.rules.for_source(source):
        raise NoLaw(f"no rule pack for source {source} is there: what duties arose does not follow")
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
    day = parse_as_of(as_of)
    if day.isoformat()[:10] != as_of[:10]:
        # A week's fourth day is a day to Python, and none to a court or to the other verifier.
        raise NoAnswer(f"as_of {as_of!a} is not spelled as its day, {day.isoformat()[:10]}")
    return stream, day, duty


def _is_plain(name: str) -> bool:
    """Whether nothing in a name is unseen: else silence about it would read as silence about another case."""
    return bool(name) and name == name.strip() and name.isprintable() and is_normalized("NFC", name)
