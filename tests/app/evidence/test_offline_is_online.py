"""
What the offline verifier concludes from an evidence file's records is what the whole log answers, case by case, day by
day, over random histories. `LUOSHI_TEST_CASES=1000` asks as many (some minutes).
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from random import Random

from app.evidence.conclude import NoAnswer, conclude, derive
from app.evidence.gather import _Reading
from app.handle import read
from app.questions import Questions, UnknownCase
from domain.duties.engine import split_stream
from tests.projections.logs import random_log

CASES = int(os.environ.get("LUOSHI_TEST_CASES", "60"))
PER_LOG = 20


def offline(store, stream, day):
    """From the records that a file would hold, in the order of nothing in particular; None for no answer."""
    question, size = {"stream": stream, "as_of": day.isoformat()}, store.size()
    reading = _Reading(store, size)
    try:
        derive("case", question, reading.consulted, log_size=size)  # what `gather` reads goes into the file
        records = reading.with_keys()
        decoded = [read(s) for kept in records.values() for s in kept]
        return conclude("case", question, reversed(decoded), streams=records, log_size=size)
    except NoAnswer:
        return None


def online(questions, stream, day):
    source, number = split_stream(stream)
    try:
        [answer] = questions.case(number, day, source=source)
    except UnknownCase:
        return None
    return answer


def test_offline_is_online():
    asked = answered = failing = 0
    for seed in range(CASES // PER_LOG):
        store = random_log(1000 + seed, cases=PER_LOG, acts=8, waiting=0.05)
        questions, rng = Questions(store), Random(seed)  # noqa: S311 - a question must repeat from its seed
        for stream in questions.case_streams():
            day = date(2025, 1, 10) + timedelta(days=rng.randrange(400))
            said = offline(store, stream, day)
            assert said == online(questions, stream, day), (seed, stream, day)
            asked += 1
            answered += said is not None
            failing += said is not None and any(d["state"] == "breached" for d in said["duties"])
    assert asked >= CASES * 3 // 4
    assert min(answered, failing) > asked // 3
