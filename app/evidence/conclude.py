"""
An evidence file's answer, from its question and its events: what makes the file calls this, and what checks it too.

The answer is derived from streams, each read when it is first asked for: from the log where the file is made, from the
file where it is checked. A file that lacks one of them gives no answer, so none can be left out: not a unit, a post or
an official that the records or the register name, nor the lists of packs and calendars. tests/evidence/test_forged.py
plays who leaves out what; tests/app/evidence/test_conclude.py holds it to the store's answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unicodedata import is_normalized

from app.asked import Day, parse_as_of
from app.codec import PEOPLE_TOPICS
from app.evidence.closure import Consulted
from audit.answer import absence_answer, case_answer, office_answer
from domain.duties.engine import split_stream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from domain.recorded import Recorded

CASES = "case/"
BEARERS = ("post/", "unit/")


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
    kept: dict[str, list[Recorded]] = {stream: [] for stream in streams}
    for recorded in events:
        kept.setdefault(recorded.stream, []).append(recorded)

    def read(stream: str) -> list[Recorded]:
        if stream not in kept:
            raise NoAnswer(f"the records name {stream}, and what the log has of it is not there")
        return kept[stream]

    return derive(kind, question, Consulted(read), log_size=log_size)


def derive(kind: str, question: Mapping[str, Any], consulted: Consulted, *, log_size: int) -> dict[str, Any]:
    """The answer, from whatever gives the streams; afterwards `consulted` says which ones it took."""
    asked = _asked(kind, question)
    if not asked.stream.startswith(CASES):
        return _of_office(kind, asked, consulted, log_size=log_size)
    stream, as_of, duty = asked.stream, asked.as_of, asked.duty
    history = [recorded for recorded in consulted.look(stream) if recorded.topic not in PEOPLE_TOPICS]
    source, number = split_stream(stream)
    if history:
        consulted.look_around(history)
    elif not (_is_plain(source) and _is_plain(number)):
        raise NoAnswer(f"{stream!a}: no number that a case could have, or one that reads like another")
    law = consulted.law
    if history and (kind == "case" or duty is not None) and not law.rules.for_source(source):
        raise NoLaw(f"no rule pack for source {source} is there: what duties arose does not follow")
    if kind == "absence":
        return absence_answer(stream, history, law, as_of, duty=duty, log_size=log_size)
    answer = case_answer(history, law, as_of, log_size=log_size)
    if answer is None:
        raise NoAnswer(f"{stream}: nothing had happened as of {as_of.isoformat()}")
    return answer


def _of_office(kind: str, asked: _Asked, consulted: Consulted, *, log_size: int) -> dict[str, Any]:
    stream = asked.stream
    try:
        offices = consulted.look_into_offices(stream, asked.besides)
    except KeyError:
        raise NoAnswer(f"{stream!a}: no post or unit of this name is established") from None
    law = consulted.law
    if not any(adoption.local.standing for adoptions in law.adoptions.values() for adoption in adoptions):
        raise NoLaw("no rule pack with a standing duty is there: what was owed does not follow")
    return office_answer(
        stream,
        {office: consulted.look(office) for office in offices},
        law,
        asked.as_of,
        duty=asked.duty,
        period=asked.period,
        is_silence=kind == "absence",
        log_size=log_size,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    stream: str
    as_of: Day
    duty: str | None
    period: str | None
    besides: tuple[str, ...]


def _asked(kind: str, question: Mapping[str, Any]) -> _Asked:
    said = dict(question)
    if not all(isinstance(value, str) for value in said.values()) or not {"stream", "as_of"} <= said.keys():
        raise NoAnswer("a question names the stream of a case, a post or a unit, and as_of")
    stream, as_of = said.pop("stream"), said.pop("as_of")
    is_case, is_bearer = stream.startswith(CASES), stream.startswith(BEARERS)
    duty, period, besides = (said.pop(name, None) for name in ("duty", "period", "besides"))
    kinds = ("case", "absence") if is_case else ("office", "absence")
    # Silence of an office is about a named duty; and a period is a duty's.
    is_odd = (period is not None or kind == "absence") and duty is None
    if not (is_case or is_bearer) or kind not in kinds:
        raise NoAnswer(f"{stream!a}: a question of kind {kind!r} is about no such stream")
    if said or (is_odd if is_bearer else not (period is besides is None) or (duty is not None and kind == "case")):
        raise NoAnswer(f"a question of kind {kind!r} with {sorted(question)}")
    if is_case and stream.count("/") < 2:
        raise NoAnswer(f"{stream!r} is no case: case/<source>/<no>")
    day = parse_as_of(as_of)
    if day.isoformat()[:10] != as_of[:10]:
        # A week's fourth day is a day to Python, and none to a court or to the other verifier.
        raise NoAnswer(f"as_of {as_of!a} is not spelled as its day, {day.isoformat()[:10]}")
    return _Asked(stream, day, duty, period, () if besides is None else tuple(besides.split("\n")))


def _is_plain(name: str) -> bool:
    """Whether nothing in a name is unseen: else silence about it would read as silence about another case."""
    return bool(name) and name == name.strip() and name.isprintable() and is_normalized("NFC", name)
