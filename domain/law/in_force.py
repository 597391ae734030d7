"""
The law as the log has it: which packs and calendar notices were put in force, folded from their events.

A question with `known_at` folds a prefix of the log and so asks under the law and the calendar known then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from domain.law.calendar import Calendar, Notice
from domain.law.local import LocalRules, parse_local
from domain.law.rules import Pack, Rulebook, parse_pack
from domain.people import events as e
from domain.people.register import Register
from domain.people.register import add as add_people
from domain.people.streams import CALENDARS, PACKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.law.lead_rules import LeadRule
    from domain.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Adoption:
    """One adoption of a pack, with what it said then: a standing duty keeps the text in force when its period began."""

    recorded: Recorded
    local: LocalRules

    @property
    def content(self) -> Mapping[str, Any]:
        """The text itself, as the log has it."""
        event = self.recorded.event
        return event.content if isinstance(event, e.RulePackAdopted) else {}


@dataclass(slots=True)
class Law:
    """Everything besides a case's own acts that an answer leans on. `places` says where each of its events stands."""

    people: Register = field(default_factory=Register)
    packs: dict[str, Pack] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    places: dict[int, tuple[str, int, str]] = field(default_factory=dict)  # log index -> stream, version, topic
    adopted: dict[str, int] = field(default_factory=dict)  # pack id -> log index of its newest adoption
    adoptions: dict[str, list[Adoption]] = field(default_factory=dict)  # pack id -> every adoption, in log order
    _rules: Rulebook = field(default_factory=Rulebook, init=False, repr=False, compare=False)
    _calendar: Calendar = field(default_factory=Calendar, init=False, repr=False, compare=False)

    @property
    def rules(self) -> Rulebook:
        """Made anew when a pack was adopted since."""
        packs = tuple(self.packs.values())
        if self._rules.packs != packs:
            self._rules = Rulebook(packs)
        return self._rules

    @property
    def local(self) -> tuple[LocalRules, ...]:
        """What localities invented, by the newest adoption of every pack."""
        return tuple(adoptions[-1].local for adoptions in self.adoptions.values())

    def lead_rules(self, source: str) -> tuple[LeadRule, ...]:
        """
        Where to look in records of that source: by packs that name no source and by those that name it, whose text
        replaces the general one of the same id. A rule for looking is no law, so a pack that stands alone adds to them.
        """
        found: dict[str, LeadRule] = {}
        for own in (False, True):
            for pack_id, adoptions in self.adoptions.items():
                sources = self.packs[pack_id].sources if pack_id in self.packs else ()
                if (source in sources) if own else not sources:
                    found |= {rule.lead: rule for rule in adoptions[-1].local.lead_rules}
        return tuple(found.values())

    @property
    def calendar(self) -> Calendar:
        """Made anew when a notice was adopted since: notices are only ever added."""
        if len(self._calendar.notices) != len(self.notices):
            self._calendar = Calendar(tuple(self.notices))
        return self._calendar


def add(law: Law, recorded: Recorded) -> None:
    """Fold one more event of people, packs or calendars; a pack or notice that is not in its list is no law."""
    law.places[recorded.log_index] = (recorded.stream, recorded.version, recorded.topic)
    event = recorded.event
    match event:
        case e.RulePackAdopted() if recorded.stream == PACKS:
            law.packs.pop(event.pack_id, None)  # adopted again: newest last
            law.adopted[event.pack_id] = recorded.log_index
            law.adoptions.setdefault(event.pack_id, []).append(Adoption(recorded, parse_local(event.content)))
            law.packs[event.pack_id] = parse_pack(event.content, tuple(event.sources))
        case e.CalendarNoticeAdopted() if recorded.stream == CALENDARS:
            notice = Notice(
                event.year,
                event.published_on,
                event.source,
                frozenset(event.days_off),
                frozenset(event.make_up_days),
            )
            law.notices.append(notice)
        case _:
            add_people(law.people, recorded)
