"""A case in a small office, and the desk at which its petitioner asks."""

from __future__ import annotations

from datetime import timedelta

from app.handle import acts
from app.lookup.codes import Codes
from app.lookup.desk import LookupDesk
from app.receipts import Receipts
from domain.case import commands as c
from domain.law.in_force import Law, add
from ledger.keys import Ed25519Signer
from ledger.store.contract import whole_log
from tests.app.office import Office

STREAM = "case/county/1"
NUMBER, CODE = "1", "7K2M9QXA31TB"
PHONE = "203.0.113.9"
LOG_KEY = Ed25519Signer.generate("test.example/log")


def law_of(store):
    law = Law()
    for recorded in acts(whole_log(store)):
        if recorded.stream.startswith("case/"):
            continue
        add(law, recorded)
    return law


def codes_of(database, office, secret=b"k" * 32):
    return Codes(database, schema="luoshi", secret=secret, clock=lambda: office.at)


def desk_of(codes, office):
    def receipts():
        return Receipts(
            office.store,
            [LOG_KEY],
            origin="test.example/log",
            within=timedelta(hours=1),
            clock=lambda: office.at,
            published=office.store.size,
        )

    return LookupDesk(codes, office.handler, law=lambda: law_of(office.store), receipts=receipts, zone="Asia/Shanghai")


def answered():
    """Accepted on 3 March 2026, answered on 20 March, by the housing bureau."""
    office = Office()
    sealed = (("petitioner_name", "赵某"), ("petitioner_phone", "13800000000"))
    office.act(c.ReceivePetition, "housing", "2026-03-02", channel="letter", sealed=sealed, filed_directly=True)
    office.act(c.RegisterPetition, "housing", "2026-03-02", case_no="1")
    office.act(c.AcceptPetition, "housing", "2026-03-03")
    office.act(c.ServeHandlingOpinion, "housing", "2026-03-20", outcome="support")
    return office
