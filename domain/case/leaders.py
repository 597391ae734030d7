"""
Leaders in charge of a case: assigned, alone or as a bundle, undertaking, acting, relieved.

What may be undertaken, and which acts show it kept, is on the packs' lists (domain/case/listed.py). An action is shown
by evidence or by an act of this case. tests/domain/case/test_leaders.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from domain.case import commands as c
from domain.case import events as e
from domain.case import listed
from domain.case.checks import after, by, known_official, known_unit, one_of, only, reasoned
from domain.case.errors import Refused
from domain.case.raised import unless_standing

if TYPE_CHECKING:
    from datetime import date

    from domain.case.case import Case
    from domain.law.rules import Rulebook
    from domain.people.register import Register

ROLES = ("in_charge", "supervising")
FORMS = ("receive", "appointed", "downward", "onsite")
ISSUES = ("regional", "sectoral", "policy", "group")
LAW = "信访工作条例 art. 18"

LeadersCommand = (
    c.AssignCaseLeader
    | c.MakeUndertaking
    | c.TakeLeaderAction
    | c.RelieveCaseLeader
    | c.AssignBundle
    | c.DesignateLeadUnit
)


def decide(case: Case, command: LeadersCommand, people: Register, rules: Rulebook) -> list[e.CaseEvent]:
    """The events that recording `command` gives, or Refused."""
    match command:
        case c.AssignCaseLeader():
            return _assign(case, command, people)
        case c.AssignBundle():
            return _bundle(case, command, people, rules)
        case c.MakeUndertaking() | c.TakeLeaderAction() | c.RelieveCaseLeader():
            return _assigned(case, command, people)
        case c.DesignateLeadUnit():
            one_of(command.issue_kind, ISSUES, field="issue_kind")
            known_unit(command.lead_unit_id, people, field="lead_unit_id")
            known_official(command.leader_official_id, people, field="leader_official_id")
            designated = e.LeadUnitDesignated(
                **by(command),
                lead_unit_id=command.lead_unit_id,
                leader_official_id=command.leader_official_id,
                issue_kind=command.issue_kind,
                issue=command.issue,
                origin=command.origin,
            )
            return [] if case.raised.lead == designated else [designated]
    assert_never(command)


def _assign(case: Case, command: c.AssignCaseLeader, people: Register) -> list[e.CaseEvent]:
    known_unit(command.leader_unit_id, people, field="leader_unit_id")
    known_official(command.leader_official_id, people, field="leader_official_id")
    if command.leader_official_id is None and command.leader_post_id is None:
        raise Refused(
            "a leader in charge is an official or a post",
            field="leader_official_id",
            law=LAW,
            zh="包案领导须是人员或岗位",
            allowed="写明人员或岗位 / name an official or a post",
        )
    if command.leader_post_id is not None:
        post = people.posts.get(command.leader_post_id)
        if post is None or post.unit_id != command.leader_unit_id:
            raise Refused(
                f"{command.leader_post_id} is no post of {command.leader_unit_id}",
                field="leader_post_id",
                zh="该岗位不属于该单位",
                allowed="该单位的岗位 / a post of that unit",
            )
    after(command, command.act_by, field="act_by")
    assigned = e.CaseLeaderAssigned(
        **by(command),
        leader_unit_id=command.leader_unit_id,
        leader_official_id=command.leader_official_id,
        leader_post_id=command.leader_post_id,
        act_by=command.act_by,
        role=command.role,
        origin=command.origin,
    )
    one_of(command.role, ROLES, field="role")
    if command.role == "supervising" and command.undertakings:
        raise Refused(
            "undertakings are the leader's in charge, not those of who watches him",
            field="undertakings",
            law=LAW,
            zh="督办领导不作包案承诺",
            allowed="由包案领导承诺 / by the leader in charge",
        )
    if case.raised.standing(assigned):
        return []
    made = [
        e.UndertakingMade(**by(command), assignment_version=case.version + 1, kind=kind, act_by=command.act_by)
        for kind in dict.fromkeys(command.undertakings)
    ]
    return [assigned, *made]


def _bundle(case: Case, command: c.AssignBundle, people: Register, rules: Rulebook) -> list[e.CaseEvent]:
    members = tuple(dict.fromkeys(command.members))
    if len(members) <= 1:
        raise Refused(
            "a bundle has several officials",
            field="members",
            zh="五包一须有多名人员",
            allowed="列出各成员 / name every member",
        )
    after(command, command.act_by, field="act_by")
    bundle = e.BundleAssigned(
        **by(command), members=members, act_by=command.act_by, origin=command.origin, bundle_set=command.bundle_set
    )
    day, assigned = command.occurred_at.date(), []
    undertaken = listed.bundle(command.bundle_set, len(members), rules, command.stream.split("/")[1], day)
    for official in members:
        known_official(official, people, field="members")
        posts = [p for p in people.official_posts.get(official, ()) if _is_in(official, p, people, day)]
        if not posts:
            raise Refused(
                f"official {official} is in no post on that day",
                field="members",
                zh=f"{official} 当日没有任职",
                allowed="当日在任的人员 / an official in a post on that day",
            )
        assigned.append(
            e.CaseLeaderAssigned(
                **by(command),
                leader_unit_id=people.posts[posts[0]].unit_id,
                leader_official_id=official,
                leader_post_id=posts[0],
                act_by=command.act_by,
                bundle_version=case.version + 1,
            )
        )
    standing = {replace(r.act, bundle_version=None) for r in case.raised.unanswered(e.CaseLeaderAssigned)}
    if {replace(each, bundle_version=None) for each in assigned} <= standing:
        return []
    made = [
        e.UndertakingMade(**by(command), assignment_version=case.version + 1 + n, kind=kind, act_by=command.act_by)
        for n in range(1, len(assigned) + 1)
        for kind in undertaken
    ]
    return [bundle, *assigned, *made]


def _is_in(official: str, post: str, people: Register, day: date) -> bool:
    return any(a.official_id == official for a in people.in_post_on(post, day))


def _assigned(
    case: Case, command: c.MakeUndertaking | c.TakeLeaderAction | c.RelieveCaseLeader, people: Register
) -> list[e.CaseEvent]:
    acting, version = by(command), command.assignment_version
    assignment, raised = case.raised.of(version, e.CaseLeaderAssigned, field="assignment_version")
    if isinstance(command, c.RelieveCaseLeader):
        only(command, assignment.unit_id, "relieved by who assigned", people)
        reasoned(command.reason, "a leader is relieved with a reason")
        if raised.is_ended:
            return []
        return [e.CaseLeaderRelieved(**acting, assignment_version=version, reason=command.reason)]
    if raised.is_ended:
        raise Refused(
            "this leader was relieved of the case",
            field="assignment_version",
            law=LAW,
            zh="该领导已解除包案",
            allowed="重新确定包案领导 / assign a leader anew",
        )
    if isinstance(command, c.MakeUndertaking):
        if command.unit_id not in (assignment.unit_id, assignment.leader_unit_id):
            raise Refused(
                "an undertaking is made by the leader or who assigned him",
                field="unit_id",
                zh="承诺由包案领导或确定包案的单位记录",
                allowed="由其记录 / recorded by one of them",
            )
        after(command, command.act_by, field="act_by")
        made = e.UndertakingMade(**acting, assignment_version=version, kind=command.kind, act_by=command.act_by)
        return unless_standing(case, made)
    only(command, assignment.leader_unit_id, "done by the leader", people)
    _check_shown(case, command)
    if command.form is not None:
        one_of(command.form, FORMS, field="form")
    acted = e.CaseLeaderActed(
        **acting,
        assignment_version=version,
        undertaking_version=command.undertaking_version,
        evidence=command.evidence,
        shown_by=command.shown_by,
        form=command.form,
    )
    return [] if acted in case.raised.acted else [acted]


def _check_shown(case: Case, command: c.TakeLeaderAction) -> None:
    if command.shown_by is not None and not 1 <= command.shown_by <= case.version:
        raise Refused(
            f"version {command.shown_by} is not in this case",
            field="shown_by",
            zh=f"本事项没有第 {command.shown_by} 条记录",
            allowed="写明本事项已有记录的序号 / the version of a record of this case",
        )
    if command.shown_by is None and not command.evidence:
        raise Refused(
            "an action is shown by evidence or by an act of this case",
            field="evidence",
            law=LAW,
            zh="包案推进须有证据或本事项的记录",
            allowed="附证据，或写明记录序号 / evidence, or the version of an act",
        )
    if command.undertaking_version is None:
        return
    undertaking, _ = case.raised.of(command.undertaking_version, e.UndertakingMade, field="undertaking_version")
    if undertaking.assignment_version != command.assignment_version:
        raise Refused(
            "this undertaking is another leader's",
            field="undertaking_version",
            zh="这是另一位领导的承诺",
            allowed="本人承诺的序号 / the version of his own undertaking",
        )
