"""
The evidence file itself: what was gathered, the sheets for people, the verifiers, the sender's policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.evidence.custody import custody_sheet, readme
from ledger.evidence.archive import unpack
from ledger.evidence.files import write_bundle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from app.evidence.gather import Gathered


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What goes into a file beside the proofs."""

    tools: Mapping[str, bytes] = field(default_factory=dict)  # luoshi-verify.pyz, verify.html
    policy: bytes | None = None
    policy_extension: bytes | None = None
    disclosures: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict)  # by SHA-256 in hex
    enclosed: Mapping[int, str] = field(default_factory=dict)  # by log index, the document of that record


def make(gathered: Gathered, enclosed: Enclosed, *, holder: str | None, now: datetime, zone: ZoneInfo) -> bytes:
    """Return the file. `holder` says for whom it is made and what for."""
    bundle = replace(
        gathered.bundle,
        disclosures=enclosed.disclosures,
        documents=enclosed.documents,
        enclosed=enclosed.enclosed,
        policy=enclosed.policy,
        policy_extension=enclosed.policy_extension,
        tools=enclosed.tools,
    )
    whole = replace(gathered, bundle=bundle)
    whole = replace(whole, bundle=replace(bundle, extras={"README.txt": readme(whole, now=now, zone=zone)}))
    # The sheet lists the digests of the other files, so it comes last.
    files = unpack(write_bundle(whole.bundle, is_deflated=False))[1]
    sheet = custody_sheet(whole, files=files, holder=holder, now=now, zone=zone)
    return write_bundle(replace(whole.bundle, extras={**whole.bundle.extras, "custody.html": sheet}))
