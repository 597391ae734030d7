"""
The body of each act as a model: made from the command, so that wire and domain cannot differ. What the server itself
knows (who acts, when it is recorded, which stream) is no field of it.
"""

from __future__ import annotations

import re
import types
import typing
from dataclasses import MISSING, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, create_model

from app.codec import bare_type
from app.prepared import hints

if TYPE_CHECKING:
    from domain.case.commands import CaseCommand

SERVER = frozenset({"stream", "actor", "now", "command_id", "official_id", "sealed"})
MAX_TEXT, MAX_ITEMS, MAX_SEALED = 2000, 200, 100_000  # characters; entries; characters of one sealed value


class Act(BaseModel):
    """What every act's body may carry."""

    model_config = ConfigDict(extra="forbid")

    unit_id: str | None = Field(None, max_length=200)
    post_id: str | None = Field(None, max_length=200)
    occurred_at: AwareDatetime | None = Field(None)
    sealed: dict[str, str] | None = Field(None, max_length=40)


def about(command: type[CaseCommand]) -> str:
    """What the act is, in English: as it is written there, else its name as words."""
    said = " ".join((command.__doc__ or "").split())
    if not said or said.startswith(f"{command.__name__}("):  # what dataclasses write where nobody wrote anything
        said = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", command.__name__).capitalize() + "."
    return said


def body_of(command: type[CaseCommand]) -> type[BaseModel]:
    """The model of this command's body, in the order of its fields."""
    known = hints(command)
    members: dict[str, Any] = {}
    for field in fields(command):
        if field.name in SERVER or field.name in Act.model_fields:
            continue
        needed = field.default is MISSING and field.default_factory is MISSING
        default = ... if needed else None
        kind, limits = _wire(known[field.name])
        is_optional = not needed
        members[field.name] = (
            kind | None if is_optional else kind,
            Field(default, **limits),
        )
    return create_model(f"{command.__name__}Body", __base__=Act, __doc__=about(command), **members)


def _wire(hint: Any) -> tuple[Any, dict[str, Any]]:
    """How a field's type is spelled on the wire, and its limits."""
    bare = bare_type(hint)
    origin = typing.get_origin(bare)
    if bare is str:
        return str, {"max_length": MAX_TEXT}
    if bare is int:
        return int, {"ge": 0, "le": 2**53 - 1}
    if bare in (bool, date, datetime):
        return AwareDatetime if bare is datetime else bare, {}
    if origin is tuple:
        return types.GenericAlias(list, (_wire(typing.get_args(bare)[0])[0],)), {"max_length": MAX_ITEMS}
    if origin is not None and issubclass(origin, typing.Mapping):
        return dict[str, int], {"max_length": MAX_ITEMS}
    raise TypeError(f"no spelling on the wire for {hint}")
