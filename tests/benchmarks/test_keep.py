"""What a benchmark prints is kept as it stands, and as data."""

import json

import keep as module
import pytest

from talkscraper.version import __version__


@pytest.fixture
def keep(tmp_path, monkeypatch):
    """benchmarks/keep.py, at home in a folder of its own with two small benchmarks."""
    (tmp_path / "table.py").write_text(
        "print('before')\nprint('| way | ms |\\n| --- | ---: |\\n| ours | 1.5 |\\n| théirs | 2 |')\nraise SystemExit(3)\n",
        encoding="utf-8",
    )
    (tmp_path / "document.py").write_text("import json, sys\nprint(json.dumps({'arguments': sys.argv[1:]}))\n")
    monkeypatch.setattr(module, "HERE", tmp_path)
    monkeypatch.setattr(module, "KEPT", tmp_path / ".bench" / "results.jsonl")
    return module


def kept(module):
    return [json.loads(line) for line in module.KEPT.read_text("utf-8").splitlines()]


def test_tables_become_rows_and_the_exit_code_is_the_benchmarks(keep, capfd):
    assert keep.main("table", []) == 3
    (line,) = kept(keep)
    assert line["tables"] == [[{"way": "ours", "ms": "1.5"}, {"way": "théirs", "ms": "2"}]]
    assert line["output"][0] == "before"
    assert line["exit_code"] == 3
    assert line["versions"]["talkscraper"] == __version__
    assert line["figures"] is None
    assert "| ours | 1.5 |" in capfd.readouterr().out, "it is shown while it is kept"


def test_a_document_becomes_figures_and_runs_are_added_to_those_before(keep):
    assert keep.main("document", ["--pages", "5"]) == 0
    keep.main("document", [])
    first, second = kept(keep)
    assert first["figures"] == {"arguments": ["--pages", "5"]}
    assert second["arguments"] == []
