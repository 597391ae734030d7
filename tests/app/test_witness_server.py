"""
The witness over HTTP, as any client of the protocol meets it.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import uvicorn

from app.witness import server as server_module
from app.witness.config import CONFIG_FILE, new_witness, read_config
from app.witness.server import create_witness
from app.witness.state import StateMissing, origin_hash
from ledger.cosignature import CosignerVerifier, check_cosigned
from ledger.keys import Ed25519Signer
from ledger.witness import MAX_REQUEST, format_request
from tests.ledger.foreign import LOG_VKEY, foreign
from tests.ledger.sealing import LOG, ORIGIN
from tests.ledger.test_witness import FORK, body, checkpoint

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application on a free port of this machine, until left."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def make_witness(folder, name: str = "witness.example/court", *, extra: str = "", logs=(LOG.vkey, LOG_VKEY)) -> Any:
    """Return a new witness's vkey and its application."""
    cosigner = new_witness(name, folder)
    with (folder / CONFIG_FILE).open("a", encoding="utf-8") as file:
        file.write(extra + "".join(f'[[log]]\nvkey = "{vkey}"\n' for vkey in logs))
    return cosigner.vkey, create_witness(read_config(folder / CONFIG_FILE), lambda: NOW)


@pytest.fixture
def court(tmp_path) -> Iterator[tuple[str, Callable[..., httpx.Response]]]:
    """A running witness: its vkey, and a way to ask it."""
    vkey, app = make_witness(tmp_path / "court")
    with serving(app) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield vkey, client.request


def path(origin: str = ORIGIN) -> str:
    return f"/{origin_hash(origin)}/checkpoint"


class TestProtocol:
    def test_cosigned(self, court):
        """
        200, one cosignature line; what was sent and what came back open together; the monitoring path has them.
        """
        vkey, ask = court
        answer = ask("POST", "/add-checkpoint", content=body(0, 37))
        assert answer.status_code == 200
        whole = checkpoint(37) + answer.content
        assert check_cosigned(whole, CosignerVerifier(vkey)).timestamp == int(NOW.timestamp())
        shown = ask("GET", path())
        assert (shown.status_code, shown.content) == (200, whole)
        assert shown.headers["content-type"] == "text/plain; charset=utf-8"

    def test_foreign(self, court):
        """
        Another program's log: its checkpoint of 37, then its own request from 37 to 70.
        """
        vkey, ask = court
        first = format_request(0, [], foreign("checkpoint-37.txt"))
        assert ask("POST", "/add-checkpoint", content=first).status_code == 200
        assert ask("POST", "/add-checkpoint", content=foreign("add-checkpoint-37-70.txt")).status_code == 200
        kept = ask("GET", path("ledger.example/case-log")).content
        assert kept.startswith(foreign("checkpoint-70.txt").split(b"\n\n")[0])
        check_cosigned(kept, CosignerVerifier(vkey))

    def test_conflict(self, court):
        _, ask = court
        ask("POST", "/add-checkpoint", content=body(0, 37))
        answer = ask("POST", "/add-checkpoint", content=body(0, 50))
        assert (answer.status_code, answer.content) == (409, b"37\n")
        assert answer.headers["content-type"] == "text/x.tlog.size"

    def test_refusals(self, court):
        """
        Each status of the specification, as plain text; nothing is cosigned by the way.
        """
        _, ask = court
        stranger = Ed25519Signer.generate("other.example/log")
        namesake = Ed25519Signer.generate(ORIGIN)
        text = checkpoint(5).decode()
        forged = format_request(0, [], text.replace("\n5\n", "\n6\n").encode())
        for status, data in (
            (404, body(0, 5).replace(ORIGIN.encode(), stranger.name.encode())),
            (403, forged),
            (403, body(0, 5).replace(LOG.key_id.encode(), namesake.key_id.encode()).replace(b"\n5\n", b"\n6\n")),
            (400, b"old 6\n\n" + checkpoint(5)),
            (400, b""),
            (400, b"\xff" * 100),
            (409, body(3, 5)),
            (422, format_request(0, [bytes(32)], checkpoint(5))),
        ):
            answer = ask("POST", "/add-checkpoint", content=data)
            assert answer.status_code == status
            assert answer.headers["content-type"].startswith("text/")
            assert len(answer.content) < 200
        assert ask("GET", path()).status_code == 404

    def test_fork(self, court):
        """
        A log that forks after it was cosigned gets 422 from the witness, and 409 if it hides where it stood.
        """
        _, ask = court
        ask("POST", "/add-checkpoint", content=body(0, 40))
        assert ask("POST", "/add-checkpoint", content=body(40, 50, FORK)).status_code == 422
        assert ask("POST", "/add-checkpoint", content=body(40, 40, FORK)).status_code == 422
        assert ask("POST", "/add-checkpoint", content=body(0, 50, FORK)).status_code == 409
        assert ask("POST", "/add-checkpoint", content=body(40, 50)).status_code == 200


class TestHostile:
    @pytest.mark.parametrize("streamed", [False, True])
    def test_large_bodies(self, court, streamed):
        """
        A body over the limit is refused, with or without a length given ahead.
        """
        _, ask = court
        data = b"x" * (MAX_REQUEST + 1)
        answer = ask("POST", "/add-checkpoint", content=iter([data]) if streamed else data)
        assert answer.status_code == 413

    def test_dripping_body(self, court, monkeypatch):
        """
        A body that does not end is given up on, and the witness answers others meanwhile.
        """
        _, ask = court
        monkeypatch.setattr(server_module, "READ_SECONDS", 0.3)
        address = ask("GET", "/").url
        with socket.create_connection((address.host, address.port), timeout=10) as slow:
            slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nold 0")
            assert ask("POST", "/add-checkpoint", content=body(0, 5)).status_code == 200
            assert slow.recv(100).startswith(b"HTTP/1.1 408")

    @pytest.mark.parametrize(
        ("method", "where", "status"),
        [
            ("GET", "/", 404),
            ("GET", "/add-checkpoint", 405),
            ("PUT", "/add-checkpoint", 405),
            ("POST", path(), 405),
            ("GET", "/witness/checkpoint", 404),
            ("GET", "/" + "A" * 64 + "/checkpoint", 404),
            ("GET", "/..%2fwitness.toml/checkpoint", 404),
            ("GET", "/docs", 404),
            ("GET", "/openapi.json", 404),
        ],
    )
    def test_other_paths(self, court, method, where, status):
        """
        Nothing else is served, and no page of the framework's shows.
        """
        _, ask = court
        answer = ask(method, where)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/plain; charset=utf-8")
        assert b"<" not in answer.content

    def test_broken_state(self, court, tmp_path):
        """
        Where its memory is damaged the witness answers 500 without saying why to strangers, and cosigns nothing.
        """
        _, ask = court
        ask("POST", "/add-checkpoint", content=body(0, 37))
        (tmp_path / "court" / "state" / origin_hash(ORIGIN)).write_bytes(b"damaged")
        answer = ask("POST", "/add-checkpoint", content=body(37, 50))
        assert (answer.status_code, answer.text) == (500, "the witness cannot answer now; nothing was cosigned\n")


class TestConfig:
    def test_prefixes(self, tmp_path):
        _, app = make_witness(tmp_path / "w", extra='prefix = "/w1"\nmonitoring_prefix = "/seen"\n')
        with serving(app) as url, httpx.Client(base_url=url, trust_env=False) as client:
            assert client.post("/w1/add-checkpoint", content=body(0, 5)).status_code == 200
            assert client.post("/add-checkpoint", content=body(0, 5)).status_code == 404
            assert client.get("/seen" + path()).status_code == 200

    def test_nothing_is_overwritten(self, tmp_path):
        new_witness("witness.example/court", tmp_path)
        before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
        with pytest.raises(FileExistsError):
            new_witness("witness.example/court", tmp_path)
        assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before

    def test_passphrase(self, tmp_path):
        """
        An encrypted key opens with the file that the configuration names.
        """
        cosigner = new_witness("witness.example/court", tmp_path, b"correct horse")
        (tmp_path / "secret").write_bytes(b"correct horse\n")
        with (tmp_path / CONFIG_FILE).open("a", encoding="utf-8") as file:
            file.write('passphrase_file = "secret"\n')
        assert read_config(tmp_path / CONFIG_FILE).cosigner().vkey == cosigner.vkey

    @pytest.mark.parametrize(
        "line", ["key = 'x'", "unknown = 1", "prefix = 'w'", "prefix = '/w/'", "[[log]]\nvkey = 'x'", "[[log]]\n", "x"]
    )
    def test_refused(self, tmp_path, line):
        new_witness("witness.example/court", tmp_path)
        with (tmp_path / CONFIG_FILE).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        with pytest.raises(ValueError):
            read_config(tmp_path / CONFIG_FILE)

    def test_no_memory_no_service(self, tmp_path):
        new_witness("witness.example/court", tmp_path)
        (tmp_path / "state" / "witness").unlink()
        with pytest.raises(StateMissing):
            create_witness(read_config(tmp_path / CONFIG_FILE), lambda: NOW)
