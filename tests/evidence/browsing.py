"""
verify.html as a stranger opens it: from disk, in the system's Chromium, with the network off.

`python -m tests.evidence.browsing` draws docs/img/verify.png again.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from app.evidence.page import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 120_000  # milliseconds


@dataclass(frozen=True)
class Outcome:
    """What the page says: its verdict, each step ("true", "false", "unchecked", "waiting"), and the words."""

    verdict: str
    steps: dict[int, str]
    said: str

    @property
    def failed(self) -> int | None:
        return next((number for number, ok in self.steps.items() if ok == "false"), None)


@contextmanager
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser to drive

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.getuid() == 0 else []
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield started
        finally:
            started.close()


class Opened:
    """The page in a browser that may load nothing but this one file."""

    def __init__(self, started: Browser, folder: Path, *, width: int = 1100, before: str = "") -> None:
        self.file = folder / "verify.html"
        self.file.write_bytes(build())
        self.asked: list[str] = []  # every address that was requested
        self.errors: list[str] = []
        context = started.new_context(viewport={"width": width, "height": 900})
        context.set_offline(True)
        context.route("**/*", lambda route: route.continue_() if self._may_load(route.request.url) else route.abort())
        if before:
            context.add_init_script(before)
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.goto(self.file.as_uri())

    def _may_load(self, url: str) -> bool:
        self.asked.append(url)
        return url.startswith("file://")

    def verify(
        self, data: bytes, policy: bytes | None = None, *, sidecar: bytes | None = None, vkey: str = ""
    ) -> Outcome:
        """Start anew, give the trust, drop the file, and wait for the verdict."""
        self.page.goto(self.file.as_uri())
        for field, content in (("policy", policy), ("sidecar", sidecar)):
            if content is not None:
                self._give(field, content)
        if vkey:
            self.page.fill("#vkey", vkey)
        self._give("file", data)
        self.page.wait_for_selector("html[data-verdict]", state="attached")
        return self.outcome()

    def outcome(self) -> Outcome:
        drawn = self.page.eval_on_selector_all(
            "li[data-step]", "found => found.map(x => [x.dataset.step, x.dataset.ok])"
        )
        steps = {int(number): ok for number, ok in drawn}
        verdict = self.page.get_attribute("html", "data-verdict")
        return Outcome(verdict or "", steps, self.page.text_content("main") or "")

    def call(self, script: str, argument: Any = None) -> Any:
        """
        The value of a function of the page's own scripts. What it refuses is None.
        """
        guarded = """async (given) => {
            try { return await (%s)(given); } catch (error) { if (error instanceof Refused) return null; throw error; }
        }"""
        return self.page.evaluate(guarded % script, argument)

    def close(self) -> None:
        self.context.close()

    def _give(self, field: str, content: bytes) -> None:
        name = "case-1.evidence.zip" if field == "file" else field
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        self.page.set_input_files(f"#{field}", [file])


def draw(target: Path) -> None:
    """A verified file, as in the manual."""
    from tests.evidence import tampering  # noqa: PLC0415

    with TemporaryDirectory() as folder, browser() as started:
        opened = Opened(started, Path(folder), width=1000)
        assert opened.verify(tampering.genuine(), tampering.policy()).verdict == "verified"
        end = opened.page.locator("article.duty").first.bounding_box()
        assert end is not None
        height = int(end["y"] + end["height"]) + 24
        opened.page.set_viewport_size({"width": 1000, "height": height})
        opened.page.screenshot(path=target)


if __name__ == "__main__":
    draw(Path(__file__).parents[2] / "docs/img/verify.png")
