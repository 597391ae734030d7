"""A file that says how an office is made up: what it gives, and each way to get it wrong."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from app.org_file import MAX_BYTES, BadOrgFile, parse_org
from domain.people import events as e

DOCS = Path(__file__).parents[2] / "docs/people.md"


def test_the_file_of_the_documentation_is_one():
    (text,) = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    unit, post, official, appointment = parse_org(text.encode())
    assert isinstance(unit, e.UnitEstablished)
    assert (unit.unit_id, unit.parent_id) == ("xf", "gov")
    assert (post.post_id, official.name) == ("xf-head", "张某")
    assert appointment.from_on == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[[unit]]\nid='a'\nname='甲'", r"\[\[unit\]\] 1: kind"),
        ("[[unit]]\nname='甲'\nkind='organ'", r"\[\[unit\]\] 1: id"),
        ("[[unit]]\nid=1\nname='甲'\nkind='organ'", r"\[\[unit\]\] 1: unit_id"),
        ("[[unit]]\nid='a'\nname=''\nkind='organ'", r"\[\[unit\]\] 1: name"),
        ("[[unit]]\nid='a'\nname='甲'\nkind='organ'\nphone='1'", "phone"),
        ("[[appointment]]\npost_id='a'\nofficial_id='b'\nfrom_on='2026-01-01'", "from_on"),
        ("[[person]]\nid='a'", r"\[\[person\]\]"),
        ("unit='a'", r"\[\[unit\]\]"),
        ("[[unit", "TOML"),
        ("\x00", "TOML"),
    ],
)
def test_what_is_no_entry_is_named(text, named):
    with pytest.raises(BadOrgFile, match=named):
        parse_org(text.encode())


def test_limits():
    with pytest.raises(BadOrgFile, match="bytes"):
        parse_org(b" " * (MAX_BYTES + 1))
    with pytest.raises(BadOrgFile, match="UTF-8"):
        parse_org("[[unit]]\nname='甲'".encode("gb18030"))
