"""
Whose key signs: the private keys which the ledger keeps for officials and systems, found by their holder.

A key is named after its holder (`official/<id>`, `system/<name>`, `log`), so the folder itself says whose it is; the
enrolment event in the log says that it is kept here (`custody = "ledger"`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.keys import Ed25519Signer, KeyFolder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.recorded import Actor
    from ledger.vkeys import Signer


class NoKey(LookupError):  # noqa: N818 - reads as what it says
    """The ledger keeps no key for this principal."""


class Keyring:
    """
    The signers of one ledger. Without a folder the keys live in memory only, for simulations and tests.
    """

    def __init__(self, folder: KeyFolder | None = None) -> None:
        self._folder = folder
        self._signers: dict[str, Ed25519Signer] = {}
        for key_id in folder.list() if folder is not None else ():
            self._signers[_holder(key_id)] = folder.load(key_id)  # type: ignore[union-attr]  # listed from it

    def create(self, principal: str) -> Ed25519Signer:
        """A new key for `official/<id>`, `system/<name>` or `log`; the one kept already, where there is one."""
        if principal not in self._signers:
            signer = Ed25519Signer.generate(principal.replace("+", "%2B").replace(" ", "%20"))
            if self._folder is not None:
                self._folder.save(signer)
            self._signers[principal] = signer
        return self._signers[principal]

    def signer(self, principal: str) -> Signer:
        """The signer of that principal, or NoKey."""
        try:
            return self._signers[principal]
        except KeyError:
            raise NoKey(f"no key is kept for {principal}") from None

    def signer_for(self, actor: Actor) -> Signer:
        """The signer for the principal who acts."""
        return self.signer(principal_of(actor))

    def principals(self) -> Iterable[str]:
        return sorted(self._signers)


def principal_of(actor: Actor) -> str:
    """`official/<id>` or `system/<name>`."""
    if actor.official_id is not None:
        return f"official/{actor.official_id}"
    if actor.system is not None:
        return f"system/{actor.system}"
    raise NoKey("an act needs an official or a system that signs it")


def _holder(key_id: str) -> str:
    return key_id.rpartition("+")[0].replace("%20", " ").replace("%2B", "+")
