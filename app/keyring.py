"""
Whose key signs: the private keys which the ledger keeps for officials and systems, found by their holder.

A key is named after its holder (`official/<id>`, `system/<name>`, `log`), so the folder itself says whose it is; the
enrolment event in the log says that it is kept here (`custody = "ledger"`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.keys import Ed25519Signer
from ledger.sm2 import Sm2Signer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.recorded import Actor
    from ledger.keys import KeptSigner, KeyFolder
    from ledger.vkeys import Signer


class NoKey(LookupError):  # noqa: N818 - reads as what it says
    """The ledger keeps no key for this principal."""


class Keyring:
    """
    The signers of one ledger. Without a folder the keys live in memory only, for simulations and tests.

    A principal may have several keys, old and new: which one signs is for the log's enrolments to say.
    """

    def __init__(self, folder: KeyFolder | None = None) -> None:
        self._folder = folder
        self._signers: dict[str, list[KeptSigner]] = {}
        self.read_again()

    def read_again(self) -> None:
        """Take in the keys that another process has put into the folder since. KeyUnreadable says which cannot be."""
        for key_id in self._folder.list() if self._folder is not None else ():
            if not self.has(key_id):
                signer = self._folder.load(key_id)  # type: ignore[union-attr]  # listed from it
                self._signers.setdefault(_holder(key_id), []).append(signer)

    def create(self, principal: str) -> Signer:
        """A key for `official/<id>`, `system/<name>` or the log's origin; one kept already, where there is one."""
        kept = [signer for signer in self._signers.get(principal, ()) if signer.suite == "ed25519"]
        return kept[-1] if kept else self.add(principal)

    def add(self, principal: str, suite: str = "ed25519") -> KeptSigner:
        """One more key."""
        kinds: dict[str, type[Ed25519Signer | Sm2Signer]] = {"ed25519": Ed25519Signer, "sm2-sm3": Sm2Signer}
        if suite not in kinds:
            raise ValueError(f"suite {suite!r}: no key of it can be made here, only {' and '.join(kinds)}")
        signer = kinds[suite].generate(key_name(principal))
        if self._folder is not None:
            self._folder.save(signer)
        self._signers.setdefault(principal, []).append(signer)
        return signer

    def destroy(self, key_id: str) -> None:
        """Forget a private key, and remove its file."""
        kept = self._signers.get(_holder(key_id), [])
        kept[:] = [signer for signer in kept if signer.key_id != key_id]
        if self._folder is not None:
            self._folder.destroy(key_id)

    def signers(self, principal: str) -> Sequence[Signer]:
        """The keys kept for that principal, or NoKey."""
        if not (kept := self._signers.get(principal)):
            raise NoKey(f"no key is kept for {principal}")
        return kept

    def signer(self, principal: str) -> Signer:
        """One signer of that principal, or NoKey."""
        return self.signers(principal)[-1]

    def signer_for(self, actor: Actor) -> Signer:
        """One signer for the principal who acts."""
        return self.signer(principal_of(actor))

    def has(self, key_id: str) -> bool:
        """Whether the private half of that key is kept here."""
        return any(signer.key_id == key_id for signer in self._signers.get(_holder(key_id), ()))

    def principals(self) -> Iterable[str]:
        return sorted(principal for principal, kept in self._signers.items() if kept)

    def is_encrypted(self) -> bool | None:
        """Whether every key file needs a passphrase; None where none is kept in files."""
        if self._folder is None or not (kept := self._folder.list()):
            return None
        return all(self._folder.is_encrypted(key_id) for key_id in kept)


def principal_of(actor: Actor) -> str:
    """`official/<id>` or `system/<name>`."""
    if actor.official_id is not None:
        return f"official/{actor.official_id}"
    if actor.system is not None:
        return f"system/{actor.system}"
    raise NoKey("an act needs an official or a system that signs it")


def key_name(principal: str) -> str:
    """A principal as the name of a key, which holds no space and no plus sign."""
    return principal.replace("+", "%2B").replace(" ", "%20")


def _holder(key_id: str) -> str:
    return key_id.rpartition("+")[0].replace("%20", " ").replace("%2B", "+")
