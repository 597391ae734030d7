"""Short ways to make signed events in tests."""

from collections.abc import Iterable, Sequence
from typing import Any

from ledger.envelope import Draft, Sealed, leaf_hash, payload, seal
from ledger.keys import Ed25519Signer

ORIGIN = "luoshi.example/county"
SYSTEM = Ed25519Signer.from_seed("luoshi.example/system/import", bytes(range(32)))
CLERK = Ed25519Signer.from_seed("luoshi.example/official/wang", bytes(range(1, 33)))
LOG = Ed25519Signer.from_seed(ORIGIN, bytes(range(2, 34)))
NOW = "2025-03-01T09:00:00Z"


def opaque(stream: str, version: int, *, command_id: str = "", disclosures: Sequence[str] = ()) -> Sealed:
    """An event whose leaf is no envelope: a store does not look inside."""
    leaf = f"{stream} {version} {command_id}".encode()
    return Sealed(stream, version, "thing.happened.v1", command_id or f"{stream}/{version}", leaf, tuple(disclosures))


def kept(name: str) -> str:
    """A text of the form in which sealed values are kept; nothing opens it."""
    return f"v1.{name:A<43}.{0:016x}.{name}"


class Writer:
    """Writes a sound little log: keeps each stream's head, signs, and remembers what it wrote."""

    def __init__(self) -> None:
        self.written: list[Sealed] = []
        self._heads: dict[str, tuple[int, str]] = {}

    def event(
        self,
        stream: str,
        topic: str = "petition.registered.v1",
        body: dict[str, Any] | None = None,
        *,
        by: Ed25519Signer = SYSTEM,
        actor: dict[str, Any] | None = None,
        disclosures: Iterable[str] = (),
        command_id: str = "",
    ) -> Sealed:
        version, prev = self._heads.get(stream, (0, None))
        draft = Draft(
            stream=stream,
            version=version + 1,
            topic=topic,
            body=body or {},
            actor=actor or {"official": None, "system": "import"},
            occurred_at=NOW,
            command_id=command_id or f"command-{len(self.written)}",
            origin=ORIGIN,
            disclosures=tuple(disclosures),
        )
        leaf = seal(payload(draft, prev=prev, recorded_at=NOW), by)
        self._heads[stream] = (version + 1, leaf_hash(leaf).hex())
        sealed = Sealed(stream, version + 1, topic, draft.command_id, leaf, draft.disclosures)
        self.written.append(sealed)
        return sealed

    def genesis(self) -> Sealed:
        """The importer's key enrols itself: the rule for index 0."""
        return self.enrol(SYSTEM, role="system", holder="import")

    def enrol(self, key: Ed25519Signer, *, role: str, holder: str) -> Sealed:
        body = {
            "vkey": key.vkey,
            "role": role,
            "holder": holder,
            "custody": "ledger",
            "valid_from": "2025-01-01",
            "valid_to": None,
        }
        return self.event(f"{role}/{holder}", "key.enrolled.v1", body)

    def revoke(self, key: Ed25519Signer, *, role: str, holder: str) -> Sealed:
        return self.event(f"{role}/{holder}", "key.revoked.v1", {"key_id": key.key_id})
