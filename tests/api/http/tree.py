"""
A county's tree of units behind the whole application: a case in each place, an accusation against an inspector of the
very unit that holds it. Who calls is a header, believed; what is let through to be decided answers 409.
"""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace

from api.http.app import create_app
from app.access.principal import Principal
from app.accounts.gate import _units
from app.acting import Acting
from app.establish import enrol_official, record
from app.questions import Questions
from app.runner import Runner
from domain.case import commands as c
from domain.case.errors import Refused
from domain.people import events as p
from domain.recorded import Actor
from ledger.store.postgres import PostgresStore
from ledger.store.requests import MemoryRequests
from tests.api.http.served import TestClient
from tests.app.access.county import entries
from tests.app.sealing import SealedOffice
from tests.projections.logs import copy_into

DAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
# Where a case is, seen from the bureau of works.
PLACES = {"own": "works", "below": "works-site", "sibling": "health", "above": "gov", "elsewhere": "gov2"}
ACCUSATION = f"case/accusation/{'0a' * 16}"
ACCUSED, COLLEAGUE, DEPUTY = "discipline-zhang", "discipline-li", "discipline-wu"
ALLOWED = 409
OWN = {"housing", "housing-head", "housing-zhang"}  # the office below has these already


class County(SealedOffice):
    def __init__(self, folder):
        super().__init__(folder)
        people = [
            *(
                e
                for e in entries()
                if not OWN & {getattr(e, name, None) for name in ("unit_id", "post_id", "official_id")}
            ),
            p.UnitEstablished(unit_id="works", name="建设局", kind="organ", parent_id="gov"),
            p.UnitEstablished(unit_id="works-site", name="建设局工地科", kind="organ", parent_id="works"),
            *(
                e
                for unit in ("gov", "gov2", "works", "works-site")
                for e in posted(unit, f"{unit}-zhang", f"{unit}-head")
            ),
            *posted("discipline", COLLEAGUE, "discipline-desk"),
            p.OfficialRegistered(official_id=DEPUTY, name="吴某"),
            p.PostEstablished(post_id="discipline-third", unit_id="discipline", title="三室", rank="staff"),
            p.AppointmentMade(post_id="discipline-third", official_id=DEPUTY, from_on=date(2025, 1, 1)),
        ]
        for entry in people:
            record(self.handler, entry, now=self.at)
        for official in (f"{u}-zhang" for u in (*PLACES.values(), "discipline")):
            enrol_official(self.handler, official, now=self.at)
        enrol_official(self.handler, COLLEAGUE, now=self.at)
        self.at = NOW
        for unit in PLACES.values():
            self.say(c.ReceivePetition, f"case/county/{unit}", unit, f"{unit}-zhang", channel="letter")
        mode = {"identity_mode": "real_name", "competent": "own"}
        sealed = (("accused_official", ACCUSED), ("subject", "受贿"), ("purpose", "查处"))
        self.say(c.ReceiveAccusation, ACCUSATION, "discipline", COLLEAGUE, channel="letter", sealed=sealed, **mode)

    def say(self, kind, stream, unit, who, **more):
        actor = Actor(official_id=who)
        times = {"occurred_at": self.at, "now": self.at}
        said = {"stream": stream, "unit_id": unit, "official_id": who, "actor": actor, "command_id": f"{kind}{stream}"}
        return self.handler.handle(kind(**said, **times, **more))

    def unit_of(self, official):
        return _units(self.handler.register(), official, DAY)


def posted(unit, official, post):
    return (
        p.PostEstablished(post_id=post, unit_id=unit, title="岗位", rank="staff"),
        p.OfficialRegistered(official_id=official, name=official),
        p.AppointmentMade(post_id=post, official_id=official, from_on=date(2025, 1, 1)),
    )


class Decides:
    """A handler that lets nothing be recorded: what gets as far as it was allowed."""

    def __init__(self, handler):
        self._handler = handler

    def __getattr__(self, name):
        return getattr(self._handler, name)

    def handle(self, command, *, expected=None):
        raise Refused("decided elsewhere", zh="另行决定")

    record = handle


class ByHeader:
    def __init__(self, office):
        self.office = office
        self.denials = []
        self.gate = SimpleNamespace(denied=lambda *said: self.denials.append(said))

    def principal(self, request):
        who = request.headers.get("X-Who")
        if who is None:
            return None
        roles = frozenset(request.headers.get("X-Role", "").split())
        return Principal(who, "person", roles, who, self.office.unit_of(who), request.headers.get("X-For"))


class Served:
    def __init__(self, office, client, dsn):
        self.office, self.http, self.dsn = office, client, dsn
        self._keys = itertools.count()

    def get(self, who, role, path, *, acting_for=None, **params):
        return self.http.get(path, params=params, headers=caller(who, role, acting_for))

    def post(self, who, role, path, body, *, acting_for=None, version=1):
        more = {"Idempotency-Key": f"k{next(self._keys)}", "If-Match": f'"{version}"'}
        return self.http.post(path, json=body, headers=caller(who, role, acting_for) | more)


def caller(who, role, acting_for=None):
    told = {"X-Who": who, "X-Role": role}
    return told if acting_for is None else told | {"X-For": acting_for}


@contextmanager
def county(dsn, folder, *, outside=None, auditors=None):
    """The application over the county, its views fed."""
    office = County(folder)
    copy_into(office.store, dsn)
    with PostgresStore(dsn, environ={}) as store:
        Runner(dsn, store).catch_up()
        handler = Decides(office.handler)
        luoshi = SimpleNamespace(
            dsn=dsn,
            settings=SimpleNamespace(schema_name="luoshi", timezone="Asia/Shanghai", auditors=auditors),
            store=store,
            outside=outside or SimpleNamespace(newest=lambda: None, read=lambda _: None),
            clock=lambda: office.at,
            questions=lambda: Questions(store),
            handler=handler,
            acting=lambda: Acting(handler, MemoryRequests(), b"s" * 32),
        )
        app = create_app(luoshi, authenticator=ByHeader(office))
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Served(office, client, dsn)
