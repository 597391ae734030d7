"""
make bench: every measurement of this folder, each as a ratio against a limit or a peer in the same run.
"""

from __future__ import annotations

from bench import append, audit, evidence, importing, mirroring, publishing

if __name__ == "__main__":
    for name, main in (
        ("append", append.main),
        ("importing", importing.main),
        ("publishing", publishing.main),
        ("mirroring", mirroring.main),
        ("evidence", evidence.main),
        ("audit", audit.main),
    ):
        print(f"== {name}", flush=True)
        main()
