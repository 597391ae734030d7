"""
The mirror as a witness: what it cosigns it has replayed, whoever asks, and it never signs two histories.
"""

from __future__ import annotations

import httpx
import pytest

from app.mirror.cosign import Gate, cosign
from app.mirror.follow import Mirror
from app.mirror.source import FolderSource, SourceFailed
from app.mirror.state import MirrorState
from app.witness.client import WitnessClient
from app.witness.config import CONFIG_FILE, new_witness, read_config
from app.witness.server import create_witness, open_witness
from ledger.casemap import MapRoot, format_map_root
from ledger.cosignature import CosignerVerifier, check_cosigned
from ledger.merkle import leaf_hash, prove_tree
from ledger.policy import Log, Policy
from ledger.policy import Witness as PolicyWitness
from ledger.store.contract import whole_log
from ledger.witness import Refused, format_request
from tests.app.mirror.following import NOW, mirror, published
from tests.app.mirror.test_follow import republish
from tests.app.test_witness_server import serving
from tests.ledger.sealing import LOG


@pytest.fixture
def key(tmp_path):
    new_witness("mirror.example/court", tmp_path / "key")
    return read_config(tmp_path / "key" / CONFIG_FILE)


def hashes(log):
    return [leaf_hash(s.leaf) for s in whole_log(log.store)]


def asked(log, old=0):
    proof = prove_tree(hashes(log), old) if old else ()
    return format_request(old, proof, log.outside.newest())


def gated(tmp_path, key, told=None, **how):
    replaying = mirror(tmp_path, **how)
    return replaying, open_witness(key, lambda: NOW, logs=replaying.logs(), gate=Gate(replaying, told))


class TestRound:
    def test_each_checkpoint(self, tmp_path, key):
        """
        Round after round one cosignature, beside the log's signature in the mirror's own copy.
        """
        log = published(tmp_path)
        replaying = mirror(tmp_path)
        witness = open_witness(key, lambda: NOW, logs=replaying.logs())
        with pytest.raises(Refused, match="nothing is replayed yet"):
            cosign(replaying, witness)
        for events in (0, 5, 300, 0):
            log.record(events)
            head = log.publish()
            replaying.follow()
            line = cosign(replaying, witness)
            assert (tmp_path / "mirror" / "checkpoint").read_bytes() == log.outside.newest() + line.encode()
            check_cosigned(log.outside.newest() + line.encode(), CosignerVerifier(key.cosigner().vkey))
            assert witness.last(head.origin) == head

    def test_after_a_lost_folder(self, tmp_path, key):
        """
        The replay may be lost, the witness's state not: the key still does not sign a smaller tree.
        """
        log = published(tmp_path)
        log.record(20)
        older = log.outside.newest()
        log.publish()
        replaying = mirror(tmp_path)
        replaying.follow()
        cosign(replaying, open_witness(key, lambda: NOW, logs=replaying.logs()))
        second = mirror(tmp_path, name="second")
        second.follow(older)
        with pytest.raises(Refused) as refused:
            cosign(second, open_witness(key, lambda: NOW, logs=second.logs()))
        assert refused.value.status in {400, 409}


class TestGate:
    def test_replays_first(self, tmp_path, key):
        """
        The log asks before it shows its checkpoint, and gets a cosignature over what was replayed in between.
        """
        log = published(tmp_path)
        told = []
        replaying, witness = gated(tmp_path, key, told.append)
        witness.add_checkpoint(asked(log))
        log.record(300)
        older = log.outside.newest()
        head = log.publish()
        body = asked(log, 22)
        log.outside.write("checkpoint", older)
        line = witness.add_checkpoint(body)
        check_cosigned(log.outside.kept(head.size) + line.encode(), CosignerVerifier(key.cosigner().vkey))
        assert replaying.newest()[0] == head
        assert [r.head.size for r in told] == [22, head.size]
        assert witness.add_checkpoint(format_request(head.size, (), log.outside.kept(head.size)))  # again: fresh time

    def test_refuses(self, tmp_path, key):
        """
        422 with step and record where the replay says no; nothing is kept, so the next right one is cosigned.
        """
        log = published(tmp_path)
        told = []
        _, witness = gated(tmp_path, key, told.append)
        before = [s.leaf for s in whole_log(log.store)]
        republish([*before, format_map_root(MapRoot(22, bytes(32)))], tmp_path / "log")
        with pytest.raises(Refused) as refused:
            witness.add_checkpoint(format_request(0, (), log.outside.newest()))
        assert (refused.value.status, told) == (422, [refused.value])
        assert "step 8 at record 22" in refused.value.body
        assert witness.last(LOG.vkey.partition("+")[0]) is None
        republish(before, tmp_path / "log")
        assert witness.add_checkpoint(format_request(0, (), log.outside.newest()))

    def test_cannot_tell(self, tmp_path, key):
        """
        503 where the log could not be read, or another program holds the folder: the same request may come again.
        """
        log = published(tmp_path)

        class Away(FolderSource):
            is_away = True

            def get(self, name, limit):
                if self.is_away:
                    raise SourceFailed("away")
                return super().get(name, limit)

        _, witness = gated(tmp_path, key, source=Away(tmp_path / "log"))
        for _ in range(2):
            with pytest.raises(Refused, match="not replayed: away") as refused:
                witness.add_checkpoint(asked(log))
            assert refused.value.status == 503
        Away.is_away = False
        other = mirror(tmp_path)
        with other._state.advancing(), pytest.raises(Refused, match="503"):
            witness.add_checkpoint(asked(log))
        assert witness.add_checkpoint(asked(log))

    def test_usual_checks_come_first(self, tmp_path, key):
        """
        Strangers, wrong sizes and false proofs make nobody replay anything.
        """
        log = published(tmp_path)
        witness = open_witness(key, lambda: NOW, logs=mirror(tmp_path).logs(), gate=pytest.fail)
        for body, status in (
            (b"", 400),
            (asked(log).replace(LOG.vkey.partition("+")[0].encode() + b"\n", b"other.example/log\n", 1), 404),
            (asked(log, 5), 409),
            (format_request(0, [bytes(32)], log.outside.newest()), 422),
        ):
            with pytest.raises(Refused) as refused:
                witness.add_checkpoint(body)
            assert refused.value.status == status

    def test_nothing_cosigned_before_it_is_durable(self, tmp_path, key, monkeypatch):
        """
        Where the replay cannot be kept, nothing is signed.
        """
        log = published(tmp_path)
        _, witness = gated(tmp_path, key)

        def full(*_):
            raise OSError("disk full")

        for owner, name in ((Mirror, "_show"), (MirrorState, "advancing")):
            with monkeypatch.context() as patch:
                patch.setattr(owner, name, full)
                with pytest.raises(OSError, match="disk full"):
                    witness.add_checkpoint(asked(log))
            assert witness.last(log.outside.newest().split(b"\n")[0].decode()) is None
            (tmp_path / "mirror").rename(tmp_path / name)
            _, witness = gated(tmp_path, key)
        assert witness.add_checkpoint(asked(log))

    def test_over_http(self, tmp_path, key):
        """
        The publisher's ordinary client collects the mirror's line like any witness's, and hears why there is none.
        """
        log = published(tmp_path)
        _, witness = gated(tmp_path, key)
        with serving(create_witness(key, lambda: NOW, witness)) as url:
            policy = Policy((Log(LOG.vkey),), (PolicyWitness("m", key.cosigner().vkey, url),), (), "m")
            client = WitnessClient(policy)
            got = client.cosign(log.outside.newest(), lambda old, new: prove_tree(hashes(log)[:new], old))
            assert got.failures == {}
            assert got.quorum.cosigners[0].key_id.startswith("mirror.example/court+")
            before = [s.leaf for s in whole_log(log.store)]
            republish([*before, format_map_root(MapRoot(22, bytes(32)))], tmp_path / "log")
            new = [leaf_hash(leaf) for leaf in [*before, format_map_root(MapRoot(22, bytes(32)))]]
            got = client.cosign(log.outside.newest(), lambda old, _: prove_tree(new, old))
            assert "422: the replay refuses, step 8 at record 22" in got.failures["m"]
            assert httpx.get(url, trust_env=False).status_code == 404
