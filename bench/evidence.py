"""
An evidence file of a case with 20 acts, in a log of a county's size: its bytes, the time to make it and to verify it.

Verification is given as a ratio to its own Ed25519 verifications alone, in the same run: what it costs beside them. And
by `luoshi verify` and `luoshi-verify.pyz` as processes, start included: the .pyz with the libraries of this Python, and
on one that has none, where it verifies Ed25519 itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

from app.evidence import pyz
from app.evidence.make import Enclosed, make
from app.evidence.offline import derive
from ledger.envelope import check_signature, open_leaf, parse_payload
from ledger.evidence.verify import verify_evidence
from ledger.trust import trust_key
from ledger.vkeys import Verifier
from tests.app.evidence.publishing import Evidence
from tests.projections.logs import simulated

CASES = 300
ACTS = 20
TIMES = 5
NOW = datetime(2026, 1, 5, tzinfo=UTC)
LIMIT_BYTES = 512 * 1024  # an attachment that any court's mail system takes
PROGRAM = "luoshi verify"
LIMIT_SECONDS = 1.0  # to verify, in process


def main() -> None:
    store = simulated(CASES)
    stream = _longest(store)
    with tempfile.TemporaryDirectory() as folder:
        evidence = Evidence(store, Path(folder), "simulated.example/log")
        gatherer = evidence.gatherer()
        question = {"stream": stream, "as_of": "2025-12-31"}
        gatherer.gather("case", question)  # the log is read once, whoever asks
        seconds, data = _timed(
            lambda: make(
                gatherer.gather("case", question),
                Enclosed(),
                holder=None,
                now=NOW,
                zone=ZoneInfo("Asia/Shanghai"),
            )
        )
        trust = trust_key(evidence.signer.vkey)
        checking, report = _timed(lambda: verify_evidence(data, trust, conclude=derive))
        whole = _as_processes(Path(folder), data, evidence.signer.vkey)
    if report.verdict != "verified":
        raise SystemExit(f"not verified: {report.failed}")
    bundle = report.bundle
    signing = _signatures(bundle)
    acts = len(bundle.streams[0].indexes)
    print(f"log of {store.size():,} records, case with {acts} acts")
    print(f"in the file: {len(bundle.streams)} streams, {len(bundle.leaves)} records")
    print(f"evidence file without verifiers: {len(data):,} bytes, {len(data) / LIMIT_BYTES:.2f} of the limit")
    print(f"to gather and make: median {seconds * 1000:.0f} ms")
    print(
        f"to verify in process: median {checking * 1000:.0f} ms, {checking / LIMIT_SECONDS:.2f} of the limit, "
        f"{checking / signing:.1f} times its {len(bundle.leaves) - 1} Ed25519 verifications"
    )
    for name, seconds in whole.items():
        print(f"{name}: median {seconds * 1000:.0f} ms of processor, {seconds / whole[PROGRAM]:.2f} of `{PROGRAM}`")


def _as_processes(folder: Path, data: bytes, vkey: str) -> dict[str, float]:
    """Whole runs, from the command line to the verdict, in seconds of processor: a busy machine is no slow verifier."""
    file, tool = folder / "case.evidence.zip", folder / "luoshi-verify.pyz"
    file.write_bytes(data)
    tool.write_bytes(pyz.build())
    asked = [str(file), "--vkey", vkey, "--json"]
    ways = {
        PROGRAM: [str(Path(sys.executable).with_name("luoshi")), "verify", *asked],
        "luoshi-verify.pyz with cryptography": [sys.executable, str(tool), *asked],
        "luoshi-verify.pyz without any package": [sys.executable, "-I", "-S", str(tool), *asked],
    }
    found = {}
    for name, command in ways.items():
        used = []
        for _ in range(TIMES):
            before = getrusage(RUSAGE_CHILDREN)
            done = subprocess.run(command, capture_output=True, check=True)
            after = getrusage(RUSAGE_CHILDREN)
            used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            if json.loads(done.stdout)["verdict"] != "verified":
                raise SystemExit(f"{name}: not verified")
        found[name] = median(used)
    return found


def _longest(store) -> str:
    """The case with the most acts, up to the number that is asked for."""
    counts: dict[str, int] = {}
    for stored in store.read_log(0, store.size()):
        if stored.stream.startswith("case/"):
            counts[stored.stream] = counts.get(stored.stream, 0) + 1
    return max(counts, key=lambda s: (counts[s] <= ACTS, counts[s], s))


def _signatures(bundle) -> float:
    envelopes = [open_leaf(leaf.leaf) for leaf in bundle.leaves[:-1]]
    keys = {}
    for envelope in envelopes:
        payload = parse_payload(envelope.payload)
        if payload.topic == "key.enrolled.v1":
            keys[payload.body["key_id"]] = Verifier(payload.body["vkey"])
    return _timed(lambda: [check_signature(x, keys[x.key_id]) for x in envelopes])[0]


def _timed(work):
    seconds = []
    for _ in range(TIMES):
        started = perf_counter()
        found = work()
        seconds.append(perf_counter() - started)
    return median(seconds), found


if __name__ == "__main__":
    main()
