"""One suite, run against every store: what ledger/store/contract.py promises."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from ledger.envelope import Sealed
from ledger.errors import CommandRepeated, Conflict, MalformedRequest, SignerRevoked
from ledger.keys import Ed25519Signer
from ledger.merkle import leaf_hash
from ledger.store.contract import Store, whole_log
from ledger.store.memory import MemoryStore
from ledger.store.postgres import PostgresStore
from tests.ledger.sealing import CLERK, Writer, kept, opaque


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
    else:
        with PostgresStore(request.getfixturevalue("database"), environ={}) as opened:
            yield opened


class TestAppend:
    def test_indexes(self, store):
        """
        Log indexes are dense from 0, in the order of appending, across streams.
        """
        assert store.append([opaque("a", 1), opaque("b", 1)]) == 0
        assert store.append([opaque("a", 2)]) == 2
        assert [(s.log_index, s.stream, s.version) for s in store.read_log()] == [
            (0, "a", 1),
            (1, "b", 1),
            (2, "a", 2),
        ]
        assert store.size() == 3

    def test_conflict(self, store):
        """
        Who read an older version is refused, and told which version the stream has.
        """
        store.append([opaque("a", 1)])
        with pytest.raises(Conflict) as refused:
            store.append([opaque("a", 1, command_id="other")])
        assert (refused.value.stream, refused.value.expected, refused.value.found) == ("a", 0, 1)

    def test_gap(self, store):
        """
        A stream cannot skip a version.
        """
        with pytest.raises(Conflict) as refused:
            store.append([opaque("a", 2)])
        assert (refused.value.expected, refused.value.found) == (1, 0)

    def test_whole_or_not_at_all(self, store):
        """
        Where one event of a request conflicts, none of it is recorded.
        """
        store.append([opaque("b", 1)])
        with pytest.raises(Conflict):
            store.append([opaque("a", 1), opaque("b", 1, command_id="other")])
        assert store.size() == 1
        assert store.head("a") == (0, None)

    def test_command_repeated(self, store):
        """
        The same command a second time records nothing and says where the first time was.
        """
        store.append([opaque("a", 1), opaque("a", 2, command_id="pay")])
        with pytest.raises(CommandRepeated) as refused:
            store.append([opaque("c", 1, command_id="pay")])
        assert (refused.value.command_id, refused.value.log_index) == ("pay", 1)
        assert store.size() == 2

    def test_retry(self, store):
        """
        A whole request sent again is a repeat, not a conflict: its sender learns that it succeeded.
        """
        request = [opaque("a", 1), opaque("a", 2)]
        store.append(request)
        with pytest.raises(CommandRepeated) as refused:
            store.append(request)
        assert refused.value.log_index == 0

    @pytest.mark.parametrize(
        "events",
        [
            [],
            [opaque("a", 0)],
            [opaque("", 1)],
            [opaque("a\0", 1)],
            [opaque("a" * 2000, 1)],
            [opaque("a", 1), opaque("a", 3)],
            [opaque("a", 2), opaque("a", 1)],
            [opaque("a", 1, command_id="x"), opaque("a", 2, command_id="x")],
        ],
        ids=["empty", "version 0", "no name", "nul", "long name", "gap", "backwards", "one command twice"],
    )
    def test_malformed(self, store, events: Any):
        """
        A request that can never be recorded is refused as such.
        """
        with pytest.raises(MalformedRequest):
            store.append(events)
        assert store.size() == 0

    def test_concurrent_callers(self, store):
        """
        Eight callers append at once to their own and to one shared stream: every index is used once, the shared
        stream has each version once, and whoever lost a race was told so.
        """

        def write(writer: int) -> int:
            conflicts = 0
            for number in range(1, 26):
                store.append([opaque(f"own-{writer}", number)])
                version, _ = store.head("shared")
                try:
                    store.append([opaque("shared", version + 1, command_id=f"{writer}/{number}")])
                except Conflict:
                    conflicts += 1
            return conflicts

        with ThreadPoolExecutor(8) as pool:
            conflicts = sum(pool.map(write, range(8)))
        log = store.read_log(0, 1000)
        assert [s.log_index for s in log] == list(range(len(log)))
        assert len(log) == 400 - conflicts
        assert [s.version for s in store.read_stream("shared")] == list(range(1, 201 - conflicts))


class TestAppendMany:
    def test_neighbours(self, store):
        """
        A refusal in one request of a batch leaves its neighbours alone, and later ones build on earlier ones.
        """
        outcomes = store.append_many(
            [
                [opaque("a", 1), opaque("b", 1)],
                [opaque("a", 1, command_id="late")],
                [opaque("c", 1, command_id="a/1")],
                [opaque("a", 2), opaque("c", 1)],
                [opaque("d", 7)],
                [opaque("d", 1, command_id="c/1")],
                [opaque("a", 3)],
            ]
        )
        assert [o if isinstance(o, int) else type(o) for o in outcomes] == [
            0,
            Conflict,
            CommandRepeated,
            2,
            Conflict,
            CommandRepeated,
            4,
        ]
        assert [s.stream for s in store.read_log()] == ["a", "b", "a", "c", "a"]
        assert outcomes[5].log_index == 3

    def test_nothing(self, store):
        assert store.append_many([]) == []

    def test_repeat_of_everything(self, store):
        """
        An import that is run again adds nothing.
        """
        requests = [[opaque(f"s{i}", 1), opaque(f"s{i}", 2)] for i in range(300)]
        assert store.append_many(requests) == list(range(0, 600, 2))
        again = store.append_many(requests)
        assert [o.log_index for o in again] == list(range(0, 600, 2))
        assert store.size() == 600


class TestRevoked:
    """An event whose key was revoked by an earlier record is refused, however late its writer learns of that."""

    @pytest.fixture
    def writer(self, store) -> Writer:
        writer = Writer()
        store.append([writer.genesis(), writer.enrol(CLERK, role="official", holder="wang")])
        return writer

    def test_refused(self, store, writer):
        """
        Judged before, appended after: refused, naming key and record; other keys sign on.
        """
        late = by_clerk(writer, "case/late")
        store.append([by_clerk(writer, "case/1"), writer.event("case/1")])
        store.append([writer.revoke(CLERK, role="official", holder="wang")])
        with pytest.raises(SignerRevoked) as refused:
            store.append([writer.event("case/2"), late])
        assert (refused.value.key_id, refused.value.log_index) == (CLERK.key_id, 4)
        assert store.append([writer.event("case/3")]) == 5

    def test_neighbours(self, store, writer):
        """
        In one batch: what stands before the revocation is recorded, what stands behind it is not, nobody else suffers.
        """
        outcomes = store.append_many(
            [
                [by_clerk(writer, "case/1")],
                [writer.event("case/2")],
                [writer.revoke(CLERK, role="official", holder="wang")],
                [by_clerk(writer, "case/3")],
                [writer.event("case/4")],
                [writer.event("case/5"), by_clerk(writer, "case/6")],
                [writer.event("case/7")],
            ]
        )
        assert [o if isinstance(o, int) else type(o) for o in outcomes] == [2, 3, 4, SignerRevoked, 5, SignerRevoked, 6]
        assert {o.log_index for o in outcomes if isinstance(o, SignerRevoked)} == {4}

    def test_within_a_request(self, store, writer):
        """
        A key may end itself, as the last thing that it signs.
        """
        wang = {"official": "wang", "system": None}
        own = writer.event("official/wang", "key.revoked.v1", {"key_id": CLERK.key_id}, by=CLERK, actor=wang)
        with pytest.raises(SignerRevoked) as refused:
            store.append([own, by_clerk(writer, "case/1")])
        assert (refused.value.log_index, store.size()) == (2, 2)
        assert store.append([own]) == 2

    def test_a_refused_revocation_ends_nothing(self, store, writer):
        """
        A revocation that was refused (its stream had moved on) leaves the key as it was; so does one without a key.
        """
        moved = writer.revoke(CLERK, role="official", holder="wang")
        store.append([replace(opaque("official/wang", 2), topic="key.revoked.v1")])
        outcomes = store.append_many([[moved], [by_clerk(writer, "case/1")]])
        assert [type(o) for o in outcomes] == [Conflict, int]

    def test_spelling(self, store, writer):
        """
        A key id with signs that JSON escapes, or writes in several bytes, is known again.
        """
        odd = Ed25519Signer.generate('official/"王"/\\')
        store.append([writer.enrol(odd, role="official", holder="odd")])
        late = writer.event("case/1", by=odd)
        store.append([writer.revoke(odd, role="official", holder="odd")])
        with pytest.raises(SignerRevoked) as refused:
            store.append([late])
        assert refused.value.key_id == odd.key_id


def by_clerk(writer: Writer, stream: str) -> Sealed:
    return writer.event(stream, by=CLERK, actor={"official": "wang", "system": None})


class TestRead:
    def test_stream(self, store):
        store.append([opaque("a", 1), opaque("b", 1), opaque("a", 2), opaque("a", 3)])
        assert [s.version for s in store.read_stream("a")] == [1, 2, 3]
        assert [s.version for s in store.read_stream("a", after=2)] == [3]
        assert store.read_stream("nobody") == []
        assert store.read_stream("a")[0].leaf == opaque("a", 1).leaf

    def test_log(self, store):
        store.append([opaque("a", n) for n in range(1, 11)])
        assert [s.log_index for s in store.read_log(7)] == [7, 8, 9]
        assert [s.log_index for s in store.read_log(2, 3)] == [2, 3, 4]
        assert store.read_log(10) == []

    def test_streams(self, store):
        """
        Names by their beginning, or by what stands behind the second slash, in the order in which they began.
        """
        names = ["case/b/1", "case/a/1", "case/a/1/2", "case/a/10", "cases/a/1", "unit/1", "a/1", "case/ä_%/1", "1"]
        for name in names:
            store.append([opaque(name, 1), opaque(name, 2)])
        assert store.streams("case/") == ["case/b/1", "case/a/1", "case/a/1/2", "case/a/10", "case/ä_%/1"]
        assert store.streams("case/", "1") == ["case/b/1", "case/a/1", "case/ä_%/1"]
        assert store.streams("case/a/", "1") == ["case/a/1"]
        assert store.streams("case/", "1/2") == ["case/a/1/2"]
        assert store.streams("case/ä_%/") == ["case/ä_%/1"]
        assert store.streams("unit/", "1") == []
        assert store.streams("") == names
        assert store.streams("case/", "2") == store.streams("nothing") == []

    def test_whole_log(self, store):
        """
        The whole log is read in chunks, also where its length is a multiple of them.
        """
        store.append([opaque("a", n) for n in range(1, 11)])
        for chunk in (1, 3, 5, 10, 11):
            assert [s.log_index for s in whole_log(store, chunk=chunk)] == list(range(10))
        assert [s.log_index for s in whole_log(store, 8)] == [8, 9]

    def test_heads(self, store):
        """
        A head is the newest version and the hash of its leaf, as the tree has it.
        """
        store.append([opaque("a", 1), opaque("a", 2), opaque("b", 1)])
        assert store.head("a") == (2, leaf_hash(opaque("a", 2).leaf))
        assert store.heads(["a", "b", "c", "a"]) == {"a": store.head("a"), "b": store.head("b")}
        assert store.heads([]) == {}

    def test_by_command(self, store):
        store.append([opaque("a", 1), opaque("a", 2)])
        assert store.by_command([]) == {}
        assert {k: v.log_index for k, v in store.by_command(["a/2", "a/9"]).items()} == {"a/2": 1}

    def test_disclosures(self, store):
        """
        Disclosures come back in their order; an event without any is left out.
        """
        w, x, y, z = map(kept, "wxyz")
        store.append([opaque("a", 1), opaque("a", 2, disclosures=[z, y])])
        store.append_many([[opaque("a", 3, disclosures=[x])], [opaque("a", 3)], [opaque("a", 4, disclosures=[w])]])
        assert store.disclosures([0, 1, 2, 3, 99]) == {1: (z, y), 2: (x,), 3: (w,)}
        assert store.disclosures([]) == {}

    def test_kept_instead(self, store):
        """
        What is kept beside some events is replaced whole; beside the others it stays.
        """
        store.append([opaque("a", n, disclosures=[kept(f"{n}"), kept(f"{n}b")]) for n in (1, 2, 3)])
        store.keep_instead({0: [kept("new")], 1: []})
        assert store.disclosures([0, 1, 2]) == {0: (kept("new"),), 2: (kept("3"), kept("3b"))}
        store.keep_instead({})
        assert len(store.disclosures([0, 1, 2])) == 2
