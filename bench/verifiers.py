"""
The verifiers against each other, on and on: `python -m bench.fuzz --verifiers --seconds 600 --seed 1`.

Files of tests/evidence/differing.py, made from seed and number alone; each by the program, by the .pyz without any
library, and by verify.html where there is a Chromium. Says what came of them by step, and every difference with its
number.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.evidence import tampering
from tests.evidence.browsing import CHROMIUM, Opened, browser
from tests.evidence.differing import by_page, by_program, by_pyz, differs, make_file

AT_ONCE = 40


def run(seconds: float, seed: int, only: int | None = None) -> int:
    """Return 1 if any two disagree, or if a verifier fails otherwise than by a verdict."""
    policy, found, wrong, number = tampering.policy(), Counter(), 0, 0
    started = perf_counter()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        page = Opened(stack.enter_context(browser()), folder) if CHROMIUM is not None else None
        while number == 0 or (only is None and perf_counter() - started < seconds):
            numbers = range(number, number + AT_ONCE) if only is None else [only]
            files = [make_file(seed, each) for each in numbers]
            said = [by_program(data, policy) for data in files]
            for each, data, one, other in zip(numbers, files, said, by_pyz(folder, files, policy), strict=True):
                third = None if page is None else by_page(page, data, policy)
                found[one[1]] += 1
                if (why := differs(one, other, third)) is not None:
                    wrong += 1
                    print(f"FAIL  seed {seed}  number {each}: {why}", flush=True)
            number += len(files)
        if page is not None:
            page.close()
    by_step = ", ".join(f"{'verified' if step is None else step}: {found[step]:,}" for step in sorted(found, key=str))
    print(f"{number:,} files in {perf_counter() - started:.0f} s, seed {seed}: {wrong} differences")
    print(f"{'no Chromium: verify.html was not asked; ' if CHROMIUM is None else ''}refused at step {by_step}")
    return 1 if wrong else 0
