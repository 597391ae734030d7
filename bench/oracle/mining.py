"""
Runs in a Python of its own, beside the project: `python mining.py LOG.xes LOG.json LOG.xml ANSWER.json`.

pm4py (AGPL) and rustxes are outside programs here: nothing of the project imports them, and nothing of the project is
imported by this file. The answer: what each of them counts in the exports, and that a model can be discovered.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pm4py
import rustxes


def main(xes: str, ocel_json: str, ocel_xml: str, answer_file: str) -> None:
    answer = {
        "pm4py": {
            "xes": _log(pm4py.convert_to_event_log(pm4py.read_xes(xes))),
            "json": _ocel(pm4py.read_ocel2_json(ocel_json)),
            "xml": _ocel(pm4py.read_ocel2_xml(ocel_xml)),
        },
        "rustxes": {
            "xes": _frame(rustxes.import_xes(xes)[0]),
            "json": _frames(rustxes.import_ocel_json(ocel_json)),
            "xml": _frames(rustxes.import_ocel_xml(ocel_xml)),
        },
    }
    log = pm4py.convert_to_event_log(pm4py.read_xes(xes))
    net, first, last = pm4py.discover_petri_net_inductive(log)
    fitness = pm4py.fitness_token_based_replay(log, net, first, last)
    objects = pm4py.discover_oc_petri_net(pm4py.read_ocel2_json(ocel_json))
    answer["discovered"] = {
        "transitions": len(net.transitions),
        "fitness": fitness["log_fitness"],
        "object_types": sorted(objects["object_types"]),
    }
    Path(answer_file).write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")


def _log(log: Any) -> dict[str, int]:
    return {"cases": len(log), "events": sum(len(trace) for trace in log)}


def _frame(frame: Any) -> dict[str, int]:
    return {"cases": frame["case:concept:name"].n_unique(), "events": len(frame)}


def _ocel(log: Any) -> dict[str, Any]:
    kinds = log.objects[log.object_type_column].value_counts()
    return {
        "events": len(log.events),
        "relations": len(log.relations),
        "objects": {str(kind): int(n) for kind, n in sorted(kinds.items())},
    }


def _frames(found: Any) -> dict[str, Any]:
    """rustxes gives frames by name; those of pm4py's columns are read."""
    objects = found["objects"]
    kinds: dict[str, int] = {}
    for kind in objects["ocel:type"].to_list():
        kinds[kind] = kinds.get(kind, 0) + 1
    return {
        "events": len(found["events"]),
        "relations": len(found["relations"]),
        "objects": dict(sorted(kinds.items())),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
