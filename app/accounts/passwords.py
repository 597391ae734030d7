"""
Passwords as argon2id hashes. A login that nobody has costs as much time as a wrong password.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH, MAX_LENGTH = 12, 200
AT_ONCE = 2  # each takes 64 MiB


class WeakPassword(ValueError):  # noqa: N818 - says what was found
    """The password is none that may be set; the message says why, in Chinese and English."""


def check_new(password: str, login: str) -> None:
    """WeakPassword where it is too short, too long, or the login itself. No rules of composition (NIST SP 800-63B)."""
    if len(password) < MIN_LENGTH:
        raise WeakPassword(f"口令至少 {MIN_LENGTH} 个字符。at least {MIN_LENGTH} characters")
    if len(password) > MAX_LENGTH:
        raise WeakPassword(f"口令至多 {MAX_LENGTH} 个字符。at most {MAX_LENGTH} characters")
    if login in password.lower() or len(set(password)) < 4:
        raise WeakPassword("口令过于简单。the password holds the login, or hardly varies")


@dataclass(slots=True)
class Passwords:
    """Hashes and checks. At most two at once: whoever tries many passwords waits, and does not fill the memory."""

    hasher: PasswordHasher = field(default_factory=PasswordHasher)
    _gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))
    _nobody: str = ""

    def __post_init__(self) -> None:
        self._nobody = self.hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        with self._gate:
            return self.hasher.hash(password)

    def matches(self, password: str, kept: str | None) -> bool:
        """Whether it is the one kept. False, after the same work, where none is kept."""
        if len(password) > MAX_LENGTH:
            return False
        with self._gate:
            try:
                self.hasher.verify(kept or self._nobody, password)
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None
