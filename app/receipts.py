"""
Receipts for what was recorded: whoever brought an act takes the log's signed promise home.

A receipt is made from the log itself, so it can be had at once after recording or at any later time; the promise
counts from `recorded_at`. tests/app/test_receipts.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ledger.casemap import is_map_root
from ledger.envelope import leaf_hash, open_leaf, parse_payload
from ledger.errors import LedgerError
from ledger.receipt import Receipt, sign_receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.handle import Outcome
    from ledger.store.contract import Store
    from ledger.vkeys import Signer


class NoReceipt(LedgerError):  # noqa: N818 - says what there is
    """There is nothing to promise, or the promise would be broken as it is made."""


class Receipts:
    """Makes the receipts of one log. `within`: how long publishing may take; `published`: how many records it has."""

    def __init__(
        self,
        store: Store,
        signers: Sequence[Signer],
        *,
        origin: str,
        within: timedelta,
        clock: Callable[[], datetime],
        published: Callable[[], int],
    ) -> None:
        self._store = store
        self._signers = signers
        self._origin = origin
        self._within = within
        self._clock = clock
        self._published = published

    def of_outcome(self, outcome: Outcome) -> bytes:
        """The receipt for what an act came to; NoReceipt where nothing needed recording."""
        if outcome.log_index is None:
            raise NoReceipt("nothing was recorded")
        return self.of(outcome.log_index)

    def of(self, index: int) -> bytes:
        """The receipt for a record, as a signed note."""
        found = self._store.read_log(index, 1)
        if not found or found[0].log_index != index:
            raise NoReceipt(f"there is no record {index}")
        [stored] = found
        if is_map_root(stored.leaf):
            raise NoReceipt(f"record {index} is the log's own map root, which nobody brought")
        payload = parse_payload(open_leaf(stored.leaf).payload)
        publish_by = _whole(datetime.fromisoformat(payload.recorded_at) + self._within)
        if publish_by < self._clock() and index >= self._published():
            # It would convict us on the spot, although the record may be published within the second.
            raise NoReceipt(f"record {index} should have been published by {publish_by.isoformat()}: publish first")
        receipt = Receipt(self._origin, index, leaf_hash(stored.leaf), payload.stream, payload.version, publish_by)
        return sign_receipt(receipt, self._signers)


def _whole(moment: datetime) -> datetime:
    """The next whole second, in UTC: a promise is never shorter than was said."""
    at = moment.astimezone(UTC)
    return at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)
