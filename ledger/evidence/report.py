"""
What an evidence file's verification says: nine numbered steps, a verdict, and how much silence is worth.
"""

from dataclasses import dataclass
from typing import Any, Literal

from ledger.envelope import Payload
from ledger.evidence.bundle import Bundle
from ledger.evidence.documents import Document

Verdict = Literal["verified", "consistent", "refused"]
Soundness = Literal["sound", "accountable"]

STEPS: dict[int, tuple[str, str]] = {
    1: ("文件完整，格式合规", "the file is whole and of the right form"),
    2: ("检查点由受信任的日志密钥签名", "the checkpoint is signed by a trusted log key"),
    3: ("见证人达到要求的人数", "its witnesses are those that the trust demands"),
    4: ("时间戳", "time"),
    5: ("每条记录都在该检查点的树中", "every record is in the tree of this checkpoint"),
    6: ("每条记录由当时有权的密钥签名", "every record is signed by a key that might sign it then"),
    7: ("每个流完整，没有遗漏", "every stream is complete"),
    8: ("披露的字段和文件属于各自的记录", "disclosures and documents belong to their records"),
    9: ("结论可由记录重新推出", "the answer follows from the records"),
}
VERDICTS: dict[Verdict, tuple[str, str]] = {
    "verified": ("验证通过", "verified"),
    "consistent": ("自洽，签名人身份未知", "consistent, signer unknown"),
    "refused": ("不予采信", "refused"),
}
SOUNDNESS: dict[Soundness, tuple[str, str]] = {
    "sound": (
        "可靠：有重放审计人联署，“没有发生”的结论经第三方逐条核对",
        "sound: a replay auditor cosigned, so what is not there was looked for by somebody else",
    ),
    "accountable": (
        "可追责：没有重放审计人联署；若“没有发生”的结论不实，可据此文件追究运营方，但文件本身不会显示",
        "accountable: no replay auditor cosigned; a false silence can be proved against the operator, but is not seen",
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """`ok` None: not checked, the text says why."""

    number: int
    ok: bool | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Proved:
    """An event of the file, once its place in the log and its signature hold."""

    index: int
    payload: Payload
    key_id: str


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """
    `bundle` is None where the file could not be read; `events` is empty unless 5 and 6 hold, `documents` unless 8 does.
    """

    steps: tuple[Step, ...]
    verdict: Verdict
    soundness: Soundness
    bundle: Bundle | None
    events: tuple[Proved, ...]
    documents: tuple[Document, ...]  # those that are what their records say
    is_readable: bool  # False: not a zip at all

    @property
    def failed(self) -> Step | None:
        return next((step for step in self.steps if step.ok is False), None)

    @property
    def exit_code(self) -> int:
        if not self.is_readable:
            return 2
        return 0 if self.verdict == "verified" else 1

    def to_json(self) -> dict[str, Any]:
        """For programs: the steps, the verdict, and the answer where there is one that may be believed in part."""
        bundle = self.bundle
        is_refused = self.verdict == "refused"
        return {
            "verdict": self.verdict,
            "soundness": None if is_refused else self.soundness,
            "failed_step": self.failed.number if self.failed is not None else None,
            "steps": [{"number": s.number, "ok": s.ok, "zh": s.zh, "en": s.en} for s in self.steps],
            "kind": None if bundle is None else bundle.kind,
            "origin": None if bundle is None else bundle.origin,
            "question": None if bundle is None else dict(bundle.question),
            "answer": None if bundle is None or is_refused else bundle.answer,
            "documents": [] if is_refused else [document.to_json() for document in self.documents],
        }
