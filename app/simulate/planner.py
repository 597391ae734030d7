"""
Which stories a year is made of: how many clean, how many with a lapse, when each arrives, and its number.
"""

from __future__ import annotations

from datetime import date
from random import Random

from app.simulate.absences import orphaned, succeeded, under_acting
from app.simulate.clock import FIRST_DAY, LAST_DAY, YEAR, plus
from app.simulate.county import HEADS_EXCHANGED, County, build_county
from app.simulate.customs import look_back
from app.simulate.kinds import CLEAN, LAPSES, NEEDS_HEAD, RARE
from app.simulate.moves import not_reassigned, successor_moves, vacancies, vacant_post
from app.simulate.offices import Offices
from app.simulate.plan import Story
from app.simulate.stories import Course, competent_unit, refuse
from app.simulate.texts import SUBJECTS, TOWNSHIP, full_name
from domain.case import commands as c

LAPSE_SHARE = 0.19
REPEAT_SHARE = 0.03
RARE_SHARE = 0.2  # of the clean ones: each rare kind of story in its turn
RARE_SPREAD = 200  # days of the year in which they begin, so that each can be told to its end
PLACED = {  # lapses whose days and units the register of people sets
    "under_acting": under_acting,
    "successor_late": succeeded,
    "successor_gap": orphaned,
}
KINDS = (*LAPSES, *PLACED, "not_reassigned", "vacant_post")


class Planner:
    """Plans a whole year from one seed. Nothing here reads a clock or a log."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)  # noqa: S311 - a simulation must repeat from its seed; nothing here is a secret
        self.names: set[str] = set()  # officials' and petitioners' alike: no name belongs to two people
        self.clean = 0  # clean stories told so far
        self.county: County = build_county(self.rng, self.names)
        self.offices = Offices(self.rng, self.county)

    def stories(self, cases: int) -> list[Story]:
        """All cases of the year in the order of their arrival, numbered."""
        lapses = round(cases * LAPSE_SHARE)
        stories = [self._lapse(KINDS[n % len(KINDS)]) for n in range(lapses)]
        while len(stories) < cases:
            story = self._clean()
            stories.append(story)
            if len(stories) < cases and self.rng.random() < REPEAT_SHARE and (repeat := self._repeat(story)):
                stories.append(repeat)
        for story in stories:
            look_back(self.county, story)
            story.finish()
        stories.sort(key=lambda s: s.acts[0].recorded_at)
        for number, story in enumerate((s for s in stories if not s.no), 1):
            story.no = f"XF{YEAR}-{number:06d}"
        return stories

    def _name(self) -> str:
        return full_name(self.rng, self.names)

    def _clean(self) -> Story:
        tell = self.rng.choices([f for f, _ in CLEAN], [weight for _, weight in CLEAN])[0]
        is_rare, spread = self.clean % round(1 / RARE_SHARE) == 0, (LAST_DAY - FIRST_DAY).days
        if is_rare:
            tell, spread = RARE[self.clean // round(1 / RARE_SHARE) % len(RARE)], RARE_SPREAD
        self.clean += 1
        story = Story(self.rng, "clean", self.rng.choice(SUBJECTS))
        received = plus(FIRST_DAY, self.rng.randint(0, spread))
        tell(Course(self.county, story, received, competent_unit(story)), self._name())
        return story

    def _lapse(self, kind: str) -> Story:
        if kind in LAPSES:
            return self._drawn(kind)
        if kind in PLACED:
            story = Story(self.rng, kind, self.rng.choice(SUBJECTS))
            PLACED[kind](self.county, story, self._name())
            return story
        moves = successor_moves(self.county) if kind == "not_reassigned" else vacancies(self.county)
        move = self.rng.choice(moves)
        unit = move.leaver.unit_id
        fitting = [s for s in SUBJECTS if unit in s.units or (TOWNSHIP in s.units and self._is_township(unit))]
        story = Story(self.rng, kind, self.rng.choice(fitting))
        tell = not_reassigned if kind == "not_reassigned" else vacant_post
        tell(self.rng, self.county, story, move, self._name())
        return story

    def _is_township(self, unit_id: str) -> bool:
        return self.county.units[unit_id].kind == "township"

    def _drawn(self, kind: str) -> Story:
        tell, (month, day) = LAPSES[kind]
        latest = date(YEAR, month, day)
        while True:
            story = Story(self.rng, kind, self.rng.choice(SUBJECTS))
            unit = competent_unit(story)
            if kind in NEEDS_HEAD and unit in HEADS_EXCHANGED:
                continue
            received = plus(FIRST_DAY, self.rng.randint(0, (latest - FIRST_DAY).days))
            tell(Course(self.county, story, received, unit, horizon=366), self._name())
            if story.planted is not None:
                return story

    def _repeat(self, first: Story) -> Story | None:
        """
        The same matter arrives once more while the first case is being handled: linked to it, not accepted again.
        """
        accepted = next((a for a in first.acts if a.label == "accepted"), None)
        opinion = next((a for a in first.acts if a.label == "opinion"), None)
        sent = next((a for a in first.acts if a.label == "sent" and a.command is c.ReferPetition), None)
        if accepted is None or opinion is None or sent is None or (opinion.day - accepted.day).days < 20:
            return None
        received = plus(accepted.day, 8)
        if received >= LAST_DAY:
            return None
        story = Story(self.rng, "clean", first.subject)
        course = Course(self.county, story, received, accepted.seat.unit_id)
        course.receive(next(value for key, value in first.acts[0].sealed if key == "petitioner_name"))
        sent_on = course.day(received, 0, 3)
        course.forward(sent_on)
        course.sign(course.day(sent_on, 0, 2))
        refuse(course, course.day(course.signed, 1, 10), course.signer, "accepted_elsewhere")
        first.repeats.append((first.act(plus(received, 1), course.clerk, c.LinkRepeat), story))
        return story
