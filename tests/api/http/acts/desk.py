"""The doors for acts over a small office in memory; who calls is a header, believed."""

from __future__ import annotations

import itertools
import warnings
from types import SimpleNamespace

from fastapi import FastAPI

from api.http import errors
from api.http.acts import routes
from app.access.principal import Principal
from app.acting import Acting
from ledger.store.requests import MemoryRequests
from tests.app.office import Office

with warnings.catch_warnings():
    # It asks for another client library than the one that is pinned, and works with it.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

UNITS = {"bureau": "petition_bureau", "housing": "handler"}


class ByHeader:
    """`X-Who: <official>`, with `X-Role` where it is not the usual one of the unit."""

    def principal(self, request):
        who = request.headers.get("X-Who")
        if who is None:
            return None
        unit = who.partition("-")[0]
        roles = frozenset(request.headers.get("X-Role", UNITS[unit]).split())
        return Principal(who, "person", roles, who, frozenset({unit}))


class Desk:
    """A client that acts: `desk.post("bureau-desk", "/v1/cases", {...})`."""

    def __init__(self):
        self.office = Office()
        self.acting = Acting(self.office.handler, MemoryRequests(), b"s" * 32)
        luoshi = SimpleNamespace(handler=self.office.handler, clock=lambda: self.office.at)
        app = FastAPI()
        errors.install(app)
        app.include_router(routes.router)
        app.state.routes = routes.router.routes
        app.state.authenticator = ByHeader()
        app.state.desk = SimpleNamespace(luoshi=luoshi, acting=self.acting, today=self.today)
        self.http = TestClient(app, raise_server_exceptions=False)
        self._keys = itertools.count()

    def today(self):
        return self.office.at.date()

    def post(self, who, path, body=None, *, key=None, version=None, **headers):
        if key is not False:
            headers["Idempotency-Key"] = key or f"k{next(self._keys)}"
        if who is not None:
            headers["X-Who"] = who
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self.http.post(path, json=body or {}, headers=headers)

    def received(self, **body):
        answer = self.post("bureau-desk", "/v1/cases", {"channel": "letter", **body})
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"], answer.json()
