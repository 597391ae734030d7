"""One browser and one page for all tests of verify.html in a module."""

import pytest

from tests.evidence.browsing import CHROMIUM, Opened, browser


@pytest.fixture(scope="module")
def started():
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: verify.html was not opened")
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def opened(started, tmp_path_factory):
    """One page for all tests: each starts it anew."""
    found = Opened(started, tmp_path_factory.mktemp("page"))
    yield found
    found.close()
    assert all(url.startswith("file://") for url in found.asked)
    assert found.errors == []
