"""
python -m bench.oracle --python OTHER_PYTHON [--seeds 1 2 3] [--cases 400] [--keep DIR]

The national time limits checked twice over simulated counties: by our audit, and by Declare4Py on the XES export with
the law written as a Declare model. Exit 1 where they disagree. OTHER_PYTHON is one that has Declare4Py:

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install Declare4Py && echo /tmp/oracle/bin/python

It is never this project's own environment: pm4py, which Declare4Py brings, is under the AGPL and is used as a program,
not as a library.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from bench.oracle.compare import Comparison, compare
from tests.projections.logs import simulated


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.oracle", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--python", required=True, help="a Python that has Declare4Py")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--keep", type=Path, help="keep export, copy, model and answer in this folder")
    asked = parser.parse_args()
    disagreements = 0
    for seed in asked.seeds:
        keeping = tempfile.TemporaryDirectory() if asked.keep is None else nullcontext(str(asked.keep))
        with keeping as name:
            folder = Path(name) / str(seed)
            folder.mkdir(parents=True, exist_ok=True)
            found = compare(simulated(asked.cases, seed), folder, python=asked.python)
        show(seed, found)
        disagreements += len(found.unexplained)
    print(f"disagreements: {disagreements}")
    sys.exit(1 if disagreements else 0)


def show(seed: int, found: Comparison) -> None:
    print(
        f"== seed {seed}: {found.cases} cases, {found.acts} acts, {sum(found.triggers.values())} triggers in the copy"
    )
    print(f"{'constraint':28}{'limit':>7}{'checked':>9}{'both':>6}{'only ours':>11}{'only theirs':>13}")
    for row in found.rows():
        print(f"{row.obligation:28}{row.days:>6}d{row.checked:>9}{row.both:>6}{row.ours:>11}{row.theirs:>13}")
    for (case, obligation), why in found.unexplained.items():
        print(f"DISAGREEMENT {case} {obligation}: {why}")
    for name, count in found.explained().items():
        print(f"set aside or explained: {count} x {name}")
    for name, why in found.unsaid.items():
        print(f"not said by a constraint: {name}: {why}")


if __name__ == "__main__":
    main()
