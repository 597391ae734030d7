"""
Acts signed with a key that only its holder has: prepare, sign elsewhere, submit.

`prepare` decides the act and gives the exact bytes to sign, with the server's time in them. `submit` takes them back
with a signature. In between nothing is kept here: what was prepared travels in a token under a MAC of the server's own,
so that any process that knows the secret can take it, and nobody can submit what was not decided.

At submission the act is decided again. If the stream has moved, or the decision is another one, nothing is recorded and
a freshly prepared payload is the answer. tests/app/test_prepared.py.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import typing
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from app import codec
from app.handle import Outcome, read
from domain.case.case import fold
from domain.case.decide import AnyCaseCommand
from domain.case.decide import decide as decide_case
from domain.case.errors import Refused
from domain.recorded import Actor
from ledger import canonical
from ledger.disclosure import disclose
from ledger.envelope import PAYLOAD_TYPE, Draft, Sealed, leaf_hash, pae, parse_payload, payload, seal
from ledger.errors import CommandRepeated, Conflict, SignerRevoked, VerificationError

if TYPE_CHECKING:
    from pathlib import Path

    from app.handle import Handler
    from ledger.vkeys import Verifier

LIFETIME = timedelta(minutes=2)  # between the server's time in the payload and its submission
SECRET_BYTES = 32
COMMANDS: dict[str, type[Any]] = {c.__name__: c for c in typing.get_args(AnyCaseCommand)}
SERVER_FIELDS = frozenset(("actor", "now", "official_id"))  # what the key and the clock say, not the request


class BadSubmission(ValueError):  # noqa: N818 - reads as what it says
    """What was submitted is not what was prepared, or not signed by its key. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Prepared:
    """The bytes to sign, and the token that brings them back."""

    to_sign: bytes  # DSSE's pre-authentication encoding of the payload
    payload: bytes
    key_id: str
    expires_at: datetime
    token: str


class Stale(Exception):  # noqa: N818 - says what it is
    """The stream moved, or the act would be decided otherwise now. `fresh` is to be signed instead."""

    def __init__(self, fresh: Prepared) -> None:
        super().__init__("事项已有新的记录，请重新签名。the stream has moved: sign the fresh payload")
        self.fresh = fresh


class _Given:
    """A signature made elsewhere, as a signer."""

    def __init__(self, verifier: Verifier, signature: bytes) -> None:
        self.key_id, self.vkey, self._signature = verifier.key_id, verifier.vkey, signature

    def sign(self, _: bytes) -> bytes:
        return self._signature


class Preparer:
    """Prepares and takes acts on cases for the officials whose keys are their own (`custody` client)."""

    def __init__(self, handler: Handler, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"the secret for prepared acts has {len(secret)} bytes, {SECRET_BYTES} are needed")
        self._handler = handler
        self._secret = secret

    def prepare(self, key_id: str, request: dict[str, Any]) -> Prepared:
        """Decide an act and give what its holder is to sign. Refused where a rule forbids it."""
        handler = self._handler
        command = self._command(key_id, request)
        kept = handler.store.read_stream(command.stream)
        event = self._decide(command, [read(stored) for stored in kept])
        disclosures = tuple(disclose(name, value, handler.salt()) for name, value in command.sealed)
        draft = Draft(
            stream=command.stream,
            version=len(kept) + 1,
            topic=event.TOPIC,
            body=codec.encode(event),
            actor=codec.actor_body(command.actor),
            occurred_at=codec.moment(command.occurred_at),
            command_id=command.command_id,
            origin=handler.origin,
            disclosures=disclosures,
        )
        prev = leaf_hash(kept[-1].leaf).hex() if kept else None
        made = payload(draft, prev=prev, recorded_at=codec.moment(command.now))
        handler.check_key(key_id, made)
        content = canonical.encode(
            {
                "disclosures": list(disclosures),
                "key_id": key_id,
                "payload": b64encode(made).decode(),
                "request": request,
            }
        )
        token = f"{urlsafe_b64encode(content).decode()}.{self._mac(content)}"
        return Prepared(pae(PAYLOAD_TYPE, made), made, key_id, command.now + LIFETIME, token)

    def submit(self, token: str, signature: bytes) -> Outcome:
        """Record what was prepared and signed. BadSubmission, Refused, or Stale with a fresh payload."""
        handler = self._handler
        content = self._open(token)
        made, key_id = b64decode(content["payload"]), content["key_id"]
        said = parse_payload(made)
        age = handler.clock() - codec.parse_moment(said.recorded_at)
        if not timedelta(0) <= age <= LIFETIME:
            raise BadSubmission("prepared_expired", "预备内容已过期，请重新预备。the payload is older than two minutes")
        command = self._command(key_id, content["request"])
        verifier = handler.check_key(key_id, made)
        try:
            verifier.check(pae(PAYLOAD_TYPE, made), signature)
        except VerificationError:
            raise BadSubmission("bad_signature", f"签名无效。the signature is not by {key_id}") from None
        if found := handler.store.by_command([said.command_id]).get(said.command_id):
            return Outcome(said.stream, found.version, found.log_index, is_new=False)
        kept = handler.store.read_stream(said.stream)
        prev = leaf_hash(kept[-1].leaf).hex() if kept else None
        event = self._decide(command, [read(stored) for stored in kept])
        if (said.version, said.prev) != (len(kept) + 1, prev) or said.body != codec.encode(event):
            raise Stale(self.prepare(key_id, content["request"]))
        leaf = seal(made, _Given(verifier, signature))
        disclosures = tuple(content["disclosures"])
        try:
            index = handler.store.append(
                [Sealed(said.stream, said.version, said.topic, said.command_id, leaf, disclosures)]
            )
        except CommandRepeated as repeated:
            return Outcome(said.stream, said.version, repeated.log_index, is_new=False)
        except SignerRevoked:
            handler.register()
            handler.check_key(key_id, made)  # the refusal, in the words of everybody's judgement
            raise
        except Conflict:
            raise Stale(self.prepare(key_id, content["request"])) from None
        return Outcome(said.stream, said.version, index, is_new=True)

    def _command(self, key_id: str, request: dict[str, Any]) -> AnyCaseCommand:
        key = self._handler.register().keys.get(key_id)
        if key is None or key.custody != "client" or key.role != "official":
            raise Refused(f"不是本人保管的密钥。{key_id} is no enrolled key that an official keeps", field="key_id")
        actor = Actor(official_id=key.holder)
        return read_command(request, actor=actor, now=self._handler.clock())

    def _decide(self, command: AnyCaseCommand, history: list[Any]) -> Any:
        case = fold(r.event for r in history)
        try:
            events = decide_case(case, command, self._handler.register(), self._handler.facts(case, history))
        except Refused as refused:
            self._handler.note_refused(command, refused)
            raise
        if len(events) != 1:
            # A chain of two needs the first one's signature in the second: they cannot be signed at once.
            why = "nothing needs recording" if not events else "it would be more than one record"
            raise Refused(f"该行为不能预备签名。the act cannot be prepared: {why}", field="command")
        return events[0]

    def _open(self, token: str) -> dict[str, Any]:
        encoded, _, mac = token.partition(".")
        try:
            content = urlsafe_b64decode(encoded.encode("ascii"))
        except ValueError:
            content = b""
        if not hmac.compare_digest(self._mac(content).encode(), mac.encode(errors="replace")):
            raise BadSubmission("bad_token", "不是本系统预备的内容。the token was not prepared here, or was changed")
        opened: dict[str, Any] = canonical.decode(content)
        return opened

    def _mac(self, content: bytes) -> str:
        return hmac.new(self._secret, b"luoshi prepared v1\n" + content, hashlib.sha256).hexdigest()


def read_command(request: dict[str, Any], *, actor: Actor, now: datetime) -> AnyCaseCommand:
    """The command that a request names. Refused with the field that does not fit."""
    kind = COMMANDS.get(str(request.get("command")))
    if kind is None:
        raise Refused(f"command is one of {', '.join(sorted(COMMANDS))}", field="command")
    given = {name: value for name, value in request.items() if name != "command"}
    known = {f.name: f for f in fields(kind)}
    values: dict[str, Any] = {"actor": actor, "now": now, "official_id": actor.official_id}
    for name in given:
        if name not in known or name in SERVER_FIELDS:
            raise Refused(f"{name} is no field of {kind.__name__}", field=name)
    for name, field in known.items():
        if name in given:
            values[name] = _value(hints(kind)[name], given[name], name)
        elif name not in values and field.default is MISSING:
            raise Refused(f"{kind.__name__} needs {name}", field=name)
    command: AnyCaseCommand = kind(**values)
    if not command.command_id or not command.stream.startswith("case/"):
        raise Refused("an act names its command_id, and a stream case/<source>/<no>", field="stream")
    return command


def _value(hint: Any, value: Any, name: str) -> Any:
    bare = codec.bare_type(hint)
    if value is None and bare is not hint:
        return None
    try:
        if name == "sealed" and all(isinstance(v, str) for v in value.values()):
            return tuple(sorted(value.items()))
        if bare is datetime:
            return codec.parse_moment(value)
        if bare is date:
            return date.fromisoformat(value)
        if typing.get_origin(bare) is Mapping and all(type(v) is int for v in value.values()):
            return value
        if typing.get_origin(bare) is tuple and isinstance(value, list) and all(isinstance(v, str) for v in value):
            return tuple(value)
    except (AttributeError, TypeError, ValueError):
        raise Refused(f"{name}: {str(value)[:60]!r} cannot be read", field=name) from None
    if type(value) is not bare:
        raise Refused(f"{name}: {str(value)[:60]!r} is not a {getattr(bare, '__name__', 'list of texts')}", field=name)
    return value


def hints(kind: type[Any]) -> dict[str, Any]:
    """The types of a command's fields."""
    return typing.get_type_hints(kind, localns={"date": date, "datetime": datetime, "Actor": Actor, "Mapping": Mapping})


def secret_file(path: Path, draw: bytes) -> bytes:
    """The secret kept in a file of mode 0600, shared by the processes of one log; `draw` is kept if there is none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(draw)
    except FileExistsError:
        return path.read_bytes()
    return draw
