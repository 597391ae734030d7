"""
Every operation, as every role, in every place: exactly what docs/access.md says. Objects and acts over HTTP, lists over
HTTP, and every view in plain SQL under the role that the application reads with.
"""

from __future__ import annotations

import json

import psycopg
import pytest
from psycopg import sql

from api.http.acts.bodies import body_of
from api.http.acts.nouns import NOUNS
from app.access.policy import Access, acts, operation_of, roles
from app.access.principal import Principal
from app.prepared import COMMANDS
from projections import read
from tests.api.http.tree import ACCUSATION, ACCUSED, ALLOWED, COLLEAGUE, DAY, PLACES, county
from tests.house.access_table import DOC, documented, made, part, reaches

WHO = "works-zhang"
ROLES = sorted(roles())
SAYS, COVERS = documented(), reaches()
LATER = "2027-03-02"
# Beside the views of cases: what post and unit owe, offices, and how far the views are.
STREAMS_OF_CASES = ("case_card", "timeline", "accountability", "unit_load", "party")


def test_the_document_is_of_this_program():
    text = DOC.read_text(encoding="utf-8")
    for name, table in made().items():
        assert part(name, text) == table, "run python -m tests.house.access_table"


@pytest.fixture(scope="module")
def places(tmp_path_factory, server, template):
    """One county for all: nothing here is recorded."""
    name = "luoshi_test_matrix"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        dsn = psycopg.conninfo.make_conninfo(server, dbname=name)
        with county(dsn, tmp_path_factory.mktemp("county")) as served:
            yield served
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def sample(schema, whole):
    """The least that a JSON schema takes."""
    if "$ref" in schema:
        return sample(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    for one in schema.get("anyOf", ()):
        return sample(one, whole)
    match schema.get("type"):
        case "object":
            needed = schema.get("required", ())
            return {name: sample(schema["properties"][name], whole) for name in needed}
        case "array":
            return []
        case "integer":
            return 1
        case "boolean":
            return True
        case "string":
            formats = {"date": "2026-03-02", "date-time": "2026-03-02T09:00:00+08:00"}
            return formats.get(schema.get("format"), "x")
    raise AssertionError(schema)


def body(command):
    schema = body_of(command).model_json_schema()
    return sample(schema, schema) | {"unit_id": "works"}


def act(served, who, role, noun, stream, **more):
    name, _ = NOUNS[noun]
    return served.post(who, role, f"/v1/{stream.replace('case/', 'cases/', 1)}/{noun}", body(COMMANDS[name]), **more)


def expected(role, operation, place):
    """The status and code that the document promises for that place."""
    if role not in SAYS[operation]:
        return 403, "denied_role"
    return (ALLOWED, "refused") if place in COVERS[roles()[role].reach] else (404, "case_not_found")


def without_trace(text):
    """A problem without the number of its request, which no two have in common."""
    return {name: value for name, value in json.loads(text).items() if name != "trace_id"}


def told(answer):
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("role", ROLES)
def test_acts(places, role):
    """
    Every act on a case, in every place of the tree.
    """
    for noun, (name, _) in NOUNS.items():
        operation = operation_of(COMMANDS[name])
        for place, unit in PLACES.items():
            if role not in SAYS[operation] and place != "own":
                continue  # without the role the place is never asked: test_without_the_role_nothing_is_looked_at
            answer = act(places, WHO, role, noun, f"case/county/{unit}")
            assert told(answer) == expected(role, operation, place), (noun, place, answer.text)


@pytest.mark.parametrize("role", ROLES)
def test_acts_on_an_accusation(places, role):
    """
    Where it is held, by who may; for the accused it is not there, whatever their role.
    """
    for noun, (name, _) in NOUNS.items():
        operation = operation_of(COMMANDS[name])
        if role not in SAYS[operation]:
            continue
        sees = roles()[role].accusations
        for who, is_kept_out in ((COLLEAGUE, not sees), (ACCUSED, True), (WHO, True)):
            answer = act(places, who, role, noun, ACCUSATION)
            wanted = (404, "case_not_found") if is_kept_out else (ALLOWED, "refused")
            assert told(answer) == wanted, (noun, who, answer.text)


@pytest.mark.parametrize("role", ROLES)
def test_arrivals_and_filings(places, role):
    """
    What makes a case, or is filed for an office: for units in reach.
    """
    for place, unit in PLACES.items():
        for operation, path, command in (
            ("arrival.receive_petition", "/v1/cases", "ReceivePetition"),
            ("sealed.receive_accusation", "/v1/accusations", "ReceiveAccusation"),
            ("filed.file_act", f"/v1/offices/{unit}/filings", "FileAct"),
        ):
            answer = places.post(WHO, role, path, body(COMMANDS[command]) | {"unit_id": unit})
            wanted = expected(role, operation, place)
            if wanted[0] == 404 or (role in SAYS[operation] and roles()[role].reach == "assigned"):
                wanted = (403, "denied_reach")  # an office is no official's own
            assert told(answer) == wanted, (path, unit, answer.text)


@pytest.mark.parametrize("role", ROLES)
def test_objects(places, role):
    """
    One case, its acts, its duties, its page: in reach or not there.
    """
    for place, unit in PLACES.items():
        for part_of in ("", "/timeline", "/duties", "/acts/1"):
            answer = places.get(WHO, role, f"/v1/cases/county/{unit}{part_of}")
            if role not in SAYS["case.read"]:
                assert told(answer) == (403, "denied_role")
                continue
            nothing = places.get(WHO, role, f"/v1/cases/county/none{part_of}")
            assert answer.status_code == (200 if place in COVERS[roles()[role].reach] else 404), (place, part_of)
            if answer.status_code == 404:
                as_if = answer.text.replace(f"county/{unit}", "county/none").replace(f"case {unit} ", "case none ")
                assert without_trace(as_if) == without_trace(nothing.text)
        page = places.get(WHO, role, f"/cases/county/{unit}")
        assert page.status_code == (
            expected(role, "case.read", place)[0] if expected(role, "case.read", place)[0] != ALLOWED else 200
        )


def seen_by(role, operation):
    """The cases that lists of that operation hold, as the document says."""
    if role not in SAYS[operation]:
        return None
    return {f"case/county/{unit}" for place, unit in PLACES.items() if place in COVERS[roles()[role].reach]}


@pytest.mark.parametrize("role", ROLES)
def test_lists(places, role):
    """
    Cases, failures from the view and from the log, what followed them, sums, the board: what is in reach and no more.
    """
    far = {"as_of": LATER, "limit": 500}
    for path, operation, params in (
        ("/v1/cases", "case.list", {"limit": 500}),
        ("/v1/audit/failures", "audit.ask", far),
        ("/v1/audit/failures", "audit.ask", far | {"known_at": 10**6}),
        ("/v1/audit/failures", "audit.person", far | {"person": WHO, "purpose": "复核"}),
        ("/v1/audit/pursuit", "audit.ask", far),
        ("/v1/audit/summary", "audit.ask", {"as_of": LATER}),
        ("/", "board.read", {"as_of": LATER}),
        ("/work", "worklist.read", {}),
    ):
        answer = places.get(WHO, role, path, **params)
        wanted = seen_by(role, operation)
        if wanted is None:
            assert told(answer) == (403, "denied_role"), path
            continue
        assert answer.status_code == 200, (path, answer.text)
        if path == "/v1/audit/summary":
            assert answer.json()["cases"] == len(wanted)
        elif path.startswith("/v1"):
            streams = {item["stream"] for item in answer.json()["items"] if item["stream"].startswith("case/")}
            if operation == "audit.person":
                assert streams <= wanted
            else:
                assert streams == wanted, (path, params)
        else:
            shown = {f"case/county/{unit}" for unit in PLACES.values() if f"/cases/county/{unit}?" in answer.text}
            assert shown <= wanted
        assert "accusation/" not in answer.text


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("who", [WHO, ACCUSED, COLLEAGUE])
def test_plain_sql(places, role, who):
    """
    Whatever a query forgets to ask: the rows of every view are those in reach.
    """
    people = places.office.handler.register()
    access = Access(Principal(who, "person", frozenset({role}), who, places.office.unit_of(who)), people, DAY)
    for operation in ("case.read", "audit.ask", "board.read"):
        wanted = seen_by(role, operation) or set()
        if who != WHO:  # of the discipline unit, which has no case but the accusation
            below = COVERS[roles()[role].reach] & {"elsewhere", "above"} if wanted else set()
            wanted = {f"case/county/{unit}" for unit in PLACES.values()} if {"above"} <= below else set()
            wanted -= set() if "elsewhere" in below else {"case/county/gov2"}
        with psycopg.connect(places.dsn) as db:
            read.use(db, "luoshi_view", "luoshi_reader")
            judged = []
            if access.sees_accusations(operation):
                subject = places.http.app.state.desk.acting.subject(ACCUSATION)
                judged = [ACCUSATION] if access.may(operation, subject) is None else []
            assert judged == ([ACCUSATION] if who == COLLEAGUE and role == "inspector" else [])
            read.see(db, access.seeing(operation, judged))
            for table in STREAMS_OF_CASES:
                rows = db.execute(sql.SQL("SELECT DISTINCT stream FROM {}").format(sql.Identifier(table))).fetchall()
                streams = {stream for (stream,) in rows if stream.startswith("case/")}
                assert streams <= wanted | set(judged), (table, operation)
                if table in ("case_card", "timeline", "party"):
                    assert streams == wanted | set(judged), (table, operation)


def test_everybody_else(places):
    """
    Who did not say who they are, and who has no role, may nothing; names of no role neither.
    """
    for noun in NOUNS:
        path = f"/v1/cases/county/works/{noun}"
        assert places.http.post(path, json={}).status_code == 401
        answer = act(places, WHO, "", noun, "case/county/works")
        assert told(answer) == (403, "denied_role")
    for path in ("/v1/cases", "/v1/audit/failures", "/v1/audit/summary", "/", "/v1/units", "/v1/cases/county/works"):
        assert places.http.get(path).status_code == 401
        if path != "/":
            assert told(places.get(WHO, "king", path)) == (403, "denied_role")


@pytest.mark.parametrize("role", ROLES)
def test_the_register(places, role):
    wanted = 200 if role in SAYS["unit.read"] else 403
    assert places.get(WHO, role, "/v1/units").status_code == wanted
    assert places.get(WHO, role, "/v1/units/works/posts").status_code == wanted
    entry = {"unit_id": "new", "name": "新", "kind": "organ"}
    answer = places.post(WHO, role, "/v1/units", entry)
    assert told(answer) == ((ALLOWED, "refused") if role in SAYS["people.record"] else (403, "denied_role"))


@pytest.mark.parametrize("role", ROLES)
def test_entry_bundles(places, role):
    """
    By role, without a token of the file; none is published here, so who may is told that there is none.
    """
    answer = places.get(WHO, role, "/log/tile/entries/000.p/1")
    wanted = (404, "no_tile") if role in SAYS["log.entries"] else (403, "denied_role")
    assert told(answer) == wanted
    assert places.http.get("/log/tile/entries/000.p/1").status_code == 401


def test_every_operation_is_asked():
    """
    What no test here asks has no door, or is asked by the tests of that door.
    """
    asked = {operation_of(COMMANDS[name]) for name, _ in NOUNS.values()}
    asked |= {"arrival.receive_petition", "sealed.receive_accusation", "filed.file_act", "people.record", "unit.read"}
    asked |= {"case.read", "case.list", "audit.ask", "audit.person", "board.read", "worklist.read"}
    asked |= {"log.entries"}
    elsewhere = {"account.create", "account.read", "account.disable", "account.unlock", "token.give", "role.grant"}
    elsewhere |= {"access_record.read"}  # test_accounts.py
    elsewhere |= {"audit.unit"}  # test_dossiers.py
    elsewhere |= {"lookup.issue", "feed.read"}  # test_lookups.py, test_feed.py
    doors = {o for o, _, door in (row for row in _rows()) if door} - {o for o, w in SAYS.items() if isinstance(w, str)}
    assert doors == (asked | elsewhere)
    assert {o for o in acts() if o not in asked} == {
        "attempts.record_refused_attempt",
        "sealed.add_attachment",
        "sealed.erase_sealed",
        "sealed.read_sealed",
        "sealed.refuse_sealed_read",
    }


def _rows():
    from tests.house.access_table import cells  # noqa: PLC0415

    return cells(part("operations", DOC.read_text(encoding="utf-8")))
