"""Sealed values: clear above, ciphertext below, gone after an erasure."""

import random
import threading
import time

import pytest

from ledger.disclosure import digest, disclose
from ledger.errors import SealBroken
from ledger.store.memory import MemoryStore
from ledger.store.sealed import SealedStore
from ledger.vault import Vault
from tests.ledger.sealing import ORIGIN, opaque

NAME, PHONE, TEXT, OTHER = (
    disclose(field, value, bytes([n]) * 16)
    for n, (field, value) in enumerate([("name", "张三"), ("phone", "138"), ("text", "漏水"), ("name", "李四")], 1)
)


class Kept:
    def __init__(self, folder) -> None:
        self.below = MemoryStore()
        self.vault = Vault(folder / "vault", origin=ORIGIN)
        self.store = SealedStore(self.below, self.vault, origin=ORIGIN)
        self.store.append([opaque("a", 1, disclosures=[NAME, PHONE])])
        self.store.append_many(
            [[opaque("a", 2, disclosures=[TEXT]), opaque("a", 3)], [opaque("b", 1, disclosures=[OTHER])]]
        )


@pytest.fixture
def kept(tmp_path) -> Kept:
    return Kept(tmp_path)


def test_both_sides(kept) -> None:
    """
    What comes back is what was given, in its order; below nothing of it is to be found.
    """
    assert kept.store.disclosures([0, 1, 2, 3]) == {0: (NAME, PHONE), 1: (TEXT,), 3: (OTHER,)}
    below = "".join(text for texts in kept.below.disclosures([0, 1, 3]).values() for text in texts)
    assert not any(clear in below for clear in (NAME, PHONE, TEXT, OTHER))
    assert all(digest(clear) in below for clear in (NAME, PHONE, TEXT, OTHER))


def test_the_same_value_twice(kept) -> None:
    kept.store.append([opaque("b", 2, disclosures=[NAME])])
    [other] = kept.below.disclosures([4])[4]
    assert other not in kept.below.disclosures([0])[0]


@pytest.mark.parametrize("place", ["digest", "body", "nothing sealed"])
def test_damage(kept, place: str) -> None:
    name, phone = kept.below.disclosures([0])[0]
    head, named, key, body = name.split(".")
    other = phone.split(".")
    damaged = {
        "digest": ".".join([head, other[1], key, body]),
        "body": ".".join([head, named, key, other[3]]),
        "nothing sealed": NAME,
    }[place]
    kept.below.keep_instead({0: (damaged,)})
    with pytest.raises(SealBroken, match="record 0"):
        kept.store.disclosures([0])


def test_another_stream(kept) -> None:
    """
    A key id that names another stream's key opens nothing.
    """
    [name, _] = kept.below.disclosures([0])[0]
    [other] = kept.below.disclosures([3])[3]
    kept.below.keep_instead({0: (name.replace(name.split(".")[2], other.split(".")[2]),)})
    with pytest.raises(SealBroken, match="does not open"):
        kept.store.disclosures([0])


def test_erase(kept) -> None:
    """
    One field goes; the others stay readable, under another key; a backup of before opens no more.
    """
    backup = dict(kept.below.disclosures([0, 1, 3]))
    kept.store.erase("a", {digest(NAME)}, since=2)
    assert kept.store.disclosures([0, 1, 3]) == {0: (PHONE,), 1: (TEXT,), 3: (OTHER,)}
    assert kept.store.oldest_key("a") == 2
    kept.below.keep_instead(backup)
    assert kept.store.held([0, 1]) == {0: {digest(NAME): None, digest(PHONE): None}, 1: {digest(TEXT): None}}
    assert kept.store.disclosures([0, 1, 3]) == {3: (OTHER,)}


def test_erase_again(kept) -> None:
    kept.store.erase("a", {digest(NAME)}, since=2)
    after = kept.store.held([0, 1]), kept.vault.of("a")
    kept.store.erase("a", {digest(NAME)}, since=2)
    assert (kept.store.held([0, 1]), kept.vault.of("a")) == after


def test_erase_does_not_lose(kept) -> None:
    """
    A value whose key is missing is not silently left out when the others are sealed anew.
    """
    kept.vault.destroy("a", before=0)
    with pytest.raises(SealBroken, match="no key opens"):
        kept.store.erase("a", {digest(NAME)}, since=2)


def test_writers_and_an_erasure(kept) -> None:
    """
    While values come in from several threads, another's key is replaced again and again: none arrives under a
    destroyed key.
    """
    stop = threading.Event()
    failed: list[BaseException] = []
    written = {"a": 3, "c": 0, "d": 0}

    def write(stream: str) -> None:
        chance = random.Random(stream)  # noqa: S311 - salts of a test
        try:
            while not stop.is_set():
                version = written[stream] + 1
                text = disclose("text", f"{stream}{version}", chance.randbytes(16))
                kept.store.append([opaque(stream, version, disclosures=[text])])
                written[stream] = version
                time.sleep(0.001)
        except BaseException as error:  # noqa: BLE001 - shown by the main thread
            failed.append(error)

    writers = [threading.Thread(target=write, args=(stream,)) for stream in written]
    for writer in writers:
        writer.start()
    for since in range(2, 40, 2):
        kept.store.erase("a", {digest(NAME)}, since=since)
    stop.set()
    for writer in writers:
        writer.join()
    assert failed == []
    readable = kept.store.held(range(kept.store.size()))
    assert written["a"] > 3
    assert [index for index, held in readable.items() if None in held.values()] == []
    assert sum(map(len, readable.values())) == sum(written.values()) - 3 + 3
