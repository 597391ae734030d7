"""
An import that was cut anywhere and run again leaves the log of an undisturbed one: same order, nothing twice or
lost.
"""

import tracemalloc

import pytest

from app.importing import run
from app.importing.faults import FileChanged
from app.keyring import Keyring
from ledger.errors import CommandRepeated, Conflict, OutcomeUnknown
from ledger.store.memory import MemoryStore
from tests.app.importing.build import (
    MAPPING,
    STEP_COLUMNS,
    STEPS,
    do_import,
    handler,
    payloads,
    read_csv,
    row,
    step,
    write,
)


class CutError(Exception):
    pass


class CutStore(MemoryStore):
    """Dies at the n-th append, before or after it was made."""

    def __init__(self, at, *, after, error=CutError):
        super().__init__()
        self.left, self.after, self.error = at, after, error

    def append_many(self, requests):
        self.left -= 1
        if self.left == 0 and not self.after:
            raise self.error
        outcome = super().append_many(requests)
        if self.left == 0:
            raise self.error
        return outcome


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(run, "CHUNK_EVENTS", 7)


@pytest.fixture
def path(tmp_path):
    rows = [
        step(
            str(n % 5),
            f"team {n * n % 4}",
            f"2026-01-05 10:{n:02}:00",
            "?" if n % 9 == 8 else "checked",
            unit=f"u{n % 5}",
        )
        for n in range(40)
    ]
    for cells in rows[::11]:
        cells[STEP_COLUMNS.index("at")] = "never"
    return write(tmp_path / "a.csv", rows, STEP_COLUMNS)


class TestCut:
    @pytest.mark.parametrize("after", [False, True], ids=["not done", "done but not told"])
    @pytest.mark.parametrize("at", range(1, 12))
    def test_run_again(self, path, tmp_path, at, after):
        undisturbed, keys = handler(), Keyring()
        whole = do_import(undisturbed, path, STEPS, rejects=tmp_path / "r.csv")
        store = CutStore(at, after=after)
        with pytest.raises(CutError):
            do_import(handler(store, keyring=keys), path, STEPS)
        again = handler(store, keyring=keys, seed=2)
        report = do_import(again, path, STEPS, rejects=tmp_path / "s.csv")
        assert payloads(again) == payloads(undisturbed)
        assert report.events_new + report.events_known == whole.events_new
        assert [r["__row"] for r in read_csv(tmp_path / "s.csv")] == [r["__row"] for r in read_csv(tmp_path / "r.csv")]

    @pytest.mark.parametrize("error", [OutcomeUnknown, Conflict("s", 1, 2), CommandRepeated("c", 1)])
    @pytest.mark.parametrize("after", [False, True])
    def test_answer_lost_or_refused(self, path, error, after):
        """
        Within a run: an answer that was lost, or somebody else who was first, makes the chunk look again.
        """
        undisturbed = handler()
        do_import(undisturbed, path, STEPS)
        target = handler(CutStore(3, after=after, error=error))
        do_import(target, path, STEPS)
        assert payloads(target) == payloads(undisturbed)


class TestAgain:
    def test_second_run(self, path):
        target = handler()
        first = do_import(target, path, STEPS)
        before = payloads(target)
        second = do_import(target, path, STEPS)
        assert (second.events_new, second.people_new, second.events_known) == (0, 0, first.events_new)
        assert second.rejected == first.rejected
        assert payloads(target) == before

    def test_grown_file(self, tmp_path):
        """
        The file with one row more adds that row, although its digest is another.
        """
        target = handler()
        rows = [row(str(n)) for n in range(30)]
        do_import(target, write(tmp_path / "a.csv", rows))
        size = target.store.size()
        report = do_import(target, write(tmp_path / "b.csv", [row("new"), *rows]))
        assert (report.events_new, report.events_known, report.rejected) == (2, 60, 0)
        assert target.store.size() == size + 2

    def test_case_goes_on(self, tmp_path):
        """
        A case that was open in the last file and is closed in this one gets its end, nothing else.
        """
        target = handler()
        do_import(target, write(tmp_path / "a.csv", [row("1", closed=""), row("2")]))
        report = do_import(target, write(tmp_path / "b.csv", [row("1"), row("2")]))
        assert (report.events_new, report.events_known) == (1, 3)

    def test_changed_row(self, tmp_path):
        """
        A row that says something else than is recorded is refused whole; the record stays.
        """
        target = handler()
        do_import(target, write(tmp_path / "a.csv", [row("1", closed=""), row("2")]))
        before = payloads(target)
        report = do_import(target, write(tmp_path / "b.csv", [row("1", due="2027-01-01"), row("2")]))
        assert (report.rejected, report.events_new) == (1, 0)
        assert "another due (log index 4, stream case/counter/1, version 1)" in report.first_rejects[0].reason
        assert payloads(target) == before

    def test_erased_text(self, tmp_path):
        """
        A sealed text that was erased cannot be compared, and is no difference.
        """
        target = handler()
        path = write(tmp_path / "a.csv", [row("1")])
        do_import(target, path)
        target.store._disclosures.clear()
        assert do_import(target, path).rejected == 0

    def test_two_mappings(self, tmp_path):
        """
        Two sources with the same numbers and units are two sources; the units are registered once.
        """
        target = handler()
        path = write(tmp_path / "a.csv", [row("1")])
        do_import(target, path)
        report = do_import(target, path, MAPPING.replace('name = "counter"', 'name = "window"'))
        assert (report.events_new, report.people_new) == (2, 0)


@pytest.mark.parametrize("damage", [lambda raw: raw + b'"never closed', lambda raw: raw[: len(raw) // 2]])
def test_file_changes_under_the_import(path, damage):
    """
    A file that was whole when it was checked and is another now stops the import; what is recorded stays.
    """
    target = handler()
    write(path, [step(str(n), "A", "2026-01-05 10:00:00", "x" * 5000) for n in range(100)], STEP_COLUMNS)
    whole = path.read_bytes()
    with pytest.raises(FileChanged):
        do_import(target, path, STEPS, progress=lambda *_: path.write_bytes(damage(whole)))
    size = target.store.size()
    assert size > 10
    path.write_bytes(whole)
    assert do_import(target, path, STEPS).log_size == 203 >= size


class Nowhere(MemoryStore):
    """Forgets at once what it is given, so that what is measured is the importer's."""

    def append_many(self, requests):
        return [0 for _ in requests]


def test_memory_is_flat(tmp_path, monkeypatch):
    """
    Ten times the rows need next to no more memory: some bytes for each case, none for a row.
    """
    monkeypatch.setattr(run, "CHUNK_EVENTS", 500)
    peaks = []
    for rows in (1000, 10_000):
        cells = [step(str(n % 100), f"t{n % 3}", "2026-01-05 10:00:00", "x" * 200) for n in range(rows)]
        path = write(tmp_path / f"{rows}.csv", cells, STEP_COLUMNS)
        del cells
        target = handler(Nowhere())
        target.record = lambda _: None
        target.check_key = lambda *_: None  # nothing was recorded, so no key is enrolled
        tracemalloc.start()
        report = do_import(target, path, STEPS)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert report.rejected == 0
    assert peaks[1] < peaks[0] * 1.3
