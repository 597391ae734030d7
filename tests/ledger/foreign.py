"""Vectors that were not made by us: by Go's x/mod, sigstore's tools and hand, from C2SP, RFC 6962 and DSSE."""

import json
from pathlib import Path

FOREIGN = Path(__file__).parent / "vectors" / "foreign"
KEYS: dict[str, str] = json.loads((FOREIGN / "keys.json").read_text())
LOG_VKEY = KEYS["log"]


def foreign(name: str) -> bytes:
    return (FOREIGN / name).read_bytes()
