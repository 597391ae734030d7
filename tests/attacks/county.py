"""
A county's log with everything around it: the embedded database, a publisher, its files over HTTP, two witnesses and a
mirror, each a server of its own on this machine. And what an operator with root, the database and all keys can do.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
from psycopg import sql

from api.http.app import create_app
from app.entitled import grant
from app.mirror.cosign import Gate
from app.mirror.follow import Mirror
from app.mirror.source import HttpSource
from app.witness.client import WitnessClient
from app.witness.config import CONFIG_FILE, new_witness, read_config
from app.witness.server import create_witness, open_witness
from app.witness.state import origin_hash
from ledger.casemap import (
    STREAM,
    TOPIC,
    CaseMap,
    MapRoot,
    MemoryNodes,
    command_id,
    format_map_root,
    is_map_root,
    parse_map_root,
)
from ledger.cosignature import tree_head
from ledger.envelope import Draft, Sealed, open_leaf, parse_payload, payload, seal
from ledger.merkle import leaf_hash, prove_tree
from ledger.note import split_note
from ledger.outside import CheckpointFile
from ledger.policy import Group, Log, Policy
from ledger.policy import Witness as PolicyWitness
from ledger.store.contract import whole_log
from ledger.store.mapnodes import PostgresNodes
from ledger.store.postgres import PostgresStore
from ledger.verify import verify_log
from ledger.vkeys import Verifier
from tests.app.test_witness_server import make_witness, serving
from tests.ledger.sealing import CLERK, LOG, ORIGIN, SYSTEM
from tests.publishing import Published

TODAY = datetime(2025, 3, 1, 9, 5, tzinfo=UTC)  # tests.ledger.sealing records at 09:00
TOKEN = "a-token-for-the-mirror"
SIGNERS = {key.key_id: key for key in (SYSTEM, CLERK)}


@dataclass
class County:
    dsn: str
    log: Published
    mirror: Mirror
    told: list[Any]  # what the mirror said of each request
    policy: Policy
    urls: dict[str, str]
    tmp: Any
    stack: ExitStack

    def hashes(self) -> list[bytes]:
        return list(self.log.outside.leaf_hashes(tree_head(split_note(self.log.outside.newest() or b"")[0]).size))

    def cosign(self, note: bytes | None = None, *, only: str | None = None, hashes: list[bytes] | None = None) -> Any:
        """The publisher asks everybody, and the policy wants all three; or one witness alone."""
        hashes = hashes or self.hashes()
        asked = tuple(w for w in self.policy.witnesses if only in {None, w.name})
        policy = replace(self.policy, witnesses=asked, groups=(), quorum=only) if only else self.policy
        client = WitnessClient(policy)
        return client.cosign(note or self.log.outside.newest(), lambda old, new: prove_tree(hashes[:new], old))

    def published(self, events: int = 0) -> Any:
        self.log.record(events)
        self.log.publish()
        return self.cosign()

    def verify(self, vkey: str = LOG.vkey) -> Any:
        """`luoshi verify`: (step, index) of what fails, or None."""
        report = verify_log(
            whole_log(self.log.store),
            checkpoint=self.log.outside.newest(),
            log_verifier=Verifier(vkey),
            tiles=self.log.outside,
            expect_origin=ORIGIN,
            disclosures=self.log.store.disclosures,
        )
        return None if report.failure is None else (report.failure.step, report.failure.log_index)

    def leaves(self) -> list[bytes]:
        return [s.leaf for s in whole_log(self.log.store)]

    def shown_by(self, witness: str) -> bytes:
        """The checkpoint that a witness cosigned last, as it shows it to anybody."""
        return httpx.get(f"{self.urls[witness]}/{origin_hash(ORIGIN)}/checkpoint", trust_env=False).content

    def tamper(self, *statements: str, **values: Any) -> None:
        """As a superuser, past triggers and constraints."""
        with psycopg.connect(self.dsn) as connection:
            connection.execute("ALTER TABLE luoshi.event DISABLE TRIGGER ALL")
            for constraint in ("event_command_id_key", "event_log_index_check", "event_stream_version_key"):
                connection.execute(f"ALTER TABLE luoshi.event DROP CONSTRAINT IF EXISTS {constraint}")
            for statement in statements:
                connection.execute(sql.SQL(statement), {k: v for k, v in values.items() if f"%({k})s" in statement})

    def publish_files(self, leaves: list[bytes], signer: Any = LOG) -> None:
        """Throw the published files away, `state` and all, and sign these leaves instead."""
        shutil.rmtree(self.log.folder)
        self.log.outside.advance(lambda start: leaves[start:], ORIGIN, signer)

    def replace_database(self, dsn: str, leaves: list[bytes]) -> None:
        """Another database that holds these leaves and nothing else."""
        self.dsn = dsn
        self.log.store = self.stack.enter_context(PostgresStore(dsn, environ={}))
        self.log.nodes = PostgresNodes(dsn, "luoshi")
        roots = 0
        for leaf in leaves:
            if is_map_root(leaf):
                roots += 1
                event = Sealed(STREAM, roots, TOPIC, command_id(parse_map_root(leaf).covers), leaf)
            else:
                said = parse_payload(open_leaf(leaf).payload)
                event = Sealed(said.stream, said.version, said.topic, said.command_id, leaf)
            self.log.store.append([event])
        with self.log.nodes.leading():
            self.log.nodes.keep(_map_of(leaves[:-1]).pending())


def rewritten(leaf: bytes, **changes: Any) -> bytes:
    """The same event otherwise, signed again with the key that the ledger keeps."""
    envelope = open_leaf(leaf)
    said = parse_payload(envelope.payload)
    draft = Draft(
        stream=said.stream,
        version=said.version,
        topic=said.topic,
        body=changes.get("body", said.body),
        actor=said.actor,
        occurred_at=changes.get("occurred_at", said.occurred_at),
        command_id=said.command_id,
        origin=said.origin,
    )
    made = payload(draft, prev=changes.get("prev", said.prev), recorded_at=changes.get("recorded_at", said.recorded_at))
    return seal(made, SIGNERS[envelope.key_id])


def history(leaves: list[bytes], index: int, **changes: Any) -> list[bytes]:
    """The log as if that record had always been otherwise: chains, signatures and map roots made anew."""
    heads: dict[str, bytes] = {}
    made: list[bytes] = []
    for place, leaf in enumerate(leaves):
        if is_map_root(leaf):
            made.append(format_map_root(MapRoot(place, map_root(made))))
            continue
        stream = parse_payload(open_leaf(leaf).payload).stream
        prev = heads[stream].hex() if stream in heads else None
        new = rewritten(leaf, prev=prev, **(changes if place == index else {}))
        heads[stream] = leaf_hash(new)
        made.append(new)
    return made


def map_root(leaves: list[bytes], *, without: int | None = None) -> bytes:
    return _map_of([leaf for place, leaf in enumerate(leaves) if place != without]).root


def _map_of(leaves: list[bytes]) -> CaseMap:
    made = CaseMap(ORIGIN, MemoryNodes())
    streams = [STREAM if is_map_root(leaf) else parse_payload(open_leaf(leaf).payload).stream for leaf in leaves]
    made.add((stream, leaf_hash(leaf)) for stream, leaf in zip(streams, leaves, strict=True))
    return made


@contextmanager
def county(dsn, tmp):
    """The county in the morning: 22 records, published, cosigned by all three."""
    with ExitStack() as stack:
        store = stack.enter_context(PostgresStore(dsn, environ={}))
        log = Published(store, tmp / "log", PostgresNodes(dsn, "luoshi"))
        grant(tmp / "auditors", "mirror", "mirror", TOKEN)
        doors = SimpleNamespace(
            dsn=dsn,
            settings=SimpleNamespace(schema_name="luoshi", timezone="Asia/Shanghai", auditors=tmp / "auditors"),
            store=store,
            outside=CheckpointFile(tmp / "log"),
            clock=lambda: TODAY,
            questions=None,
        )
        site = stack.enter_context(serving(create_app(doors, open_reading=True)))
        vkeys, urls = {}, {}
        for name in ("court", "audit"):
            vkeys[name], app = make_witness(tmp / name, f"witness.example/{name}", logs=(LOG.vkey,))
            urls[name] = stack.enter_context(serving(app))
        told: list[Any] = []
        source = HttpSource(f"{site}/log", TOKEN)
        mirror = Mirror(tmp / "mirror", source, [Verifier(LOG.vkey)], lambda: TODAY)
        stack.callback(mirror.close)
        vkeys["mirror"] = new_witness("witness.example/mirror", tmp / "mirror-key").vkey
        config = read_config(tmp / "mirror-key" / CONFIG_FILE)
        gated = open_witness(config, lambda: TODAY, logs=mirror.logs(), gate=Gate(mirror, told.append))
        urls["mirror"] = stack.enter_context(serving(create_witness(config, lambda: TODAY, gated)))
        policy = Policy(
            (Log(LOG.vkey),),
            tuple(PolicyWitness(name, vkeys[name], urls[name]) for name in vkeys),
            (Group("all", 3, tuple(vkeys)),),
            "all",
        )
        made = County(dsn, log, mirror, told, policy, urls, tmp, stack)
        morning = made.published(20)
        assert morning.failures == {}
        assert morning.quorum is not None
        yield made
