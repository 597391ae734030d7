"""
One bad row harms nobody else: it goes to the rejects file with its number and reason, the rest is recorded.
"""

import pytest

from app.establish import enrol_system
from domain.case.events import HandedOver, PetitionConcluded, PetitionRegistered, ProgressNoted
from domain.people.events import KeyEnrolled, OfficialRegistered, RulePackAdopted, UnitEstablished
from ledger.envelope import MAX_LEAF_BYTES
from ledger.verify import verify_log
from tests.app.importing.build import (
    COLUMNS,
    MAPPING,
    NOW,
    STEP_COLUMNS,
    STEPS,
    acts,
    do_import,
    handler,
    history,
    payloads,
    read_csv,
    row,
    step,
    write,
)


class TestRecorded:
    def test_what_a_row_becomes(self, tmp_path):
        """
        Key and pack first, then unit and official, then the acts; who wrote and what is sealed.
        """
        target = handler()
        report = do_import(target, write(tmp_path / "a.csv", [row("17/2026")]))
        assert [type(r.event) for r in history(target)] == [
            *(KeyEnrolled, RulePackAdopted, UnitEstablished, OfficialRegistered),
            *(PetitionRegistered, PetitionConcluded),
        ]
        registered = history(target)[4]
        assert registered.stream == "case/counter/17/2026"
        assert registered.imported
        assert registered.actor.system == "importer"
        assert registered.event.due == (("conclude", "2026-02-05T09:00:00.000000+08:00"),)
        (*_, actor, _, disclosed, _) = payloads(target)[3]
        assert actor["source"] == {"file": report.file_digest, "row": 1}
        assert disclosed == [("petitioner_name", "A0001"), ("text", "漏水")]
        assert not any("漏水".encode() in s.leaf or b"A0001" in s.leaf for s in target.store.read_log())
        assert (report.rows, report.cases, report.events_new, report.people_new, report.log_size) == (1, 1, 2, 2, 6)

    def test_log_verifies(self, tmp_path):
        """
        What the importer signed passes every step of the log's verification.
        """
        target = handler()
        rows = [step(str(n % 7), f"t{n % 3}", "2026-01-05 10:00:00") for n in range(50)]
        do_import(target, write(tmp_path / "a.csv", rows, STEP_COLUMNS), STEPS)
        do_import(target, write(tmp_path / "b.csv", [row("1")]))
        report = verify_log(
            target.store.read_log(),
            checkpoint=None,
            log_verifier=None,
            tiles=None,
            expect_origin=target.origin,
            disclosures=target.store.disclosures,
        )
        assert report.failure is None
        assert report.disclosed == 2

    def test_no_due_moment(self, tmp_path):
        """
        A row without a due moment makes no duty, and an open one no conclusion.
        """
        target = handler()
        do_import(target, write(tmp_path / "a.csv", [row("1", due="", closed="")]))
        assert [r.event.due for r in acts(target)] == [()]

    def test_order_as_recorded(self, tmp_path):
        """
        An end before its start is imported as the source says.
        """
        target = handler()
        report = do_import(target, write(tmp_path / "a.csv", [row("1", closed="2025-12-24 10:00:00")]))
        assert report.rejected == 0
        assert acts(target)[1].occurred_at < acts(target)[0].occurred_at

    def test_pack_without_duties(self, tmp_path):
        """
        A mapping without duties still has a pack: no other law is applied to a foreign record. It is adopted once.
        """
        target = handler()
        path = write(tmp_path / "a.csv", [step("1", "A", "2026-01-05 10:00:00")], STEP_COLUMNS)
        for _ in range(2):
            do_import(target, path, STEPS)
        [pack] = [r.event for r in history(target) if isinstance(r.event, RulePackAdopted)]
        assert (pack.pack_id, pack.sources, pack.content["version"]) == ("mapping-desk", ("desk",), [])

    def test_changed_duty_is_adopted(self, tmp_path):
        target = handler()
        path = write(tmp_path / "a.csv", [row("1")])
        texts = [MAPPING, MAPPING + 'roll = "forward"', MAPPING]
        reports = [do_import(target, path, text) for text in texts]
        packs = [r for r in history(target) if isinstance(r.event, RulePackAdopted)]
        assert [r.version for r in packs] == [1, 2, 3]
        assert [r.events_new for r in reports] == [2, 0, 0]

    def test_registrar_enrols(self, tmp_path):
        """
        Where the ledger keeps a registrar's key, it enrols the importer and adopts the pack.
        """
        target = handler()
        enrol_system(target, "registrar", now=NOW)
        do_import(target, write(tmp_path / "a.csv", [row("1")]))
        _, enrolled, pack, *rest = history(target)
        assert (enrolled.actor.system, pack.actor.system) == ("registrar", "registrar")
        assert {r.actor.system for r in rest} == {"importer"}

    def test_hand_over(self, tmp_path):
        """
        A changed team is a hand-over from the row on; the first row and an empty cell are none.
        """
        target = handler()
        teams = ["A", "A", "B", "", "B", "A"]
        rows = [step("1", team, f"2026-01-05 10:0{n}:00") for n, team in enumerate(teams)]
        do_import(target, write(tmp_path / "a.csv", rows, STEP_COLUMNS), STEPS)
        assert [r.event.to_unit_id for r in acts(target) if isinstance(r.event, HandedOver)] == ["B", "A"]
        assert sum(isinstance(r.event, ProgressNoted) for r in acts(target)) == 6

    def test_chain_of_places(self, tmp_path):
        """
        A unit found in a text: the first column in which there is one, and the last of its chain.
        """
        unit = '{ columns = ["text", "who"], pattern = "([A-Z][0-9]{0,2}[市区县])+", default = "UNKNOWN" }'
        text = MAPPING.replace('unit = "unit"', f"unit = {unit}")
        rows = [
            row("1", text="请A市A7县管", who="B市"),
            row("2", text="谢谢", who="B市B2区"),
            row("3", who="x", text="y"),
        ]
        target = handler()
        do_import(target, write(tmp_path / "a.csv", rows), text)
        assert [r.event.unit_id for r in acts(target)[::2]] == ["A7县", "B2区", "UNKNOWN"]


FAULTS = [
    ({"opened": "2026-02-31 09:00:00"}, "opened: '2026-02-31 09:00:00' is not a time"),
    ({"due": "soon"}, "due: 'soon' is not a time"),
    ({"opened": ""}, "opened: empty"),
    ({"unit": " "}, "unit: empty"),
    ({"no": ""}, "no: the case has no number"),
    ({"no": "a\0b"}, "NUL"),
    ({"who": "a\0b"}, "NUL"),
    ({"unit": "u" * 2000}, "a number or name of more than"),
    ({"person": "李" * 400}, "a number or name of more than"),
    ({"text": "很" * 500_000}, "longer than the 1048576 bytes"),
]


class TestRejected:
    @pytest.mark.parametrize(("cells", "reason"), FAULTS)
    def test_one_bad_row(self, tmp_path, cells, reason):
        """
        The row goes to the rejects file of the same shape, whole; its neighbours are recorded.
        """
        target = handler()
        path = write(tmp_path / "a.csv", [row("1"), row(**({"no": "2"} | cells)), row("3")])
        report = do_import(target, path, rejects=tmp_path / "r.csv")
        assert (report.rows, report.rejected, report.cases, report.events_new) == (3, 1, 2, 4)
        [rejected] = read_csv(tmp_path / "r.csv")
        assert list(rejected) == [*COLUMNS, "__row", "__reason"]
        assert rejected["__row"] == "2"
        assert reason in rejected["__reason"]
        for column, value in cells.items():
            assert rejected[column] == value
        assert report.first_rejects[0].row == 2

    @pytest.mark.parametrize("cells", [["4", "housing"], [*row("4"), "more"]])
    def test_another_width(self, tmp_path, cells):
        target = handler()
        report = do_import(target, write(tmp_path / "a.csv", [row("1"), cells, row("3")]), rejects=tmp_path / "r.csv")
        assert (report.rejected, report.cases) == (1, 2)
        assert f"{len(cells)} cells, the heading has 8" in report.first_rejects[0].reason

    def test_leaf_too_large(self, tmp_path):
        """
        A text that stands in the record itself has the record's limit; up to it, it is recorded.
        """
        target = handler()
        at = "2026-01-05 10:00:00"
        rows = [step("1", "A", at, "s" * size) for size in (46_000, 50_000, 46_000)]
        report = do_import(target, write(tmp_path / "a.csv", rows, STEP_COLUMNS), STEPS)
        assert [r.row for r in report.first_rejects] == [2]
        assert "larger than the 65535 bytes" in report.first_rejects[0].reason
        assert max(len(s.leaf) for s in target.store.read_log()) <= MAX_LEAF_BYTES

    def test_one_id_twice(self, tmp_path):
        """
        The same id with the same content is known; with another it is refused by naming the recorded event.
        """
        target = handler()
        rows = [row("1"), row("1"), row("1", person="Wang"), row("2")]
        report = do_import(target, write(tmp_path / "a.csv", rows))
        assert (report.events_new, report.events_known, report.rejected) == (4, 2, 1)
        [reject] = report.first_rejects
        assert reject.row == 3
        assert "official_id (log index 4, stream case/counter/1, version 1)" in reject.reason
        dry = do_import(handler(), tmp_path / "a.csv", dry_run=True)
        assert (dry.events_new, dry.events_known, dry.rejected) == (4, 2, 1)

    def test_another_sealed_text(self, tmp_path):
        target = handler()
        report = do_import(target, write(tmp_path / "a.csv", [row("1"), row("1", text="水管")]))
        assert "another text (log index 4" in report.first_rejects[0].reason

    def test_rows_of_one_case_disagree(self, tmp_path):
        """
        What belongs to the case must be the same on all its rows; an end that comes later is not a disagreement.
        """
        target = handler()
        at = "2026-01-05 10:0{}:00".format
        rows = [
            step("1", "A", at(0)),
            step("1", "A", at(1), opened="2026-01-04 09:00:00"),
            step("1", "A", at(2), closed="2026-01-06 09:00:00"),
            step("1", "A", at(3), closed="2026-01-06 09:00:00"),
        ]
        report = do_import(target, write(tmp_path / "a.csv", rows, STEP_COLUMNS), STEPS)
        assert [r.row for r in report.first_rejects] == [2]
        assert "petition.registered.v1 is recorded already with another time" in report.first_rejects[0].reason
        assert sum(isinstance(r.event, PetitionConcluded) for r in acts(target)) == 1
        assert sum(isinstance(r.event, ProgressNoted) for r in acts(target)) == 3

    def test_mended_row(self, tmp_path):
        """
        The file with its bad row mended adds just that row: a rejected row keeps its place in the count.
        """
        target = handler()
        rows = [step("1", "A", "2026-01-05 10:00:00"), step("1", "A", "?"), step("1", "A", "2026-01-05 10:02:00")]
        path = write(tmp_path / "a.csv", rows, STEP_COLUMNS)
        assert do_import(target, path, STEPS).rejected == 1
        rows[1] = step("1", "A", "2026-01-05 10:01:00")
        report = do_import(target, write(path, rows, STEP_COLUMNS), STEPS)
        assert (report.rejected, report.events_new) == (0, 1)

    def test_dry_run(self, tmp_path):
        """
        A dry run says what would be, and writes nothing but the rejects.
        """
        target = handler()
        path = write(tmp_path / "a.csv", [row("1"), row("2", due="soon"), row("3")])
        report = do_import(target, path, dry_run=True, rejects=tmp_path / "r.csv")
        assert (report.dry_run, report.events_new, report.people_new, report.rejected) == (True, 4, 2, 1)
        assert target.store.size() == 0
        assert list(target.keyring.principals()) == []
        assert len(read_csv(tmp_path / "r.csv")) == 1

    def test_stale_rejects(self, tmp_path):
        """
        A run without rejects leaves no row of an earlier one behind.
        """
        target = handler()
        (tmp_path / "r.csv").write_text("old\n1\n2\n", "utf-8")
        do_import(target, write(tmp_path / "a.csv", [row("1")]), rejects=tmp_path / "r.csv")
        assert read_csv(tmp_path / "r.csv") == []

    def test_nowhere_to_write(self, tmp_path):
        """
        Rejected rows that cannot be written stop nothing; the report has the first of them and says why.
        """
        target = handler()
        (tmp_path / "a.csv.rejects").mkdir()
        path = write(tmp_path / "a.csv", [row("1"), row("2", due="soon")])
        report = do_import(target, path, rejects=tmp_path / "a.csv.rejects")
        assert (report.events_new, report.rejected, report.rejects_path) == (2, 1, None)
        assert "directory" in report.rejects_fault
        assert report.first_rejects[0].row == 2

    def test_no_rejects_no_file(self, tmp_path):
        report = do_import(handler(), write(tmp_path / "a.csv", [row("1")]), rejects=tmp_path / "r.csv")
        assert report.rejects_path is None
        assert not (tmp_path / "r.csv").exists()
