"""
An example of a schema: every required member, with the value the table of words has for its name.
"""

from __future__ import annotations

from typing import Any

from api.http.spec.words import fields

FORMATS = {"date": "2026-03-02", "date-time": "2026-03-02T09:00:00+08:00"}
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
PLAIN = {"string": "…", "integer": 1, "number": 1, "boolean": True}
REF = "#/components/schemas/"


def example(schema: dict[str, Any], schemas: dict[str, Any], name: str = "") -> Any:
    """The value; a plain one of its type where neither schema nor table has one."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].removeprefix(REF)], schemas, name)
    if "anyOf" in schema:
        return example(next(s for s in schema["anyOf"] if s.get("type") != "null"), schemas, name)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    members = schema.get("properties")
    if members is not None:
        needed = schema.get("required", ())
        return {each: example(s, schemas, each) for each, s in members.items() if each in needed}
    word = fields().get(name)
    if word is not None and kind is not None and _fits(word.example, schema):
        return _shaped(word.example, schema)
    if kind == "array":
        return [example(schema["items"], schemas, name)]
    if kind == "string" and schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    if kind is None or (kind == "object" and schema.get("additionalProperties") is True):
        return {}
    return PLAIN.get(str(kind), {})  # no word for it: a test names the member


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    kind = schema["type"]
    if kind == "array":
        items = schema["items"]
        return isinstance(value, list) and all("type" in items and _fits(each, items) for each in value)
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _shaped(value: Any, schema: dict[str, Any]) -> Any:
    return FORMATS[schema["format"]] if schema.get("format") == "date" and len(value) != 10 else value
