"""
What is put in force: a text that was replaced can be adopted anew, and a second `luoshi init` brings none back.
"""

from __future__ import annotations

import tomllib

import pytest

from app.establish import STATUTES, adopt_pack, establish
from domain.people.streams import PACKS
from tests.app.office import Office
from tests.domain.duties.county import RECEPTION

A = tomllib.loads(RECEPTION)
B = tomllib.loads(RECEPTION.replace("每月接访", "每月至少接访一次"))


@pytest.fixture
def office():
    return Office()


def in_force(office, pack="local"):
    return office.handler.register().adopted[pack].content["version"][0]["name_zh"]


def adopted(office):
    return office.store.head(PACKS)[0]


def test_a_text_adopted_anew(office):
    """
    A, then B, then A again, and B again: each is an adoption of its own, and the last one is in force.
    """
    before = adopted(office)
    for n, (text, name) in enumerate([(A, "每月接访"), (B, "每月至少接访一次")] * 3, 1):
        done = adopt_pack(office.handler, text, now=office.at)
        assert done.is_new
        assert adopted(office) == before + n
        assert in_force(office) == name


def test_what_is_in_force_is_not_adopted_twice(office):
    for text in (A, B, A):
        adopt_pack(office.handler, text, now=office.at)
    size = office.store.size()
    assert not adopt_pack(office.handler, A, now=office.at).is_new
    assert office.store.size() == size


def test_init_brings_nothing_back(office):
    """An office's own text of a shipped pack stays in force when `luoshi init` is run again."""
    shipped = tomllib.loads((STATUTES / "zhongbanfa-2013-27.toml").read_text(encoding="utf-8"))
    own = tomllib.loads((STATUTES / "zhongbanfa-2013-27.toml").read_text(encoding="utf-8"))
    own["version"][0]["name_zh"] = "本省另定"
    adopt_pack(office.handler, own, now=office.at)
    size = office.store.size()
    establish(office.handler, now=office.at, administrator="admin", first_year=2026)
    assert office.store.size() == size
    assert in_force(office, own["pack"]) == "本省另定"
    assert adopt_pack(office.handler, shipped, now=office.at).is_new
