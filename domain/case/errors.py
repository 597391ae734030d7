"""
Why an act was not recorded.

Refused    a rule forbids the command; nothing was recorded -> the clerk reads the message
"""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - the trade says "refused"
    """
    A rule forbids the command. `zh` says so in Chinese, the message in English; `allowed` says in both what would be
    recorded instead; `field` names the part of the command, `law` the article where one applies. `rule`: the code of a
    rule of which the attempt itself is recorded (domain/case/attempts.py).
    """

    def __init__(
        self,
        message: str,
        *,
        zh: str | None = None,
        allowed: str | None = None,
        field: str | None = None,
        law: str | None = None,
        rule: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.zh = zh
        self.allowed = allowed
        self.field = field
        self.law = law
        self.rule = rule

    def __str__(self) -> str:
        """For people: the rule in Chinese, then in English, the article, and what is allowed."""
        said = self.message if self.zh is None else f"{self.zh}。{self.message}"
        if self.law is not None:
            said += f" [{self.law}]"
        return said if self.allowed is None else f"{said}. 可以 / allowed: {self.allowed}"
