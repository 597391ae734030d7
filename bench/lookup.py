"""
python -m bench.lookup: whether a wrong code and an unknown number can be told apart by time.

10,000 tries of each against the desk itself, in random order, one database, no network. The statistic: the area under
the curve of a classifier that sees one duration (Mann-Whitney U / n m), with its 99 percent interval by the normal
approximation, and the same for the halves of one kind, which says how much the machine's own noise makes of nothing.
Aim: the interval contains 0.5, or the area is within 0.01 of it.
"""

from __future__ import annotations

import itertools
import random
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path

from app.embedded import EmbeddedPostgres
from app.lookup.codes import Codes, NoCode
from ledger.store.migrate import migrate

TRIES = 10_000


def area(one: list[float], other: list[float]) -> tuple[float, float]:
    """The chance that a value of the first exceeds one of the second, and half of its 99 percent interval."""
    ranked = sorted([(x, 0) for x in one] + [(x, 1) for x in other])
    total, position = 0.0, 0
    for _, group in itertools.groupby(ranked, key=lambda each: each[0]):
        members = list(group)
        total += sum(1 for _, kind in members if kind == 0) * (position + (len(members) + 1) / 2)
        position += len(members)
    n, m = len(one), len(other)
    return (total - n * (n + 1) / 2) / (n * m), 2.576 * sqrt((n + m + 1) / (12 * n * m))


def main() -> int:
    rng = random.Random(20260302)
    numbers = itertools.count()
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        dsn = server.start()
        try:
            migrate(dsn)
            # Each try is a second and some after the one before: no limit is met.
            start = datetime(2026, 3, 2, tzinfo=UTC)
            clock = (start + timedelta(minutes=1) * n for n in itertools.count())
            with closing(Codes(dsn, schema="luoshi", secret=b"k" * 32, clock=lambda: next(clock))) as codes:
                for n in range(2_000):
                    codes.first(f"case/county/XF-{n}", codes.drawn(str(n)), by="bench")
                spent: dict[str, list[float]] = {"wrong code": [], "unknown number": []}
                kinds = [kind for kind in spent for _ in range(TRIES)]
                rng.shuffle(kinds)
                for kind in kinds:
                    n = rng.randrange(2_000)
                    number = f"XF-{n}" if kind == "wrong code" else f"XF-{n + 5_000}"
                    code = codes.drawn(f"x{next(numbers)}")
                    begun = time.perf_counter()
                    try:
                        codes.open(number, code, source=f"198.51.{n % 250}.{rng.randrange(250)}")
                    except NoCode:
                        spent[kind].append(time.perf_counter() - begun)
        finally:
            server.stop()
    wrong, unknown = spent["wrong code"], spent["unknown number"]
    found, half = area(wrong, unknown)
    own, _ = area(wrong[: len(wrong) // 2], wrong[len(wrong) // 2 :])
    for kind, values in spent.items():
        ordered = sorted(values)
        print(f"{kind}: {len(values)} tries, median {ordered[len(ordered) // 2] * 1e6:.0f} us")
    print(f"area under the curve {found:.4f} +- {half:.4f} (99 percent); the halves of one kind: {own:.4f}")
    is_met = abs(found - 0.5) <= max(half, 0.01)
    print("not told apart" if is_met else "TOLD APART")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
