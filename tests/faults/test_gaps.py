"""A follower of the log never misses an event, however many write at once."""

from threading import Event, Thread

from ledger.store.postgres import PostgresStore
from tests.ledger.sealing import opaque

WRITERS = 8
EVENTS = 20_000


def test_follower_misses_nothing(database: str) -> None:
    """
    Eight writers, each with a store and so a connection of its own, against one follower that only ever asks for what
    is behind the last id it saw.
    """
    done = Event()
    stores = [PostgresStore(database, environ={}) for _ in range(WRITERS)]
    seen: list[int] = []

    def follow() -> None:
        with PostgresStore(database, environ={}) as store:
            last = 0
            while True:
                finished = done.is_set()
                found = store.select_notifications(start=last, limit=500, inclusive_of_start=False)
                seen.extend(n.id for n in found)
                last = found[-1].id if found else last
                if finished and not found:
                    return

    def write(writer: int) -> None:
        # Requests of different lengths, so that commits of different durations overlap.
        written, request = 0, 0
        while written < EVENTS // WRITERS:
            length = min(1 + (request * 7 + writer) % 9, EVENTS // WRITERS - written)
            stream = f"{writer}/{request}"
            stores[writer].append([opaque(stream, version) for version in range(1, length + 1)])
            written, request = written + length, request + 1

    follower = Thread(target=follow)
    writers = [Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in (follower, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    follower.join()
    for store in stores:
        store.close()
    assert seen == list(range(1, EVENTS + 1))
