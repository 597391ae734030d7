"""
Duties: the semantics of "who failed to implement what". Start at `engine.duties`, then `standing.standing`.
"""
