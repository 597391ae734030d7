"""
verify.html in a real browser, from disk, with the network off: what verifies, what is refused and at which step, and
that its functions judge as the Python ones do.
"""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

import pytest

from app import words
from app.evidence import page as sources
from app.evidence.page import SCRIPTS, build
from domain.people.streams import CALENDARS, PACKS
from ledger import canonical
from ledger.casemap import (
    CaseMap,
    MapRoot,
    MemoryNodes,
    format_map_root,
)
from ledger.checkpoint import sign_checkpoint
from ledger.evidence.bundle import Bundle, ProvedLeaf, ProvedStream
from ledger.evidence.files import write_bundle
from ledger.evidence.report import STEPS
from ledger.merkle import leaf_hash, record_path, root
from tests.evidence import making, tampering
from tests.evidence.browsing import Opened
from tests.ledger.sealing import LOG, ORIGIN, SYSTEM, Writer
from tests.ledger.vectors.make_vectors import FOLDER as GOLDEN

FILES = Path(sources.__file__).parent
# The page does not derive: an answer of the right form, citing records of the file, is for luoshi-verify.pyz to refuse.
NOT_DERIVED = "another answer"


def large(count):
    """A sound file of a case with so many events, and its log's key."""
    writer, stream, nodes = Writer(), "case/county/1", MemoryNodes()
    kept = [writer.genesis(), *(writer.event(stream, body={"n": n}) for n in range(count))]
    hashes = [leaf_hash(sealed.leaf) for sealed in kept]
    version = CaseMap(ORIGIN, nodes)
    covered = version.add((sealed.stream, hashed) for sealed, hashed in zip(kept, hashes, strict=True))
    leaves = [*(sealed.leaf for sealed in kept), format_map_root(MapRoot(len(kept), covered))]
    hashes.append(leaf_hash(leaves[-1]))
    subtree = cache(lambda low, high: root(hashes[low:high]))
    indexes = {stream: tuple(range(1, count + 1)), "system/import": (0,), f"key/{SYSTEM.key_id}": ()}
    indexes |= {PACKS: (), CALENDARS: ()}
    asked = {"stream": stream, "as_of": "2026-01-01"}
    bundle = Bundle(
        kind="absence",
        origin=ORIGIN,
        note=sign_checkpoint(ORIGIN, len(leaves), root(hashes), LOG),
        question=asked,
        answer=asked
        | {"events": list(indexes[stream]), "exists": True, "duty": None, "duties": [], "log_size": len(leaves)},
        streams=tuple(
            ProvedStream(name, "keys" if n else "case", found, version.entry(name), version.prove(name))
            for n, (name, found) in enumerate(indexes.items())
        ),
        leaves=tuple(
            ProvedLeaf(index, leaf, tuple(record_path(len(leaves), index, subtree)))
            for index, leaf in enumerate(leaves)
        ),
    )
    return write_bundle(bundle), LOG.vkey.encode()


class TestBuild:
    def test_deterministic(self):
        build.cache_clear()
        first = build()
        build.cache_clear()
        assert build() == first

    def test_says_that_it_loads_nothing(self):
        """
        The policy allows exactly the one script and the one style sheet that stand in the page.
        """
        text = build().decode()
        [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        [script], [style] = (
            re.findall(r"<script>(.*?)</script>", text, re.DOTALL),
            re.findall(r"<style>(.*?)</style>", text, re.DOTALL),
        )
        digests = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (script, style)]
        assert policy == (
            f"default-src 'none'; script-src 'sha256-{digests[0]}'; style-src 'sha256-{digests[1]}'; img-src blob:; "
            "base-uri 'none'; form-action 'none'"
        )

    def test_nothing_of_others(self):
        """
        Every source is ours, joined, and writes foreign data as text only.
        """
        assert sorted(SCRIPTS) == sorted(path.name for path in FILES.glob("*.js"))
        text = build().decode()
        for banned in (
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "new Function",
            "fetch(",
            "XMLHttpRequest",
            "WebSocket",
            "import(",
            "https://",
            "http://",
            "localStorage",
            "@SCRIPT@",
        ):
            assert banned not in text, banned

    def test_titles(self):
        """
        The steps are called as by the other verifier, but for the last: the page does not derive, and says so.
        """
        listed = re.search(r"const STEPS = \[(.*?)\n\];", (FILES / "steps.js").read_text(encoding="utf-8"), re.DOTALL)[
            1
        ]
        titles = re.findall(r'^  \["(.*)", "(.*)"\],$', listed, re.MULTILINE)
        assert titles[:8] == [STEPS[number] for number in range(1, 9)]
        assert titles[8] != STEPS[9]
        assert len(titles) == 9

    def test_words(self, opened):
        """
        States, causes and acts are worded as on the office's own pages.
        """
        for name, expected in (("STATE", words.STATES), ("CAUSE", words.CAUSES), ("ACT", words.ACTS)):
            assert opened.page.evaluate(f"{name}_WORDS") == {code: list(said) for code, said in expected.items()}


class TestGenuine:
    def test_verified(self, opened):
        found = opened.verify(tampering.genuine(), tampering.policy())
        assert found.verdict == "verified"
        assert found.steps == dict.fromkeys(range(1, 10), "true") | {4: "unchecked"}
        assert "结论须由 luoshi-verify.pyz 复算" in found.said

    def test_by_a_pasted_key(self, opened):
        assert opened.verify(tampering.genuine(), vkey=making.log().signer.vkey).verdict == "verified"

    def test_without_trust(self, opened):
        """
        Everything holds and nothing is known of the signer: never green.
        """
        found = opened.verify(tampering.genuine())
        assert found.verdict == "consistent"
        assert [found.steps[n] for n in (1, 2, 3)] == ["true", "unchecked", "unchecked"]
        assert opened.page.get_attribute("#verdict", "class") == "verdict consistent"

    def test_absence(self, opened):
        asked = {"stream": "case/county/99", "as_of": "2026-04-30"}
        found = opened.verify(write_bundle(making.gather(making.log(), "absence", asked)), tampering.policy())
        assert found.verdict == "verified"
        assert "日志中没有 case/county/99 这一案件" in found.said
        assert "可追责" in found.said

    def test_replayed(self, opened):
        """
        A witness that the trust calls a replay auditor makes the silence sound.
        """
        said = {"v": 1, "log_keys": [], "require": [], "replay": [making.WITNESSES[1].vkey]}
        found = opened.verify(tampering.genuine(), tampering.policy(), sidecar=json.dumps(said).encode())
        assert found.verdict == "verified"
        assert "有重放审计人联署" in found.said

    def test_golden(self, opened):
        """
        The tracked file, whose answer is no audit's: everything before the answer holds.
        """
        found = opened.verify((GOLDEN / "evidence.zip").read_bytes(), (GOLDEN / "evidence-policy").read_bytes())
        assert [found.steps[n] for n in range(1, 9) if n != 4] == ["true"] * 7

    def test_shows_what_the_answer_says(self, opened):
        """
        Duty, law, unit, person, day, delay and cause in plain words, and each cited record with its parts.
        """
        opened.verify(tampering.genuine(), tampering.policy())
        late = opened.page.locator("article.duty").filter(has_text="逾期履行")
        text = late.inner_text()
        duty = next(d for d in making.case_bundle().answer["duties"] if d["state"] == "met_late")
        for part in (
            duty["duty_name"],
            duty["legal_basis"]["doc"],
            f"第 {duty['legal_basis']['article']} 条",
            duty["unit"]["name"],
            duty["person"]["name"],
            duty["due_on"],
            f"{duty['days_late']} 日",
        ):
            assert part in text, part
        for event in duty["evidence"]:
            record = opened.page.locator(f"#record-{event['log_index']}").text_content()
            assert event["type"] in record
            assert event["stream"] in record
        assert "李雷" in opened.page.text_content("#records")

    def test_own_words_of_the_sender_count_for_nothing(self, opened):
        """
        The policy in the file is not trust, whatever it says.
        """
        bare = making.gather(making.log(), note=making.log().note)
        assert opened.verify(write_bundle(bare)).verdict == "consistent"
        found = opened.verify(write_bundle(bare), tampering.policy())
        assert (found.verdict, found.failed) == ("refused", 3)

    def test_another_trust(self, opened):
        found = opened.verify(tampering.genuine(), vkey=making.STRANGER.vkey)
        assert (found.verdict, found.failed) == ("refused", 2)

    def test_trust_that_is_none(self, opened):
        """
        A garbled policy is the reader's mistake: nothing is verified, nothing is said of the file.
        """
        for policy in (b"log nonsense\nquorum none\n", b"quorum none", b"\xff\xfe"):
            found = opened.verify(tampering.genuine(), policy)
            assert found.verdict == "unread"
            assert set(found.steps.values()) == {"waiting"}
            assert "信任依据" in found.said


class TestTampered:
    @pytest.mark.parametrize("tampered", tampering.TAMPERINGS, ids=lambda t: t.name)
    def test_refused(self, opened, tampered):
        """
        Refused at the very step at which the Python verifier refuses.
        """
        found = opened.verify(tampered.make(), tampering.policy())
        if tampered.name == NOT_DERIVED:
            assert (found.verdict, found.failed) == ("verified", None)
            assert "结论须由 luoshi-verify.pyz 复算" in found.said
            return
        assert (found.verdict, found.failed) == ("refused", tampered.step), found.said
        assert opened.page.get_attribute("#verdict", "class") == "verdict refused"
        assert opened.page.is_hidden("#answer")
        later = [ok for number, ok in found.steps.items() if number > tampered.step]
        assert set(later) <= {"waiting"}

    def test_enough_of_them(self):
        assert len(tampering.TAMPERINGS) >= 12
        assert NOT_DERIVED in {t.name for t in tampering.TAMPERINGS}

    def test_never_green_without_trust(self, opened):
        for tampered in tampering.TAMPERINGS[::4]:
            assert opened.verify(tampered.make()).verdict in ("refused", "consistent")

    @pytest.mark.parametrize("change", [
        lambda said: said["duties"][0]["evidence"].append({"log_index": 9999}),
        lambda said: said["duties"][0]["evidence"][0].update(type="petition.concluded.v1"),
        lambda said: said["route"]["evidence"].append(9999),
        lambda said: said.update(log_size=1),
        lambda said: said.update(stream="case/county/2"),
    ])  # fmt: skip
    def test_answer_that_cites_what_is_not_there(self, opened, change):
        def changed(files):
            said = canonical.decode(files["data/answer.json"])
            change(said)
            files["data/answer.json"] = canonical.encode(said)

        found = opened.verify(tampering.edited(tampering.genuine(), changed), tampering.policy())
        assert (found.verdict, found.failed) == ("refused", 9)


class TestWithoutEd25519:
    def test_nothing_turns_green(self, started, tmp_path):
        """
        A browser that lacks the algorithm says so at every step that needs it.
        """
        without = "crypto.subtle.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'));"
        opened = Opened(started, tmp_path, before=without)
        for policy in (tampering.policy(), None):
            found = opened.verify(tampering.genuine(), policy)
            assert found.verdict == "unchecked"
            assert [n for n, ok in found.steps.items() if ok == "true"] == [1, 5]
            assert "请用 luoshi-verify.pyz 或更新的浏览器" in found.said
        opened.close()

    def test_one_that_always_agrees_is_no_verifier(self, started, tmp_path):
        opened = Opened(started, tmp_path, before="crypto.subtle.verify = () => Promise.resolve(true);")
        assert opened.verify(tampering.genuine(), tampering.policy()).verdict == "unchecked"
        opened.close()


class TestPage:
    def test_narrow(self, started, tmp_path):
        """
        A telephone shows the whole width.
        """
        opened = Opened(started, tmp_path, width=375)
        opened.verify(tampering.genuine(), tampering.policy())
        assert opened.page.evaluate("document.documentElement.scrollWidth") == 375
        opened.close()

    def test_named_for_who_does_not_see(self, opened):
        """
        Every field has a label, the verdict is announced, each mark has words, and the language can be changed by key.
        """
        opened.verify(tampering.genuine(), tampering.policy())
        page = opened.page
        fields = page.eval_on_selector_all("input, textarea", "all => all.map((x) => x.labels.length)")
        assert fields == [1] * 4
        assert page.get_attribute("#verdict", "aria-live") == "polite"
        assert page.get_attribute("li[data-step='1'] .mark", "aria-label") == "通过 holds"
        page.focus("#language")
        page.keyboard.press("Enter")
        assert page.get_attribute("html", "lang") == "en"
        assert "Bytes and signatures verified" in page.inner_text("#verdict")
        assert "字节与签名" not in page.inner_text("#verdict")

    def test_dropped(self, opened):
        """
        A file that is dropped anywhere is taken, and not opened in the page's place.
        """
        opened.page.goto(opened.file.as_uri())
        data = base64.b64encode(tampering.genuine()).decode()
        opened.page.evaluate(
            """(data) => {
                const transfer = new DataTransfer();
                transfer.items.add(new File([fromBase64(data)], "x.evidence.zip"));
                const about = { dataTransfer: transfer, bubbles: true, cancelable: true };
                document.querySelector("main").dispatchEvent(new DragEvent("drop", about));
            }""",
            data,
        )
        opened.page.wait_for_selector("html[data-verdict]", state="attached")
        assert opened.outcome().verdict == "consistent"

    def test_trust_given_later(self, opened):
        """
        The answer follows the trust, without another click.
        """
        assert opened.verify(tampering.genuine()).verdict == "consistent"
        opened.page.fill("#vkey", making.log().signer.vkey)
        opened.page.locator("#vkey").blur()
        opened.page.wait_for_selector("html[data-verdict=verified]", state="attached")

    def test_stays_alive(self, opened):
        """
        Five thousand records: the page breathes while it checks, and draws the steps as they are done.
        """
        data, trust = large(5000)
        opened.page.goto(opened.file.as_uri())
        opened.page.evaluate("window.ticks = 0; window.timer = setInterval(() => (window.ticks += 1), 10)")
        opened._give("policy", trust)
        opened._give("file", data)
        opened.page.wait_for_selector("html[data-verdict]", state="attached")
        assert opened.outcome().verdict == "verified", opened.outcome()
        assert opened.page.evaluate("window.ticks") > 20
