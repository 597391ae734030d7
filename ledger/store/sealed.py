"""
Values at rest: a store whose disclosures are ciphertext below, and read as clear text above.

Each disclosure becomes one text, all that the database ever sees of it:

    v1.<digest>.<key id>.<base64url(nonce || AES-256-GCM ciphertext and tag)>

The associated data binds it to the log, the stream and the digest, and a leaf commits to the digest: a text that was
moved to another record, stream or log does not open, or does not belong. Formats: docs/formats.md.

A value is readable as long as its text and its key exist; `erase` ends both. tests/ledger/store/test_sealed.py.
"""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger import canonical
from ledger.disclosure import digest
from ledger.envelope import Sealed
from ledger.errors import SealBroken
from ledger.store.contract import OpaqueStore, Outcome, Stored
from ledger.vault import NONCE_BYTES, DataKey, Vault

_TEXT = re.compile(r"v1\.([A-Za-z0-9_-]{43})\.([0-9a-f]{16})\.([A-Za-z0-9_-]+)")


def seal_text(origin: str, key: DataKey, disclosure: str) -> str:
    """Return what is kept of a disclosure."""
    named = digest(disclosure)
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(key.secret).encrypt(nonce, disclosure.encode(), _about(origin, key.stream, named))
    return f"v1.{named}.{key.key_id}.{urlsafe_b64encode(nonce + sealed).rstrip(b'=').decode()}"


def open_text(origin: str, keys: Mapping[str, DataKey], log_index: int, text: str) -> tuple[str, str | None]:
    """Return the digest, and the disclosure: None where its key is gone. SealBroken for everything else."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise SealBroken(log_index, "what is kept beside it is no sealed value")
    named, key_id, body = found.groups()
    if key_id not in keys:
        return named, None
    key = keys[key_id]
    try:
        raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
        opened = AESGCM(key.secret).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _about(origin, key.stream, named))
    except (InvalidTag, ValueError):
        raise SealBroken(log_index, f"the sealed value {named} does not open under key {key_id}") from None
    return named, opened.decode()


class SealedStore:
    """A `ledger.store.contract.Store` over another one. Thread-safe where that is."""

    def __init__(self, store: OpaqueStore, vault: Vault, *, origin: str) -> None:
        self._store = store
        self._vault = vault
        self._origin = origin

    @property
    def refuses(self) -> str | None:
        """Why nothing may be appended now: the inner store's word."""
        return self._store.refuses

    @refuses.setter
    def refuses(self, why: str | None) -> None:
        self._store.refuses = why

    def append(self, events: Sequence[Sealed]) -> int:
        if not any(event.disclosures for event in events):
            return self._store.append(events)
        with self._vault.sealing():
            [sealed] = self._sealed([events])
            return self._store.append(sealed)

    def append_many(self, requests: Sequence[Sequence[Sealed]]) -> list[Outcome]:
        if not any(event.disclosures for request in requests for event in request):
            return self._store.append_many(requests)
        with self._vault.sealing():
            return self._store.append_many(self._sealed(requests))

    def append_at(self, at: int, event: Sealed) -> bool:
        return self._store.append_at(at, event)  # a map root: it discloses nothing

    def disclosures(self, log_indexes: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Return the disclosures that can still be read. SealBroken names a record whose sealed value is damaged."""
        readable = {
            index: tuple(disclosure for disclosure in held.values() if disclosure is not None)
            for index, held in self.held(log_indexes).items()
        }
        return {index: disclosures for index, disclosures in readable.items() if disclosures}

    def held(self, log_indexes: Sequence[int]) -> dict[int, dict[str, str | None]]:
        """Return by digest what is kept beside these events: the disclosure, or None where no key opens it."""
        kept = self._store.disclosures(log_indexes)
        keys = self._vault.find(_key_ids(kept.values())) if kept else {}
        return {
            index: dict(open_text(self._origin, keys, index, text) for text in texts) for index, texts in kept.items()
        }

    def oldest_key(self, stream: str) -> int | None:
        """Return for which erasure (log index, -1: none) the oldest key of a stream was made; None without a key."""
        return min((key.since for key in self._vault.of(stream)), default=None)

    def erase(self, stream: str, digests: Collection[str], *, since: int) -> None:
        """
        Make these values of a stream unreadable everywhere, after the erasure recorded at log index `since`.

        Each step is durable before the next, and all of it may be repeated: a crash leaves either the values or the
        old key in place, both of which `luoshi verify` names, and the next call goes on from there.
        """
        with self._vault.replacing():
            indexes = [stored.log_index for stored in self._store.read_stream(stream)]
            key = self._vault.renew(stream, since)
            # Without the erased ones, all others under the new key, in one transaction.
            remaining = {
                index: tuple(
                    self._again(key, index, named, disclosure)
                    for named, disclosure in held.items()
                    if named not in digests
                )
                for index, held in self.held(indexes).items()
            }
            self._store.keep_instead(remaining)
            # Last: from here on no backup of the database opens any more, except by a copy of the old key.
            self._vault.destroy(stream, before=since)

    def read_stream(self, stream: str, after: int = 0) -> list[Stored]:
        return self._store.read_stream(stream, after)

    def streams(self, prefix: str, name: str | None = None) -> list[str]:
        return self._store.streams(prefix, name)

    def read_log(self, start: int = 0, limit: int = 1000) -> list[Stored]:
        return self._store.read_log(start, limit)

    def head(self, stream: str) -> tuple[int, bytes | None]:
        return self._store.head(stream)

    def heads(self, streams: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        return self._store.heads(streams)

    def by_command(self, command_ids: Sequence[str]) -> dict[str, Stored]:
        return self._store.by_command(command_ids)

    def size(self) -> int:
        return self._store.size()

    def _sealed(self, requests: Sequence[Sequence[Sealed]]) -> list[list[Sealed]]:
        keys = self._vault.current(e.stream for request in requests for e in request if e.disclosures)
        return [
            [
                replace(e, disclosures=tuple(seal_text(self._origin, keys[e.stream], d) for d in e.disclosures))
                if e.disclosures
                else e
                for e in request
            ]
            for request in requests
        ]

    def _again(self, key: DataKey, index: int, named: str, disclosure: str | None) -> str:
        if disclosure is None:
            # A replacement that would drop it silently would hide what went wrong before.
            raise SealBroken(index, f"no key opens the sealed value {named}")
        return seal_text(self._origin, key, disclosure)


def _key_ids(kept: Iterable[tuple[str, ...]]) -> set[str]:
    return {text.split(".")[2] for texts in kept for text in texts if text.count(".") == 3}


def _about(origin: str, stream: str, named: str) -> bytes:
    return canonical.encode(["sealed", origin, stream, named])
