"""
An evidence file's answer in sentences, Chinese and English: for its custody sheet, its README and the command line.

"Not recorded" (未记录), never "did not": the log knows what was recorded. tests/app/evidence/test_custody.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app import words
from ledger.attachment import TOPIC as ATTACHED
from ledger.evidence.documents import erased_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ledger.evidence.bundle import Bundle
    from ledger.evidence.documents import Document
    from ledger.evidence.report import Proved


@dataclass(frozen=True, slots=True)
class Said:
    """One statement in both languages."""

    zh: str
    en: str


# What no evidence file can prove, whatever its verdict.
LIMITS = (
    Said(
        "检查点之后才写入日志的记录不在本件之内。检查点越旧，本件所说的“没有”越早。",
        "Records written after the checkpoint are not in this file; an old checkpoint speaks of an old day.",
    ),
    Said(
        "本件含检查点时的全部规则包、放假安排和所涉单位的全部岗位。“全部”由目录树证明；目录树本身是否属实，"
        "须看是否有重放整个日志的审计人联署，没有的，由日志方负责。",
        "All rule packs, all calendars and all posts of the units concerned are in this file, as of the checkpoint. "
        "That there are no others is the case map's word: a replay auditor's cosignature vouches for it, or else the "
        "operator alone.",
    ),
    Said(
        "从未写入日志的行为，以及记录内容是否属实，不在证明之列。“发生时间”是行为人自述，“入账时间”由日志方写入；"
        "来自外部的时间只有联署与时间戳。",
        "Acts never recorded, and whether what was recorded is true. The claimed time is the actor's word, the "
        "recorded time the log's; only cosignatures and time tokens come from outside.",
    ),
    Said(
        "密钥由日志方代管的签名，日志方有能力代签；登记密钥的记录写明由谁保管。",
        "Where the ledger keeps a person's key, the operator could have signed; the enrolment says who keeps it.",
    ),
)


def asked(bundle: Bundle) -> Said:
    """What the file was made to answer."""
    question, answer = bundle.question, bundle.answer
    if "offices" in answer:
        return _asked_of_office(bundle)
    case, as_of = f"{answer['case_no']}（来源 {answer['source']}）", question["as_of"]
    plain = f"{answer['case_no']} (source {answer['source']})"
    if bundle.kind == "case":
        return Said(f"案件 {case} 截至 {as_of} 的全部职责", f"every duty in case {plain} as of {as_of}")
    if question.get("duty") is None:
        return Said(f"案件 {case} 截至 {as_of} 有哪些记录", f"which records case {plain} has as of {as_of}")
    name = _duty_name(answer) or question["duty"]
    return Said(
        f"案件 {case} 至 {as_of} 是否记录了履行“{name}”",
        f"whether case {plain} records by {as_of} that {question['duty']} was discharged",
    )


def concluded(bundle: Bundle) -> list[Said]:
    """What the file says, a sentence for each fact."""
    if "offices" in bundle.answer:
        return _of_office(bundle)
    return _of_absence(bundle.answer) if bundle.kind == "absence" else [_of_duty(d) for d in bundle.answer["duties"]]


def document(shown: Document) -> Said:
    """A document of the file, by the name that its record commits to."""
    if shown.name is None:
        return Said(
            f"第 {shown.index} 条所指的文件，{shown.size} 字节，SHA-256 {shown.sha256}",
            f"named by record {shown.index}, {shown.size} bytes, SHA-256 {shown.sha256}",
        )
    return Said(
        f"第 {shown.index} 条的附件 {shown.name}（{shown.media_type}，{shown.size} 字节），SHA-256 {shown.sha256}",
        f"attachment of record {shown.index}: {shown.name} ({shown.media_type}, {shown.size} bytes), "
        f"SHA-256 {shown.sha256}",
    )


def erasures(bundle: Bundle, events: Iterable[Proved]) -> list[Said]:
    """The case's attachments whose text was erased: that they were, by which order and record."""
    own = [event for event in events if event.index in set(bundle.own)]
    orders = erased_by(own)
    bodies = {event.index: event.payload.body for event in own}
    said: list[Said] = []
    for event in own:
        stream = event.payload.stream
        by = [orders[stream, each] for each in event.payload.sd if (stream, each) in orders]
        if event.payload.topic != ATTACHED or not by or event.index in bundle.enclosed:
            continue
        order = bodies[by[0]].get("order_no")
        said.append(
            Said(
                f"第 {event.index} 条的附件：内容已按“{order}”决定删除（第 {by[0]} 条），本件不含其文件",
                f"attachment of record {event.index}: its text is gone, erased by order {order} (record {by[0]}); "
                "the file is not enclosed",
            )
        )
    return said


def _of_absence(answer: Mapping[str, Any]) -> list[Said]:
    no, source, size = answer["case_no"], answer["source"], answer["log_size"]
    if not answer["exists"]:
        return [
            Said(
                f"在检查点所指的前 {size} 条记录中，来源 {source} 没有编号为 {no} 的案件的任何记录。",
                f"Among the first {size} records of the log there is none of a case {no} of source {source}.",
            )
        ]
    count, indexes = len(answer["events"]), "、".join(map(str, answer["events"]))
    said = [
        Said(
            f"在检查点所指的前 {size} 条记录中，案件 {no}（来源 {source}）有且仅有 {count} 条记录，"
            f"日志序号 {indexes}。",
            f"Among the first {size} records of the log, case {no} of source {source} has exactly {count}: "
            f"{', '.join(map(str, answer['events']))}.",
        )
    ]
    if answer["duty"] is not None:
        name = _duty_name(answer) or answer["duty"]
        said.append(
            Said(
                f"其中没有任何一条记录在 {answer['as_of']} 前（含当日）履行“{name}”。",
                f"None of them discharges {answer['duty']} by {answer['as_of']}.",
            )
        )
    return said + [_of_duty(d) for d in answer["duties"]]


def _asked_of_office(bundle: Bundle) -> Said:
    question, answer = bundle.question, bundle.answer
    as_of, duty = question["as_of"], question.get("duty")
    zh = f"{answer['bearer']}（{answer['stream']}）"
    name = "全部经常性职责" if duty is None else f"“{_duty_name(answer) or duty}”"
    within = f"{question['period']} 期" if "period" in question else "各期"
    said = f"{answer['bearer']} ({answer['stream']})"
    what = f"{duty or 'every standing duty'}, {question.get('period', 'every period')}"
    if bundle.kind == "absence":
        zh = f"{zh}至 {as_of} 是否填报履行{name}（{within}）"
        return Said(zh, f"whether {said} filed by {as_of} what meets {what}")
    return Said(f"{zh}截至 {as_of} 的{name}（{within}）", f"{what}, of {said} as of {as_of}")


def _of_office(bundle: Bundle) -> list[Said]:
    answer = bundle.answer
    counts = {s.stream: len(s.indexes) for s in bundle.streams}
    filed = [(office, counts[office]) for office in answer["offices"]]
    said = [
        Said(
            f"在检查点所指的前 {answer['log_size']} 条记录中，计入的填报为："
            + "；".join(f"{office} 有且仅有 {count} 条" for office, count in filed)
            + "。",
            f"Among the first {answer['log_size']} records of the log, the filings counted: "
            + "; ".join(f"{office} has exactly {count}" for office, count in filed)
            + ".",
        )
    ]
    if bundle.kind == "absence":
        name = _duty_name(answer) or answer["duty"]
        zh, en = (f"（{answer['period']} 期）", f" ({answer['period']})") if answer["period"] is not None else ("", "")
        said.append(
            Said(
                f"其中没有任何一条在 {answer['as_of']} 前（含当日）履行“{name}”{zh}。",
                f"None of them discharges {answer['duty']}{en} by {answer['as_of']}.",
            )
        )
    for duty in answer["duties"]:
        period, row = duty["case_no"].removeprefix(f"{answer['case_no']}/"), _of_duty(duty)
        said.append(Said(f"{period}：{row.zh}", f"{period}: {row.en}"))
    said.append(
        Said(
            "职责只能由本单位的填报履行。准假等免责可由其他单位填报：未列入上述各流的单位是否填报过，本件不证明。",
            "Only what the unit itself filed discharges its duties. Another body may have filed what excuses one: of "
            "offices that are not listed above, this file proves nothing.",
        )
    )
    return said


def _of_duty(duty: Mapping[str, Any]) -> Said:
    state_zh, state_en = words.state(duty["state"])
    article = duty["legal_basis"]["article"]  # None: a custom of the trade, no article
    zh = [duty["duty_name"] + (f"（第{article}条）" if article is not None else "") + f"：{state_zh}"]
    en = [duty["duty"] + (f" (art. {article})" if article is not None else "") + f": {state_en}"]
    if due := duty["due_on"] or duty["due_at"]:
        zh.append(f"到期 {_to_the_second(due)}")
        en.append(f"due {_to_the_second(due)}")
    if duty["discharged_at"] is not None:
        zh.append(f"履行于 {_to_the_second(duty['discharged_at'])}")
        en.append(f"discharged {_to_the_second(duty['discharged_at'])}")
    if duty["days_late"]:
        zh.append(f"逾期 {duty['days_late']} 日")
        en.append(f"{duty['days_late']} days late")
    if duty["unit"] is not None:
        who = [duty["unit"]["name"], *([duty["person"]["name"]] if duty["person"] is not None else [])]
        zh.append("到期日由 " + " ".join(who) + " 承担")
        en.append("held on the due day by " + " ".join(who))
    if duty["cause"] is not None:
        cause_zh, cause_en = words.cause(duty["cause"]["code"])
        zh.append(f"原因 {cause_zh}")
        en.append(f"cause: {cause_en}")
    return Said("，".join(zh) + "。", ", ".join(en) + ".")


def _to_the_second(due: str) -> str:
    """A day, or a moment in the zone of the case's pack."""
    return due[:19].replace("T", " ")


def _duty_name(answer: Mapping[str, Any]) -> str | None:
    return answer["duties"][0]["duty_name"] if answer["duties"] else None
