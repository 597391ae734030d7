"""
The OpenAPI document as integrators need it: every status an operation answers, with its problems; an example of every
body and answer; how one says who one is. The committed copy is docs/openapi.json (`luoshi openapi`), and a test fails
where it differs: tests/api/http/spec.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from api.http.auth import FREE
from api.http.errors import MEDIA_TYPE
from api.http.spec.examples import example
from api.http.spec.words import fields, problems, summaries

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "落实 Luoshi"
ABOUT = (
    "不可篡改的信访案件账本：谁没有落实什么，证据何在。每个行为是一次 POST，每个问题是一次 GET。见 docs/api.md。\n\n"
    "A case ledger nobody can edit: who failed to implement what, with the evidence. Every act is a POST on a noun, "
    "every question a GET. Manners and examples: docs/api.md."
)
TAGS = {
    "acts": "案件行为：登记即入账。Acts on cases: what is recorded is signed and stays.",
    "cases": "事项：名单、详情、办理经过、义务。Cases: list, card, timeline, duties.",
    "audit": "审计：谁没有落实什么，为什么，谁负责。Audit: what failed, why, and whose it was.",
    "lookups": "信访人查询。Look-up for petitioners: number and query code, no account.",
    "feed": "事件流（拉取）。The feed of events, to be pulled.",
    "people": "名册：单位、岗位、人员、任职。The register: units, posts, officials, appointments.",
    "accounts": "账户、角色和访问记录（三员）。Accounts, roles and access records, for the three officers.",
    "sessions": "登录与身份。Coming in, who one is, going out.",
    "log": "公开日志：检查点与散列。The published log: checkpoint and hashes.",
    "health": "运行状态。Live and ready.",
}
SECURITY = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-luoshi",
        "description": "登录后的会话（无 TLS 的本机为 luoshi）。The session after logging in; `luoshi` on localhost.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "会话提交变更时必带。Goes with the session on whatever changes something.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "系统的令牌。A token, for systems and programs.",
    },
}
ACTING_FOR = {
    "name": "Luoshi-Acting-For",
    "in": "header",
    "required": False,
    "description": "代行的人员标识。Id of the official acted for, where the register says so on this day.",
    "schema": {"type": "string", "maxLength": 200},
    "example": "bureau-head",
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "出错说明（RFC 9457）。What went wrong, why, and what to do.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "description": "问题类型。`urn:luoshi:problem:<code>`."},
        "title": {"type": "string", "description": "状态的名称。The status in words."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "HTTP 状态。The status."},
        "detail": {"type": "string", "description": "说明，先中文后英文。Chinese first, then English."},
        "instance": {"type": "string", "description": "所请求的路径。The path asked for."},
        "code": {"type": "string", "description": "稳定的代码。Stable; programs decide by it."},
        "errors": {
            "type": "array",
            "description": "逐项的错误。Field by field.",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "字段。The member at fault."},
                    "code": {"type": "string", "description": "错误种类。What kind of fault."},
                    "detail": {"type": "string", "description": "说明。In words."},
                },
            },
        },
        "law": {"type": "string", "description": "据以拒绝的条文或规则。The rule that refused the act."},
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "description": "此时可作的值或行为。What would be taken instead.",
        },
        "trace_id": {"type": "string", "description": "请求的跟踪号。Tells operators which request it was."},
        "prepared": {"type": "object", "description": "新的待签内容（仅 412）。The fresh payload to sign; 412 alone."},
    },
}
MORE: dict[str, dict[str, Any]] = {  # members beyond the common ones, in the examples
    "refused": {
        "law": "信访工作条例 第三十二条",
        "errors": [{"pointer": "stream", "code": "refused", "detail": "未经受理不得作出处理意见"}],
    },
    "invalid_parameters": {
        "errors": [{"pointer": "body/to_unit_id", "code": "missing", "detail": "必填。Field required"}]
    },
    "internal_error": {"trace_id": "0af7651916cd43dd8448eb211c80319c"},
}
# Statuses that no rule below tells of an operation.
ALSO = {
    "makeAccount": (409,),
    "logIn": (401, 404, 429),
    "getTile": (401, 403, 404),
    "getCheckpoint": (404,),
    "prepareAct": (400, 403, 409, 413, 415, 422),
    "submitAct": (400, 403, 409, 412, 413, 415, 422),
    "getReadiness": (503,),
}
STATELESS = ("getHealth",)
# Bodies that are read as bytes: they may be larger than others, and what is signed of them is exact.
RAW: dict[str, dict[str, Any]] = {
    "prepareAct": {
        "type": "object",
        "required": ["key_id", "act"],
        "additionalProperties": False,
        "properties": {
            "key_id": {"type": "string", "description": "签名密钥。The key that will sign.", "examples": ["5e1f0c2a"]},
            "act": {
                "type": "object",
                "required": ["command"],
                "additionalProperties": True,
                "description": "行为：命令名及其字段。The act: its command's name and members.",
                "properties": {"command": {"type": "string", "description": "命令名。Name of the command."}},
                "examples": [
                    {
                        "command": "ReferPetition",
                        "stream": "case/county/2026-0012",
                        "unit_id": "bureau",
                        "official_id": "bureau-desk",
                        "to_unit_id": "housing",
                        "basis": "信访工作条例第二十二条",
                        "occurred_at": "2026-03-02T09:00:00+08:00",
                        "command_id": "desk-7/2026-03-02/12",
                    }
                ],
            },
        },
    },
    "submitAct": {
        "type": "object",
        "required": ["token", "signature"],
        "additionalProperties": False,
        "properties": {
            "token": {"type": "string", "description": "准备时所得。As prepared.", "examples": ["v1.eyJ...fQ.c2ln"]},
            "signature": {
                "type": "string",
                "contentEncoding": "base64",
                "description": "对 to_sign 的签名。The signature over `to_sign`.",
                "examples": ["q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrzQ=="],
            },
        },
    },
}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The framework's document, made whole in place."""
    parts = document["components"]
    schemas = parts["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    document["info"] |= {"title": TITLE, "description": ABOUT, "contact": {"name": TITLE}}
    document["servers"] = [{"url": "/", "description": "本系统。This very server."}]
    for schema in schemas.values():
        _describe(schema)
    found = [op for _, _, op in operations(document)]
    used = {tag for op in found for tag in op.get("tags", ())}
    document["tags"] = [{"name": name, "description": said} for name, said in TAGS.items() if name in used]
    for path, method, op in operations(document):
        _finish(path, method, op, schemas)
    schemas["Problem"] = PROBLEM
    parts["securitySchemes"] = SECURITY
    parts["parameters"] = {"ActingFor": ACTING_FOR}
    answered = {int(s) for op in found for s in op["responses"] if s.isdigit()} & problems().keys()
    parts["responses"] = {response_name(s): _problem_response(s) for s in sorted(answered)}
    return document


def canonical(document: dict[str, Any]) -> str:
    """The one spelling of a document, for committing it."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, op in methods.items():
            yield path, method, op


def response_name(status: int) -> str:
    """NotFound of 404."""
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "").replace("'", "")


def _finish(path: str, method: str, op: dict[str, Any], schemas: dict[str, Any]) -> None:
    responses = op["responses"]
    if (zh := summaries().get(op["operationId"])) is not None:
        op["summary"], op["description"] = zh, f"{zh}。{op['description']}"
    if (body := RAW.get(op["operationId"])) is not None:
        op["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    parameters = op.get("parameters", [])
    names = set()
    for parameter in parameters:
        names.add(parameter["name"])
        _plain(parameter)
        _say(parameter, parameter["name"].lower())
    for media in op.get("requestBody", {}).get("content", {}).values():
        media.setdefault("example", example(media["schema"], schemas))
    for status, response in responses.items():
        for kind, media in response.get("content", {}).items():
            if kind == "application/json" and status.startswith("2") and media["schema"]:
                media.setdefault("example", example(media["schema"], schemas))
    is_open = FREE.get(op["x-operation"]) == "open"
    if is_open:
        op["security"] = []
    else:
        changes: dict[str, list[str]] = {"session": [], "csrf": []}
        op["security"] = [{"session": []} if method == "get" else changes, {"bearer": []}]
        op["parameters"] = [*parameters, {"$ref": "#/components/parameters/ActingFor"}]
    if "If-None-Match" in names:
        responses["304"] = {"description": "未变。The reader has this version already."}
    for status in _statuses(path, op, names, is_open=is_open):
        responses[str(status)] = {"$ref": f"#/components/responses/{response_name(status)}"}
    op["responses"] = dict(sorted(responses.items()))


def _statuses(path: str, op: dict[str, Any], names: set[str], *, is_open: bool) -> set[int]:
    """What this operation answers when something is wrong."""
    found = {405, 500, *ALSO.get(op["operationId"], ()), *(int(s) for s in op["responses"] if int(s) in problems())}
    if op["operationId"] not in STATELESS:
        found.add(503)
    if not is_open:
        found |= {401, 403}
    if "{" in path:
        found.add(404)
    if names:
        found.add(422)
    if "requestBody" in op:
        found |= {400, 413, 415, 422}
    if "Idempotency-Key" in names:
        found |= {400, 409, 412}
    if "If-Match" in names:
        found |= {412, 428}
    return found


def _plain(parameter: dict[str, Any]) -> None:
    """No header, path or query can say null; what the server asks for itself is required all the same."""
    schema = parameter["schema"]
    if "anyOf" in schema:
        [only] = [s for s in schema.pop("anyOf") if s.get("type") != "null"]
        schema |= only
    schema.pop("title", None)
    schema.pop("description", None)
    if parameter["name"] in ("Idempotency-Key", "If-Match"):
        parameter["required"] = True
        parameter["example"] = '"4"' if parameter["name"] == "If-Match" else "2026-03-02-0012"


def _describe(schema: dict[str, Any]) -> None:
    for name, member in schema.get("properties", {}).items():
        member.pop("title", None)
        _say(member, name)


def _say(described: dict[str, Any], name: str) -> None:
    """Describe it in both languages where it is not."""
    said = described.get("description", "")
    if (word := fields().get(name)) is not None and not (said[:1] > "\u2e7f" and "。" in said[:-1]):
        described["description"] = word.said


def _problem_response(status: int) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    examples = {
        code: {
            "summary": detail.partition("。")[0],
            "value": {
                "type": f"urn:luoshi:problem:{code}",
                "title": title,
                "status": status,
                "detail": detail,
                "instance": "/v1/cases/county/2026-0012",
                "code": code,
                **MORE.get(code, {}),
            },
        }
        for code, detail in problems()[status].items()
    }
    made: dict[str, Any] = {
        "description": f"{next(iter(examples.values()))['summary']}。{title}.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }
    if status in (405, 412, 429, 503):
        name = {405: "Allow", 412: "ETag"}.get(status, "Retry-After")
        made["headers"] = {name: {"description": "见 docs/api.md。As docs/api.md says.", "schema": {"type": "string"}}}
    return made
