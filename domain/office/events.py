"""
What can be recorded about an office, in `office/<unit id>`: what its unit filed. The event is the one that cases have.
"""

from __future__ import annotations

from domain.case.events.filed import ActFiled

OfficeEvent = ActFiled
