"""
Recorded acts as CloudEvents 1.0 (structured JSON), for systems outside. What the envelope holds and a reader may see:
never a sealed value, nothing that names an accusation. tests/app/outwards/test_events.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app import codec
from app.handle import read
from ledger.casemap import TOPIC as MAP_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from domain.recorded import Recorded
    from ledger.store.contract import Stored

MEDIA_TYPE = "application/cloudevents+json"
BATCH_TYPE = "application/cloudevents-batch+json"
ACCUSATIONS = "case/accusation/"
CHUNK = 2000  # records looked at for one page
PREFIX = "cn.luoshi."


@dataclass(frozen=True, slots=True)
class Page:
    """The events between two positions that a reader may see; `next` is where the next page begins."""

    items: tuple[dict[str, Any], ...]
    next: int
    log_size: int


def type_of(topic: str) -> str:
    """`cn.luoshi.petition.accepted.v1`."""
    return f"{PREFIX}{topic}"


def cloud_event(recorded: Recorded, origin: str) -> dict[str, Any]:
    """One act. `id` is its index in the log, so a receiver who gets it twice knows it again."""
    actor = codec.actor_body(recorded.actor)
    return {
        "specversion": "1.0",
        "id": str(recorded.log_index),
        "source": f"urn:luoshi:{origin}",
        "type": type_of(recorded.topic),
        "subject": recorded.stream,
        "time": codec.moment(recorded.recorded_at),
        "datacontenttype": "application/json",
        "dataschema": f"urn:luoshi:schema:{recorded.topic}",
        "sequence": f"{recorded.log_index:020d}",
        "partitionkey": recorded.stream,
        "data": {
            "version": recorded.version,
            "log_index": recorded.log_index,
            "occurred_at": codec.moment(recorded.occurred_at),
            "imported": recorded.imported,
            "actor": actor,
            "body": codec.encode(recorded.event),
        },
    }


def page(
    stored: Iterable[Stored],
    visible: Callable[[frozenset[str]], frozenset[str]],
    *,
    origin: str,
    after: int,
    limit: int,
    log_size: int,
) -> Page:
    """
    The first `limit` events among these records, which follow the position `after`. `visible`: which of some streams
    the reader may see. Where nothing is left to look at, `next` is `after`.
    """
    looked = [s for s in stored if s.log_index < log_size]
    acts = [s for s in looked if s.topic != MAP_ROOT and s.stream.startswith(("case/", "office/"))]
    seen = visible(frozenset(s.stream for s in acts))
    items: list[dict[str, Any]] = []
    for each in acts:
        if each.stream not in seen:
            continue
        made = cloud_event(read(each), origin)
        if not each.stream.startswith(ACCUSATIONS) and ACCUSATIONS in json.dumps(made["data"]):
            continue  # an act that names an accusation is of it
        items.append(made)
        if len(items) == limit:
            return Page(tuple(items), each.log_index, log_size)
    return Page(tuple(items), looked[-1].log_index if looked else after, log_size)
