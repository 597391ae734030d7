"""
One log: exported, checked by the outside program, and its breaches set beside those that our audit lists.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from app.export.cases import CasesToExport
from app.export.declare import Constraint, constraints, exported, model_text, packs
from app.export.declare_copy import ENTERED_LATE, SET_ASIDE, Copied, write_copy
from app.export.xes import write_xes
from app.questions import Questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ledger.store.contract import Store

AS_OF = date(2025, 12, 31)
SOURCE = "county"
DECLARE = Path(__file__).with_name("declare.py")
MINUTES = 15  # the outside program is given so long
Place = tuple[str, str]  # (case, obligation)


@dataclass(frozen=True)
class Row:
    """One constraint: how many triggers the outside program checked, and on how many breaches the two agree."""

    obligation: str
    days: int
    checked: int
    both: int
    ours: int
    theirs: int


@dataclass(frozen=True)
class Comparison:
    cases: int
    acts: int
    said: list[Constraint]
    unsaid: dict[str, str]
    copied: Copied
    checked: Counter[str]
    ours: Counter[Place]
    theirs: Counter[Place]

    @property
    def triggers(self) -> Counter[str]:
        return self.copied.triggers

    @property
    def differing(self) -> dict[Place, str]:
        """Where the two lists differ, and how."""
        both = self.ours.keys() | self.theirs.keys()
        return {
            place: f"ours {self.ours[place]}, theirs {self.theirs[place]}"
            for place in sorted(both)
            if self.ours[place] != self.theirs[place]
        }

    @property
    def unexplained(self) -> dict[Place, str]:
        """Disagreements: a difference that nothing named explains."""
        return {place: why for place, why in self.differing.items() if self._name(place) is None}

    def explained(self) -> Counter[str]:
        """By name: constraints set aside in a case, and differences that have a reason."""
        names = [SET_ASIDE[name] for name in self.copied.aside.values()]
        names += [name for place in self.differing if (name := self._name(place)) is not None]
        return Counter(names)

    def _name(self, place: Place) -> str | None:
        return ENTERED_LATE if place[0] in self.copied.late else None

    def rows(self) -> Iterator[Row]:
        for obligation, days in {c.obligation: c.days for c in self.said}.items():
            ours = Counter({p: n for p, n in self.ours.items() if p[1] == obligation})
            theirs = Counter({p: n for p, n in self.theirs.items() if p[1] == obligation})
            both = (ours & theirs).total()
            only_ours, only_theirs = (ours - theirs).total(), (theirs - ours).total()
            yield Row(obligation, days, self.checked[obligation], both, only_ours, only_theirs)


def compare(
    store: Store,
    folder: Path,
    *,
    python: str,
    law: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = lambda packs: packs,
) -> Comparison:
    """
    Export the log into `folder`, have it checked by that Python, and compare. `law` may alter the packs that the model
    is made of: a comparison that a wrong law does not disturb would prove nothing.
    """
    export, copy, model, answer = (folder / n for n in ("export.xes", "copy.xes", "law.decl", "answer.json"))
    with export.open("wb") as out:
        written = write_xes(CasesToExport(store, AS_OF, source=SOURCE), out)
    said, unsaid = constraints(law(packs(store, SOURCE)), exported())
    copied = write_copy(export, said, AS_OF, copy)
    model.write_text(model_text(said, copied.extensions), encoding="utf-8")
    done = subprocess.run(
        # Isolated: neither this project's folder nor PYTHONPATH is seen there.
        [python, "-I", DECLARE, copy, model, answer],
        check=False,
        timeout=60 * MINUTES,
        text=True,
        capture_output=True,
    )
    if done.returncode:
        raise SystemExit(f"the outside program failed:\n{done.stderr[-2000:]}")
    found = json.loads(answer.read_text(encoding="utf-8"))
    if found["traces"] != written.cases:
        raise SystemExit(f"{written.cases} cases written, {found['traces']} traces checked")
    names = {c.extended(n): c.obligation for c in said for n in (0, *copied.extensions.get(c.activity, ()))}
    theirs: Counter[Place] = Counter()
    for case, activity, count in found["violations"]:
        theirs[case, names[activity]] += count
    checked: Counter[str] = Counter()
    for activity, count in found["activations"].items():
        checked[names[activity]] += count
    versions = {(c.obligation, c.rule_version) for c in said}
    ours = Counter(p for p in breaches(store, versions) if p not in copied.aside)
    return Comparison(written.cases, written.acts, said, unsaid, copied, checked, ours, theirs)


def breaches(store: Store, versions: set[tuple[str, str]]) -> Iterator[Place]:
    """
    What `luoshi audit failures` lists as past its day: breached, met late, or disputed after a late discharge. By
    state, so that an omission which is reported once, under another duty, counts here too.
    """
    questions = Questions(store)
    for state in ("breached", "met_late", "disputed"):
        for row in questions.failures(AS_OF, source=SOURCE, state=state):
            is_said = (row["duty"], row["legal_basis"]["rule_version"]) in versions
            if is_said and (state != "disputed" or row["days_late"]):
                yield row["stream"].removeprefix("case/"), row["duty"]
