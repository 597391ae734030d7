import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import VerificationError
from ledger.unique import SeenOnce


@given(st.lists(st.integers(0, 40).map(str), max_size=60), st.integers(1, 20))
def test_earliest_repeat(names, run):
    """
    The first record whose name stood before is named, whatever fits into memory.
    """
    seen = SeenOnce(run)
    expected = None
    for index, name in enumerate(names):
        seen.add(name, index)
        if expected is None and name in names[:index]:
            expected = index
    try:
        if expected is None:
            seen.check()
        else:
            with pytest.raises(VerificationError) as found:
                seen.check()
            assert (found.value.step, found.value.log_index) == (5, expected)
    finally:
        seen.close()
