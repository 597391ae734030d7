"""
How matters arrive and find the unit that answers for them: people who cannot be reached, suggestions, jurisdiction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.simulate.beside import digest
from app.simulate.clock import plus
from app.simulate.county import GOVERNMENT
from app.simulate.lapses import NOTICE
from app.simulate.plan import Ref
from domain.case import commands as c

if TYPE_CHECKING:
    from app.simulate.stories import Course


def excused(course: Course, name: str) -> None:
    """
    Nobody can be reached: the number is wrong, the police are asked, and the county accepts that the notice cannot be
    served in time. When the petitioner is found, the matter goes on.
    """
    course.receive(name)
    sent = course.day(course.received, 0, 4)
    course.forward(sent)
    course.sign(course.day(sent, 0, 1))
    story, signer = course.story, course.signer
    called = course.day(course.signed, 1, 3)
    story.act(called, signer, c.AttemptContact, label="call", means="call", result="wrong_number")
    story.act(called, signer, c.DisputeContact, attempt_version=Ref("call"))
    asked = course.day(called, 1, 2)
    story.act(asked, signer, c.RequestIdentityInquiry, label="inquiry", to_unit_id="police", ground="contact_disputed")
    above = course.staff(GOVERNMENT)
    story.act(
        course.day(asked, 2, 5),
        above,
        c.AcceptExcuse,
        obligation=NOTICE,
        trigger_version=Ref("sent/signed"),
        ground="name_or_address_unclear",
        evidence=digest(course),
    )
    found = course.day(course.signed, 16, 24)
    story.act(
        found,
        signer,
        c.VerifyIdentity,
        method="household_register",
        ground="contact_disputed",
        inquiry_version=Ref("inquiry"),
    )
    story.act(found, signer, c.AttemptContact, means="call", result="reached")
    course.take(plus(found, 1))
    course.staffed(plus(found, 2))
    course.handle()


def suggestion(course: Course, name: str) -> None:
    """A suggestion is studied and answered in writing. The law sets no day for it."""
    course.receive(name, category="suggestion")
    sent = course.day(course.received, 0, 6)
    course.forward(sent)
    course.sign(course.day(sent, 0, 2))
    course.accept_in_time()
    done = course.day(course.accepted, 10, 45)
    course.work_until(done)
    adopted = course.rng.choice(("adopted", "adopted_in_part", "not_adopted"))
    course.story.act(done, course.handler, c.ReplyToSuggestion, adopted=adopted)
    course.opinion(done, "explain")
    course.close(done)


def disputed(course: Course, name: str) -> None:
    """Two organs say that it is the other's; the county decides before the notice is due."""
    _disputed(course, name, is_decided=True)


def agreed(course: Course, name: str) -> None:
    """Two organs say that it is the other's, and come to agree."""
    _disputed(course, name, is_decided=False)


def _disputed(course: Course, name: str, *, is_decided: bool) -> None:
    course.receive(name)
    sent = course.day(course.received, 0, 4)
    course.forward(sent)
    course.sign(course.day(sent, 0, 1))
    other = course.rng.choice(course.county.handling(course.unit_id))
    raised = course.day(course.signed, 1, 3)
    course.story.act(
        raised,
        course.signer,
        c.DisputeJurisdiction,
        label="dispute",
        between=(course.unit_id, other),
        common_superior_unit_id=GOVERNMENT,
    )
    settled = course.day(raised, 1, 5)
    if is_decided:
        seat = course.county.seat(f"{GOVERNMENT}-deputy", settled)
        command: type[c.CaseCommand] = c.DecideJurisdiction
    else:
        seat, command = course.signer, c.AgreeJurisdiction
    course.story.act(settled, seat, command, dispute_version=Ref("dispute"), competent_unit_id=course.unit_id)
    accepted = course.day(settled, 0, 3)
    course.take(accepted)
    course.staffed(plus(accepted, 1))
    course.handle()


def other_route(course: Course, name: str) -> None:
    """Accepted and led into a statutory route of its own: the petitioner is told which."""
    course.receive(name)
    sent = course.day(course.received, 0, 6)
    course.forward(sent)
    course.sign(course.day(sent, 0, 2))
    accepted = course.day(course.signed, 1, 8)
    story = course.story
    story.act(accepted, course.signer, c.AcceptPetition, label="accepted", route="art31_4")
    story.act(accepted, course.signer, c.ServeAcceptanceNotice)
    story.act(plus(accepted, 1), course.signer, c.ServeNotice, kind="route")
    course.staffed(plus(accepted, 1))
