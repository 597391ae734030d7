"""
Runs in a Python of its own, beside the project: `python declare.py LOG.xes MODEL.decl ANSWER.json`.

Declare4Py (through pm4py, whose licence is the AGPL) is an outside program here: nothing of the project imports it,
nothing of the project is imported by this file. The answer: violations by trace and activity of the trigger.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pm4py
from Declare4Py.D4PyEventLog import D4PyEventLog
from Declare4Py.ProcessMiningTasks.ConformanceChecking.MPDeclareAnalyzer import MPDeclareAnalyzer
from Declare4Py.ProcessModels.DeclareModel import DeclareModel


def main(log_file: str, model_file: str, answer_file: str) -> None:
    log = D4PyEventLog(case_name="case:concept:name")
    # parse_xes_log fails with newer versions of pm4py (KeyError pm4py:param:timestamp_key): set by hand.
    log.log = pm4py.convert_to_event_log(pm4py.read_xes(log_file))
    log.log_length = len(log.log)
    log.timestamp_key, log.activity_key = "time:timestamp", "concept:name"
    lines = Path(model_file).read_text(encoding="utf-8").splitlines()
    model = DeclareModel().parse_from_string("\n".join(lines))
    activities = [constraint["activities"][0] for constraint in model.constraints]
    expected = [line for line in lines if line.startswith("Response[")]
    if len(activities) != len(expected):
        raise SystemExit(f"{len(expected)} constraints written, {len(activities)} read")
    found = MPDeclareAnalyzer(log, model, consider_vacuity=True).run()
    violations, activations = found.get_metric("num_violations"), found.get_metric("num_activations")
    answer = {"traces": len(log.log), "violations": [], "activations": dict.fromkeys(activities, 0)}
    for n, trace in enumerate(log.log):
        for k, activity in enumerate(activities):
            answer["activations"][activity] += int(activations.iloc[n, k])
            if count := int(violations.iloc[n, k]):
                answer["violations"].append([trace.attributes["concept:name"], activity, count])
    Path(answer_file).write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
