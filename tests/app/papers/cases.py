"""
A county with Chinese names, one case lived from receipt to review, and a way to ask for its papers.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from app.establish import enrol_official, record
from app.handle import acts
from app.papers.make import Made, Order, make
from app.papers.template import parse_template, templates
from app.questions import Questions
from domain.case import commands as c
from domain.people import events as p
from tests.app.office import Office

if TYPE_CHECKING:
    from domain.recorded import Recorded

STREAM = "case/county/XF2026-000001"
NO = "XF2026-000001"
UNITS = (
    ("xfj", "安澜县信访局", "petition_department"),
    ("zjj", "安澜县住房和城乡建设局", "organ"),
    ("xzf", "安澜县人民政府", "government"),
)
SEALED = (("petitioner_name", "李建国"), ("petitioner_contact", "19900000001"), ("text", "房产证一直没有办下来。"))
# Versions of the case's acts.
REFERRED, ASSIGNED, ACCEPTED, EXTENDED, OPINION, REQUESTED, REVIEWED = 3, 4, 6, 7, 8, 9, 10
OPINION_TEXTS = {
    "petitioner_name": "李建国",
    "opinion_claim": "要求协调开发商办理东关小区3号楼不动产权证。",
    "opinion_facts": "经查，东关小区3号楼于2019年6月交付使用，因开发商未缴纳住宅专项维修资金，未能办理首次登记。",
    "opinion_reasons": "开发商应当在交付后依法申请首次登记，信访人请求合法合理。",
    "opinion_basis": "《不动产登记暂行条例》及其实施细则。",
    "opinion_text": "责成开发商补缴维修资金，由我局督促完成首次登记，并协助信访人办理不动产权证。",
}


def county() -> Office:
    """Units, posts and officials with names that may stand in a paper."""
    office = Office()
    for unit, name, kind in UNITS:
        record(office.handler, p.UnitEstablished(unit_id=unit, name=name, kind=kind), now=office.at)
        for post, rank, who in (("head", "main_leader", "王海琴"), ("desk", "staff", "袁庆晓")):
            person = f"{unit}-{post}"
            record(
                office.handler, p.PostEstablished(post_id=person, unit_id=unit, title=post, rank=rank), now=office.at
            )
            record(office.handler, p.OfficialRegistered(official_id=person, name=who), now=office.at)
            made = p.AppointmentMade(post_id=person, official_id=person, from_on=date(2025, 1, 1))
            record(office.handler, made, now=office.at)
            enrol_official(office.handler, person, now=office.at)
    return office


def life(office: Office, until: int = REVIEWED) -> None:
    """The case, up to the act of that version."""
    steps: list[tuple[Any, ...]] = [
        (c.ReceivePetition, "xfj", "2026-01-05", {"channel": "letter", "filed_directly": False, "sealed": SEALED}),
        (c.RegisterPetition, "xfj", "2026-01-05", {"case_no": NO, "subject": "housing.title"}),
        (c.ReferPetition, "xfj", "2026-01-06", {"to_unit_id": "zjj", "basis": "《信访工作条例》第二十二条第一款"}),
        (
            c.AssignPetition,
            "xfj",
            "2026-01-06",
            {"to_unit_id": "zjj", "basis": "《信访工作条例》第二十二条第一款", "report_by": date(2026, 4, 10)},
        ),
        (c.SignReceipt, "zjj", "2026-01-07", {"of_version": ASSIGNED}),
        (c.AcceptPetition, "zjj", "2026-01-12", {}),
        (
            c.ApproveExtension,
            "zjj",
            "2026-03-09",
            {
                "who": "zjj-head",
                "obligation": "conclude_petition",
                "trigger_version": ACCEPTED,
                "days": 20,
                "reason": "开发商账目尚在审计，情况复杂",
            },
        ),
        (
            c.ServeHandlingOpinion,
            "zjj",
            "2026-03-20",
            {"outcome": "support", "executor_unit_id": "zjj", "execute_by": date(2026, 6, 30)},
        ),
        (c.RequestReview, "xzf", "2026-04-02", {"opinion_version": OPINION}),
        (c.ServeReviewOpinion, "xzf", "2026-04-20", {"request_version": REQUESTED, "outcome": "uphold"}),
    ]
    done = len(history(office))
    for kind, unit, on, more in steps[done:until]:
        office.act(kind, unit, on, no=NO, **more)


def history(office: Office) -> list[Recorded]:
    return list(acts(office.store.read_stream(STREAM)))


def ask(office: Office, paper: str | bytes, day: str, **more: Any) -> Made:
    """A paper of the case: a built-in one by its id, or one from the text of its template."""
    template = templates()[paper] if isinstance(paper, str) else parse_template(paper, "test.toml")
    fonts = more.pop("fonts", None)
    order = Order(template, date.fromisoformat(day), **more)
    return make(order, history(office), Questions(office.store).law(), fonts)


# Every built-in paper of that case: id, day, the act's version, sealed values.
ALL = (
    ("referral_letter", "2026-01-06", REFERRED, {}),
    ("assignment_letter", "2026-01-06", ASSIGNED, {}),
    ("acceptance_notice", "2026-01-12", ACCEPTED, {"petitioner_name": "李建国"}),
    ("extension_notice", "2026-03-10", EXTENDED, {"petitioner_name": "李建国"}),
    ("handling_opinion", "2026-03-20", OPINION, OPINION_TEXTS),
    (
        "review_opinion",
        "2026-04-20",
        REVIEWED,
        {
            "petitioner_name": "李建国",
            "review_facts": "原处理意见认定的事实清楚。",
            "review_reasons": "原处理意见适用依据正确，程序合法。",
            "review_text": "维持原处理意见，原办理机关应按期执行。",
        },
    ),
)


def refused() -> Office:
    """A second office, where the matter was not accepted."""
    office = county()
    life(office, 2)
    office.act(c.RefuseAcceptance, "xfj", "2026-01-08", no=NO, ground="litigation_arbitration_reconsideration")
    return office


def spelled_day(made: Made) -> str:
    """The paper's day as it is printed."""
    day = made.paper.day
    return f"{day.year}年{day.month}月{day.day}日"
