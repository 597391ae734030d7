"""luoshi case code, over a home of its own: shown once, on a ground, kept as a hash."""

from __future__ import annotations

from tests.api.running import MAPPING, Home, open_folder, row, write_csv


def test_a_code_is_made_and_made_again(tmp_path):
    home = Home(open_folder() / "home")
    home.run("init")
    (tmp_path / "hall.toml").write_text(MAPPING, encoding="utf-8")
    home.run("import", write_csv(tmp_path / "rows.csv", [row(1)]), "--mapping", tmp_path / "hall.toml")
    stream = next(x["stream"] for x in home.log() if x["stream"].startswith("case/"))
    number, who = stream.split("/", 2)[2], ("--actor", "admin", "--unit", row(1)["单位"])
    codes = [home.run("case", "code", number, *who).stdout.split() for _ in range(2)]
    assert [c[0] for c in codes] == [number, number]
    assert codes[0][1] != codes[1][1]
    assert all(len(c[1]) == 14 for c in codes)
    records = home.ask("user", "record")
    assert [r["what"] for r in records] == ["query_code_reissued", "query_code_made"]
    assert not any(c[1] in str(records) for c in codes)
    assert "理由" in home.run("case", "code", number, *who, "--ground", " ", exits=2).stderr
    home.run("case", "code", number, "--actor", "ghost", exits=2)
