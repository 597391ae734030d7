"""
luoshi paper ...: from a log, as a user runs it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.api.running import MAPPING, Home, open_folder, row, write_csv

TEMPLATE = """
schema    = "luoshi.paper.v1"
id        = "registered"
name_zh   = "登记回执"
name_en   = "receipt"
topic     = "petition.registered"
title     = "登记回执"
addressee = "{{ sealed.petitioner_name }}"
signature = "{{ unit.name }}"

[[sealed]]
name = "petitioner_name"

[[body]]
kind = "paragraph"
text = "编号{{ case.no }}，登记于{{ case.registered_on | day }}。"
"""


@pytest.fixture(scope="module")
def home():
    home = Home(open_folder())
    home.run("init")
    (home.path / "hall.toml").write_text(MAPPING, encoding="utf-8")
    home.run("import", write_csv(home.path / "hall.csv", [row(1)]), "--mapping", home.path / "hall.toml")
    folder = home.path / "papers"
    folder.mkdir()
    (folder / "own.toml").write_text(TEMPLATE, encoding="utf-8")
    return home


def test_list(home):
    names = {r["id"]: r["name"] for r in home.ask("paper", "list")}
    assert names["handling_opinion"] == "处理意见书"
    assert "registered" not in names
    shown = home.run("paper", "list", "--format", "json", LUOSHI_PAPERS=str(home.path / "papers")).stdout
    assert "registered" in {r["id"] for r in json.loads(shown)}


def test_make_and_check(home):
    """
    The digest printed is that of the file; a second run gives the same file; nothing says yet that it was served.
    """
    files = [home.path / "a.docx", home.path / "b.docx"]
    told = {"LUOSHI_PAPERS": str(home.path / "papers")}
    for file in files:
        done = home.run(
            "paper", "make", "registered", "H1", "--format", "docx", "-o", file, "--as-of", "2025-03-01", **told
        )
        assert f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}" in done.stdout
        assert "petitioner_name" in done.stdout
    assert files[0].read_bytes() == files[1].read_bytes()
    assert "没有送达记录" in home.run("paper", "check", files[0], "H1", exits=1).stderr


def test_values_of_the_clerk(home):
    values = home.path / "values.json"
    values.write_text('{"petitioner_name": "<b>李建国"}', encoding="utf-8")
    page = home.path / "page.html"
    args = ("paper", "make", "registered", "H1", "-o", page, "--as-of", "2025-03-01", "--sealed", values)
    home.run(*args, LUOSHI_PAPERS=str(home.path / "papers"))
    assert "&lt;b&gt;李建国：" in page.read_text(encoding="utf-8")
    assert "文件已存在" in home.run(*args, exits=2, LUOSHI_PAPERS=str(home.path / "papers")).stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("nothing", "H1"), "没有这种文书"),
        (("acceptance_notice", "H1"), "本案没有可据以制作《受理告知书》的记录"),
        (("acceptance_notice", "H9"), "no case H9"),
        (("acceptance_notice", "H1", "--format", "odt"), "格式有误"),
        (("acceptance_notice", "H1", "--as-of", "2025-02-30"), "成文日期有误"),
        (("acceptance_notice", "H1", "--sealed", "README.md"), "封存内容文件有误"),
        (("acceptance_notice", "H1", "--draft", "README.md"), "拟作行为有误"),
    ],
)
def test_what_cannot_be_made(home, args, said):
    file = home.path / "never.html"
    top = Path(__file__).parents[2]
    args = [top / a if a == "README.md" else a for a in args]
    assert said in home.run("paper", "make", *args, "-o", file, exits=2).stderr
    assert not file.exists()


def test_no_font(home, tmp_path):
    done = home.run(
        "paper", "make", "acceptance_notice", "H1", "--format", "pdf", "-o", tmp_path / "x.pdf",
        exits=2, LUOSHI_FONT=str(tmp_path),
    )  # fmt: skip
    assert "未找到中文字体" in done.stderr
    assert "fonts-noto-cjk" in done.stderr


def test_today_is_the_day_unless_said(home):
    page = home.path / "today.html"
    home.run("paper", "make", "registered", "H1", "-o", page, LUOSHI_PAPERS=str(home.path / "papers"))
    now = datetime.now(UTC) + timedelta(hours=8)
    near = {f"{d.year}年{d.month}月{d.day}日" for d in (now, now - timedelta(minutes=5))}
    assert any(f'<p class="day">{d}</p>' in page.read_text(encoding="utf-8") for d in near)
