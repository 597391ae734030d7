import re
from importlib import import_module

import pytest

from tests.foreign.log import FORMATS
from tests.tools import need

TABLE = FORMATS[FORMATS.index("\n## Who else checks it") :]
NAMED = [
    name for row in re.findall(r"^\|.*\| (`tests/.*) \|$", TABLE, re.MULTILINE) for name in re.findall("`([^`]+)`", row)
]


def test_every_test_of_the_table_exists():
    """
    Who reads docs/formats.md finds each test under the name given there.
    """
    assert len(NAMED) >= 14
    file = ""
    for name in NAMED:
        path, *parts = name.split("::")
        file = path or file
        found = import_module(file.removesuffix(".py").replace("/", "."))
        for part in parts:
            found = getattr(found, part)


def test_no_check_drops_out(monkeypatch):
    """
    A program that is missing skips its test; one that is said to be here fails it.
    """
    monkeypatch.setenv("LUOSHI_TOOLS", "openssl")
    need("openssl", "", is_here=True)
    with pytest.raises(pytest.fail.Exception, match="named by LUOSHI_TOOLS"):
        need("openssl", "", is_here=False)
    with pytest.raises(pytest.skip.Exception, match="go is not installed"):
        need("go", "", is_here=False)
