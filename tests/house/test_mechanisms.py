"""
docs/mechanisms.md holds: each of the 170 mechanisms stands there once, every name it cites is real, and what it leaves
out because it monitors or controls petitioners has no place in acts, commands, packs and tables.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import tomllib
import typing
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import typer

from api.cli import app
from app.codec import TOPICS
from domain.case import commands as case_commands
from domain.case.powers import SUPERVISING
from domain.people import commands as people_commands
from domain.people.commands import RecordPeople

TOP = Path(__file__).parents[2]
DOCUMENT = TOP / "docs" / "mechanisms.md"
STATES = ("served", "in part", "left out", "not yet")
WORDS = ("act", "command", "duty", "filed kind", "pack", "view", "shell", "unit kind")
GROUP = re.compile(rf"(?P<word>{'|'.join(WORDS)}) (?P<names>`[^`]+`(?:, `[^`]+`)*)")

# Rows left out, each with words that a name in the data model would have to carry. Chinese anywhere in a name, English
# as whole words of it.
FORBIDDEN: dict[int, tuple[str, ...]] = {
    29: ("volunteer", "propagandist", "义务宣传"),
    150: (
        "stability",
        "stabilise",
        "stabilize",
        "containment",
        "whereabouts",
        "surveillance",
        "tracked",
        "稳控",
        "稳住",
    ),
    151: ("pacify", "pacified", "settle_down", "hush", "息事宁人"),
    152: ("key_person", "key_persons", "key_people", "watchlist", "watch_list", "blacklist", "重点人", "黑名单"),
    153: ("thought", "education", "conversion", "family", "relatives", "kin", "思想教育", "教育转化", "感化", "亲属"),
    154: ("fix_evidence", "evidence_against", "unlawful_petition", "固定证据", "违法信访", "信访违法"),
    155: (
        *("nuisance", "habitual", "vexatious", "repeat_petitioner", "label", "labels", "profile", "risk_level"),
        *("person_score", "petitioner_score", "petitioner_rank", "缠访", "闹访", "上访户", "老户", "上访专业"),
    ),
    156: ("typical_case", "typical_cases", "典型案例"),
    157: ("travel", "trip", "itinerary", "capital", "beijing", "赴京", "进京", "非访"),
    158: ("escort", "escorted", "taken_back", "brought_back", "detain", "detained", "劝返", "接返", "稳返"),
    159: ("blackmail", "extortion", "troublemaker", "讹诈", "无理取闹"),
    160: ("zero_petition", "zero_petitions", "zero_visit", "zero_visits", "no_petitions", "零访", "零上访", "无上访"),
    161: ("skipped_level_penalty", "not_passed_up", "stay_in_village", "不出村", "不上交", "越级扣"),
}


def rows() -> list[tuple[int, str, str, str, str]]:
    """The table: row, mechanism, state, names, what that is."""
    found = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0].isdigit():
            number, phrase, state, names, note = cells
            found.append((int(number), phrase, state, names, note))
    return found


@cache
def packs() -> tuple[dict[str, typing.Any], ...]:
    """Every rule pack that is shipped; the stories beside them are none."""
    texts = sorted((TOP / "domain" / "law" / "statutes").rglob("*.toml"))
    return tuple(p for p in (tomllib.loads(t.read_text(encoding="utf-8")) for t in texts) if "pack" in p)


def commands() -> dict[str, type]:
    """Commands about cases and about the register, by their names."""
    named = {n: getattr(m, n) for m in (case_commands, people_commands) for n in dir(m)}
    return {
        n: c
        for n, c in named.items()
        if isinstance(c, type) and (c is RecordPeople or issubclass(c, case_commands.CaseCommand))
    }


def projections() -> list[typing.Any]:
    modules = [import_module(f"projections.{p.stem}") for p in sorted((TOP / "projections").glob("*.py"))]
    return [m for m in modules if hasattr(m, "SCHEMA") and hasattr(m, "NAME")]


def said_by_shell(name: str) -> bool:
    """Whether `luoshi a b` is a command of the command line."""
    words = name.split()
    here: typing.Any = typer.main.get_command(app)
    for word in words[1:]:
        here = getattr(here, "commands", {}).get(word)
    return words[0] == "luoshi" and len(words) > 1 and here is not None


def exists(word: str, name: str) -> bool:
    """Whether there is such a thing of that sort."""
    if word == "shell":
        return said_by_shell(name)
    known: dict[str, typing.Iterable[str]] = {
        "act": TOPICS,
        "command": commands(),
        "duty": {v["obligation"] for p in packs() for v in p.get("version", ())},
        "filed kind": {k["id"] for p in packs() for k in p.get("filed_kind", ())},
        "pack": {p["pack"] for p in packs()},
        "view": {m.NAME for m in projections()},
        "unit kind": SUPERVISING,
    }
    return name in known[word]


def test_every_row_once():
    assert [number for number, *_ in rows()] == list(range(1, 171))


def test_every_name_is_real():
    wrong = []
    for number, _, state, names, note in rows():
        groups = [(m["word"], name) for m in GROUP.finditer(names) for name in re.findall(r"`([^`]+)`", m["names"])]
        if state not in STATES or len(groups) * 2 != names.count("`") or "`" in note:
            wrong.append((number, "not understood"))
        if state in ("served", "in part") and not groups:
            wrong.append((number, "nothing serves it"))
        if state != "served" and not note:
            wrong.append((number, "no reason"))
        wrong += [(number, word, name) for word, name in groups if not exists(word, name)]
    assert wrong == []


@pytest.mark.parametrize("word", WORDS)
def test_a_made_up_name_is_not_real(word):
    assert not exists(word, "luoshi predict persons")
    assert not exists(word, "person_profile")


def test_the_tally_is_true():
    counted = [state for _, _, state, _, _ in rows()]
    tally = ", ".join(f"{counted.count(state)} {state}" for state in STATES)
    assert tally in DOCUMENT.read_text(encoding="utf-8")


# --- what is left out ---


def of_class(cls: typing.Any) -> set[str]:
    """The names by which an act or a command can say something: its own, its topic, its fields."""
    return {cls.__name__, getattr(cls, "TOPIC", ""), *(f.name for f in dataclasses.fields(cls))}


def of_pack(content: typing.Any) -> set[str]:
    """Keys and short values of a pack, but not its notes and quotations."""
    if isinstance(content, dict):
        said = ((k, v) for k, v in content.items() if k not in ("note", "quote", "source"))
        return {name for k, v in said for name in ({k} | of_pack(v))}
    if isinstance(content, list):
        return {name for v in content for name in of_pack(v)}
    return {content} if isinstance(content, str) else set()


def of_sql(text: str) -> set[str]:
    """The words of a schema without its comments."""
    return set(re.findall(r"\w+", re.sub(r"--[^\n]*", "", text)))


def of_module(text: str) -> set[str]:
    """Codes that a module of the domain knows: its strings, but no docstrings and no sentences of refusals."""
    tree = ast.parse(text)
    return {
        n.value
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and re.fullmatch(r"[\w.]{1,80}", n.value)
    }


def data_model() -> set[str]:
    names: set[str] = set()
    for cls in (*TOPICS.values(), *commands().values()):
        names |= of_class(cls)
    for pack in packs():
        names |= of_pack(pack)
    for path in (TOP / "ledger" / "store" / "schema").glob("*.sql"):
        names |= of_sql(path.read_text(encoding="utf-8"))
    for module in projections():
        names |= of_sql(module.SCHEMA)
    for path in (TOP / "domain").rglob("*.py"):
        names |= of_module(path.read_text(encoding="utf-8"))
    return names


def words_of(name: str) -> str:
    """`KeyPersonListed.v1` as `_key_person_listed_v1_`: whole words are found between underscores."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    whole = re.sub(r"[^0-9a-z\u4e00-\u9fff]+", "_", apart)
    return f"_{whole}_"


def left_out_and_there(names: set[str]) -> list[tuple[int, str, str]]:
    """Each name that a row left out would need: the row, its word, the name."""
    return sorted(
        (row, token, name)
        for name in names
        for row, tokens in FORBIDDEN.items()
        for token in tokens
        if (f"_{token}_" if token.isascii() else token) in words_of(name)
    )


def test_every_row_left_out_has_words():
    assert [number for number, _, state, _, _ in rows() if state == "left out"] == sorted(FORBIDDEN)


def test_what_is_left_out_is_nowhere():
    names = data_model()
    assert {"PetitionReceived", "petition.received.v1", "headcount", "leaf_hash", "register_petition"} <= names
    assert left_out_and_there(names) == []


@dataclasses.dataclass
class KeyPersonWatched:
    """Planted: what must never be."""

    TOPIC: typing.ClassVar[str] = "petitioner.watched.v1"
    last_whereabouts: str


@pytest.mark.parametrize(
    ("names", "row"),
    [
        (of_class(KeyPersonWatched), 150),
        (of_class(KeyPersonWatched), 152),
        (of_pack({"filed_kind": [{"id": "round_made", "name_zh": "重点人员稳控"}]}), 152),
        (of_pack({"filed_kind": [{"id": "thought_work_done", "name_zh": "谈话"}]}), 153),
        (of_pack({"scoring": [{"deduction": [{"id": "zero_petitions_missed"}]}]}), 160),
        (of_sql("CREATE TABLE party (id bytea, family text); -- nothing"), 153),
        (of_sql("CREATE TABLE party (person_score integer)"), 155),
        (of_module('KINDS = ("letter", "travel_to_capital")'), 157),
        (of_module('KINDS = ("propagandist",)'), 29),
    ],
)
def test_planted_names_are_found(names, row):
    assert row in {found for found, _, _ in left_out_and_there(names)}


def test_words_are_whole():
    assert left_out_and_there({"labelled_diagram", "skin", "settled", "重点督办", "thoughtful"}) == []
