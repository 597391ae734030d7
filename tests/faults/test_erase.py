"""
An erasure dies before or after each of its durable steps: `verify` sees it unless nothing or all was done, and the same
command finishes it.
"""

from __future__ import annotations

import pytest

from app.erase import erase
from app.handle import read
from app.sealed import fields_of
from domain.case import commands as c
from tests.app.sealing import SealedOffice

STREAM = "case/county/1"
ORDER = {"order_no": "2026-7", "basis": "x", "official_id": "bureau-desk", "unit_id": "bureau"}


class Died(Exception):  # noqa: N818 - what happened
    """The program is gone."""


@pytest.fixture
def office(tmp_path) -> SealedOffice:
    made = SealedOffice(tmp_path)
    sealed = (("petitioner_name", "张三"), ("text", "漏水"))
    made.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter", sealed=sealed)
    return made


STEPS = {
    "event": lambda office: (office.below, "append"),
    "new key": lambda office: (office.vault, "renew"),
    "rows": lambda office: (office.below, "keep_instead"),
    "old key": lambda office: (office.vault, "destroy"),
}


def values(office) -> dict[str, str]:
    history = [read(stored) for stored in office.store.read_stream(STREAM)]
    return {f.name: f.value for f in fields_of(office.store, history)}


@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "done but reported failed"])
@pytest.mark.parametrize("step", STEPS)
def test_dies(office, monkeypatch, step, is_done):
    owner, name = STEPS[step](office)
    real = getattr(owner, name)

    def dies(*args, **more):
        if is_done:
            real(*args, **more)
        raise Died

    before = values(office)
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, dies)
        with pytest.raises(Died):
            erase(office.handler, office.store, STREAM, "petitioner_name", **ORDER)
    report = office.verify()
    untouched = step == "event" and not is_done
    finished = step == "old key" and is_done
    assert report.ok is (untouched or finished)
    if not report.ok:
        assert report.failure.step == 9
        assert "luoshi erase" in report.failure.message
    assert values(office)["text"] == before["text"]
    done = erase(office.handler, office.store, STREAM, "petitioner_name", **ORDER)
    assert done.all_fields == 1
    assert values(office) == {"text": "漏水"}
    assert office.verify().ok, office.verify().failure
    assert len(office.vault.of(STREAM)) == 1
    assert sum(stored.topic == "sealed_field.erased.v1" for stored in office.store.read_stream(STREAM)) == 1
