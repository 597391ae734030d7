"""
Programs that a test asks for a second opinion, and that not every machine has.

A test without its program is skipped and says what is missing. `LUOSHI_TOOLS` names those that this machine has, as
`.ci/run` found them: then it fails instead, so that no check drops out unnoticed.
"""

import os

import pytest


def need(tool: str, how: str, *, is_here: bool) -> None:
    """Skip, or fail where the tool is said to be here."""
    if is_here:
        return
    if tool in os.environ.get("LUOSHI_TOOLS", "").split():
        pytest.fail(f"{tool} is named by LUOSHI_TOOLS and is not here: {how}")
    pytest.skip(f"{tool} is not installed: {how}")
