"""
The program, the .pyz without any library, and verify.html agree on files that nobody thought of: verdict and step.
"""

from __future__ import annotations

import pytest

from tests.evidence import tampering
from tests.evidence.differing import by_page, by_program, by_pyz, differs, make_file, samples

SEED, FILES = 1, 60


@pytest.fixture(scope="module")
def files():
    return [*samples(), *(make_file(SEED, number) for number in range(FILES))]


@pytest.fixture(scope="module")
def expected(files):
    return [by_program(data, tampering.policy()) for data in files]


def test_the_files_are_worth_it(files, expected):
    """
    They come to be refused at many steps, not all at the first; each is made again from its number.
    """
    assert expected[: len(samples())] == [("verified", None)] * len(samples())
    assert {step for _, step in expected} >= {None, 1, 2, 3, 6, 8, 9}
    assert [make_file(SEED, number) for number in range(5)] == files[len(samples()) :][:5]


def test_by_the_pyz(files, expected, tmp_path):
    found = by_pyz(tmp_path, files, tampering.policy())
    wrong = [differs(one, other, None) for one, other in zip(expected, found, strict=True)]
    assert [(n - len(samples()), said) for n, said in enumerate(wrong) if said] == []


def test_by_the_page(opened, files, expected):
    found = [by_page(opened, data, tampering.policy()) for data in files]
    wrong = [differs(one, one, other) for one, other in zip(expected, found, strict=True)]
    assert [(n - len(samples()), said) for n, said in enumerate(wrong) if said] == []


def test_what_differs_is_said():
    verified, refused = ("verified", None), ("refused", 8)
    assert differs(verified, verified, verified) is None
    assert differs(("refused", 9), ("refused", 9), verified) is None
    for given in ((verified, refused, None), (verified, verified, refused), (refused, refused, verified)):
        assert differs(*given) is not None
    assert differs(refused, refused, ("refused", 7)) == "luoshi verify says ('refused', 8), verify.html ('refused', 7)"
