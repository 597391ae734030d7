"""What a mirror reads is bounded, in bytes and in time, and comes from where its operator said."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.mirror import source as source_module
from app.mirror.source import FolderSource, HttpSource, SourceFailed, open_source, read_entries, read_hashes, read_note
from ledger.errors import VerificationError
from ledger.tiles import Tile, pack_entries


@contextmanager
def answering(answer):
    """A server on this machine; `answer` gets each request's handler. Yields the prefix and what was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Authorization")))
            answer(self)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/log", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(status, body=b"", **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_token_for_bundles_only():
    with answering(send(200, b"x")) as (prefix, asked):
        source = HttpSource(prefix + "/", "secret")
        assert [source.get(name, 1) for name in ("checkpoint", "tile/0/000", "tile/entries/000")] == [b"x"] * 3
    assert asked == [
        ("/log/checkpoint", None),
        ("/log/tile/0/000", None),
        ("/log/tile/entries/000", "Bearer secret"),
    ]


@pytest.mark.parametrize("status", [401, 403, 302, 500, 204, 206])
def test_other_answers(status):
    """
    Whatever is neither the file nor its absence is a failure to read, and nobody is redirected anywhere.
    """
    with answering(send(status, Location="/log/elsewhere")) as (prefix, asked):
        with pytest.raises(SourceFailed, match=str(status)):
            HttpSource(prefix).get("checkpoint", 10)
        assert len(asked) == 1


def test_absent():
    with answering(send(404)) as (prefix, _):
        assert HttpSource(prefix).get("checkpoint", 10) is None
        with pytest.raises(SourceFailed, match="no checkpoint"):
            read_note(HttpSource(prefix))
        with pytest.raises(SourceFailed, match="has no tile/0/000"):
            read_hashes(HttpSource(prefix), Tile(0, 0))


def test_too_much():
    with answering(send(200, b"x" * 11)) as (prefix, _):
        assert len(HttpSource(prefix).get("checkpoint", 11)) == 11
        with pytest.raises(SourceFailed, match="more than 10 bytes"):
            HttpSource(prefix).get("checkpoint", 10)


def test_too_slow(monkeypatch):
    """
    Silence ends by the one limit, a drip of bytes by the other.
    """
    monkeypatch.setattr(source_module, "SECONDS", 0.3)
    monkeypatch.setattr(source_module, "FILE_SECONDS", 0.5)
    ended = threading.Event()

    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        while not ended.wait(0.1):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return

    def silence(_):
        ended.wait(5)

    for answer, said in ((drip, "took too long"), (silence, "could not be reached")):
        ended.clear()
        with answering(answer) as (prefix, _):
            started = time.monotonic()
            with pytest.raises(SourceFailed, match=said):
                HttpSource(prefix).get("checkpoint", 1000)
            assert time.monotonic() - started < 4
            ended.set()


def test_where():
    """
    A token goes over https or nowhere; only http, https and folders are places.
    """
    for where in ("http://ledger.example/log", "http:///log", "https://"):
        with pytest.raises(SourceFailed):
            open_source(where, "secret")
    for token in ("two words", "a\r\nHost: b", "", "é"):
        with pytest.raises(SourceFailed):
            open_source("https://ledger.example/log", token)
    with pytest.raises(SourceFailed, match="no folder"):
        open_source("ftp://ledger.example/log")
    assert isinstance(open_source("https://ledger.example/log", "secret"), HttpSource)


def test_folder(tmp_path):
    (tmp_path / "checkpoint").write_bytes(b"x" * 5)
    source = open_source(tmp_path.as_uri())
    assert source.get("checkpoint", 5) == b"x" * 5
    assert source.get("checkpoint/below", 5) is None
    with pytest.raises(SourceFailed, match="more than 4"):
        source.get("checkpoint", 4)


def test_full_tile_instead(tmp_path):
    """
    A partial tile may be gone: the full one begins with it. A malformed one is the log's fault, and said so.
    """
    source = FolderSource(tmp_path)
    for name in ("tile/0/000", "tile/entries/000"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "tile/0/000").write_bytes(bytes(256 * 32))
    (tmp_path / "tile/entries/000").write_bytes(pack_entries([b"a", b"b"] * 128))
    assert read_hashes(source, Tile(0, 0, 3)) == [bytes(32)] * 3
    assert read_entries(source, 0, 3) == [b"a", b"b", b"a"]
    (tmp_path / "tile/entries/000").write_bytes(pack_entries([b"a"] * 255))
    with pytest.raises(VerificationError, match="malformed"):
        read_entries(source, 0, 3)
