"""
Bulk registration: a desk's spreadsheet under all the law there is; what may not go in is rejected with its reason.
"""

from __future__ import annotations

import csv
from datetime import datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from app.handle import read
from app.importing.faults import FileFault
from app.importing.registrations import COLUMNS, Desk, register_sheet, write_template
from app.questions import Questions
from audit.findings import findings
from ledger.disclosure import open_disclosure
from tests.app.office import Office

ZONE = ZoneInfo("Asia/Shanghai")
DESK = Desk("county", "bureau", "bureau-desk", "bureau-desk")
ROW = {
    "登记编号": "2026-1",
    "收到日期": "2026-03-02",
    "登记日期": "2026-03-03",
    "信访渠道": "来访",
    "是否实名": "是",
    "信访人姓名": "张三",
    "证件号码": "11010519491231002X",
    "联系电话": "13800000000",
    "人数": "12",
    "代表人姓名": "张三、李四",
    "内容": "漏水无人修",
}


@pytest.fixture
def office():
    office = Office()
    office.at = datetime(2026, 3, 10, 9, tzinfo=ZONE)
    return office


def sheet(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(COLUMNS))
        writer.writeheader()
        writer.writerows(rows)
    return path


def take(office, path, **options):
    return register_sheet(office.handler, path, DESK, zone=ZONE, **options)


def acts(office, no="2026-1"):
    return [read(s) for s in office.store.read_stream(f"case/county/{no}")]


class TestRow:
    def test_received_and_registered_by_the_desk(self, office, tmp_path):
        """
        Signed by the official, under the national law, with the people of the matter sealed.
        """
        report = take(office, sheet(tmp_path / "a.csv", ROW))
        assert (report.rows, report.new, report.known, report.rejected) == (1, 1, 0, 0)
        received, registered = acts(office)
        assert received.actor.official_id == "bureau-desk"
        assert not received.imported
        assert (received.event.channel, received.event.headcount, received.event.representatives) == ("visit", 12, 2)
        assert registered.event.case_no == "2026-1"
        [held] = office.store.disclosures([received.log_index]).values()
        sealed = sorted(map(open_disclosure, held))
        assert ("petitioner_id_number", "11010519491231002X") in sealed
        assert [v for n, v in sealed if n == "representative_name"] == ["张三", "李四"]
        assert not any("张三".encode() in s.leaf for s in office.store.read_log(0, 1000))
        law = Questions(office.store).law()
        found = findings(acts(office), law, datetime(2026, 3, 20, tzinfo=ZONE))
        assert [f.duty.rule.pack_id for f in found][:1] == ["cn-xinfang-tiaoli-2022"]

    def test_again(self, office, tmp_path):
        path = sheet(tmp_path / "a.csv", ROW, ROW)
        report = take(office, path)
        assert (report.new, report.known, report.rejected) == (1, 1, 0)
        size = office.store.size()
        assert take(office, path).known == 2
        assert office.store.size() == size

    def test_a_run_that_was_cut(self, office, tmp_path):
        """
        Received and not yet registered: the next run registers it, and records nothing twice.
        """
        path = sheet(tmp_path / "a.csv", ROW)
        handle = office.handler.handle
        office.handler.handle = lambda command: handle(command) if hasattr(command, "channel") else None
        take(office, path)
        assert len(acts(office)) == 1
        office.handler.handle = handle
        take(office, path)
        assert [type(r.event).__name__ for r in acts(office)] == ["PetitionReceived", "PetitionRegistered"]

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"代表人姓名": "甲、乙、丙、丁、戊、己"}, "不得超过5人"),
            ({"人数": "1"}, "代表人数多于来访人数"),
            ({"人数": "许多"}, "应为正整数"),
            ({"信访渠道": "信鸽"}, "来信、来访"),
            ({"类别": "检举控告"}, "应为 申诉求决"),
            ({"收到日期": "2026-02-31"}, "is not a time"),
            ({"收到日期": "2027-01-01", "登记日期": ""}, "晚于登记时间"),
            ({"登记日期": "2026-03-01"}, "早于收到日期"),
            ({"登记编号": ""}, "必填"),
            ({"是否实名": "否"}, "匿名的不填"),
            ({"登记编号": "1\u202e2"}, "控制字符"),
        ],
    )
    def test_rejected_with_its_reason(self, office, tmp_path, changes, why):
        """
        Nothing of a rejected row is recorded, and its neighbour goes in.
        """
        other = ROW | {"登记编号": "2026-2"}
        report = take(office, sheet(tmp_path / "a.csv", ROW | changes, other), rejects=tmp_path / "r.csv")
        assert (report.new, report.rejected) == (1, 1)
        assert why in report.first_rejects[0].reason
        assert len(acts(office, "2026-2")) == 2
        assert not [
            s for s in office.store.read_log(0, 1000) if s.stream.startswith("case/") and "2026-2" not in s.stream
        ]
        with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as file:
            [row] = csv.DictReader(file)
        assert why in row["__reason"]

    def test_a_rejected_row_is_no_duplicate(self, office, tmp_path):
        """
        The number of a row that was rejected is free: the next row of that number is judged for itself.
        """
        wrong = ROW | {"代表人姓名": "甲、乙、丙、丁、戊、己"}
        report = take(office, sheet(tmp_path / "a.csv", wrong, wrong, ROW))
        assert (report.new, report.known, report.rejected) == (1, 0, 2)

    def test_duplicates_are_told(self, office, tmp_path):
        """
        One number with two contents: in the file, and against what is on record, naming the record.
        """
        report = take(office, sheet(tmp_path / "a.csv", ROW, ROW | {"内容": "另一件事"}))
        assert "另有一行" in report.first_rejects[0].reason
        report = take(office, sheet(tmp_path / "b.csv", ROW | {"联系电话": "13900000000"}))
        [first] = [r.log_index for r in acts(office)][:1]
        assert f"日志 {first}" in report.first_rejects[0].reason
        assert "13900000000" not in report.first_rejects[0].reason

    def test_dry_run(self, office, tmp_path):
        size = office.store.size()
        path = sheet(tmp_path / "a.csv", ROW, ROW, ROW | {"登记编号": "2026-2", "信访渠道": "?"})
        report = take(office, path, dry_run=True)
        assert (report.new, report.known, report.rejected) == (1, 1, 1)
        assert office.store.size() == size


class TestFile:
    def test_template_filled_in(self, office, tmp_path):
        """
        The template's own sheet, filled in and saved as a workbook, goes in.
        """
        path = tmp_path / "登记.xlsx"
        write_template(path)
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["登记", "填写说明"]
        for n, name in enumerate(COLUMNS, 1):
            book["登记"].cell(2, n, ROW.get(name, ""))
        book.save(path)
        assert take(office, path).new == 1

    def test_template_csv(self, tmp_path):
        write_template(tmp_path / "a.csv")
        assert (tmp_path / "a.csv").read_text("utf-8-sig").strip().split(",") == list(COLUMNS)
        with pytest.raises(FileExistsError):
            write_template(tmp_path / "a.csv")
        with pytest.raises(FileFault, match="xlsx"):
            write_template(tmp_path / "a.pdf")

    @pytest.mark.parametrize(
        ("heading", "why"), [("登记编号,收到日期", "信访渠道"), ("登记编号,收到日期,信访渠道,电话", "未知栏目")]
    )
    def test_heading(self, office, tmp_path, heading, why):
        path = tmp_path / "a.csv"
        path.write_text(f"{heading}\n1,2026-03-02,来信{',x' if '电话' in heading else ''}\n", encoding="gb18030")
        with pytest.raises(FileFault, match=why):
            take(office, path)
