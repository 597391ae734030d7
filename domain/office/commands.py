"""
Every command about an office.
"""

from __future__ import annotations

from domain.case.commands.filed import FileAct

OfficeCommand = FileAct
OFFICE = "office/"


def is_office(stream: str) -> bool:
    return stream.startswith(OFFICE)
