"""
What the offline verifier concludes from an evidence file's records is what the whole log answers, case by case, day by
day, over random histories. `LUOSHI_TEST_CASES=1000` asks as many (some minutes).
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from random import Random

from app.evidence.conclude import NoAnswer, conclude
from app.evidence.gather import Gatherer
from app.handle import read
from app.questions import Questions, UnknownCase
from domain.duties.engine import split_stream
from tests.projections.logs import random_log

CASES = int(os.environ.get("LUOSHI_TEST_CASES", "60"))
PER_LOG = 20


def offline(gatherer, stream, day, size):
    """From the records that a file would hold, in the order of nothing in particular; None for no answer."""
    for everybody in (False, True):
        records = gatherer._leaning_on(stream, size, everybody=everybody)  # what `gather` puts into the file
        decoded = [read(s) for kept in records.values() for s in kept]
        try:
            question = {"stream": stream, "as_of": day.isoformat()}
            return conclude("case", question, reversed(decoded), streams=records, log_size=size)
        except NoAnswer:
            continue
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
        gatherer = Gatherer(store, questions, None, None, None)
        for stream in questions.case_streams():
            day = date(2025, 1, 10) + timedelta(days=rng.randrange(400))
            said = offline(gatherer, stream, day, store.size())
            assert said == online(questions, stream, day), (seed, stream, day)
            asked += 1
            answered += said is not None
            failing += said is not None and any(d["state"] == "breached" for d in said["duties"])
    assert asked >= CASES * 3 // 4
    assert min(answered, failing) > asked // 3
