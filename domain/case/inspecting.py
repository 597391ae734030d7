"""
Inspections and orders to rectify: who inspects records what was found, who ordered judges what was done about it.

Reporting is its addressee's own act, verifying the issuer's. tests/domain/case/test_supervision.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import addressed, after, by, evidenced, known_opinion, known_unit, one_of, only, reasoned
from domain.case.errors import Refused
from domain.case.raised import standing_finding, unless_standing

if TYPE_CHECKING:
    from domain.case.case import Case
    from domain.people.register import Register

INSPECTION_FORMS = ("online", "onsite", "joint", "escalated")
LEVELS = ("township", "county", "prefecture", "province", "centre")

InspectionCommand = c.OpenInspection | c.RecordInspectionFinding | c.CloseInspectionRound
RectificationCommand = (
    c.OrderRectification | c.ReportRectification | c.RejectRectification | c.VerifyRectification | c.WithdrawOrder
)


def inspect(case: Case, command: InspectionCommand, people: Register) -> list[e.CaseEvent]:
    """An inspection opened, what it found, its round closed; or Refused."""
    if isinstance(command, c.OpenInspection):
        one_of(command.form, INSPECTION_FORMS, field="form")
        one_of(command.level, LEVELS, field="level")
        for body in command.bodies:
            known_unit(body, people, field="bodies")
        if command.form == "joint" and not command.bodies:
            raise Refused(
                "a joint inspection names the bodies that take part",
                field="bodies",
                zh="联合督查须写明参加单位",
                allowed="列出参加单位 / name the bodies",
            )
        opened = e.InspectionOpened(
            **by(command), form=command.form, level=command.level, origin=command.origin, bodies=command.bodies
        )
        return unless_standing(case, opened)
    round_, raised = case.raised.of(command.inspection_version, e.InspectionOpened, field="inspection_version")
    bodies = (round_.unit_id, *round_.bodies)
    if command.unit_id not in bodies:
        raise Refused(
            f"this inspection is that of {', '.join(bodies)}",
            field="unit_id",
            zh="非本次督查单位",
            allowed=f"由 {', '.join(bodies)} 记录 / recorded by one of them",
        )
    if isinstance(command, c.CloseInspectionRound):
        if raised.is_ended:
            return []
        return [
            e.InspectionRoundClosed(
                **by(command), inspection_version=command.inspection_version, findings=command.findings
            )
        ]
    if raised.is_ended:
        raise Refused(
            "the round of this inspection is closed",
            field="inspection_version",
            zh="本次督查已结束",
            allowed="另行启动督查 / open another inspection",
        )
    known_unit(command.subject_unit_id, people, field="subject_unit_id")
    if command.contradicts is not None:
        known_opinion(case, command.contradicts, field="contradicts")
    return unless_standing(
        case,
        e.InspectionFindingRecorded(
            **by(command),
            inspection_version=command.inspection_version,
            subject_unit_id=command.subject_unit_id,
            ground=command.ground,
            contradicts=command.contradicts,
            evidence=command.evidence,
        ),
    )


def rectify(case: Case, command: RectificationCommand, people: Register) -> list[e.CaseEvent]:
    """An order to rectify, what was reported of it and how that was judged; or Refused."""
    if isinstance(command, c.OrderRectification):
        addressed(command, command.addressee_unit_id, people)
        after(command, command.rectify_by, field="rectify_by")
        if command.of_finding is not None:
            standing_finding(case, command.of_finding)
        return unless_standing(
            case,
            e.RectificationOrdered(
                **by(command),
                addressee_unit_id=command.addressee_unit_id,
                rectify_by=command.rectify_by,
                of_finding=command.of_finding,
                origin=command.origin,
            ),
        )
    acting, version = by(command), command.order_version
    order, raised = case.raised.of(version, e.RectificationOrdered, field="order_version")
    if isinstance(command, c.ReportRectification):
        only(command, order.addressee_unit_id, "reported by its addressee", people)
        evidenced(command.evidence, "a rectification is reported with evidence")
        if raised.is_answered or raised.is_ended:
            return []
        return [e.RectificationReported(**acting, order_version=version, evidence=command.evidence)]
    only(command, order.unit_id, "judged by who ordered it", people)
    if isinstance(command, c.WithdrawOrder):
        if raised.is_ended:
            return []
        return [e.OrderWithdrawn(**acting, order_version=version, reason=command.reason)]
    if isinstance(command, c.VerifyRectification) and raised.is_ended:
        return []
    if not raised.is_answered or raised.is_ended:
        raise Refused(
            "no rectification is reported that could be judged",
            field="order_version",
            zh="没有可核实的整改报告",
            allowed="待整改单位报告后核实 / after the addressee has reported",
        )
    if isinstance(command, c.VerifyRectification):
        return [e.RectificationVerified(**acting, order_version=version)]
    reasoned(command.reason, "a rejection gives its reason")
    after(command, command.rectify_by, field="rectify_by")
    return [
        e.RectificationRejected(**acting, order_version=version, reason=command.reason, rectify_by=command.rectify_by)
    ]
