"""
Fuzzing of every parser of strangers' bytes (tests/parsers.py): valid samples, changed at random and with their form in
mind, and plain random bytes.

    python -m bench.fuzz --seconds 600 --seed 1            all parsers in turn, for so long
    python -m bench.fuzz --only note --seed 1 --number 17  one input again, as a finding names it
    python -m bench.fuzz --verifiers --seconds 600         the evidence file's verifiers against each other, as
                                                           bench/verifiers.py says

What must hold: nothing but the documented refusals is raised; what parses is written back as the same bytes (or, where
a format has several spellings, as bytes that parse to the same); no input takes a second of processor time or 64 MiB.
An input is made from seed, parser and number alone, so a finding can be made again. Exit 1 if there is any.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import sys
from base64 import b64decode, b64encode
from contextlib import contextmanager
from pathlib import Path
from random import Random
from re import finditer
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tests.parsers import PARSERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.parsers import Parser

MAX_SECONDS = 1.0  # of processor time: a busy machine is no slow parser
MAX_WAIT = 60.0  # of any time: a parser that waits for something
MAX_BYTES = 64 << 20
ROUND = 200  # inputs for one parser before the next one's turn
PAGE = resource.getpagesize()
STACKS = 32 << 20  # of the threads that check signatures: 8 MiB each, whatever they use of it

# What stands where it should not, and what looks like something else.
WORDS = (
    *(b"", b"\0", b"\n", b"\n\n", b"\r\n", b"\xef\xbb\xbf", b"\xff", b"\x80", b" ", b"\t", b"=", b"==", b"+", b"A"),
    *(b"0", b"-0", b"00", b"007", b"+7", b"041", b"1e3", b"1.0", b"9007199254740992", b"9" * 20, b"9" * 5000),
    *(b"9223372036854775807", b"9223372036854775808", b"18446744073709551615", b"18446744073709551616"),
    *(b"null", b"true", b"NaN", b"{}", b"[]", b'""', b"[" * 2000, b'{"a":' * 2000, b'"\\ud800"', b"\\u0000"),
    *("\u2014 ".encode(), "\u0667".encode(), "\uff17".encode(), "\u2028".encode(), "\u00a0".encode()),
    *(b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", "e\u0301".encode(), "\U0001f600".encode(), "中".encode()),
    *(b"/", b"../", b"%", b"#", b"none", b"any", b"all", b"old ", b"index ", b"extra ", b"quorum none\n"),
    *(b"0001-01-01", b"9999-12-31", b"2025-W01-1", b"2025-02-29", b"0000-00-00", b"2025-01-01T24:00:00Z"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**53 - 1, 2**53, -(2**53), 2**63, 10**400, 1.5, [], {}, [[]], "", "\0", "a" * 2000),
    *("\ud800", "\u0667", "\U0001f600", "e\u0301", "case/1", "log/map", "system/import", "official/wang", "A" * 43),
    *("0001-01-01", "9999-12-31", "2025-W01-1", "20250101", "0" * 64, "key.enrolled.v1", "key.revoked.v1", ["A" * 43]),
    *("event", "map-root", "official", "system", "log", "9" * 5000, {"official": None, "system": "import"}),
)


class TooSlow(BaseException):
    """Out of time. No subclass of Exception, so that no parser can take it for bad input."""


def mutate(rng: Random, data: bytes) -> bytes:
    """Return the bytes with one to four changes."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        data = rng.choice(CHANGES)(rng, data)
    return data


def _flip(rng: Random, data: bytes) -> bytes:
    if not data:
        return b"\0"
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


def _cut(rng: Random, data: bytes) -> bytes:
    start, stop = _span(rng, data)
    return data[:start] + data[stop:]


def _repeat(rng: Random, data: bytes) -> bytes:
    start, stop = _span(rng, data)
    return data[:stop] + data[start:stop] * rng.choice((1, 1, 2, 10, 300)) + data[stop:]


def _insert(rng: Random, data: bytes) -> bytes:
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.choice(WORDS) + data[place:]


def _replace(rng: Random, data: bytes) -> bytes:
    start, stop = _span(rng, data)
    return data[:start] + rng.choice(WORDS) + data[stop:]


def _noise(rng: Random, data: bytes) -> bytes:
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.randbytes(rng.choice((1, 2, 4, 32))) + data[place:]


def _lines(rng: Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            lines[first], lines[second] = lines[second], lines[first]
        case 1:
            del lines[first]
        case 2:
            lines.insert(second, lines[first])
        case _:
            lines[first] = rng.choice(WORDS)
    return b"\n".join(lines)


def _number(rng: Random, data: bytes) -> bytes:
    """Another number in place of one that is there."""
    found = list(finditer(rb"[0-9]+", data))
    if not found:
        return data
    at = rng.choice(found)
    number = int(at[0][:19])
    other = rng.choice((b"%d" % (number + 1), b"%d" % max(0, number - 1), b"0" + at[0], b"-" + at[0], b"9" * 30))
    return data[: at.start()] + other + data[at.end() :]


def _base64(rng: Random, data: bytes) -> bytes:
    """What is packed in base64 changed inside, or packed in another way."""
    found = list(finditer(rb"[A-Za-z0-9+/_-]{4,}={0,2}", data))
    if not found:
        return data
    at = rng.choice(found)
    plain = at[0].rstrip(b"=")
    whole = plain[: len(plain) - len(plain) % 4]  # what is left over is lost, and that is a change as well
    inside = b64decode(whole.translate(bytes.maketrans(b"-_", b"+/")))
    other = rng.choice(
        (
            at[0] + b"=",
            plain,
            plain[:-1] + b"B" + b"=" * at[0].count(b"="),
            at[0][:4] + b"\n" + at[0][4:],
            b64encode(rng.choice(CHANGES)(rng, inside)),
            b64encode(inside[: rng.randrange(len(inside) + 1)]),
        )
    )
    return data[: at.start()] + other + data[at.end() :]


def _json(rng: Random, data: bytes) -> bytes:
    """The same document with another value somewhere, written canonically but for what has no canonical form."""
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError):
        return data
    places: list[tuple[Any, Any]] = []
    waiting = [whole]
    while waiting:
        node = waiting.pop()
        keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
        places += [(node, key) for key in keys]
        waiting += [node[key] for key in keys]
    if not places:
        return data
    node, key = rng.choice(places)
    match rng.randrange(4):
        case 0:
            del node[key]
        case 1 if isinstance(node, dict):
            node[rng.choice([k for _, k in places if isinstance(k, str)] + ["_sd", "", "z"])] = node[key]
        case _:
            node[key] = rng.choice((*VALUES, *(n[k] for n, k in places)))
    try:
        text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except ValueError:  # a value that came to hold itself
        return data
    return text.encode("utf-8", "surrogatepass")


CHANGES = (_flip, _cut, _repeat, _insert, _replace, _noise, _lines, _number, _base64, _base64, _json, _json)


def _span(rng: Random, data: bytes) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 1, 2, 4, 16, 44, 256)))


def make_input(parser: Parser, seed: int, number: int) -> bytes:
    """The input of this number, from nothing but the three."""
    rng = Random(f"{seed}/{parser.name}/{number}")
    if rng.random() < 0.03:
        return rng.randbytes(rng.randrange(300))
    sample = rng.choice(parser.samples)
    if parser.mutate and rng.random() < 0.8:
        return parser.mutate(mutate, rng, sample)
    return mutate(rng, sample)


def check(parser: Parser, data: bytes) -> tuple[bool, str | None]:
    """Whether the parser accepts the bytes, and what is wrong with that; None: nothing."""
    try:
        signal.setitimer(signal.ITIMER_PROF, MAX_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, MAX_WAIT)
        try:
            found = parser.parse(data)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
    except parser.refusals:
        return False, None
    except TooSlow:
        return False, f"takes longer than {MAX_SECONDS} s, or waits for {MAX_WAIT} s"
    except MemoryError:
        return False, f"takes more than {MAX_BYTES >> 20} MiB"
    except Exception as error:  # noqa: BLE001 - whatever else comes out is what is looked for
        return False, f"raises {error!r:.300}"
    if parser.write is None:
        return True, None
    try:
        again = parser.write(found)
        if again != data and not (parser.is_loose and parser.parse(again) == found):
            return True, f"is written back as {again!r:.300}"
    except Exception as error:  # noqa: BLE001 - as above
        return True, f"is accepted, but writing it raises {error!r:.300}"
    return True, None


@contextmanager
def limits() -> Iterator[None]:
    """A parser that runs too long is interrupted; one that takes too much memory does not get it (see `allow`)."""

    def stop(*_: object) -> None:
        raise TooSlow

    before = {each: signal.signal(each, stop) for each in (signal.SIGPROF, signal.SIGALRM)}
    memory = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        resource.setrlimit(resource.RLIMIT_DATA, memory)


def allow(extra: int = MAX_BYTES) -> None:
    """Let the process grow by so many bytes from where it is now. Of data: threads reserve addresses they never use."""
    now = int(Path("/proc/self/statm").read_text().split()[5]) * PAGE
    resource.setrlimit(resource.RLIMIT_DATA, (now + extra + STACKS, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    if options.verifiers:
        from bench.verifiers import run  # noqa: PLC0415 - a browser and an office, which no parser needs

        return run(options.seconds, options.seed, options.number)
    parsers = [p for p in PARSERS if options.only in (None, p.name)]
    if not parsers:
        print(f"no parser {options.only}: {', '.join(p.name for p in PARSERS)}", file=sys.stderr)
        return 2
    if options.number is not None:
        data = make_input(parsers[0], options.seed, options.number)
        with limits():
            print(data, *check(parsers[0], data), sep="\n")
        return 0
    tried = {p.name: 0 for p in parsers}
    accepted = dict(tried)
    found: dict[tuple[str, str], int] = {}
    started = perf_counter()
    with limits():
        while _goes_on(options, perf_counter() - started, tried):
            for parser in parsers:
                allow()
                for number in range(tried[parser.name], tried[parser.name] + ROUND):
                    data = make_input(parser, options.seed, number)
                    is_accepted, wrong = check(parser, data)
                    accepted[parser.name] += is_accepted
                    if wrong is not None and (parser.name, wrong[:60]) not in found:
                        found[parser.name, wrong[:60]] = number
                        print(f"FAIL  {parser.name}  seed {options.seed}  number {number}: {wrong}", flush=True)
                tried[parser.name] += ROUND
    total = sum(tried.values())
    print(f"{total:,} inputs in {perf_counter() - started:.0f} s, seed {options.seed}: {len(found)} findings")
    print("accepted of tried: " + ", ".join(f"{name} {accepted[name]:,}/{tried[name]:,}" for name in tried))
    return 1 if found else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m bench.fuzz", description="Fuzzing of every parser.")
    reader.add_argument("--seconds", type=float, default=600)
    reader.add_argument("--inputs", type=int, help="so many for each parser, instead of --seconds")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--only", metavar="NAME")
    reader.add_argument("--verifiers", action="store_true", help="the verifiers against each other, not the parsers")
    reader.add_argument("--number", type=int, help="show this one input of --only, and what comes of it")
    return reader.parse_args(arguments)


def _goes_on(options: argparse.Namespace, seconds: float, tried: dict[str, int]) -> bool:
    if options.inputs is not None:
        return min(tried.values()) < options.inputs
    return seconds < options.seconds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
