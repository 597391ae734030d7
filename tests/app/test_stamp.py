"""
A time-stamping authority over HTTP: what it may send, and what is refused within a bounded time.
"""

import time

import pytest

from app.stamp import REPLY_TYPE, Stamper, StampFailed
from ledger.timestamp import check_token
from tests.authority import Authority, serving_authority

TEXT = b"luoshi.example/county\n3\nz3Y6BByBzu8VeKYIP3XGG+8uABTyo+aDqX/Pylvn8Zo=\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tsa"))


def test_stamp(authority):
    with serving_authority(authority.answer) as url:
        stamp = Stamper(url, authority.roots).stamp(TEXT)
    assert stamp.at == check_token(stamp.token, TEXT, authority.roots)
    assert stamp.why_not is None


def test_without_roots(authority):
    """
    A token that nobody here can check is kept, and said to be unchecked.
    """
    with serving_authority(authority.answer) as url:
        stamp = Stamper(url, None).stamp(TEXT)
    assert stamp.at is None
    assert "LUOSHI_TSA_ROOTS" in stamp.why_not
    assert check_token(stamp.token, TEXT, authority.roots)


def test_form_that_nobody_reads(tmp_path, monkeypatch):
    """
    The token with the unsorted certificates, on a machine without openssl.
    """
    authority = Authority(tmp_path, chain="short")
    with serving_authority(authority.answer) as url:
        assert Stamper(url, authority.roots).stamp(TEXT).at is not None
        monkeypatch.setattr("ledger.timestamp.shutil.which", lambda _: None)
        stamp = Stamper(url, authority.roots).stamp(TEXT)
    assert stamp.at is None
    assert "no openssl program" in stamp.why_not


def test_other_root(tmp_path, authority):
    with serving_authority(authority.answer) as url, pytest.raises(StampFailed, match="does not hold"):
        Stamper(url, Authority(tmp_path).roots).stamp(TEXT)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"x" * 1_000_000, "more than 65536 bytes"),
        (b"", "malformed token"),
        (b"\x30\x03\x30\x01\x02", "malformed token"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "answered 302"),
        ((500, {}, b"<html>"), "answered 500"),
        ((200, {"Content-Type": "text/html"}, b"<html>"), "'text/html'"),
        ((200, {"Content-Length": "9"}, b"ab"), "malformed token|could not be reached"),
    ],
    ids=["1 MB", "nothing", "garbage", "redirect", "broken", "a page", "cut short"],
)
def test_bad_answers(answer, reason):
    with serving_authority(lambda _: answer) as url, pytest.raises(StampFailed, match=reason):
        Stamper(url, None).stamp(TEXT)


def test_replay(authority):
    """
    Yesterday's answer over the same text is no answer to today's question.
    """
    kept = []
    with serving_authority(lambda request: kept.append(authority.answer(request)) or kept[0]) as url:
        Stamper(url, authority.roots).stamp(TEXT)
        with pytest.raises(StampFailed, match="nonce"):
            Stamper(url, authority.roots).stamp(TEXT)


def test_hangs():
    """
    An authority that never answers, or answers byte by byte, is not waited for.
    """

    def slow(_):
        time.sleep(6)
        return 200, {"Content-Type": REPLY_TYPE}, b""

    began = time.monotonic()
    with serving_authority(slow) as url, pytest.raises(StampFailed):
        Stamper(url, None, seconds=0.3).stamp(TEXT)
    assert time.monotonic() - began < 5


def test_not_there():
    with pytest.raises(StampFailed, match="could not be reached"):
        Stamper("http://127.0.0.1:1/", None).stamp(TEXT)
