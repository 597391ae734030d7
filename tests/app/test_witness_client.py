"""
A log asks its witnesses, some of which are down, slow, forgetful or lying.
"""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.outbound import MAX_ANSWER, Answer
from app.witness.client import WitnessClient, WitnessFailed, cosign, post
from ledger.cosignature import Cosigner, ed25519_message
from ledger.keys import Ed25519Signer
from ledger.note import NoteSignature, format_signature, split_note
from ledger.policy import Group, Log, Policy, Witness, check_quorum, parse_policy
from ledger.vkeys import Verifier
from ledger.witness import SIZE_TYPE, Refused, check_continues, proves_fork, read_request
from tests.app.test_witness_server import make_witness, serving
from tests.ledger.sealing import LOG, ORIGIN
from tests.ledger.test_witness import FORK, LEAVES, checkpoint, head, proof

TOP = Path(__file__).parents[2]
COSIGNERS = [Cosigner(Ed25519Signer.from_seed(f"witness.example/{i}", bytes([i + 50] * 32))) for i in range(3)]
TEXT = "text/plain"


def policy(*urls: str, needed: int = 2, vkeys: tuple[str, ...] = ()) -> Policy:
    keys = vkeys or tuple(c.vkey for c in COSIGNERS)
    witnesses = tuple(Witness(f"w{i}", key, url) for i, (key, url) in enumerate(zip(keys, urls, strict=False)))
    group = Group("enough", needed, tuple(w.name for w in witnesses))
    return Policy((Log(LOG.vkey),), witnesses, (group,), "enough")


class Fakes:
    """Witnesses w0, w1, w2 without a network: the protocol's core, and a way to make each misbehave."""

    def __init__(self) -> None:
        self.last = {}
        self.requests = []
        self.instead = {}

    def __call__(self, url: str, body: bytes) -> Answer:
        name = url.removeprefix("fake:").removesuffix("/add-checkpoint")
        self.requests.append((name, body.partition(b"\n")[0].decode()))
        if name in self.instead:
            return self.instead[name](body)
        try:
            request = read_request(body, {ORIGIN: [Verifier(LOG.vkey)]})
            check_continues(request, self.last.get(name))
        except Refused as refused:
            return Answer(refused.status, refused.content_type, refused.body.encode())
        self.last[name] = request.head
        return Answer(200, TEXT, COSIGNERS[int(name[1])].cosign(request.text, 100).encode())


URLS = ("fake:w0", "fake:w1/", "fake:w2")


def prover(leaves=LEAVES):
    return lambda old, new: proof(old, new, leaves)


class TestCosign:
    def test_all_agree(self):
        """
        Every witness's line is appended, in the policy's order, and the quorum says who.
        """
        fakes = Fakes()
        got = cosign(checkpoint(37), prover(), policy(*URLS), fakes)
        assert got.note.startswith(checkpoint(37))
        assert [s.name for s in split_note(got.note)[1]] == [ORIGIN, *(c.name for c in COSIGNERS)]
        assert [c.key_id for c in got.quorum.cosigners] == [c.key_id for c in COSIGNERS]
        assert got.failures == {}
        assert check_quorum(policy(*URLS), got.note) == got.quorum

    def test_sizes_are_remembered(self):
        """
        The second checkpoint is asked for from the first one's size: one request each, no conflict.
        """
        fakes = Fakes()
        client = WitnessClient(policy(*URLS), fakes)
        client.cosign(checkpoint(37), prover())
        fakes.requests.clear()
        assert client.cosign(checkpoint(70), prover()).quorum.checkpoint.size == 70
        assert sorted(fakes.requests) == [(f"w{i}", "old 37") for i in range(3)]

    def test_forgotten_sizes(self):
        """
        A client without memory learns each witness's size from its 409, proves from there, and asks once more.
        """
        fakes = Fakes()
        cosign(checkpoint(37), prover(), policy(*URLS[:2]), fakes)
        fakes.requests.clear()
        assert len(cosign(checkpoint(70), prover(), policy(*URLS), fakes).quorum.cosigners) == 3
        assert sorted(fakes.requests) == [
            ("w0", "old 0"),
            ("w0", "old 37"),
            ("w1", "old 0"),
            ("w1", "old 37"),
            ("w2", "old 0"),
        ]

    def test_asked_again_for_the_missing(self):
        """
        A checkpoint that some witnesses have cosigned is taken to the others only.
        """
        fakes = Fakes()
        first = cosign(checkpoint(37), prover(), policy(URLS[0]), fakes)
        fakes.requests.clear()
        second = cosign(first.note, prover(), policy(*URLS), fakes)
        assert len(second.quorum.cosigners) == 3
        assert {name for name, _ in fakes.requests} == {"w1", "w2"}

    def test_smaller_than_remembered(self):
        """
        A checkpoint older than what the witness has seen: it says where it stands, and nothing worse happens.
        """
        fakes = Fakes()
        client = WitnessClient(policy(*URLS), fakes)
        client.cosign(checkpoint(37), prover())
        assert client.cosign(checkpoint(20), prover()).failures["w0"].startswith("it cosigned size 37 already")

    def test_same_size_again(self):
        fakes = Fakes()
        client = WitnessClient(policy(*URLS), fakes)
        client.cosign(checkpoint(37), prover())
        assert client.cosign(checkpoint(37), prover()).failures == {}

    def test_witness_without_address(self):
        """
        A policy for offline verification names no addresses: nobody is asked, and the quorum is not met.
        """
        made = parse_policy(f"log {LOG.vkey}\nwitness a {COSIGNERS[0].vkey}\nquorum a\n".encode())
        got = cosign(checkpoint(37), prover(), made, Fakes())
        assert (got.note, got.quorum, got.failures) == (checkpoint(37), None, {})
        assert "0 of 1" in got.why_not


def signed(number: int, size: int = 37, at: int = 100) -> bytes:
    return COSIGNERS[number].cosign(split_note(checkpoint(size))[0], at).encode()


def timeless() -> bytes:
    """A cosignature that verifies but names no time, which the protocol forbids."""
    text = split_note(checkpoint(37))[0]
    name, _, hashed = COSIGNERS[0].key_id.rpartition("+")
    signature = bytes(8) + COSIGNERS[0]._signer.sign(ed25519_message(text, 0))
    return format_signature(NoteSignature(name, bytes.fromhex(hashed), signature)).encode()


class TestBadWitness:
    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (Answer(200, TEXT, b""), "holds no cosignature"),
            (Answer(200, TEXT, b"ok\n"), "not signature lines"),
            (Answer(200, TEXT, b"\xff\n"), "not signature lines"),
            (Answer(200, TEXT, signed(0)[:-1]), "not signature lines"),
            (Answer(200, TEXT, b"\n" + signed(0)), "not signature lines"),
            (Answer(200, TEXT, signed(1)), "holds no cosignature"),
            (Answer(200, TEXT, signed(0, 38)), "does not verify"),
            (Answer(200, TEXT, signed(1) * 100), "not signature lines"),
            (Answer(200, TEXT, timeless()), "names no time"),
            (Answer(404, TEXT, b"who\x1b[31m?\n"), r"404: who\?\[31m\?"),
            (Answer(500, "text/html", b"<html>" * 100), "500"),
            (Answer(409, SIZE_TYPE, b"99\n"), "cosigned size 99 already"),
            (Answer(409, SIZE_TYPE, b"007\n"), "409 without a size"),
            (Answer(409, SIZE_TYPE, b"7"), "409 without a size"),
            (Answer(409, TEXT, b"7\n"), "409 without a size"),
            (Answer(409, SIZE_TYPE, b"5\n"), "answered 409"),
            (Answer(302, TEXT, b""), "302"),
        ],
    )
    def test_one_bad_answer(self, answer, reason):
        """
        Whatever one witness sends, the others' cosignatures come through, and the reason is told.
        """
        fakes = Fakes()
        fakes.instead["w0"] = lambda _: answer
        got = cosign(checkpoint(37), prover(), policy(*URLS), fakes)
        assert [c.key_id for c in got.quorum.cosigners] == [COSIGNERS[1].key_id, COSIGNERS[2].key_id]
        with pytest.raises(AssertionError, match=reason):
            raise AssertionError(got.failures["w0"])
        assert list(got.failures) == ["w0"]

    def test_unknown_lines_are_ignored(self):
        """
        Lines by others than the witness asked do not enter the checkpoint, wherever they stand.
        """
        fakes = Fakes()
        fakes.instead["w0"] = lambda _: Answer(200, TEXT, signed(1, 38) + signed(0) + signed(0, at=200))
        got = cosign(checkpoint(37), prover(), policy(*URLS), fakes)
        assert len(got.quorum.cosigners) == 3
        assert len(split_note(got.note)[1]) == 4

    def test_any_exception(self):
        fakes = Fakes()
        fakes.instead["w0"] = lambda _: 1 // 0
        fakes.instead["w1"] = lambda _: (_ for _ in ()).throw(TimeoutError())
        got = cosign(checkpoint(37), prover(), policy(*URLS), fakes)
        assert got.failures == {"w0": "could not ask: ZeroDivisionError", "w1": "TimeoutError"}
        assert got.why_not == "quorum enough is not met: 1 of 3 witnesses cosigned"

    def test_slow(self):
        """
        A witness that does not answer is not waited for beyond the time for all.
        """
        fakes, release = Fakes(), threading.Event()
        fakes.instead["w0"] = lambda _: release.wait(30)
        began = time.monotonic()
        got = WitnessClient(policy(*URLS), fakes, seconds=0.5).cosign(checkpoint(37), prover())
        assert time.monotonic() - began < 5
        assert got.failures == {"w0": "no answer 2 s after the quorum was met"}
        assert len(got.quorum.cosigners) == 2
        got = WitnessClient(policy(*URLS, needed=3), fakes, seconds=0.5).cosign(checkpoint(37), prover())
        assert got.failures == {"w0": "no answer within 0.5 s"}
        release.set()

    def test_quorum_first(self):
        """
        Once the quorum is met the others have a short grace: who hangs holds publishing up no longer than that.
        """
        fakes, release = Fakes(), threading.Event()
        fakes.instead["w0"] = lambda _: release.wait(30)
        began = time.monotonic()
        got = WitnessClient(policy(*URLS), fakes, seconds=20, grace=0.3).cosign(checkpoint(37), prover())
        assert 0.3 <= time.monotonic() - began < 10
        assert got.failures == {"w0": "no answer 0.3 s after the quorum was met"}
        assert len(got.quorum.cosigners) == 2
        release.set()

    def test_within_the_grace(self):
        """
        Who is a little slower than the quorum is heard; the last one to answer ends the waiting.
        """
        fakes, late = Fakes(), threading.Event()

        def slow(body: bytes) -> Answer:
            late.wait(0.2)
            del fakes.instead["w0"]
            return fakes("fake:w0/add-checkpoint", body)

        fakes.instead["w0"] = slow
        began = time.monotonic()
        got = WitnessClient(policy(*URLS), fakes, seconds=20, grace=10).cosign(checkpoint(37), prover())
        assert time.monotonic() - began < 8
        assert len(got.quorum.cosigners) == 3

    def test_forked_log(self):
        """
        A log that rewrote record 30 finds no witness that remembers the first history.
        """
        fakes = Fakes()
        cosign(checkpoint(40), prover(), policy(*URLS), fakes)
        got = cosign(checkpoint(50, FORK), prover(FORK), policy(*URLS), fakes)
        assert got.quorum is None
        assert all("422" in reason for reason in got.failures.values())
        assert got.note == checkpoint(50, FORK)

    def test_two_histories(self):
        """
        A log that shows two witnesses two histories leaves the proof with them: two checkpoints signed by its key.
        """
        fakes = Fakes()
        a = cosign(checkpoint(40), prover(), policy(URLS[0], needed=1), fakes)
        only_w1 = Policy((Log(LOG.vkey),), (Witness("w1", COSIGNERS[1].vkey, "fake:w1"),), (), "w1")
        b = cosign(checkpoint(40, FORK), prover(FORK), only_w1, fakes)
        assert a.quorum is not None
        assert b.quorum is not None
        assert proves_fork(a.note, b.note, Verifier(LOG.vkey))


@pytest.fixture
def raw():
    """A function that serves one connection with these bytes, and returns the address."""
    opened = []

    def answer(data: bytes, *, hold: float = 0) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        opened.append(listening)

        def run():
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                for i in range(0, len(data), 65536):
                    try:
                        connection.sendall(data[i : i + 65536])
                    except OSError:
                        return
                time.sleep(hold)

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/add-checkpoint"

    yield answer
    for listening in opened:
        listening.close()


class TestPost:
    def test_answers(self, raw):
        ok = raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\r\nhi\n")
        assert post(ok, b"x") == Answer(200, "text/plain", b"hi\n")
        conflict = raw(b"HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\nContent-Length: 3\r\n\r\n37\n")
        assert post(conflict, b"x") == Answer(409, SIZE_TYPE, b"37\n")

    def test_no_redirect(self, raw):
        """
        Nobody sends us elsewhere.
        """
        moved = raw(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        assert post(moved, b"x").status == 302

    @pytest.mark.parametrize("status", [b"200 OK", b"409 Conflict"])
    def test_large(self, raw, status):
        data = b"HTTP/1.1 " + status + b"\r\n\r\n" + b"x" * (MAX_ANSWER + 1)
        with pytest.raises(WitnessFailed, match="more than"):
            post(raw(data), b"x")

    @pytest.mark.parametrize("data", [b"", b"junk\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n"])
    def test_not_http(self, raw, data):
        with pytest.raises(WitnessFailed):
            post(raw(data), b"x")

    def test_silent(self, raw):
        with pytest.raises(WitnessFailed):
            post(raw(b"", hold=3), b"x", seconds=0.2)
        with pytest.raises(WitnessFailed):
            post(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", hold=3), b"x", seconds=0.2)

    @pytest.mark.parametrize(
        "url", ["file:///etc/hostname", "ftp://x/", "", "http://", "http://[", "http://127.0.0.1:1/"]
    )
    def test_addresses(self, url):
        with pytest.raises(WitnessFailed):
            post(url, b"x", seconds=1)


class TestServers:
    def test_over_http(self, tmp_path):
        """
        Two running witnesses and one that is down: a quorum of two is met, the next checkpoint from where they stand.
        """
        a, first = make_witness(tmp_path / "a", "witness.example/a")
        b, second = make_witness(tmp_path / "b", "witness.example/b", extra='prefix = "/w"\n')
        with serving(first) as url_a, serving(second) as url_b:
            vkeys = (a, b, COSIGNERS[0].vkey)
            client = WitnessClient(policy(url_a, url_b + "/w", "http://127.0.0.1:1", vkeys=vkeys))
            for size in (37, 70):
                got = client.cosign(checkpoint(size), prover())
                assert got.quorum.checkpoint == head(size)
                assert [c.key_id for c in got.quorum.cosigners] == ["+".join(v.split("+")[:2]) for v in (a, b)]
                assert list(got.failures) == ["w2"]
            forked = WitnessClient(policy(url_a, url_b + "/w", vkeys=(a, b))).cosign(checkpoint(60, FORK), prover(FORK))
            assert forked.quorum is None
            assert all("cosigned size 70 already" in reason for reason in forked.failures.values())

    def test_command_line(self, tmp_path):
        """
        `new-key`, a log added to the file, `serve`: a witness for a log, in three steps, killed and started again.
        """
        program = [sys.executable, "-W", "error", "-c", "from api.cli_witness import app; app()"]
        made = [*program, "new-key", "witness.example/cli", "--folder", tmp_path / "w"]
        vkey = subprocess.run(made, cwd=TOP, capture_output=True, text=True, check=True).stdout.strip()
        config = tmp_path / "w" / "witness.toml"
        config.write_text(config.read_text() + f'[[log]]\nvkey = "{LOG.vkey}"\n')
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        asked = policy(f"http://127.0.0.1:{port}", needed=1, vkeys=(vkey,))
        for size in (37, 70):
            command = [*program, "serve", "--config", config, "--port", str(port)]
            running = subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True)
            try:
                assert running.stdout.readline() == f"witness {vkey}\n"
                assert running.stdout.readline() == f"knows {ORIGIN}\n"
                for _ in range(100):
                    got = cosign(checkpoint(size), prover(), asked)
                    if got.quorum is not None:
                        break
                    time.sleep(0.1)
                assert got.quorum.checkpoint.size == size
                assert cosign(checkpoint(35, FORK), prover(FORK), asked).quorum is None
            finally:
                running.kill()
                running.communicate()
