"""A published log in memory, and a mirror of its folder."""

from datetime import UTC, datetime

from app.mirror.follow import Mirror
from app.mirror.source import FolderSource
from ledger.errors import VerificationError
from ledger.store.memory import MemoryStore
from ledger.vkeys import Verifier
from tests.ledger.sealing import LOG
from tests.publishing import Published

NOW = datetime(2025, 3, 1, 9, 5, tzinfo=UTC)  # five minutes after what tests.ledger.sealing records


def published(tmp_path, events=20):
    log = Published(MemoryStore(), tmp_path / "log")
    log.record(events)
    log.publish()
    return log


def mirror(tmp_path, source=None, *, name="mirror", vkeys=(LOG.vkey,), at=NOW, excused=()):
    source = source or FolderSource(tmp_path / "log")
    return Mirror(tmp_path / name, source, [Verifier(v) for v in vkeys], lambda: at, excused=excused)


def refusal(following, note=None):
    """(step, index) by which the mirror refuses; None where it does not."""
    try:
        following.follow(note)
    except VerificationError as error:
        return error.step, error.log_index
    return None
