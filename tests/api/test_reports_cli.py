"""
Reports on the command line: made, counted again here and on a second machine, and after one later event.
"""

from __future__ import annotations

import json

import pytest

from tests.api.running import MAPPING, Home, open_folder, row, write_csv

YEAR = ("report", "adhoc", "--from", "2025-01-01", "--to", "2025-12-31")


def import_rows(home, rows):
    mapping = home.path / "hall.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    home.run("import", write_csv(home.path / "hall.csv", rows), "--mapping", mapping)


@pytest.fixture(scope="module")
def home():
    """Twelve matters of a hall, one of them answered late and one not answered."""
    home = Home(open_folder())
    home.run("init")
    rows = [row(n) for n in range(12)]
    rows[3]["办结时间"] = rows[3]["期限"].replace("17:00", "18:00")
    rows[4]["办结时间"] = ""
    import_rows(home, rows)
    home.run("log", "publish")
    return home


@pytest.fixture(scope="module")
def report(home):
    path = home.path / "year.json"
    home.run("audit", *YEAR, "--format", "json", "-o", path)
    return path


def figure(body, name, row_=""):
    return next(f for f in body["figures"] if (f["scope"], f["id"], f["row"]) == ("period", name, row_))


def test_figures(report):
    """
    Ten of twelve in time, eleven answered; each form says where in which log it stands.
    """
    body = json.loads(report.read_text(encoding="utf-8"))
    on_time, concluded = figure(body, "on_time_rate"), figure(body, "conclusion_rate")
    assert (on_time["n"], on_time["of"]) == (10, 12)
    assert (concluded["n"], concluded["of"]) == (11, 12)
    assert body["log_index"] > 12


def test_list_of_a_figure(home, report):
    """
    A figure lists the cases it counts, with their events.
    """
    body = json.loads(report.read_text(encoding="utf-8"))
    for name in ("on_time_rate", "conclusion_rate"):
        listed = home.ask("audit", *YEAR, "--figure", name)["members"]
        assert len(listed) == figure(body, name)["of"]
        assert all(x["evidence"] for x in listed)
    out = [x["what"] for x in home.ask("audit", *YEAR, "--figure", "conclusion_rate")["members"] if x["part"] == "out"]
    assert out == ["case/hall/H4"]


def test_ratings_need_a_purpose(home):
    said = home.run("audit", *YEAR, "--figure", "satisfaction_rate", exits=2).stderr
    assert "--purpose" in said


def test_recompute(home, report):
    said = home.run("audit", "recompute", report).stdout
    assert said.count("ok ") == 5
    assert "reproduced" in said


def test_on_a_restored_copy_and_after_one_event(home, report):
    """
    On a second machine the same figures to the byte; after one later event that event is named, and exit code 1.
    """
    folder, keys = home.path / "backup", home.path / "medium"
    home.run("backup", "create", folder, "--keys-to", keys)
    other = Home(open_folder())
    other.run("backup", "restore", folder, "--keys-from", keys)
    assert "全部复算一致" in other.run("audit", "recompute", report).stdout
    second = other.path / "again.json"
    other.run("audit", *YEAR, "--format", "json", "-o", second)
    assert second.read_bytes() == report.read_bytes()
    import_rows(other, [row(4)])  # the answer that was missing
    outcome = json.loads(other.run("audit", "recompute", report, "--format", "json", exits=1).stdout)
    assert [s["ok"] for s in outcome["steps"]] == [True, True, True, True, False]
    (event,) = outcome["changed_by"]
    assert (event["topic"], event["stream"]) == ("petition.concluded.v1", "case/hall/H4")
    changed = {tuple(c["place"]): c for c in outcome["changes"]}
    assert changed["period", "conclusion_rate", ""]["events"] == [event["log_index"]]
    assert (
        f"日志 {event['log_index']}  petition.concluded.v1" in other.run("audit", "recompute", report, exits=1).stdout
    )
    assert "全部复算一致" in home.run("audit", "recompute", report).stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("report", "hourly"), "a report is one of"),
        (("report", "monthly", "--on", "2025-13-01"), "--on is a day"),
        (("report", "monthly", "--from", "2025-01-01"), "--on"),
        (("report", "adhoc"), "needs --from and --to"),
        (("report", "adhoc", "--from", "2025-02-01", "--to", "2025-01-01"), "lies before --from"),
        (("report", "monthly", "--format", "html"), "needs --output"),
        (("report", "monthly", "--format", "docx"), "--format is one of"),
        (("report", "monthly", "--on", "2025-03-01", "--as-of", "2025-02-01"), "before the period"),
        (("report", "monthly", "--figure", "height"), "--figure is one of"),
        (("report", "monthly", "--figure", "persons"), "never listed"),
        (("recompute", "missing.json"), "missing.json"),
    ],
)
def test_could_not_try(home, args, said):
    """
    What cannot be tried says which option is wrong, in one line, and exits with 2.
    """
    done = home.run("audit", *args, exits=2)
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_another_log(home, report):
    other = Home(open_folder())
    other.run("init", LUOSHI_ORIGIN="elsewhere.example/log")
    said = other.run("audit", "recompute", report, exits=2, LUOSHI_ORIGIN="elsewhere.example/log").stderr
    assert "the report is of" in said
