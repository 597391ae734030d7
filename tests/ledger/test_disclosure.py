import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.disclosure import digest, disclose, open_disclosure
from ledger.errors import MalformedEvidence, NotCanonical
from tests.ledger.test_canonical import values

KNOWN = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
names = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda n: n not in {"_sd", "_sd_alg", "..."})


def test_known_answer():
    """
    RFC 9901's own example: the spaces inside it are kept.
    """
    assert digest(KNOWN) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    assert open_disclosure(KNOWN) == ("family_name", "Möbius")


@given(names, values, st.binary(min_size=16, max_size=40))
def test_round_trip(name, value, salt):
    assert open_disclosure(disclose(name, value, salt)) == (name, value)


def test_salt_decides():
    """
    The same value under another salt has another digest: nobody finds it by trying values.
    """
    assert digest(disclose("name", "王", bytes(16))) != digest(disclose("name", "王", bytes(15) + b"1"))


@pytest.mark.parametrize(("name", "salt"), [("name", bytes(15)), ("_sd", bytes(16)), ("...", bytes(16))])
def test_refused(name, salt):
    with pytest.raises(NotCanonical):
        disclose(name, "x", salt)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "W10",
        "WzFd",
        KNOWN + "=",
        KNOWN[:-1],
        KNOWN + " ",
        "中",
        "WyJhIiwiYiJd",
        "WyJhIiwiX3NkIiwxXQ",
        "WyJhIiwiYiIsMS41XQ",
    ],
)
def test_hostile(text):
    with pytest.raises(MalformedEvidence):
        open_disclosure(text)
