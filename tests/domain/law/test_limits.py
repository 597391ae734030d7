"""
No number of days in a pack, or in an act, decides for how long a verifier counts.
"""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from app import codec
from app.establish import REGISTRAR, record
from app.evidence.offline import derive
from app.rule_packs import lint, read_pack
from domain.case import commands as c
from domain.case import events as e
from domain.case.errors import Refused
from domain.duties.engine import duties
from domain.duties.view import view
from domain.law.calendar import MAX_DAYS, Calendar, count
from domain.law.local import parse_local
from domain.law.rules import MalformedPack, Rulebook, parse_pack
from domain.people import events as p
from domain.people.streams import PACKS
from ledger.envelope import Draft, Sealed, payload, seal
from ledger.evidence.files import write_bundle
from ledger.evidence.verify import verify_evidence
from tests.domain.duties.build import bureau_and_housing, moment
from tests.domain.duties.county import RECEPTION
from tests.domain.duties.test_worked_example import ZHAO
from tests.evidence import making

VERSION = {
    "obligation": "reply",
    "source": "of the test art. 1",
    "arises_on": ["petition_received"],
    "discharged_by": ["case_closed"],
    "within": 15,
    "counted_in": "working days",
}
LATER = moment("2026-06-30")
WORKING = {"counted_in": "working days"}
REMINDER = {"id": "soon", "name_zh": "提醒", "duties": ["reply"], "source": "x", "confidence": "sourced"}


def pack_with(**changes):
    return {"schema": "luoshi.pack.v1", "pack": "x", "version": [VERSION | changes]}


PLACES = {
    "within": lambda n: pack_with(within=n),
    "lead_after": lambda n: pack_with(lead_after={"days": n} | WORKING),
    "recharge_cap": lambda n: pack_with(recharge_cap={"days": n} | WORKING),
    "extension.max_days": lambda n: pack_with(extension={"by": "issuer", "max_days": n}),
    "extension.times": lambda n: pack_with(extension={"by": "issuer", "times": n}),
    "silent_after": lambda n: pack_with() | {"conventions": {"silent_after": {"days": n} | WORKING}},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", [MAX_DAYS + 1, 10**12, 10**5000, 0, -(10**5000), True, 1.5, "15"], ids=range(8))
def test_number_of_days(place, number):
    """Refused where a pack is read: by `luoshi rules lint`, by an adoption, and by who verifies."""
    content = PLACES[place](number)
    with pytest.raises(MalformedPack, match=f"{place} is a whole number from 1 to {MAX_DAYS}; found") as refused:
        parse_pack(content)
    assert len(str(refused.value)) < 200
    assert lint(content) == [str(refused.value)]
    parse_pack(PLACES[place](MAX_DAYS))


def _standing(number):
    [entry] = [e for e in tomllib.loads(RECEPTION)["version"] if e["kind"] == "standing"]
    return {k: v for k, v in entry.items() if k != "period_ends_is_due"} | {"within": number} | WORKING


LOCAL = {
    "reminder": lambda n: {"reminder": [REMINDER | {"days": n} | WORKING]},
    "standing": lambda n: {"version": [_standing(n)]},
}


@pytest.mark.parametrize("section", LOCAL)
def test_local(section):
    for number in (MAX_DAYS + 1, 10**12, 10**5000):
        with pytest.raises(MalformedPack, match=f"is a whole number from 1 to {MAX_DAYS}; found"):
            parse_local({"schema": "luoshi.pack.v1", "pack": "x"} | LOCAL[section](number))
    parse_local({"schema": "luoshi.pack.v1", "pack": "x"} | LOCAL[section](MAX_DAYS))


def test_a_number_that_python_does_not_read(tmp_path):
    file = tmp_path / "pack.toml"
    file.write_text(f"within = {'9' * 5000}\n")
    with pytest.raises(MalformedPack, match=r"pack.toml: not a TOML file in UTF-8: Exceeds the limit"):
        read_pack(file)


def test_extension():
    """
    No single one, and no two together, are longer than any limit: the act is refused, and one that stands in a log
    all the same gives no day.
    """
    office = making.county()
    who = {"obligation": "conclude_petition", "trigger_version": 1, "reason": "x"}
    for days in (0, MAX_DAYS + 1, 10**12):
        with pytest.raises(Refused, match="at least one day and at most 3660"):
            office.act(c.ApproveExtension, "bureau", "2026-04-11", days=days, **who)
    h = bureau_and_housing()
    h.add("2026-03-02", e.PetitionReceived(**ZHAO, channel="letter"))
    accepted = h.add("2026-03-03", e.PetitionAccepted(**ZHAO))
    pack = parse_pack(pack_with(arises_on=["petition_accepted"], extension={"by": "issuer"}))

    def extended(*days):
        for n in days:
            h.add(
                "2026-03-04",
                e.ExtensionApproved(**ZHAO, obligation="reply", trigger_version=accepted, days=n, reason="x"),
            )
        [duty] = duties(view(h.case(), LATER), Rulebook((pack,)), Calendar(), h.people())
        return [(x.days, x.defects) for x in duty.extensions]

    assert extended(MAX_DAYS - 1) == [(MAX_DAYS - 1, ())]
    assert extended(10**12, 2)[1:] == [(0, ("extension_too_long",))] * 2


def test_counting():
    assert count(date(2026, 1, 1), MAX_DAYS, "working days", Calendar()).day == date(2040, 1, 12)
    with pytest.raises(ValueError, match="no limit has more than 3660"):
        count(date(2026, 1, 1), MAX_DAYS + 1, "working days", Calendar())
    with pytest.raises(ValueError, match="suspended from 2026-01-01 on for more than a hundred years"):
        count(date(2026, 1, 1), 1, "calendar days", Calendar(), Always())


class Always:
    def __contains__(self, day):
        return True


def test_evidence_under_such_a_pack():
    """A log of one's own may hold any pack: who verifies a file of it is told at step 9, and soon."""
    office = making.county()
    event = p.RulePackAdopted(pack_id="x", version="1", content=pack_with(within=10**12))
    with pytest.raises(Refused, match="within is a whole number from 1 to 3660"):
        record(office.handler, event, now=office.at)
    at, origin, (version, head) = codec.moment(office.at), office.handler.origin, office.store.head(PACKS)
    draft = Draft(PACKS, version + 1, event.TOPIC, codec.encode(event), codec.actor_body(REGISTRAR), at, "x", origin)
    leaf = seal(payload(draft, prev=head.hex(), recorded_at=at), office.handler.keyring.signer("system/registrar"))
    office.store.append([Sealed(PACKS, version + 1, event.TOPIC, "x", leaf)])
    log = making.ended(office)
    data = write_bundle(making.gather(log, answer={"duties": []}))
    report = verify_evidence(data, None, conclude=derive)
    assert report.failed.number == 9
    assert "within is a whole number from 1 to 3660" in report.failed.en
