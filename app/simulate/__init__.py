"""
One invented county and its year 2025: a petition bureau, departments, townships, officials who change posts, about
two thousand cases, and lapses planted on purpose with an answer sheet beside them.

The simulator issues commands as any user would. What it knows of the law is its own few constants; the duties engine
has no part in the sheet, so that the sheet can contradict it.
"""

from app.simulate.clock import SimulatedClock, seeded_salt
from app.simulate.run import simulate
from app.simulate.sheet import AnswerRow, AnswerSheet

__all__ = ["AnswerRow", "AnswerSheet", "SimulatedClock", "seeded_salt", "simulate"]
