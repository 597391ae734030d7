"""
An operator with root, superuser rights and every key the ledger keeps, after witnesses and a mirror have cosigned.

One play for each row of the table in docs/threats.md: who notices, by which check; and who does not.
"""

from __future__ import annotations

import shutil

import pytest

from app.mirror.follow import Forked, Mirror
from app.mirror.source import HttpSource
from app.vouch import Vouchers
from app.witness.client import WitnessClient
from ledger.casemap import STREAM as MAP_STREAM
from ledger.casemap import TOPIC as MAP_TOPIC
from ledger.casemap import MapRoot, command_id, format_map_root
from ledger.checkpoint import open_checkpoint, sign_checkpoint
from ledger.cosignature import CosignerVerifier, check_cosigned
from ledger.envelope import Sealed, open_leaf, parse_payload
from ledger.errors import VerificationError
from ledger.keys import Ed25519Signer
from ledger.outside import LogShrunk
from ledger.policy import check_quorum
from ledger.trust import Extension, Trust, check
from ledger.vkeys import Verifier
from ledger.witness import proves_fork
from tests.attacks.county import TODAY, TOKEN, county, history, map_root, rewritten
from tests.ledger.sealing import LOG, ORIGIN

UPDATE = "UPDATE luoshi.event SET leaf = %(leaf)s WHERE log_index = 5"


@pytest.fixture
def land(database, tmp_path):
    with county(database, tmp_path) as made:
        yield made


def refused_by_all(witnessed, status):
    """No quorum, and every witness says why, with the status."""
    assert witnessed.quorum is None
    assert set(witnessed.failures) == {"court", "audit", "mirror"}
    assert all(f"it answered {status}" in why for why in witnessed.failures.values()), witnessed.failures


def forked(land):
    """The mirror's own round: the first record that differs."""
    with pytest.raises(Forked) as found:
        land.mirror.follow()
    return found.value


def test_edits_an_event(land):
    """
    (a) Other content under a good signature: step 6 names the record; without anything kept outside, step 3 does.
    """
    land.tamper(UPDATE, leaf=rewritten(land.leaves()[5], body={"n": "edited"}))
    assert land.verify() == (6, 5)
    shutil.rmtree(land.log.folder / "tile")
    assert land.verify() == (3, 10)  # the next record of its stream names another hash


def test_drops_an_event(land):
    """
    (b) Step 1 where the hole stays, step 6 where the rest moves up; the publisher stops at a log that has shrunk.
    """
    land.tamper("DELETE FROM luoshi.event WHERE log_index = 5")
    assert land.verify() == (1, 5)
    land.tamper(
        "UPDATE luoshi.event SET log_index = -log_index WHERE log_index > 5",
        "UPDATE luoshi.event SET log_index = -log_index - 1 WHERE log_index < 0",
    )
    assert land.verify() == (6, 5)
    with pytest.raises(LogShrunk):
        land.log.publish()


def test_reorders_two(land):
    """
    (c) Two records of two streams in each other's place: every chain holds, and step 6 still names the first.
    """
    land.tamper(
        "UPDATE luoshi.event SET log_index = 1000 WHERE log_index = 5",
        "UPDATE luoshi.event SET log_index = 5 WHERE log_index = 6",
        "UPDATE luoshi.event SET log_index = 6 WHERE log_index = 1000",
    )
    assert land.verify() == (6, 5)


def test_back_dates_a_published_event(land):
    """
    (d) An earlier time, signed with the kept key, in place: step 6. (In a rewritten tree: a fork, below.)
    """
    earlier = {"recorded_at": "2025-02-01T09:00:00Z", "occurred_at": "2025-02-01T09:00:00Z"}
    land.tamper(UPDATE, leaf=rewritten(land.leaves()[5], **earlier))
    assert land.verify() == (6, 5)


def test_back_dates_a_new_event(land, monkeypatch):
    """
    (d) An earlier time in a new record: the mirror had replayed the log without it, and refuses (step 4). Witnesses,
    who read no records, cosign; `luoshi verify` has no other clock to compare with.
    """
    monkeypatch.setattr("tests.ledger.sealing.NOW", "2025-02-01T09:00:00Z")
    got = land.published(1)
    assert set(got.failures) == {"mirror"}
    assert "422: the replay refuses, step 4 at record 22" in got.failures["mirror"]
    assert "back-dated" in got.failures["mirror"]
    assert got.quorum is None
    assert land.verify() is None


def test_rewrites_everything_and_forks(land, new_database, template):
    """
    (e) Database, files, state and all signatures made anew from record 5 on, and more records: at home everything
    verifies. Every witness answers 422; the mirror names record 5 and keeps both checkpoints.
    """
    fake = history(land.leaves(), 5, body={"n": "never happened"})
    land.replace_database(new_database(template), fake)
    land.publish_files(fake)
    got = land.cosign()
    refused_by_all(got, 422)  # of the same size
    assert proves_fork((forked(land).evidence / "replayed").read_bytes(), got.note, Verifier(LOG.vkey))
    land.log.writer._heads = {}
    land.log.store.append([land.log.writer.event("case/new", command_id="new")])
    land.log.publish()
    assert land.verify() is None
    refused_by_all(land.cosign(), 422)  # of a larger one
    found = forked(land)
    assert found.log_index == 5
    assert {file.name for file in found.evidence.iterdir()} == {"replayed", "offered"}


def test_shows_two_histories(land):
    """
    (f) One witness gets the one history, one the other, from where they parted, each of the same size: both cosign.
    What the two show to anybody convicts the log's key; nobody's word is needed.
    """
    before = land.leaves()
    shown = {}
    for name in ("court", "audit"):
        copy = land.tmp / "copy"
        shutil.copytree(land.log.folder, copy)
        event = land.log.writer.event("case/new", body={"told": name}, command_id="told")
        land.log.writer._heads.pop("case/new")
        told = [*before, event.leaf]
        told.append(format_map_root(MapRoot(len(told), map_root(told))))
        land.log.outside.advance(lambda start, told=told: told[start:], ORIGIN, LOG)
        assert land.cosign(only=name).failures == {}
        shown[name] = land.shown_by(name)
        shutil.rmtree(land.log.folder)
        copy.rename(land.log.folder)
    for name, vkey in ((w.name, w.vkey) for w in land.policy.witnesses if w.name in shown):
        check_cosigned(shown[name], CosignerVerifier(vkey))
    assert proves_fork(shown["court"], shown["audit"], Verifier(LOG.vkey))


def test_false_map_root(land):
    """
    (g) A map root that leaves a record out of its stream's count: step 8, by `luoshi verify` and by the mirror.
    Witnesses who do not replay cosign it.
    """
    leaves = land.leaves()
    false = format_map_root(MapRoot(22, map_root(leaves, without=20)))
    land.log.store.append([Sealed(MAP_STREAM, 2, MAP_TOPIC, command_id(22), false)])
    land.log.outside.advance(lambda start: [*leaves, false][start:], ORIGIN, LOG)
    got = land.cosign()
    assert set(got.failures) == {"mirror"}
    assert "422: the replay refuses, step 8 at record 22" in got.failures["mirror"]
    assert got.quorum is None
    assert land.verify() == (8, 22)


def test_restores_yesterday(land, new_database, template):
    """
    (h) Database, files and state put back to yesterday's copy, and the day lived again: at home everything verifies.
    Every witness has cosigned a larger tree (409), and once that is outgrown, another one (422); so has the mirror.
    """
    yesterday = land.leaves()
    shutil.copytree(land.log.folder, land.tmp / "backup")
    versions = dict(land.log.writer._heads)
    assert land.published(10).failures == {}
    shutil.rmtree(land.log.folder)
    shutil.copytree(land.tmp / "backup", land.log.folder)
    land.replace_database(new_database(template), yesterday)
    land.log.writer._heads = versions
    land.log.record(3)
    land.log.publish()
    assert land.verify() is None
    got = land.cosign()
    assert got.quorum is None
    assert all("it cosigned size 33 already" in why for why in got.failures.values())
    assert len(got.failures) == 3
    with pytest.raises(VerificationError) as smaller:
        land.mirror.follow()
    assert smaller.value.step == 6
    land.log.record(20)
    land.log.publish()
    assert land.verify() is None
    refused_by_all(land.cosign(), 422)
    assert forked(land).log_index == 22


@pytest.mark.parametrize("tile", ["tile/0/000.p/28", "tile/entries/000.p/28"])
def test_rewrites_tiles(land, tile):
    """
    (i) Hashes or entries that are not the log's: the mirror does not get from them to the signed root (step 6).
    `luoshi verify` reads the database and does not lean on tiles that lead nowhere.
    """
    land.log.record(5)
    land.log.publish()
    hashes, good = land.hashes(), land.log.outside.read(tile)
    land.log.outside.write(tile, good[:-1] + bytes([good[-1] ^ 1]))
    got = land.cosign(hashes=hashes)
    assert "422: the replay refuses, step 6" in got.failures["mirror"]
    assert got.quorum is None
    assert land.verify() is None
    land.log.outside.write(tile, good)
    assert land.cosign().failures == {}


def test_rewrites_an_upper_tile(land):
    land.log.record(300)
    land.log.publish()
    good = land.log.outside.read("tile/1/000.p/1")
    land.log.outside.write("tile/1/000.p/1", bytes(32))
    assert "step 6" in land.cosign().failures["mirror"]
    land.log.outside.write("tile/1/000.p/1", good)
    assert land.cosign().failures == {}


def test_changes_the_log_key(land):
    """
    (j) A new key under the old name, or a new name: at home it verifies, against the vkey that lies beside it. A
    witness knows the old key (403) or no such log (404); no policy is met; a mirror does not even begin (step 6).
    """
    land.log.record(3)
    land.log.publish()
    head = open_checkpoint(land.log.outside.newest(), Verifier(LOG.vkey))
    other = Ed25519Signer.generate(ORIGIN)
    note = sign_checkpoint(ORIGIN, head.size, head.root, other)
    refused_by_all(land.cosign(note), 403)
    with pytest.raises(VerificationError):
        check_quorum(land.policy, note)
    land.log.outside.write("checkpoint", note)
    assert land.verify(other.vkey) is None
    assert land.verify() == (6, None)
    with pytest.raises(VerificationError) as refused:
        land.mirror.follow()
    assert refused.value.step == 6
    renamed = Ed25519Signer.generate(f"{ORIGIN}-2")
    refused_by_all(land.cosign(sign_checkpoint(f"{ORIGIN}-2", head.size, head.root, renamed)), 404)


def test_enrols_a_key_of_his_own(land, monkeypatch):
    """
    (k) A key enrolled today, used to sign for an earlier day: the mirror names every new key to its operator, and the
    record is back-dated (step 4). Used for today it is a good key: what it signs is the official's in every check.
    """
    own = Ed25519Signer.generate("luoshi.example/official/zhao")
    land.log.store.append([land.log.writer.enrol(own, role="official", holder="zhao")])
    assert land.published().failures == {}
    assert [(index, key.holder) for index, key in land.told[-1].enrolled] == [(22, "zhao")]
    monkeypatch.setattr("tests.ledger.sealing.NOW", "2025-02-01T09:00:00Z")
    actor = {"official": "zhao", "system": None}
    land.log.store.append([land.log.writer.event("case/1", by=own, actor=actor)])
    got = land.published()
    assert set(got.failures) == {"mirror"}
    assert "step 4 at record 24" in got.failures["mirror"]
    assert land.verify() is None


def test_a_mirror_that_comes_late(land, monkeypatch):
    """
    What nobody saw at the time nobody can date: a mirror that begins after the back-dated record was published
    replays it without a word. Not caught, and docs/threats.md says so.
    """
    monkeypatch.setattr("tests.ledger.sealing.NOW", "2025-02-01T09:00:00Z")
    land.published(1)
    source = HttpSource(land.mirror._source._prefix, TOKEN)
    late = Mirror(land.tmp / "late", source, [Verifier(LOG.vkey)], lambda: TODAY)
    assert late.follow().head.size == 24
    assert parse_payload(open_leaf(land.leaves()[22]).payload).recorded_at == "2025-02-01T09:00:00Z"
    late.close()


def test_no_attack(land):
    """
    The ordinary publisher with the ordinary policy: the mirror replays what is not shown yet, the checkpoint is shown
    with all three lines, and whoever names the mirror's key as one that replays reads "replayed".
    """
    vkeys = {w.name: w.vkey for w in land.policy.witnesses}
    trust = Trust(land.policy, Extension(replay=(vkeys["mirror"],)))
    vouchers = Vouchers(land.log.outside, trust=trust, client=WitnessClient(land.policy))
    land.log.vouch = vouchers
    for events in (5, 300, 0):
        land.log.record(events)
        land.log.publish()
        assert vouchers.last.failures == {}
        assert vouchers.last.quorum_met
        assert check(trust, land.log.outside.newest()).replayed
    assert [r.head.size for r in land.told] == [22, 28, 329]
    false = format_map_root(MapRoot(329, bytes(32)))
    land.log.store.append([Sealed(MAP_STREAM, 4, MAP_TOPIC, command_id(329), false)])
    with land.log.outside.advancing(ORIGIN, LOG) as growth:
        for leaf in land.leaves()[growth.start :]:
            growth.add(leaf)
        growth.finish(vouchers)
    assert set(vouchers.last.failures) == {"mirror"}
    assert not vouchers.last.quorum_met
    assert not check(trust, land.log.outside.newest()).replayed
