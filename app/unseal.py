"""
Showing a sealed value to an official: on a stated ground, and only after an event says so.

The event is durable before the value leaves this module; if the program dies in between, the log says that somebody
read what nobody was shown, which is the error on the safe side. A refused attempt is an event as well, signed by the
ledger itself: who asked and why they were refused is sealed, since the name would tell everybody who is accused. What
the asker is told is one sentence for every reason. tests/app/test_unseal.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.establish import REGISTRAR
from app.handle import read
from app.sealed import fields_of
from domain.case import commands as c
from domain.case import events as e
from domain.case import secrecy
from domain.case.case import fold
from domain.case.errors import Refused

if TYPE_CHECKING:
    from datetime import date

    from app.handle import Handler
    from app.sealed import Field
    from domain.recorded import Actor
    from ledger.store.sealed import SealedStore


class NotShown(Refused):
    """The attempt is recorded, and its answer is the same whatever the reason."""

    def __init__(self) -> None:
        super().__init__(
            "不予查阅，已记录在案。These values are not shown to you; the attempt is recorded.", field="actor"
        )


def open_sealed(
    handler: Handler,
    store: SealedStore,
    stream: str,
    field: str,
    *,
    ground: str,
    ground_text: str,
    reader: Actor,
    unit_id: str,
    day: date,
    version: int | None = None,
) -> list[Field]:
    """
    The values of this name in a case, once their reading is on record. `day` is the civil day of reading. NotShown for
    whom the case excludes; Refused where the request itself is at fault, which is not recorded.
    """
    history = [read(stored) for stored in store.read_stream(stream)]
    if not history:
        raise Refused(f"nothing is recorded of {stream}", field="stream")
    if ground not in secrecy.GROUNDS:
        raise Refused(f"ground is one of {', '.join(secrecy.GROUNDS)}; found {ground!r}", field="ground")
    if not ground_text.strip():
        raise Refused("reading a sealed value needs its ground in words", field="ground_text")
    case = fold(r.event for r in history)  # type: ignore[misc]  # a case's own stream
    fields = fields_of(store, history)
    accusing = {r.log_index for r in history if isinstance(r.event, e.AccusationReceived)}
    accused = secrecy.Accused.of((f.name, f.value) for f in fields if f.log_index in accusing)
    now = handler.clock()
    once = handler.salt().hex()
    why = secrecy.refusal(reader, case, accused, handler.register(), day)
    if why is not None:
        sealed = (
            ("reader", str(reader.official_id or reader.system)),
            ("acting_for", str(reader.acting_for or "")),
            ("ground", ground),
            ("ground_text", ground_text),
            ("reason", why),
        )
        handler.handle(
            c.RefuseSealedRead(
                stream=stream,
                unit_id=case.unit_id or unit_id,
                official_id=None,
                actor=REGISTRAR,
                occurred_at=now,
                now=now,
                command_id=f"refuse-read:{once}",
                sealed=sealed,
            )
        )
        raise NotShown
    named = [f for f in fields if f.name == field and version in (None, f.version)]
    if not named:
        raise Refused(f"no sealed field {field} can be read in {stream}", field="field")
    handler.handle(
        c.ReadSealed(
            stream=stream,
            unit_id=unit_id,
            official_id=reader.official_id,
            actor=reader,
            occurred_at=now,
            now=now,
            command_id=f"read:{once}",
            digests=tuple(sorted(f.digest for f in named)),
            ground=ground,
            sealed=(("ground_text", ground_text),),
        )
    )
    return named
