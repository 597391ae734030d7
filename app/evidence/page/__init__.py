"""
`verify.html`: the evidence file's verifier for people who have a browser and no program (docs/formats.md section 16).

One file, made of the plain scripts beside this one, in this order, and the words of app/words.py: no library, no
network, no build step but this function. The page's own policy (Content-Security-Policy) names the digests of its one
script and one style sheet, and forbids everything else, loading included. tests/evidence/test_page.py.
"""

import hashlib
import json
from base64 import b64encode
from functools import cache
from importlib.resources import files

from app import words

WORDS = "words.js"
SCRIPTS = (
    "bytes.js",  # bytes, text, hashes; how to say no
    "canonical.js",  # section 1
    "merkle.js",  # 5
    "keys.js",  # 7
    "note.js",  # 8, 15
    "policy.js",  # 11, 12
    "trust.js",  # 12, the sidecar
    "casemap.js",  # 14
    "envelope.js",  # 2, 4, 6
    "enrolment.js",  # 7, who may sign
    "zip.js",  # 16, the container
    "bundle.js",  # 16, the files in it
    "documents.js",  # 6, 16: the documents, held to their records
    "steps.js",  # 16, the steps
    WORDS,  # the answer in plain words
    "opening.js",  # the documents, to look at and to save
    "view.js",  # the page
)


@cache
def build() -> bytes:
    """Return verify.html: the same bytes for the same sources, everywhere."""
    script = "".join(f"// ---- {name}\n{_words() if name == WORDS else ''}{_read(name)}\n" for name in SCRIPTS)
    style = _read("style.css")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "img-src blob:",  # a picture among the documents, out of the page's own memory
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    page = _read("page.html")
    for mark, content in (("@POLICY@", policy), ("@STYLE@", style), ("@SCRIPT@", script)):
        before, _, after = page.partition(mark)
        page = before + content + after
    return page.encode()


def _words() -> str:
    """The same words as on the office's own pages, each [Chinese, English]."""
    tables = {"STATE_WORDS": words.STATES, "CAUSE_WORDS": words.CAUSES, "ACT_WORDS": words.ACTS}
    return "".join(f"const {n} = {json.dumps(t, ensure_ascii=False, indent=1)};\n" for n, t in tables.items())


def _read(name: str) -> str:
    return (files(__name__) / name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(content.encode()).digest()).decode()
