"""
Acts that come through a door: who does it, which request it is, which version of the case it was decided on.

A request with an idempotency key becomes one command id, made of the caller's account and the key: sent again, however
often and at once, it is one act and one answer. The same key with another content is refused: a MAC of the content,
under a secret of the server, is kept beside the command id (a plain digest of names could be guessed).
tests/app/test_acting.py.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.access.policy import Access, operation_of
from app.access.reach import Subject
from app.access.subject import subject_of
from app.handle import read
from app.preview import preview
from domain.people.commands import RecordPeople
from ledger.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from app.access.policy import Denied
    from app.access.principal import Principal
    from app.handle import Handler, Outcome
    from app.preview import Preview
    from domain.case.commands import CaseCommand
    from domain.law.in_force import Law
    from domain.people.events import PeopleEvent
    from ledger.store.requests import Requests

MAX_KEY = 255


class KeyReused(Exception):  # noqa: N818 - says what was found
    """The idempotency key came with another request before."""


class NoSuchCase(LookupError):  # noqa: N818 - says what was found
    """Nothing is recorded of the stream; or it is not for this caller, which is answered alike."""


class NotAllowed(Exception):  # noqa: N818 - says what was found
    """The caller may not try that. `denied` says why, in words that tell nothing of the case."""

    def __init__(self, denied: Denied) -> None:
        super().__init__(denied.en)
        self.denied = denied


@dataclass(frozen=True, slots=True)
class Asked:
    """One act as a caller asked for it. `expected`: the version of the case that they decided on."""

    command: type[CaseCommand]
    stream: str
    values: Mapping[str, Any]
    key: str
    content: bytes  # the canonical request, for telling it from another one
    expected: int | None = None


class Acting:
    """Records what callers ask for, as themselves. Thread-safe."""

    def __init__(self, handler: Handler, requests: Requests, secret: bytes) -> None:
        self._handler = handler
        self._requests = requests
        self._secret = secret

    def record(self, access: Access, asked: Asked, now: datetime) -> Outcome:
        """
        The outcome, the same for the same request. NotAllowed, NoSuchCase, KeyReused; Refused and Conflict as the
        handler says them.
        """
        self.check(access, asked)
        command = self._command(access, asked, now, self._request_id(access, asked))
        return self._handler.handle(command, expected=asked.expected)

    def enter(
        self,
        access: Access,
        operation: str,
        entry: PeopleEvent,
        key: str,
        content: bytes,
        *,
        occurred_at: datetime | None,
        now: datetime,
    ) -> Outcome:
        """An entry of the register, signed by the caller. NotAllowed, KeyReused; Refused as the register says it."""
        if (denied := access.may(operation)) is not None:
            raise NotAllowed(denied)
        command_id = self._claimed(access.principal, key, f"{entry.TOPIC}\n".encode() + content)
        command = RecordPeople(
            event=entry,
            actor=access.principal.actor,
            occurred_at=occurred_at or now,
            now=now,
            command_id=command_id,
        )
        return self._handler.record(command)

    def close(self) -> None:
        self._requests.close()

    def preview(self, access: Access, asked: Asked, law: Law, now: datetime) -> Preview:
        """What `record` would do, now. Nothing is written, not even the key. The same errors, but for KeyReused."""
        self.check(access, asked)
        command = self._command(access, asked, now, "preview")
        history = [read(stored) for stored in self._handler.store.read_stream(asked.stream)]
        if asked.expected is not None and asked.expected != len(history):
            raise Conflict(asked.stream, asked.expected, len(history))
        return preview(self._handler, law, command, history, access.day)

    def _request_id(self, access: Access, asked: Asked) -> str:
        said = f"{asked.command.__name__}\n{asked.stream}\n".encode() + asked.content
        return self._claimed(access.principal, asked.key, said)

    def _command(self, access: Access, asked: Asked, now: datetime, command_id: str) -> Any:
        values = dict(asked.values)
        return asked.command(
            stream=asked.stream,
            actor=access.principal.actor,
            official_id=access.principal.official_id,
            now=now,
            occurred_at=values.pop("occurred_at", None) or now,
            command_id=command_id,
            **values,
        )

    def number(self, principal: Principal, key: str) -> str:
        """A number for the case that this request opens: 32 hex digits that tell nothing, the same for the same key."""
        said = b"luoshi number v1\n" + _command_id(principal, key).encode()
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest()[:32]

    def subject(self, stream: str) -> Subject | None:
        """What reach depends on of that stream; None where nothing is recorded of it."""
        if not stream.startswith("case/"):
            return Subject(units=frozenset({stream.partition("/")[2]}))  # an office is there before anything is filed
        history = [read(stored) for stored in self._handler.store.read_stream(stream)]
        if not history:
            return None
        return subject_of(history, self._handler.accused(history))

    def check(self, access: Access, asked: Asked) -> None:
        """NotAllowed where the caller may not try that, NoSuchCase where it is out of their reach or not there."""
        operation = operation_of(asked.command)
        found = self.subject(asked.stream)
        acting = asked.values["unit_id"]
        if found is None:
            found = Subject(units=frozenset({acting}))
            if asked.expected is not None:
                if (denied := access.may(operation)) is not None:
                    raise NotAllowed(denied)
                raise NoSuchCase(asked.stream)
        if (denied := access.may(operation, found)) is None:
            return
        if denied.code == "role" or asked.expected is None:
            raise NotAllowed(denied)
        raise NoSuchCase(asked.stream)

    def _claimed(self, principal: Principal, key: str, said: bytes) -> str:
        """The command id of this request. KeyReused where its key stands for another one."""
        command_id = _command_id(principal, key)
        mac = hmac.new(self._secret, b"luoshi request v1\n" + said, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(self._requests.claim(command_id, mac), mac):
            raise KeyReused(key)
        return command_id


def _command_id(principal: Principal, key: str) -> str:
    said = f"{principal.account}\n{key}".encode()
    return f"key:{hashlib.sha256(said).hexdigest()}"
