from base64 import b64decode
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from app.outbound import RequestFailed, post, without_credentials


def test_credentials():
    """
    A name and a password in an address go into the header that is made for them, and into no message.
    """
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append((self.path, self.headers["Host"], self.headers["Authorization"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """The list says what came."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.handle_request, daemon=True).start()
    try:
        port = server.server_port
        post(f"http://us%40er:p%3Ass@127.0.0.1:{port}/tsa?x=1", b"q", content_type="a/b", seconds=5)
    finally:
        server.server_close()
    [(path, host, said)] = seen
    assert (path, host) == ("/tsa?x=1", f"127.0.0.1:{port}")
    assert b64decode(said.removeprefix("Basic ")) == b"us@er:p:ss"


@pytest.mark.parametrize("url", ["http://user:secret@127.0.0.1:1/", "http://user:secret@[", "ftp://user:secret@x/"])
def test_never_told(url):
    with pytest.raises(RequestFailed) as failed:
        post(url, b"", content_type="a/b", seconds=2)
    assert "secret" not in str(failed.value)
    assert "secret" not in without_credentials(url)


def test_shown():
    assert without_credentials("https://a:b@tsa.example/x") == "https://***@tsa.example/x"
    assert without_credentials("https://tsa.example/x") == "https://tsa.example/x"
