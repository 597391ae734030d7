"""
The sheet of a desk, from the template to the log, by the commands of the command line.
"""

from __future__ import annotations

from tests.api.running import MAPPING, Home, open_folder, row, write_csv

ROW = {"登记编号": "7", "收到日期": "2026-03-02", "信访渠道": "来信", "信访人姓名": "张三", "内容": "漏水"}


def test_template_and_registration(tmp_path):
    home = Home(open_folder() / "home")
    home.run("init")
    (tmp_path / "hall.toml").write_text(MAPPING, encoding="utf-8")
    home.run("import", write_csv(tmp_path / "rows.csv", [row(1)]), "--mapping", tmp_path / "hall.toml")
    home.run("import-template", tmp_path / "t.csv")
    assert "登记编号" in (tmp_path / "t.csv").read_text("utf-8-sig")
    home.run("import-template", tmp_path / "t.csv", exits=2)
    path = write_csv(tmp_path / "a.csv", [ROW, ROW | {"登记编号": "8", "信访渠道": "信鸽"}])
    assert "--actor" in home.run("import", path, "--mapping", "registrations", exits=2).stderr
    who = ("--actor", "admin", "--unit", row(1)["单位"])
    before = home.size()
    assert (
        "1 would be registered"
        in home.run("import", path, "--mapping", "registrations", *who, "--dry-run", exits=1).stdout
    )
    assert home.size() == before
    done = home.run("import", path, "--mapping", "registrations", *who, exits=1)
    assert "2 rows: 1 registered, 0 known already, 1 rejected" in done.stdout
    assert "第 2 行" in done.stderr
    assert "张三" not in done.stdout + done.stderr
    again = home.run("import", path, "--mapping", "registrations", *who, exits=1)
    assert "0 registered, 1 known already" in again.stdout
    assert [x["topic"] for x in home.log() if x["stream"] == "case/county/7"] == [
        "petition.received.v1",
        "petition.registered.v1",
    ]
    # Repeats are told to who holds a post in the unit that received the matter, and the administrator holds none.
    asked = home.run(
        "case", "repeats", "7", "--source", "county", "--actor", "admin", "--unit", row(1)["单位"], exits=2
    )
    assert "只给收件单位" in asked.stderr
    order = ("--order", "2026-7", "--basis", "x", *who)
    home.run("erase", "7", "petitioner_name", "--source", "county", *order)
    assert "0 erased now" in home.run("erase", "7", "petitioner_name", "--source", "county", *order).stdout
