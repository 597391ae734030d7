"""
From planned acts to signed leaves: the importer's key, the units and officials a register does not know yet, and each
stream's version and link as far as this chunk has taken it.

The importer signs everything it records, and says of each act from which file (SHA-256) and which row it came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app import codec
from app.establish import REGISTRAR
from app.keyring import NoKey
from domain.people.commands import RecordPeople
from domain.people.events import KeyEnrolled, OfficialRegistered, UnitEstablished
from domain.people.streams import stream_of
from domain.recorded import Actor
from ledger.disclosure import disclose
from ledger.envelope import Draft, Sealed, leaf_hash, payload, seal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.handle import Handler
    from app.importing.maker import Planned
    from ledger.vkeys import Signer

IMPORTER = Actor(system="importer")
UNIT_KIND = "other"  # what kind of organ a foreign unit is nobody has said


def registrar(handler: Handler) -> Actor:
    """Who records packs and keys: the ledger's registrar where its key is kept here, else the importer itself."""
    return REGISTRAR if f"system/{REGISTRAR.system}" in handler.keyring.principals() else IMPORTER


def enrol_importer(handler: Handler) -> Signer:
    """The importer's signer; its key is made and enrolled on first use."""
    handler.keyring.create(f"system/{IMPORTER.system}")
    register = handler.register()
    signer = handler.signer_for(IMPORTER, handler.clock().date())
    if signer.key_id in register.revoked:
        raise NoKey(
            f"the importer's key {signer.key_id} is revoked: `luoshi key rotate system/importer` makes a new one"
        )
    if signer.key_id not in register.keys:
        now = handler.clock()
        enrolment = KeyEnrolled(
            key_id=signer.key_id,
            vkey=signer.vkey,
            role="system",
            holder=str(IMPORTER.system),
            custody="ledger",
            valid_from=now.date(),
        )
        command_id = f"import:key:{signer.key_id}"
        handler.record(
            RecordPeople(event=enrolment, actor=registrar(handler), occurred_at=now, now=now, command_id=command_id)
        )
    return signer


class Known:
    """The units and officials the register has, with those this import added."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.units: set[str] = set()
        self.officials: set[str] = set()
        self.refresh()

    def refresh(self) -> None:
        """Ask the register again: somebody else may have entered one meanwhile."""
        register = self._handler.register()
        self.units = set(register.units)
        self.officials = set(register.officials)

    def add(self, units: set[str], officials: set[str]) -> int:
        """Take in what a chunk recorded; how many that were."""
        self.units |= units
        self.officials |= officials
        return len(units) + len(officials)


class Chunk:
    """Signs the acts of some rows as the next versions of their streams. Thrown away when the chunk is refused."""

    def __init__(
        self, handler: Handler, signer: Signer, known: Known, heads: dict[str, tuple[int, bytes]], digest: str
    ) -> None:
        self._handler = handler
        self._signer = signer
        self._known = known
        self._heads = heads
        self._digest = digest
        self._origin = handler.origin
        self._salt = handler.salt
        self._recorded_at = codec.moment(handler.clock())
        self.leaves: list[Sealed] = []
        self.new_units: set[str] = set()
        self.new_officials: set[str] = set()

    def add(self, row: int, acts: Iterable[Planned]) -> None:
        """Sign a row's acts, after the units and officials they are the first to name."""
        actor = codec.actor_body(IMPORTER, imported=True) | {"source": {"file": self._digest, "row": row}}
        for act in acts:
            for unit in act.units:
                if unit not in self._known.units and unit not in self.new_units:
                    self.new_units.add(unit)
                    self._register(UnitEstablished(unit_id=unit, name=unit, kind=UNIT_KIND), act, actor)
            for official in act.officials:
                if official not in self._known.officials and official not in self.new_officials:
                    self.new_officials.add(official)
                    self._register(OfficialRegistered(official_id=official, name=official), act, actor)
            sealed = tuple(disclose(name, value, self._salt()) for name, value in act.sealed)
            self._seal(act.stream, act.topic, act.body, actor, act.occurred_at, act.command_id, sealed)

    def _register(self, event: UnitEstablished | OfficialRegistered, act: Planned, actor: dict[str, Any]) -> None:
        # Claimed for the moment of the act that names it: the same in every run over the same file.
        # A unit known by its name only, and an official without a post, stand in no list.
        stream = stream_of(event)
        self._seal(stream, event.TOPIC, codec.encode(event), actor, act.occurred_at, f"import:{stream}", ())

    def _seal(
        self,
        stream: str,
        topic: str,
        body: dict[str, Any],
        actor: dict[str, Any],
        occurred_at: str,
        command_id: str,
        disclosures: tuple[str, ...],
    ) -> None:
        version, head = self._heads.get(stream, (0, None))
        draft = Draft(
            stream=stream,
            version=version + 1,
            topic=topic,
            body=body,
            actor=actor,
            occurred_at=occurred_at,
            command_id=command_id,
            origin=self._origin,
            disclosures=disclosures,
        )
        prev = None if head is None else head.hex()
        to_sign = payload(draft, prev=prev, recorded_at=self._recorded_at)
        if not self.leaves:
            self._handler.check_key(self._signer.key_id, to_sign)
        leaf = seal(to_sign, self._signer)
        self.leaves.append(Sealed(stream, version + 1, topic, command_id, leaf, disclosures))
        self._heads[stream] = (version + 1, leaf_hash(leaf))
