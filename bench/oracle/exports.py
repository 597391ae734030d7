"""
python -m bench.oracle.exports --python OTHER_PYTHON [--seeds 1 2] [--cases 400] [--keep DIR]

The exports read by two outside programs, pm4py and rustxes: a simulated county as XES and as OCEL 2.0 (JSON and XML).
Exit 1 where a count of cases, events, relations or objects differs from what we wrote. OTHER_PYTHON has both:

    python3 -m venv /tmp/mining && /tmp/mining/bin/pip install pm4py rustxes && echo /tmp/mining/bin/python
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.export.cases import CasesToExport
from app.export.ocel import write_ocel
from app.export.xes import write_xes
from tests.projections.logs import simulated

if TYPE_CHECKING:
    from ledger.store.contract import Store

AS_OF = date(2025, 12, 31)
MINING = Path(__file__).with_name("mining.py")
MINUTES = 10


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.oracle.exports", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--python", required=True, help="a Python that has pm4py and rustxes")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--keep", type=Path, help="keep the files in this folder")
    asked = parser.parse_args()
    differing = 0
    for seed in asked.seeds:
        keeping = tempfile.TemporaryDirectory() if asked.keep is None else nullcontext(str(asked.keep))
        with keeping as name:
            folder = Path(name) / str(seed)
            folder.mkdir(parents=True, exist_ok=True)
            ours, theirs = counted(simulated(asked.cases, seed), folder, python=asked.python)
        found = differences(ours, theirs)
        differing += len(found)
        print(f"== seed {seed}: {json.dumps(ours, ensure_ascii=False)}")
        print(f"   discovered: {theirs['discovered']}")
        for line in found:
            print(f"DIFFERS {line}")
    print(f"differences: {differing}")
    sys.exit(1 if differing else 0)


def counted(store: Store, folder: Path, *, python: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What we wrote, and what the outside programs read."""
    xes, as_json, as_xml, answer = (folder / n for n in ("log.xes", "log.json", "log.xml", "answer.json"))
    with xes.open("wb") as out:
        written = write_xes(CasesToExport(store, AS_OF), out)
    for path in (as_json, as_xml):
        with path.open("wb") as out:
            objects = write_ocel(CasesToExport(store, AS_OF), out, AS_OF, form=path.suffix[1:])
    relations = sum(len(event["relationships"]) for event in json.loads(as_json.read_text("utf-8"))["events"])
    done = subprocess.run(
        # Isolated: neither this project's folder nor PYTHONPATH is seen there.
        [python, "-I", MINING, xes, as_json, as_xml, answer],
        check=False,
        timeout=60 * MINUTES,
        text=True,
        capture_output=True,
    )
    if done.returncode:
        raise SystemExit(f"the outside program failed:\n{done.stderr[-2000:]}")
    ours = {
        "xes": {"cases": written.cases, "events": written.acts},
        "ocel": {
            "events": objects.events,
            "relations": relations,
            "objects": {kind: n for kind, n in sorted(objects.objects.items()) if n},
        },
    }
    return ours, json.loads(answer.read_text(encoding="utf-8"))


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Every count in which an outside program differs from what was written."""
    return [
        f"{program}, {form}: {theirs[program][form]}"
        for program in ("pm4py", "rustxes")
        for form, name in (("xes", "xes"), ("json", "ocel"), ("xml", "ocel"))
        if theirs[program][form] != ours[name]
    ]


if __name__ == "__main__":
    main()
