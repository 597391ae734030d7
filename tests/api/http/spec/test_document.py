"""
The OpenAPI document: the committed copy is today's, and it says of every operation what a client must know.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from api.http.app import ROOMS, described
from api.http.auth import FREE
from api.http.spec import words
from api.http.spec.document import canonical, operations, response_name

ROOT = Path(__file__).parents[4]
CHINESE, ENGLISH = re.compile(r"[一-鿿]"), re.compile(r"[A-Za-z]{2,}")


@pytest.fixture(scope="module")
def document():
    return described()


def is_in_both(said):
    return CHINESE.search(said) is not None and ENGLISH.search(said) is not None


def test_the_committed_copy_is_todays(document):
    """
    A change of the API shows as a change of this file: `make openapi` writes it.
    """
    committed = (ROOT / "docs/openapi.json").read_text(encoding="utf-8")
    assert committed == canonical(document), "run `make openapi` and commit docs/openapi.json"


class TestOperations:
    def test_named(self, document):
        """
        Ids are camelCase and unique, tags described, words Chinese first.
        """
        found = [op for _, _, op in operations(document)]
        ids = [op["operationId"] for op in found]
        assert len(set(ids)) == len(ids)
        assert [i for i in ids if not re.fullmatch(r"[a-z][A-Za-z]+", i)] == []
        tags = {tag["name"] for tag in document["tags"]}
        assert {tag for op in found for tag in op["tags"]} == tags
        assert all(is_in_both(tag["description"]) for tag in document["tags"])
        assert [op["operationId"] for op in found if not CHINESE.match(op["summary"])] == []
        assert [op["operationId"] for op in found if not is_in_both(op["description"])] == []

    def test_parameters(self, document):
        """
        Every parameter is described in both languages; none may be null.
        """
        parts = document["components"]["parameters"]
        for _, _, op in operations(document):
            for parameter in op.get("parameters", ()):
                said = parts[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter
                assert "anyOf" not in said["schema"], (op["operationId"], said["name"])
                assert is_in_both(said.get("description", "")), (op["operationId"], said["name"])

    def test_statuses(self, document):
        """
        What can go wrong is told per operation, as the problem it is.
        """
        for path, method, op in operations(document):
            said, named = set(op["responses"]), {p.get("name") for p in op.get("parameters", ())}
            expected = {"405", "500"}
            if FREE.get(op["x-operation"]) != "open":
                expected |= {"401", "403"}
            if "Idempotency-Key" in named:
                expected |= {"400", "409", "413", "415", "422", "503"}
            if "If-Match" in named:
                expected |= {"404", "412", "428"}
            if "{" in path:
                expected |= {"404"}
            assert expected <= said, (method, path)
            assert "default" not in said
            for status, response in op["responses"].items():
                if int(status) >= 400:
                    assert response == {"$ref": f"#/components/responses/{response_name(int(status))}"}

    def test_who_may(self, document):
        """
        A session with its CSRF token, or a bearer token; nothing where it is open to everybody.
        """
        for _, method, op in operations(document):
            if FREE.get(op["x-operation"]) == "open":
                assert op["security"] == []
            else:
                assert {"bearer": []} in op["security"]
                assert any("session" in way and ("csrf" in way) == (method != "get") for way in op["security"])

    def test_examples(self, document):
        """
        Every JSON body and answer has one.
        """
        for _, _, op in operations(document):
            bodies = [op["requestBody"]] if "requestBody" in op else []
            for body in (*bodies, *(r for s, r in op["responses"].items() if s.startswith("2"))):
                for kind, media in body.get("content", {}).items():
                    assert kind != "application/json" or "example" in media, op["operationId"]

    def test_examples_are_taken(self, document):
        """
        The framework's own models take the examples of bodies, and give those of answers.
        """
        bodies = {
            route.operation_id: route
            for room in ROOMS
            for route in room.router.routes
            if getattr(route, "include_in_schema", False)
        }
        checked = 0
        for _, _, op in operations(document):
            route = bodies[op["operationId"]]
            for field in route.dependant.body_params:
                example = op["requestBody"]["content"]["application/json"]["example"]
                TypeAdapter(field.field_info.annotation).validate_python(example)
                checked += 1
            if route.response_model is not None and "example" in (
                media := op["responses"][str(route.status_code or 200)]["content"].get("application/json", {})
            ):
                TypeAdapter(route.response_model).validate_python(media["example"])
                checked += 1
        assert checked > 250


class TestComponents:
    def test_all_are_used(self, document):
        text = canonical(document)
        for kind in ("schemas", "responses", "parameters"):
            for name in document["components"][kind]:
                assert f'"#/components/{kind}/{name}"' in text, f"{kind}/{name}"

    def test_members_are_described(self, document):
        """
        In both languages: fields.toml has the words.
        """
        bare = [
            f"{name}.{member}"
            for name, schema in document["components"]["schemas"].items()
            for member, said in schema.get("properties", {}).items()
            if not is_in_both(said.get("description", ""))
        ]
        assert bare == []


class TestProblems:
    def test_every_code_is_listed(self):
        """
        What the source answers with is in problems.toml, under its status.
        """
        found = set()
        for file in (ROOT / "api/http").rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                args = node.args[1:] if node.func.id == "respond" else node.args
                if node.func.id not in ("Problem", "respond") or len(args) < 2:
                    continue
                status, code = args[0], args[1]
                if isinstance(status, ast.Constant) and isinstance(code, ast.Constant):
                    found.add((status.value, code.value))
        assert len(found) > 20
        missing = sorted((s, c) for s, c in found if c not in words.problems().get(s, {}))
        assert missing == [], "problems.toml lacks them"

    def test_in_both_languages(self):
        assert [c for codes in words.problems().values() for c, said in codes.items() if not is_in_both(said)] == []
