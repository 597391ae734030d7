"""Every route names the operation it is, and docs/access.md says who may do that."""

from __future__ import annotations

from types import SimpleNamespace

from api.http.app import create_app
from api.http.auth import FREE
from app.access.policy import acts, roles

DSN = "postgresql://nobody@localhost:1/none"  # never opened: only the routes are looked at


def application():
    return create_app(SimpleNamespace(dsn=DSN))


def operations_of(route):
    return {name: value for name, value in (route.openapi_extra or {}).items() if name.startswith("x-operation")}


def test_every_route_names_its_operation():
    app = application()
    named = {operation for role in roles().values() for operation in role.operations} | acts().keys() | FREE.keys()
    others = [route.path for route in app.routes if hasattr(route, "path")]  # beside those of the routers
    assert others == ["/openapi.json"]
    for route in app.state.routes:
        assert "x-operation" in operations_of(route), route.path
        assert set(operations_of(route).values()) <= named, route.path


def test_what_is_free_is_some_route():
    used = {value for route in application().state.routes for value in operations_of(route).values()}
    assert FREE.keys() <= used
    assert not any(FREE.keys() & role.operations for role in roles().values())
