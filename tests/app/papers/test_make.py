"""
Every built-in paper in every format: what it says, that it is the same bytes twice, and what is refused by name.
"""

from __future__ import annotations

import hashlib
import io
import re
import tomllib
import zipfile
from datetime import date
from html import unescape
from importlib.resources import files

import pytest
from docx import Document

from app.papers.model import PaperRefused
from domain.case import commands as c
from tests.app.papers import cases


@pytest.fixture(scope="module")
def office():
    made = cases.county()
    cases.life(made)
    return made


def builtin(name):
    return (files("app.papers") / "templates" / f"{name}.toml").read_text(encoding="utf-8")


def accepted_simply():
    made = cases.county()
    cases.life(made, 5)
    made.act(c.AcceptPetition, "zjj", "2026-01-12", no=cases.NO, procedure="simple")
    return made


def words_of(made, form):
    """The text of a file as its reader gets it, without white space."""
    if form == "docx":
        text = "".join(p.text for p in Document(io.BytesIO(made.data)).paragraphs)
    else:
        text = unescape(re.sub(r"<style>.*?</style>|<[^>]*>", "", made.data.decode(), flags=re.DOTALL))
    return re.sub(r"\s", "", text)


SAYS = {
    "referral_letter": ("安澜县住房和城乡建设局：", "自收到之日起15日内", "5个工作日内", "附件：信访事项材料"),
    "assignment_letter": ("于2026年4月10日前", "提交办结报告（《信访工作条例》第二十二条）"),
    "acceptance_notice": ("李建国：", "普通程序", "60日内办结", "至2026年3月13日", "第三十四条", "延长期限不超过30日"),
    "extension_notice": (
        "原办理期限至2026年3月13日",
        "因开发商账目尚在审计，情况复杂",
        "延长办理期限20日",
        "至2026年4月2日（含当日）",
        "2026年1月12日起算（当日不计）加60个自然日，至2026年3月13日延期20日，至2026年4月2日",
    ),
    "handling_opinion": (
        "二、认定的事实经查，东关小区3号楼",
        "三、理由和依据开发商应当",
        "意见是：支持。责成",
        "由安澜县住房和城乡建设局于2026年6月30日前",
        "自收到本意见书之日起30日内，请求本机关的上一级机关、单位复查（《信访工作条例》第三十五条）",
        "安澜县住房和城乡建设局2026年3月20日",
    ),
    "review_opinion": (
        "你不服安澜县住房和城乡建设局对你",
        "于2026年4月2日",
        "维持",
        "复核（《信访工作条例》第三十六条）",
    ),
}


@pytest.mark.parametrize("form", ["html", "docx"])
@pytest.mark.parametrize(("paper", "day", "version", "sealed"), cases.ALL, ids=[a[0] for a in cases.ALL])
def test_every_paper(office, paper, day, version, sealed, form):
    """
    Its facts are there, nothing is left blank, and making it again gives the same bytes.
    """
    made = cases.ask(office, paper, day, version=version, sealed=sealed, form=form, number="安住字〔2026〕7号")
    text = words_of(made, form)
    assert [s for s in ("安住字〔2026〕7号", *SAYS[paper]) if s not in text] == []
    assert made.paper.blanks == ()
    again = cases.ask(office, paper, day, version=version, sealed=sealed, form=form, number="安住字〔2026〕7号")
    assert again.data == made.data
    assert made.digest == "sha256:" + hashlib.sha256(made.data).hexdigest()


@pytest.mark.parametrize("form", ["html", "docx"])
def test_not_accepted(form):
    made = cases.ask(cases.refused(), "not_accepted_notice", "2026-01-08", form=form)
    text = words_of(made, form)
    assert "该事项已经或者依法应当通过诉讼、仲裁、行政复议等法定途径解决" in text
    assert "第二十三条" in text


def test_numbers_come_from_the_law(office):
    """
    No template holds a number of days or of an article: only placeholders stand where they are printed.
    """
    for path in files("app.papers").joinpath("templates").iterdir():
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        said = [b["text"] for b in content["body"]] + [content.get("remedy", "")]
        plain = re.sub(r"\{[{%].*?[%}]\}", "", "".join(said))
        assert not re.search(r"[0-9]|[一二三四五六七八九十]+(日|条|个工作日)", plain), path.name


def test_without_a_name_its_place_stays_blank(office):
    made = cases.ask(office, "acceptance_notice", "2026-01-12")
    assert made.paper.addressee == "＿＿＿＿＿＿（依申请填写）"
    assert made.paper.blanks == ("petitioner_name",)
    assert "李建国" not in made.data.decode()


def test_a_later_act_changes_nothing():
    """
    The acceptance notice of the day of acceptance reads the same when the case was extended and closed since.
    """
    office = cases.county()
    cases.life(office, cases.ACCEPTED)
    then = cases.ask(office, "acceptance_notice", "2026-01-12", form="docx")
    cases.life(office)
    assert cases.ask(office, "acceptance_notice", "2026-01-12", form="docx").data == then.data


def test_drafted_is_what_is_served():
    """
    A paper made before its act is recorded is the one made from the record: so the record can carry its digest.
    """
    office = cases.county()
    cases.life(office, cases.EXTENDED)
    draft = {
        "unit_id": "zjj",
        "official_id": "zjj-desk",
        "outcome": "support",
        "executor_unit_id": "zjj",
        "execute_by": date(2026, 6, 30),
    }
    order = {"sealed": cases.OPINION_TEXTS, "form": "docx", "number": "安住字〔2026〕7号"}
    before = cases.ask(office, "handling_opinion", "2026-03-20", draft=draft, **order)
    office.act(
        c.ServeHandlingOpinion,
        "zjj",
        "2026-03-20",
        no=cases.NO,
        outcome="support",
        executor_unit_id="zjj",
        execute_by=date(2026, 6, 30),
        proof=before.digest,
    )
    after = cases.ask(office, "handling_opinion", "2026-03-20", **order)
    assert after.act.event.proof == after.digest == before.digest


class TestRefused:
    def test_no_such_act(self):
        office = cases.county()
        cases.life(office, cases.ASSIGNED)
        with pytest.raises(PaperRefused, match=r"petition\.accepted") as caught:
            cases.ask(office, "acceptance_notice", "2026-01-12")
        assert caught.value.field == "event"

    def test_an_act_after_the_papers_day(self, office):
        with pytest.raises(PaperRefused, match="2026-01-11"):
            cases.ask(office, "acceptance_notice", "2026-01-11")

    def test_a_missing_fact_is_named(self):
        """
        An assignment without the day by which a report is due: no letter, and no invented day.
        """
        office = cases.county()
        cases.life(office, 2)
        office.act(c.AssignPetition, "xfj", "2026-01-06", no=cases.NO, to_unit_id="zjj", basis="《信访工作条例》")
        with pytest.raises(PaperRefused) as caught:
            cases.ask(office, "assignment_letter", "2026-01-06")
        assert caught.value.field == "act.report_by"

    def test_a_rule_the_law_does_not_have(self, office):
        """
        The case has no duty of that name: the notice of it is not made from another rule.
        """
        template = builtin("acceptance_notice").replace('"simple_decide_opinion"', '"conclude_quickly"')
        with pytest.raises(PaperRefused) as caught:
            cases.ask(accepted_simply(), template.encode(), "2026-01-12")
        assert caught.value.field == "duty.conclude"

    def test_the_simple_procedure_has_its_own_limit(self):
        """
        A simple matter is told its ten working days (12 January is a Monday: to the 26th), and no extension.
        """
        made = cases.ask(accepted_simply(), "acceptance_notice", "2026-01-12", sealed={"petitioner_name": "李建国"})
        said = words_of(made, "html")
        assert "按照简易办理办理" in said
        assert "根据《信访事项简易办理办法（试行）》的规定，本事项应当自受理之日起10个工作日内办结" in said
        assert "至2026年1月26日（含当日）" in said
        assert "延长" not in said

    @pytest.mark.parametrize("number", ["安住字[2026]7号", "安住字〔2026〕07号", "安住字〔26〕7号", "<b>〔2026〕7号"])
    def test_a_number_in_another_form(self, office, number):
        with pytest.raises(PaperRefused) as caught:
            cases.ask(office, "acceptance_notice", "2026-01-12", number=number)
        assert caught.value.field == "number"

    def test_a_value_the_paper_does_not_know(self, office):
        with pytest.raises(PaperRefused) as caught:
            cases.ask(office, "acceptance_notice", "2026-01-12", sealed={"petitioner_nmae": "李建国"})
        assert caught.value.field == "sealed.petitioner_nmae"

    @pytest.mark.parametrize(
        ("draft", "named"),
        [
            ({"unit_id": "zjj"}, "outcome"),
            ({"unit_id": "zjj", "outcome": "support", "colour": "red"}, "colour"),
            ({"unit_id": "zjj", "outcome": "support", "execute_by": "soon"}, "soon"),
        ],
    )
    def test_a_draft_that_is_no_act(self, office, draft, named):
        with pytest.raises(PaperRefused, match=named) as caught:
            cases.ask(office, "handling_opinion", "2026-03-20", draft=draft)
        assert caught.value.field == "draft"

    def test_an_extension_that_moved_nothing(self):
        """
        Approved after the due day: void, so nobody is told of a new day.
        """
        office = cases.county()
        cases.life(office, cases.ACCEPTED)
        office.act(
            c.ApproveExtension,
            "zjj",
            "2026-03-20",
            no=cases.NO,
            who="zjj-head",
            obligation="conclude_petition",
            trigger_version=cases.ACCEPTED,
            days=20,
            reason="情况复杂",
        )
        with pytest.raises(PaperRefused) as caught:
            cases.ask(office, "extension_notice", "2026-03-20")
        assert caught.value.field == "act.days"


class TestHostileValues:
    NAME = '</p><script>alert("x")</script>&{{ act.unit_id }}{% for x in y %}'

    def test_html_is_escaped_once(self, office):
        made = cases.ask(office, "acceptance_notice", "2026-01-12", sealed={"petitioner_name": self.NAME})
        page = made.data.decode()
        assert "<script" not in page
        assert "&lt;script&gt;" in page
        assert "&amp;lt;" not in page
        assert "{{ act.unit_id }}" in page

    def test_docx_holds_it_as_text(self, office):
        made = cases.ask(office, "acceptance_notice", "2026-01-12", sealed={"petitioner_name": self.NAME}, form="docx")
        texts = [p.text for p in Document(io.BytesIO(made.data)).paragraphs]
        assert f"{self.NAME}：" in texts

    @pytest.mark.parametrize("form", ["html", "docx"])
    def test_controls_and_turned_text(self, office, form):
        """
        What would break a file, or show another text than it holds, is replaced and seen to be.
        """
        name = "李\x00建\x1b国\u202egnp.\ufdd0petitioner_name\ufdd1"
        made = cases.ask(office, "acceptance_notice", "2026-01-12", sealed={"petitioner_name": name}, form=form)
        assert made.paper.addressee == "李\ufffd建\ufffd国\ufffdgnp.\ufffdpetitioner_name\ufffd"
        assert made.paper.blanks == ()
        assert "李\ufffd建\ufffd国" in words_of(made, form)

    def test_lines_of_a_value_stay_in_their_place(self, office):
        made = cases.ask(office, "acceptance_notice", "2026-01-12", sealed={"petitioner_name": "李建国\n特此批准"})
        assert made.paper.addressee == "李建国 特此批准"

    def test_a_long_value(self, office):
        with pytest.raises(PaperRefused) as caught:
            cases.ask(office, "acceptance_notice", "2026-01-12", sealed={"petitioner_name": "李" * 20_001})
        assert caught.value.field == "sealed.petitioner_name"


def test_the_docx_has_no_time_and_no_name_of_a_machine(office):
    made = cases.ask(office, "acceptance_notice", "2026-01-12", form="docx")
    with zipfile.ZipFile(io.BytesIO(made.data)) as file:
        assert {i.date_time for i in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not [n for n in file.namelist() if "thumbnail" in n or "WithEffects" in n or "customXml" in n]
        core = file.read("docProps/core.xml").decode()
    assert "2026-01-12T00:00:00Z" in core
    assert "python-docx" not in core
