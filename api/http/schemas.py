"""
What goes over the wire, typed. These models live at the door and are imported by nothing below it.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads these annotations at run time
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Named(BaseModel):
    """An id with the name the register has for it."""

    id: str
    name: str


class CaseOut(BaseModel):
    """One case: who has it, and its milestones as recorded. Absent milestones are not recorded."""

    source: str
    case_no: str
    stream: str
    unit: Named
    official: Named | None
    category: str | None
    channel: str | None
    subject: str | None
    received_at: datetime | None
    registered_at: datetime | None
    accepted_at: datetime | None
    served_at: datetime | None
    closed_at: datetime | None
    last_act: str
    last_act_at: datetime
    version: int
    first_log_index: int
    last_log_index: int


class CasePage(BaseModel):
    items: list[CaseOut]
    next: str | None
    log_size: int


class ActOut(BaseModel):
    """One recorded act. Sealed values are not in it."""

    version: int
    log_index: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    unit: Named
    official: Named | None
    post: Named | None
    imported: bool
    body: dict[str, Any]


class ActPage(BaseModel):
    items: list[ActOut]
    next: str | None


class FailureOut(BaseModel):
    """A duty as of a day, with everything it leans on. The contract lists the members; more may come."""

    model_config = ConfigDict(extra="allow")

    case_no: str
    source: str
    stream: str
    duty_id: str
    duty: str
    duty_name: str
    state: str
    unit: Named | None
    due_on: str | None
    due_at: str | None
    days_late: int
    as_of: str
    log_size: int


class FailurePage(BaseModel):
    items: list[FailureOut]
    next: str | None


class PursuitOut(BaseModel):
    """A failure with what followed it. docs/answers.md lists the members; more may come."""

    model_config = ConfigDict(extra="allow")

    case_no: str
    source: str
    stream: str
    duty_id: str
    duty: str
    duty_name: str
    state: str
    unit: Named | None
    days_late: int
    days_from_breach: dict[str, int | None]
    days_unpursued: int | None
    as_of: str
    log_size: int


class PursuitPage(BaseModel):
    items: list[PursuitOut]
    next: str | None


class GroupOut(BaseModel):
    key: str
    name: str
    cases: int
    met_late: int
    breached: int
    disputed: int


class DutiesOut(BaseModel):
    case_no: str
    source: str
    stream: str
    duties: list[FailureOut]
    as_of: str
    log_size: int


class SummaryOut(BaseModel):
    cases: int
    cases_without_due_date: int
    duties: int
    by_state: dict[str, int]
    leads: dict[str, int]
    as_of: str
    log_size: int


class LeaderOut(BaseModel):
    """A leading post on the day asked, and who was in it; null: nobody recorded."""

    post: str
    rank: str
    person: dict[str, Any] | None


class DossierRow(FailureOut):
    """A duty in a dossier: the days which its subject held it, and those charged to it."""

    held_days: int
    late_days: int
    nobody_days: int
    is_charged_with_due_day: bool
    load_on_due_day: int | None


class UnitDossierOut(BaseModel):
    """One unit across the cases within the reader's reach. `by_state` and the count of due days are of all pages."""

    unit: Named
    leaders: list[LeaderOut]
    by_state: dict[str, int]
    charged_with_due_day: int
    items: list[DossierRow]
    next: str | None
    is_limited_to_reach: bool
    as_of: str
    log_size: int


class PersonDossierOut(BaseModel):
    """One official case by case, for a named purpose. No total, rank or threshold of a person."""

    person: Named = Field(description="所问人员。the official asked about")
    purpose: str
    items: list[DossierRow]
    answers: list[dict[str, Any]] = Field(
        description="本人在本页事项中的说明。what the person said, in the cases of the page"
    )
    next: str | None
    is_limited_to_reach: bool
    as_of: str
    log_size: int


class LeadOut(BaseModel):
    """A place where a person should look; never a verdict."""

    model_config = ConfigDict(extra="allow")

    code: str = Field(description="线索代码。the lead by its code")
    kind: str
    case_no: str | None
    stream: str
    measure: str = Field(description="度量。what was counted, in words")
    evidence: list[dict[str, Any]] = Field(description="所依据的记录。the events it leans on")


class LeadPage(BaseModel):
    items: list[LeadOut]
    total: int
    next: str | None
    as_of: str
    log_size: int


class RouteOut(BaseModel):
    """Who held a case one after the other."""

    case_no: str
    source: str
    stream: str
    handovers: int
    returns_to_earlier_unit: int
    holders: list[Named] = Field(description="先后持有的单位。who held it, in order")
    evidence: list[int] = Field(description="所依据的日志序号。log indexes of the hand-overs")


class RoutePage(BaseModel):
    items: list[RouteOut]
    next: str | None
    as_of: str
    log_size: int


class SizeOut(BaseModel):
    log_size: int


class ViewOut(BaseModel):
    name: str
    size: int
    lag: int


class PublishingOut(BaseModel):
    """How publishing goes in this process: when it last went well, in what state, and what went wrong since."""

    at: datetime | None
    said: str | None
    error: str | None


class HealthOut(BaseModel):
    status: Literal["ok"]


class ReadyOut(BaseModel):
    log_size: int
    views: list[ViewOut]
    publishing: PublishingOut | None  # null: this process does not publish


class PreparedOut(BaseModel):
    """What to sign, and what to send back with the signature."""

    key_id: str
    to_sign: str
    payload: str
    expires_at: datetime
    token: str


class SubmittedOut(BaseModel):
    """What was recorded with that signature."""

    stream: str
    version: int
    log_index: int
    is_new: bool
