"""
A paper is a file in a folder: a new one needs no Python, a bad one names its field, a hostile one is not run.
"""

from __future__ import annotations

import time

import pytest

from app.papers.model import PaperRefused
from app.papers.sandbox import numeral
from app.papers.template import parse_template, templates
from tests.app.papers import cases

TEMPLATE = """
schema    = "luoshi.paper.v1"
id        = "site_visit"
name_zh   = "实地核查通知书"
name_en   = "notice of a visit"
topic     = "petition.accepted"
title     = "实地核查通知书"
addressee = "{{ sealed.petitioner_name }}"
signature = "{{ unit.name }}"

[[sealed]]
name = "petitioner_name"

[[duty]]
name       = "conclude"
obligation = "conclude_petition"

[[body]]
kind = "heading2"
text = "（一）安排"

[[body]]
kind = "paragraph"
text = "TEXT"
"""


def template(text="{{ official.name }}将在{{ duty.conclude.due_on | day }}前实地核查。", **changes):
    content = TEMPLATE.replace("TEXT", text)
    for old, new in changes.items():
        assert f"\n{old} " in content
        content = "\n".join(new if line.startswith(f"{old} ") else line for line in content.split("\n"))
    return content.encode()


@pytest.fixture(scope="module")
def office():
    made = cases.county()
    cases.life(made, cases.ACCEPTED)
    return made


def test_a_new_paper_needs_no_python(tmp_path, office):
    (tmp_path / "visit.toml").write_bytes(template())
    known = templates(tmp_path)
    assert {"site_visit", "handling_opinion"} <= set(known)
    made = cases.ask(office, template(), "2026-01-12")
    assert [b.text for b in made.paper.blocks] == ["（一）安排", "袁庆晓将在2026年3月13日前实地核查。"]


def test_a_folders_paper_goes_before_the_built_in(tmp_path):
    (tmp_path / "own.toml").write_bytes(template(id='id = "handling_opinion"'))
    assert templates(tmp_path)["handling_opinion"].name_zh == "实地核查通知书"


def test_one_id_in_two_files(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_bytes(template())
    with pytest.raises(PaperRefused, match="site_visit stands in"):
        templates(tmp_path)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (template(schema='schema = "luoshi.paper.v9"'), "schema"),
        (template(id='id = "../x"'), "id"),
        (template(topic='topic = "petition.eaten"'), "topic"),
        (template(title=""), "title"),
        (template(title="title = 3"), "title"),
        (template(title='titel = "x"'), "titel"),
        (template(kind='kind = "script"'), "body[0]"),
        (template(obligation=""), "duty.obligation"),
        (template() + b'\n[[sealed]]\nname = "petitioner_name"\n', "sealed.name"),
        (template() + b'\n[[rule]]\nname = "x"\nobligation = "y"\nwithin = "3"\n', "rule.within"),
        (b"\xff\xfe", "file"),
        (b"x" * 65_537, "file"),
        (b"a = " + b"[" * 30_000, "file"),
    ],
)
def test_a_bad_template_names_its_field(data, field):
    with pytest.raises(PaperRefused) as caught:
        parse_template(data, "own.toml")
    assert caught.value.field == field


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ act._path }}",
        "{{ act['__class__'] }}",
        "{{ act.keys() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% for x in range(999999999) %}x{% endfor %}",
        "{% for x in case %}{% for y in case %}x{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set x = 1 %}",
        "{{ 'x' * 999999999 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 'x' ~ 'y' }}",
        "{{ act.on | attr('year') }}",
        "{{ act.on | format }}",
        "{{ act.on is callable }}",
        "{% include '/etc/passwd' %}",
        "{% extends 'x' %}",
        "{{ [1, 2] }}",
        "{{ (" * 400 + "1" + ") }}" * 400,
        "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}",
        "{{ " + "not " * 1_500 + "act }}",
        "{% if act %}" * 500 + "{% endif %}" * 500,
        "{{ act.on",
        "x" * 8_001,
    ],
)
def test_a_hostile_template_is_refused_before_it_runs(text):
    began = time.perf_counter()
    with pytest.raises(PaperRefused) as caught:
        parse_template(template(text.replace('"', "'")), "own.toml")
    assert caught.value.field == "own.toml: body[1]"
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{{ act.colour }}", "act.colour"),
        ("{{ nothing }}", "nothing"),
        ("{{ duty.other.due_on }}", "duty.other"),
        ("{{ act.items }}", "act.items"),
        ("{{ sealed.phone }}", "sealed.phone"),
        ("{{ paper.number }}", "paper.number"),
        ("{{ act.proof }}", "act.proof"),
        ("{{ act.on.year }}", "site_visit.body[1]"),
        ("{{ act.route | day }}", "site_visit.body[1]"),
        ("{{ act.route | word }}", "art31_6"),
    ],
)
def test_a_fact_that_is_not_there_is_named(office, text, named):
    with pytest.raises(PaperRefused) as caught:
        cases.ask(office, template(text), "2026-01-12")
    assert caught.value.field == named


def test_what_may_be_missing_is_asked_for(office):
    text = "{% if paper.number is defined %}有号{% else %}无号{% endif %}"
    text += "{% if sealed.petitioner_name is given %}有名{% endif %}"
    assert cases.ask(office, template(text), "2026-01-12").paper.blocks[1].text == "无号"


@pytest.mark.parametrize(
    ("number", "said"), [(4, "四"), (10, "十"), (15, "十五"), (22, "二十二"), (105, "一百零五"), (110, "一百一十")]
)
def test_numeral(number, said):
    assert numeral(number) == said
