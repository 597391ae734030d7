"""
An office whose sealed values are under a vault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.store.memory import MemoryStore
from ledger.store.sealed import SealedStore
from ledger.vault import Vault
from ledger.verify import verify_log
from tests.app.office import Office

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "test.example/log"


class SealedOffice(Office):
    def __init__(self, folder: Path) -> None:
        self.below = MemoryStore()
        self.vault = Vault(folder / "vault", origin=ORIGIN)
        super().__init__(SealedStore(self.below, self.vault, origin=ORIGIN))

    def verify(self):
        return verify_log(
            self.below.read_log(0, 10_000),
            checkpoint=None,
            log_verifier=None,
            tiles=None,
            expect_origin=ORIGIN,
            keeping=self.store,
        )
