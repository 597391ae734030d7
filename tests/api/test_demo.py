"""
What the demo has besides the year: accounts for a newcomer, a clock that goes on, one reading for all its figures.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from app.questions import Questions
from app.simulate import SimulatedClock
from tests.api.running import Home, open_folder
from tests.projections.logs import simulated

AS_OF = date(2025, 12, 31)
LOGINS = ("clerk", "handler", "head", "bureau", "supervisor", "inspector")


def test_a_newcomer_has_an_account_of_every_kind():
    """
    The demo makes one account a role in its own log, prints the one password, and draws it anew each time.
    """
    home = Home(open_folder())
    said = [home.run("demo", "--no-serve", "--cases", "1").stdout for _ in range(2)]
    drawn = [re.search(r"口令都是 (\S{16})，", text)[1] for text in said]
    assert drawn[0] != drawn[1]
    demo = Home(home.path / "demo")
    listed = demo.run("user", "list", "--format", "json", LUOSHI_ORIGIN="demo.luoshi.local/county").stdout
    assert drawn[1] not in listed
    assert all(f'"{login}"' in listed and f"  {login} " in said[1] for login in LOGINS)


def test_the_clock_goes_on():
    """
    After the year, time passes as the real one does, from where the year ended.
    """
    ended, real = datetime(2025, 12, 31, 9, tzinfo=UTC), [datetime(2030, 1, 1, tzinfo=UTC)]
    clock = SimulatedClock(ended)
    clock.run_on(lambda: real[0])
    assert clock() == ended
    real[0] += timedelta(minutes=5)
    assert clock() == ended + timedelta(minutes=5)


def test_overview_is_what_the_questions_say():
    """
    One reading of the cases gives the lists and the counts that the questions give one by one.
    """
    questions = Questions(simulated(200))
    seen, summary = questions.overview(AS_OF), questions.summary(AS_OF)
    assert seen.failures == questions.failures(AS_OF)
    assert seen.undated == questions.failures(AS_OF, state="no_due")
    assert (seen.cases, seen.duties) == (summary["cases"], summary["duties"])
    assert seen.failures
    assert seen.undated
