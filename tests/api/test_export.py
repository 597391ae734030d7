"""
luoshi export as a user meets it.
"""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from app.importing.xes import EventLog
from tests.api.running import MAPPING, Home, open_folder, row, write_csv


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = Home(open_folder())
    folder = tmp_path_factory.mktemp("records")
    (folder / "hall.toml").write_text(MAPPING, encoding="utf-8")
    records = write_csv(folder / "hall.csv", [row(no) for no in range(4)])
    home.run("import", records, "--mapping", folder / "hall.toml")
    return home


def test_xes(home, tmp_path):
    """
    The file holds every case, alone under its name; compressed and plain hold the same.
    """
    plain, packed = tmp_path / "log.xes", tmp_path / "log.xes.gz"
    said = home.run("export", "xes", "-o", plain, "--as-of", "2030-01-01").stdout
    home.run("export", "xes", "-o", packed, "--as-of", "2030-01-01", "--gzip")
    rows = list(EventLog(plain).rows())
    assert f"4 件，{len(rows)} 条行为" in said
    assert len(rows) >= 4
    assert list(EventLog(packed).rows()) == rows
    assert packed.read_bytes()[:2] == b"\x1f\x8b"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log.xes", "log.xes.gz"]


def test_ocel(home, tmp_path):
    """
    JSON or XML by the file's name; every act and every case is in it.
    """
    said = home.run("export", "ocel", "-o", tmp_path / "log.json", "--as-of", "2030-01-01").stdout
    log = json.loads((tmp_path / "log.json").read_text(encoding="utf-8"))
    assert f"{len(log['events'])} 条行为；case 4" in said
    home.run("export", "ocel", "-o", tmp_path / "log.xml", "--as-of", "2030-01-01")
    root = ET.parse(tmp_path / "log.xml").getroot()  # noqa: S314 - our own file
    assert len(root.findall("events/event")) == len(log["events"])
    assert "--format is one of" in home.run("export", "ocel", "-o", tmp_path / "x", "--format", "csv", exits=2).stderr


def test_declare(home, tmp_path):
    """
    A model, the log it is for, and what the model cannot say; a folder that is there is not written into.
    """
    folder = tmp_path / "law"
    home.run("export", "declare", folder, "--source", "hall", "--as-of", "2030-01-01")
    assert sorted(p.name for p in folder.iterdir()) == ["law.decl", "log.xes", "notes.json", "prepared.xes"]
    notes = json.loads((folder / "notes.json").read_text(encoding="utf-8"))
    assert notes["as_of"] == "2030-01-01"
    assert notes["not_said"]
    home.run("export", "declare", folder, "--source", "hall", exits=2)


def test_bad_input(home, tmp_path):
    """
    One clear line, exit 2, and no file.
    """
    target = tmp_path / "log.xes"
    assert "day is out of range" in home.run("export", "xes", "-o", target, "--as-of", "2026-02-31", exits=2).stderr
    home.run("export", "xes", "-o", tmp_path / "nowhere" / "log.xes", exits=2)
    home.run("export", "xes", exits=2)
    assert not list(tmp_path.iterdir())
