"""
Leads that somebody put on record: shown with the measure of that day, beside or in place of what can be measured now.

After an erasure there is no text to measure, and the recorded lead says so. tests/app/test_leads.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from audit.lead import Lead
from domain.case import events as e

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.recorded import Recorded

ERASED = "erased"


def with_recorded(measured: Iterable[Lead], seen: Sequence[Recorded]) -> list[Lead]:
    """
    The leads of one case with those on record: one that is measured still gets the log index of its record, one that
    is not stands as it was recorded.
    """
    leads = list(measured)
    at = {r.version: r.log_index for r in seen}
    erased = {r.event.target for r in seen if isinstance(r.event, e.SealedFieldErased)}
    for r in seen:
        event = r.event
        if not isinstance(event, e.LeadRecorded):
            continue
        acts = tuple(at[v] for v in event.versions if v in at)
        n = next((n for n, x in enumerate(leads) if x.code == event.lead and set(acts) <= set(x.evidence)), None)
        if n is not None:
            leads[n] = replace(leads[n], recorded=r.log_index)
        else:
            text = ERASED if erased & set(acts) else None
            leads.append(
                Lead(event.lead, r.stream, event.measure, (*acts, r.log_index), recorded=r.log_index, text=text)
            )
    return leads
