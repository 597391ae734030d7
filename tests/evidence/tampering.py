"""
How to tamper with an evidence file: by a careless hand, which leaves the manifests as they were, and by one that knows.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from ledger.evidence.archive import pack, unpack
from ledger.evidence.bag import seal_bag

if TYPE_CHECKING:
    from collections.abc import Callable

OWN = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt")


def repacked(data: bytes, change: Callable[[dict[str, bytes]], Any]) -> bytes:
    """Change files and nothing else: the manifests tell."""
    bag, files = unpack(data)
    change(files)
    return pack(bag, files)


def edited(data: bytes, change: Callable[[dict[str, bytes]], Any]) -> bytes:
    """Change files, and the manifests with them."""
    bag, files = unpack(data)
    before = dict(files)
    change(files)
    if any(files.get(own) != before[own] for own in OWN[:2]):
        # One of the bag's own files was the one to change: only the manifest over it is made anew.
        tags = {path: content for path, content in files.items() if not path.startswith("data/") and path != OWN[3]}
        lines = (f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in sorted(tags.items()))
        return pack(bag, files | {OWN[3]: "".join(lines).encode()})
    return pack(bag, seal_bag({path: content for path, content in files.items() if path not in OWN}))
