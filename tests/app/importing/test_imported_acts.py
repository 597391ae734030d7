"""
Acts that only a record from elsewhere can say (no command gives them): taken, refused, and imported twice.
"""

import pytest

from domain.case.events import PetitionConcluded, ReplyServed
from tests.app.importing.build import MAPPING, acts, do_import, handler, row, write

IMPORTED = {"petition.concluded": PetitionConcluded, "reply.served": ReplyServed}


def mapped(act):
    return MAPPING.replace('type = "petition.concluded"', f'type = "{act}"')


def said(target, kind):
    return [r.event for r in acts(target) if isinstance(r.event, kind)]


@pytest.mark.parametrize(("act", "kind"), IMPORTED.items(), ids=IMPORTED)
class TestEach:
    def test_accepted(self, tmp_path, act, kind):
        target = handler()
        do_import(target, write(tmp_path / "a.csv", [row("1")]), mapped(act))
        assert said(target, kind) == [kind(unit_id="housing", official_id="Li")]

    def test_refused(self, tmp_path, act, kind):
        """
        A day that no calendar has: the row is rejected with its reason, and nothing of it is recorded.
        """
        target = handler()
        report = do_import(target, write(tmp_path / "a.csv", [row("1", closed="2026-02-31")]), mapped(act))
        assert "closed" in report.first_rejects[0].reason
        assert said(target, kind) == []

    def test_repeated(self, tmp_path, act, kind):
        target = handler()
        path = write(tmp_path / "a.csv", [row("1")])
        do_import(target, path, mapped(act))
        assert do_import(target, path, mapped(act)).events_new == 0
        assert len(said(target, kind)) == 1
