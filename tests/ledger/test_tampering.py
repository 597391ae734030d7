"""Whatever a database superuser does to the log, verification names the step and the record."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ledger.disclosure import disclose
from ledger.envelope import open_leaf, seal
from ledger.errors import SignerRevoked
from ledger.keys import Ed25519Signer
from ledger.outside import CheckpointFile
from ledger.store.contract import Store
from ledger.store.postgres import PostgresStore
from ledger.store.sealed import SealedStore, seal_text
from ledger.vault import Vault
from ledger.verify import Report, verify_log
from ledger.vkeys import Verifier
from tests.ledger.sealing import CLERK, LOG, ORIGIN, SYSTEM, Writer

STRANGER = Ed25519Signer.from_seed("luoshi.example/official/wang", b"\x09" * 32)
SALT = bytes(16)


def write_log() -> Writer:
    writer = Writer()
    writer.genesis()
    writer.enrol(CLERK, role="official", holder="wang")
    for number in range(30):
        case = f"case/petition/{number % 6}"
        if number % 3:
            writer.event(case, body={"n": number}, disclosures=[disclose("name", f"王{number}", SALT)])
        else:
            writer.event(case, body={"n": number}, by=CLERK, actor={"official": "wang", "system": None})
    return writer


class Log:
    """A log in the database, and its checkpoint outside."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.dsn = dsn
        self.outside = CheckpointFile(folder)
        self.vault = Vault(folder / "vault", origin=ORIGIN)
        self.writer = write_log()
        with PostgresStore(dsn, environ={}) as store:
            SealedStore(store, self.vault, origin=ORIGIN).append_many([[event] for event in self.writer.written])
            self.publish(store)

    def publish(self, store: Store) -> None:
        self.outside.advance(lambda start: (stored.leaf for stored in store.read_log(start)), ORIGIN, LOG)

    def append(self, *events) -> None:
        with PostgresStore(self.dsn, environ={}) as store:
            SealedStore(store, self.vault, origin=ORIGIN).append(events)

    def tamper(self, *statements: str, leaf: bytes = b"") -> None:
        with psycopg.connect(self.dsn) as connection:
            connection.execute("ALTER TABLE luoshi.event DISABLE TRIGGER ALL")
            connection.execute("ALTER TABLE luoshi.event DROP CONSTRAINT event_command_id_key")
            connection.execute("ALTER TABLE luoshi.disclosure DISABLE TRIGGER ALL")
            connection.execute("ALTER TABLE luoshi.disclosure DROP CONSTRAINT sealed")
            for statement in statements:
                connection.execute(sql.SQL(statement), {"leaf": leaf} if "%(leaf)s" in statement else None)

    def verify(self, *, tiles: bool = True, checkpoint: bool = True) -> Report:
        with PostgresStore(self.dsn, environ={}) as below:
            store = SealedStore(below, self.vault, origin=ORIGIN)
            return verify_log(
                store.read_log(0, 10_000),
                checkpoint=self.outside.newest() if checkpoint else None,
                log_verifier=Verifier(LOG.vkey),
                tiles=self.outside if tiles else None,
                expect_origin=ORIGIN,
                keeping=store,
            )

    def failure(self, **how: bool) -> tuple[int, int | None]:
        report = self.verify(**how)
        assert report.failure is not None
        assert report.steps[-1].ok is False
        assert report.steps[-1].number == report.failure.step
        return report.failure.step, report.failure.log_index


@pytest.fixture
def log(database: str, tmp_path: Path) -> Log:
    return Log(database, tmp_path / "outside")


# Whoever shifts the indexes of half the table must step over the uniqueness of each row on the way.
SHIFT_DOWN = (
    "UPDATE luoshi.event SET log_index = -log_index WHERE log_index > {0}",
    "UPDATE luoshi.event SET log_index = -log_index - 1 WHERE log_index < 0",
)


def delete(index: int, *, renumber: bool) -> list[str]:
    unchecked = "ALTER TABLE luoshi.event DROP CONSTRAINT event_log_index_check"
    gone = f"DELETE FROM luoshi.event WHERE log_index = {index}"
    return [unchecked, gone, *(statement.format(index) for statement in SHIFT_DOWN if renumber)]


class TestSound:
    def test_untouched(self, log):
        """
        A log nobody touched verifies, and says how much lies beyond its checkpoint.
        """
        log.append(log.writer.event("case/petition/1"))
        report = log.verify()
        assert report.ok, report.failure
        assert (report.size, report.checkpoint_size, report.beyond) == (33, 32, 1)
        assert (report.disclosed, report.withheld) == (20, 0)
        assert [step.number for step in report.steps] == [1, 2, 3, 4, 5, 6, 7, 8, 9]

    def test_erased_fields(self, log):
        """
        Disclosures deleted without an order are counted, and break nothing that was signed.
        """
        log.tamper("DELETE FROM luoshi.disclosure WHERE log_index < 10")
        report = log.verify()
        assert report.ok
        assert (report.disclosed, report.withheld) == (15, 5)
        assert "0 erased by order, 5 missing without one" in report.steps[-1].text

    def test_without_checkpoint(self, log):
        """
        Without a checkpoint the sixth step is not called good: it is called not checked.
        """
        report = log.verify(checkpoint=False)
        assert report.ok
        assert [step.ok for step in report.steps if step.number == 6] == [None]
        assert report.beyond == 32

    def test_empty(self):
        report = verify_log([], checkpoint=None, log_verifier=None, tiles=None, expect_origin=ORIGIN)
        assert report.ok
        assert report.size == 0


class TestChanged:
    @pytest.mark.parametrize("index", [0, 1, 16, 31])
    @pytest.mark.parametrize("place", ["10", "length(leaf) / 2", "length(leaf) - 20", "length(leaf) - 1"])
    def test_one_byte(self, log, index: int, place: str):
        """
        One byte of an envelope, wherever it stands; also without anything kept outside.
        """
        change = f"set_byte(leaf, {place}, get_byte(leaf, {place}) # 1)"
        log.tamper(f"UPDATE luoshi.event SET leaf = {change} WHERE log_index = {index}")
        assert log.failure() == (6, index)
        step, named = log.failure(checkpoint=False)
        assert step in {2, 3, 4}
        assert named == index

    def test_column(self, log):
        """
        A column that says something else than the signed payload.
        """
        log.tamper("UPDATE luoshi.event SET topic = 'petition.closed.v1' WHERE log_index = 9")
        assert log.failure() == (2, 9)

    def test_signed_by_a_stranger(self, log):
        """
        An event signed again by a key that carries the clerk's name but was never enrolled.
        """
        other = signed_again(log, 8, STRANGER)
        log.tamper("UPDATE luoshi.event SET leaf = %(leaf)s WHERE log_index = 8", leaf=other)
        assert log.failure() == (6, 8)
        assert log.failure(checkpoint=False) == (4, 8)

    def test_signed_by_another_enrolled_key(self, log):
        """
        An event signed again by a key that is enrolled, but for somebody else than its actor.
        """
        other = signed_again(log, 8, SYSTEM)
        log.tamper("UPDATE luoshi.event SET leaf = %(leaf)s WHERE log_index = 8", leaf=other)
        assert log.failure() == (6, 8)
        assert log.failure(checkpoint=False) == (4, 8)

    def test_disclosure(self, log):
        """
        A disclosed value that the signed payload does not commit to: in clear, or sealed under the stream's own key.
        """
        false = disclose("name", "李", SALT)
        log.tamper(f"UPDATE luoshi.disclosure SET disclosure = '{false}' WHERE log_index = 3")
        assert log.failure() == (2, 3)

    def test_sealed_under_the_right_key(self, log):
        key = log.vault.current(["case/petition/2"])["case/petition/2"]
        false = seal_text(ORIGIN, key, disclose("name", "李", SALT))
        log.tamper(f"UPDATE luoshi.disclosure SET disclosure = '{false}' WHERE log_index = 3")
        assert log.failure() == (2, 3)

    def test_sealed_value_of_another_record(self, log):
        log.tamper(
            "UPDATE luoshi.disclosure SET disclosure = "
            "(SELECT disclosure FROM luoshi.disclosure WHERE log_index = 9) WHERE log_index = 3"
        )
        assert log.failure() == (2, 3)

    def test_ciphertext(self, log):
        """
        A flipped letter of a ciphertext.
        """
        log.tamper(
            "UPDATE luoshi.disclosure SET disclosure = left(disclosure, -1) || "
            "CASE right(disclosure, 1) WHEN 'A' THEN 'Q' ELSE 'A' END WHERE log_index = 3"
        )
        assert log.failure() == (2, 3)

    def test_lost_key(self, log):
        """
        A key that is gone although no order erased anything: the first record that it would have opened is named.
        """
        log.vault.destroy("case/petition/2", before=0)
        step, index = log.failure()
        assert (step, log.writer.written[index].stream) == (9, "case/petition/2")


def signed_again(log: Log, index: int, key: Ed25519Signer) -> bytes:
    return seal(open_leaf(log.writer.written[index].leaf).payload, key)


class TestRemovedAndMoved:
    @pytest.mark.parametrize("index", [0, 15, 30])
    def test_deleted(self, log, index: int):
        """
        A deleted event leaves a hole.
        """
        log.tamper(*delete(index, renumber=False))
        assert log.failure() == (1, index)

    def test_deleted_last(self, log):
        """
        The last event leaves no hole: the checkpoint outside knows of it.
        """
        log.tamper(*delete(31, renumber=False))
        assert log.failure() == (6, 31)
        assert log.failure(tiles=False) == (6, 31)
        assert log.verify(checkpoint=False).ok, "only what is kept outside can tell"

    @pytest.mark.parametrize("index", [0, 15, 30])
    def test_deleted_and_closed_up(self, log, index: int):
        """
        The indexes behind a deleted event moved up to hide it.
        """
        log.tamper(*delete(index, renumber=True))
        assert log.failure() == (6, index)

    def test_whole_stream(self, log):
        """
        A case removed with everything in it, and the indexes closed up: nothing but the tree can tell.
        """
        gone = "case/petition/5"
        log.tamper(
            "DELETE FROM luoshi.disclosure",
            "ALTER TABLE luoshi.event DROP CONSTRAINT event_log_index_check",
            f"DELETE FROM luoshi.event WHERE stream = '{gone}'",
            "UPDATE luoshi.event SET log_index = -log_index - 1",
            "UPDATE luoshi.event e SET log_index = n.rank FROM (SELECT log_index, row_number() OVER "
            "(ORDER BY log_index DESC) - 1 AS rank FROM luoshi.event) n WHERE n.log_index = e.log_index",
        )
        assert log.failure() == (6, 7)
        assert log.verify(checkpoint=False).ok

    def test_swapped(self, log):
        """
        Two events of different streams changed places: each is sound, the order is not.
        """
        log.tamper(
            "DELETE FROM luoshi.disclosure",
            "ALTER TABLE luoshi.event DROP CONSTRAINT event_log_index_check",
            "UPDATE luoshi.event SET log_index = -1 WHERE log_index = 20",
            "UPDATE luoshi.event SET log_index = 20 WHERE log_index = 21",
            "UPDATE luoshi.event SET log_index = 21 WHERE log_index = -1",
        )
        assert log.failure() == (6, 20)
        assert log.failure(tiles=False) == (6, None), "without tiles the root alone cannot say where"

    def test_swapped_in_one_stream(self, log):
        """
        Two events of one stream changed places.
        """
        log.tamper(
            "ALTER TABLE luoshi.event DROP CONSTRAINT event_log_index_check",
            "UPDATE luoshi.event SET log_index = -1 WHERE log_index = 14",
            "UPDATE luoshi.event SET log_index = 14 WHERE log_index = 20",
            "UPDATE luoshi.event SET log_index = 20 WHERE log_index = -1",
        )
        assert log.failure() == (6, 14)
        assert log.failure(checkpoint=False) == (3, 14)

    def test_inserted(self, log):
        """
        An event put in between, rightly signed by an enrolled key, with everything behind it moved down.
        """
        forged = log.writer.event("case/petition/new")
        log.tamper(
            "ALTER TABLE luoshi.event DROP CONSTRAINT event_log_index_check",
            "UPDATE luoshi.event SET log_index = -log_index WHERE log_index >= 10",
            "UPDATE luoshi.event SET log_index = -log_index + 1 WHERE log_index < 0",
            "INSERT INTO luoshi.event SELECT 10, 'case/petition/new', 1, 'petition.registered.v1', 'command-32', "
            "%(leaf)s, sha256('a')",
            leaf=forged.leaf,
        )
        assert log.failure() == (6, 10)

    def test_shortened_under_an_old_checkpoint(self, log):
        """
        A log cut behind an old checkpoint that was put back: the newest one, kept elsewhere, still covers the loss.
        """
        old = log.outside.newest()
        log.append(log.writer.event("case/petition/1"), log.writer.event("case/petition/2"))
        with PostgresStore(log.dsn, environ={}) as store:
            log.outside.advance(lambda start: (stored.leaf for stored in store.read_log(start)), ORIGIN, LOG)
        log.tamper("DELETE FROM luoshi.event WHERE log_index >= 32")
        assert log.failure() == (6, 32)
        assert old != log.outside.newest()

    def test_command_twice(self, log):
        """
        A command id that stands twice, in an event that is sound in everything else.
        """
        again = log.writer.event("case/petition/9", command_id="command-5")
        log.tamper(
            "INSERT INTO luoshi.event SELECT 32, 'case/petition/9', 1, 'petition.registered.v1', 'command-5', "
            "%(leaf)s, sha256('a')",
            leaf=again.leaf,
        )
        assert log.failure() == (5, 32)


class TestKeys:
    def append(self, log: Log, change: Callable[[Writer], object]) -> tuple[int, int | None]:
        before = len(log.writer.written)
        change(log.writer)
        log.append(*log.writer.written[before:])
        return log.failure()

    def test_revoked(self, log):
        """
        A revoked key signs nothing after its revocation; what it signed before stays good.
        """

        log.append(log.writer.revoke(CLERK, role="official", holder="wang"))
        late = log.writer.event("case/petition/1", by=CLERK, actor={"official": "wang", "system": None})
        with pytest.raises(SignerRevoked):
            log.append(late)
        log.tamper("ALTER TABLE luoshi.revoked_key DISABLE TRIGGER ALL", "DELETE FROM luoshi.revoked_key")
        log.append(late)
        assert log.failure() == (4, 33)

    def test_not_enrolled(self, log):
        stranger = {"official": "wang", "system": None}
        assert self.append(log, lambda w: w.event("case/petition/1", by=STRANGER, actor=stranger)) == (4, 32)

    def test_key_of_another(self, log):
        assert self.append(log, lambda w: w.event("case/petition/1", by=CLERK)) == (4, 32)

    def test_enrolled_in_another_stream(self, log):
        """
        A key is enrolled in its holder's own stream, where everybody who looks at the holder finds it.
        """
        body = {"vkey": STRANGER.vkey, "role": "official", "holder": "li", "valid_from": "2025-01-01"}
        assert self.append(log, lambda w: w.event("official/wang", "key.enrolled.v1", body)) == (4, 32)

    def test_expired(self, log):
        body = {"vkey": STRANGER.vkey, "role": "official", "holder": "li", "valid_from": "2024-01-01"}

        def change(writer: Writer) -> None:
            writer.event("official/li", "key.enrolled.v1", body | {"valid_to": "2025-02-01"})
            writer.event("case/petition/1", by=STRANGER, actor={"official": "li", "system": None})

        assert self.append(log, change) == (4, 33)

    def test_genesis(self):
        """
        The first record must enrol the key that signs it.
        """
        writer = Writer()
        first = writer.event("case/petition/1")
        row = [type("Row", (), {"log_index": 0, **{n: getattr(first, n) for n in first.__slots__}})()]
        report = verify_log(row, checkpoint=None, log_verifier=None, tiles=None, expect_origin=ORIGIN)
        assert report.failure is not None
        assert (report.failure.step, report.failure.log_index) == (4, 0)


class TestOutside:
    def test_checkpoint_by_another_key(self, log):
        """
        A checkpoint signed by somebody else is no checkpoint.
        """
        with PostgresStore(log.dsn, environ={}) as store:
            report = verify_log(
                store.read_log(),
                checkpoint=log.outside.newest(),
                log_verifier=Verifier(Ed25519Signer.from_seed(ORIGIN, b"\x07" * 32).vkey),
                tiles=log.outside,
                expect_origin=ORIGIN,
            )
        assert report.failure is not None
        assert report.failure.step == 6

    def test_damaged_tiles(self, log, tmp_path):
        """
        Tiles that do not lead to the signed root accuse nobody: the log is judged by the root.
        """
        [tile] = (tmp_path / "outside").glob("tile/0/000.p/*")
        tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
        assert log.verify().ok

    def test_other_origin(self, log):
        with PostgresStore(log.dsn, environ={}) as store:
            report = verify_log(
                store.read_log(), checkpoint=None, log_verifier=None, tiles=None, expect_origin="other.example/log"
            )
        assert report.failure is not None
        assert (report.failure.step, report.failure.log_index) == (2, 0)
