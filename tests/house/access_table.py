"""
The tables of docs/access.md, from the roles and the routes: `python -m tests.house.access_table` writes them anew.
What a reach covers is not made here: it is written by hand, and tests/api/http/test_matrix.py holds the program to it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from api.http.auth import FREE
from app.access.policy import acts, roles
from tests.house.test_operations import application, operations_of

DOC = Path(__file__).parents[2] / "docs/access.md"
PARTS = ("roles", "operations")


def made():
    """Each generated table, by its name."""
    doors = defaultdict(list)
    for route in application().state.routes:
        for operation in operations_of(route).values():
            doors[operation] += [f"{method} {route.path}" for method in sorted(route.methods)]
    role_rows = [
        f"| `{r.name}` | {r.zh} | {r.en} | {r.reach} | {'yes' * r.accusations} | {', '.join(sorted(r.excludes))} |"
        for r in roles().values()
    ]
    named = set(doors) | acts().keys() | {o for r in roles().values() for o in r.operations}
    operation_rows = []
    for operation in sorted(named):
        who = [r.name for r in roles().values() if operation in r.operations]
        said = FREE.get(operation) or ", ".join(who) or "nobody"
        operation_rows.append(f"| `{operation}` | {said} | {', '.join(f'`{d}`' for d in doors[operation])} |")
    heads = {
        "roles": "| role | 中文 | English | reach | accusations | never with |\n|---|---|---|---|---|---|\n",
        "operations": "| operation | who | doors |\n|---|---|---|\n",
    }
    return {
        "roles": heads["roles"] + "\n".join(role_rows),
        "operations": heads["operations"] + "\n".join(operation_rows),
    }


def part(name, text):
    """A generated table as it stands in the document."""
    return re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", text, re.DOTALL).group(1)


def cells(table):
    """The rows of a table, without its head."""
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def documented():
    """Who may do what, as the document says: operation -> roles, or the one word for what needs none."""
    found = {}
    for operation, who, _ in cells(part("operations", DOC.read_text(encoding="utf-8"))):
        found[operation] = who if who in FREE.values() else frozenset(who.split(", ")) - {"nobody"}
    return found


def reaches():
    """What each reach covers, as the document says: reach -> places."""
    head, _, *rows = part("reach", DOC.read_text(encoding="utf-8")).splitlines()
    places = [cell.strip() for cell in head.strip("|").split("|")][1:]
    found = {}
    for row in rows:
        reach, *marks = (cell.strip(" `") for cell in row.strip("|").split("|"))
        found[reach] = frozenset(place for place, mark in zip(places, marks, strict=True) if mark == "yes")
    return found


if __name__ == "__main__":
    text = DOC.read_text(encoding="utf-8")
    for name, table in made().items():
        head, tail = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
        text = text.partition(head)[0] + head + table + tail + text.partition(tail)[2]
    DOC.write_text(text, encoding="utf-8")
