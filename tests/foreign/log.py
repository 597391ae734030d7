"""
The log that the others are asked about, made by the real publisher: 300 records, two checkpoints, one cosigned.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.merkle import leaf_hash
from ledger.note import split_note
from ledger.store.contract import whole_log
from ledger.store.memory import MemoryStore
from ledger.vkeys import Verifier
from tests.conftest import CHECKOUT
from tests.ledger.sealing import LOG
from tests.parsers import COURT
from tests.publishing import Published

FORMATS = (CHECKOUT / "docs/formats.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Made:
    folder: Path
    leaves: list[bytes]
    first: bytes  # checkpoints
    second: bytes
    cosigned: bytes

    @property
    def hashes(self) -> list[bytes]:
        return [leaf_hash(leaf) for leaf in self.leaves]

    @property
    def old(self) -> Checkpoint:
        return open_checkpoint(self.first, Verifier(LOG.vkey))

    @property
    def head(self) -> Checkpoint:
        return open_checkpoint(self.second, Verifier(LOG.vkey))


@cache
def made(folder: Path | None = None) -> Made:
    log = Published(MemoryStore(), folder or Path(mkdtemp()))
    log.record(150)
    log.publish()
    first = log.outside.newest()
    log.record(147)
    log.publish()
    second = log.outside.newest()
    assert first
    assert second
    cosigned = second + COURT.cosign(split_note(second)[0], 1_772_355_600).encode()
    return Made(log.folder, [stored.leaf for stored in whole_log(log.store)], first, second, cosigned)


def documented(command: str) -> str:
    """The command, which must stand in docs/formats.md word for word."""
    assert f"`{command}`" in FORMATS
    return command


def base64(data: bytes) -> str:
    return b64encode(data).decode()
