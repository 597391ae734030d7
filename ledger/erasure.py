"""
Erasures as the log records them, and whether they were carried out.

An event `sealed_field.erased.v1` names a record of its own stream and digests of it. What it says is true when no value
of those digests is kept, and no key of the stream is older than the event: an older key would open them in a backup.
tests/ledger/test_erasure.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ledger.envelope import Payload
from ledger.errors import SealBroken, VerificationError

TOPIC = "sealed_field.erased.v1"
STEP = 9
LOOKED_UP_AT_ONCE = 256


class Keeping(Protocol):
    """Who keeps the values: `ledger.store.sealed.SealedStore`."""

    def held(self, log_indexes: Sequence[int]) -> Mapping[int, Mapping[str, str | None]]: ...
    def oldest_key(self, stream: str) -> int | None: ...


class Erasures:
    """What a walk over the log meets of sealed values and their erasures."""

    def __init__(self, keeping: Keeping) -> None:
        self.fields = 0  # erased by order
        self.without_order = 0  # not kept although no order says so
        self._keeping = keeping
        self._held: Mapping[int, Mapping[str, str | None]] = {}  # of the records that are being walked
        self._digests: dict[tuple[str, int], set[str]] = {}
        self._newest: dict[str, int] = {}
        self._closed: list[tuple[int, str, str]] = []
        self._absent: dict[tuple[str, int], set[str]] = {}

    def shown(self, log_indexes: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Return what can be read beside these records. For `Walk`, which asks before it walks them."""
        try:
            self._held = self._keeping.held(log_indexes)
        except SealBroken as broken:
            raise VerificationError(2, broken.log_index, str(broken)) from None
        return {index: tuple(d for d in held.values() if d is not None) for index, held in self._held.items()}

    def take(self, index: int, payload: Payload) -> None:
        """Note one record. For `Walk`."""
        held = self._held.get(index, {})
        self._closed += [(index, payload.stream, named) for named, disclosure in held.items() if disclosure is None]
        if absent := set(payload.sd) - held.keys():
            self._absent[payload.stream, index] = absent
        if payload.topic == TOPIC:
            target, digests = _erased(index, payload.body)
            self._digests.setdefault((payload.stream, target), set()).update(digests)
            self._newest[payload.stream] = index

    def check(self) -> None:
        """Raise VerificationError unless every erasure was carried out and nothing else became unreadable."""
        erased = {target: digests for (_, target), digests in self._digests.items()}
        targets = sorted(erased)
        for start in range(0, len(targets), LOOKED_UP_AT_ONCE):
            for index, held in sorted(self._keeping.held(targets[start : start + LOOKED_UP_AT_ONCE]).items()):
                if erased[index] & held.keys():
                    said = f"record {index} has a field that was erased by order, and its value is still kept"
                    raise VerificationError(STEP, index, f"{said}: run `luoshi erase` again")
        for stream, newest in sorted(self._newest.items(), key=lambda item: item[1]):
            oldest = self._keeping.oldest_key(stream)
            if oldest is not None and oldest < newest:
                said = f"the key from before the erasure at record {newest} is still kept, and opens old backups"
                raise VerificationError(STEP, newest, f"{said}: run `luoshi erase` again")
        for index, stream, named in self._closed:
            if stream not in self._newest:
                raise VerificationError(STEP, index, f"record {index}: no key opens its sealed value {named}")
        self.fields = sum(map(len, self._digests.values()))
        self.without_order = sum(len(gone - self._digests.get(of, set())) for of, gone in self._absent.items())


def _erased(index: int, body: Mapping[str, Any]) -> tuple[int, list[str]]:
    match body:
        case {"target": int(target), "digests": [str(), *_] as digests} if target < index:
            return target, [named for named in digests if isinstance(named, str)]
        case _:
            raise VerificationError(STEP, index, f"record {index} is an erasure that names no record before it")
