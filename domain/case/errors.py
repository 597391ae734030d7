"""
Why an act was not recorded.

Refused    a rule forbids the command; nothing was recorded -> the clerk reads the message
"""


class Refused(Exception):  # noqa: N818 - the trade says "refused"
    """
    A rule forbids the command. `field` names the part of the command, `law` the article where one applies.
    """

    def __init__(self, message: str, *, field: str | None = None, law: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.law = law
