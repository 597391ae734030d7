"""
verify.html and the documents in a file: the same judgement as Python's, and a reader who opens what was enclosed by
somebody who meant ill. Nothing in a document is run.
"""

from __future__ import annotations

import pytest

from ledger.attachment import parse_described
from ledger.errors import LedgerError
from ledger.evidence.files import MAX_DOCUMENT_BYTES
from tests.evidence import attaching, making, tampering
from tests.evidence.attaching import DOCUMENTS, PAPER, PDF, PNG, TEXT, sha


@pytest.fixture
def page(opened):
    found = opened.verify(attaching.genuine(), tampering.policy())
    assert (found.verdict, found.failed) == ("verified", None), found.said
    return opened.page


def item(page, data):
    return page.locator(f"li[data-document='{sha(data)}']")


class TestJudged:
    @pytest.mark.parametrize("tampered", DOCUMENTS, ids=lambda t: t.name)
    def test_refused(self, opened, tampered):
        """
        At the same step as by the Python verifier; nothing is offered.
        """
        found = opened.verify(tampered.make(), tampering.policy())
        assert (found.verdict, found.failed) == ("refused", tampered.step), found.said
        assert opened.page.is_hidden("#enclosed")

    def test_limits(self, opened):
        """
        More than the documents' limit is refused by the headers, before it is unpacked.
        """
        large = bytes(MAX_DOCUMENT_BYTES // 2 + 1)
        files = {f"data/documents/{sha(x)}": x for x in (large, large[1:])}
        found = opened.verify(tampering.edited(attaching.genuine(), lambda f: f.update(files)), tampering.policy())
        assert (found.verdict, found.failed) == ("refused", 1), found.said

    def test_descriptions(self, opened):
        """
        Both verifiers read the same descriptions of attachments, and refuse the same.
        """
        good = attaching.described("a.pdf", "application/pdf", b"x")
        samples = [good, attaching.described("中\u202e", "text/plain", b"y"), "", "{}", "[]", good + " ", good[:-1]]
        for old, new in (
            ('"name":"a.pdf"', '"name":""'),
            ('"name":"a.pdf"', f'"name":"{"a" * 1024}"'),
            ('"name":"a.pdf"', f'"name":"{"a" * 1025}"'),
            ('"name":"a.pdf"', f'"name":"{"😀" * 1024}"'),
            ('"name":"a.pdf"', '"name":1'),
            ("application/pdf", "application"),
            ("application/pdf", "Application/pdf"),
            ("application/pdf", "text/html; charset=utf-8"),
            ('"size":1', '"size":0'),
            ('"size":1', '"size":true'),
            ('"size":1', '"size":1.0'),
            ('"size":1', '"size":-1'),
            ('"hmac_sha256":"', '"hmac_sha256":"0'),
            ("==", "="),
            ("AAAA", ""),
            ("AAAA", "AAA-"),
            ("=", ""),
        ):
            assert old in good, old
            samples.append(good.replace(old, new, 1))
        expected = []
        for sample in samples:
            try:
                expected.append(parse_described(sample).name)
            except LedgerError:
                expected.append(None)
        found = [opened.call("(value) => parseDescribed(value).name", sample) for sample in samples]
        assert found == expected
        assert None in expected
        assert len(set(expected)) > 3


class TestOpened:
    def test_listed(self, page):
        """
        By the name that the record commits to, with what would turn the line spelled out.
        """
        said = page.inner_text("#documents")
        assert "租赁合同.pdf" in said
        assert "陈述\\u202e.html" in said
        assert "（记录只载有摘要）" in said
        for data in (PDF, TEXT, PNG, PAPER):
            assert sha(data) in said
        assert page.locator("#documents > li").count() == 4
        assert "hmac_sha256" not in page.text_content("#records")
        assert attaching.described(*next(zip(attaching.NAMES, attaching.TYPES, (PDF,), strict=False))) not in said

    @pytest.mark.parametrize(
        ("data", "ending"), [(PDF, "租赁合同.pdf"), (TEXT, "陈述_.html.txt"), (PNG, "照片.png"), (PAPER, ".pdf")]
    )
    def test_saved(self, page, tmp_path, data, ending):
        """
        The very bytes, under an ending that the recorded type gives: markup does not leave as a page.
        """
        with page.expect_download() as download:
            item(page, data).get_by_text("保存").click()
        assert download.value.suggested_filename.endswith(ending), download.value.suggested_filename
        assert download.value.suggested_filename[0].isdigit()
        download.value.save_as(tmp_path / "saved")
        assert (tmp_path / "saved").read_bytes() == data

    def test_text(self, page):
        """
        Shown as text: the script in it is read and does not run.
        """
        item(page, TEXT).get_by_text("查看").click()
        assert "<script>document.title='owned'</script>" in item(page, TEXT).locator("pre").inner_text()
        assert "owned" not in page.title()
        assert page.locator("#documents script").count() == 0

    def test_picture(self, page):
        item(page, PNG).get_by_text("查看").click()
        picture = item(page, PNG).locator("img")
        picture.wait_for()
        page.wait_for_function("() => document.querySelector('#documents img').naturalWidth === 1")
        assert picture.get_attribute("alt") == "照片.png"

    def test_a_picture_that_is_none(self, opened):
        """
        Whatever calls itself a picture is one by its first bytes, or is not shown.
        """
        office = making.county()
        evil = b"<svg onload='document.title=1'>"
        attaching.attach(office, attaching.described("x.png", "image/png", evil))
        found = opened.verify(attaching._alone(office, evil), tampering.policy())
        assert found.verdict == "verified", found.said
        item(opened.page, evil).get_by_text("查看").click()
        assert "请保存后查看" in item(opened.page, evil).inner_text()
        assert opened.page.locator("#documents img").count() == 0

    def test_no_way_to_look_at_the_others(self, page):
        for data in (PDF, PAPER):
            assert item(page, data).get_by_text("查看").count() == 0

    def test_forgotten_with_the_next_file(self, opened, page):
        """
        Another file on the same page shows no document of the one before.
        """
        opened._give("file", tampering.genuine())
        page.wait_for_selector("#documents > li", state="detached")
        page.wait_for_selector("html[data-verdict]", state="attached")
        assert page.is_hidden("#enclosed")


def test_erased(opened):
    """
    A file made after an erasure says so, by order and record.
    """
    found = opened.verify(attaching.erased(), tampering.policy())
    assert found.verdict == "verified", found.said
    assert "内容已按“京信〔2026〕7号”决定删除" in opened.page.inner_text("#documents")
