"""What a run tells a healthcheck and Prometheus."""

import json
from datetime import UTC, datetime

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import ExitCode
from talkscraper.monitor import metrics, ping
from talkscraper.monitor.run_report import RunReport
from talkscraper.store.database import open_writer

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def _report(**more):
    values = {"run_id": 2, "started_at": NOW, "finished_at": NOW, "exit_code": ExitCode.PARTIAL, "reason": "done"}
    values |= {"error": None, "sources": (), "hosts": (), "warc_files": ()}
    return RunReport(**(values | more))


@pytest.fixture
def told(monkeypatch):
    """The requests that are sent: address, type and JSON."""
    found = []

    class Answer:
        def __enter__(self):
            return self

        def __exit__(self, *_error):
            pass

        def read(self, _most):
            return b""

    def urlopen(request, timeout):
        found.append((request.full_url, request.get_header("Content-type"), json.loads(request.data)))
        return Answer()

    monkeypatch.setattr(ping.urllib.request, "urlopen", urlopen)
    return found


def test_a_ping_says_in_json_what_ran_and_how_it_ended(told):
    ping.started("https://check.example/1/", ["quay"])
    ping.finished("https://check.example/1/", _report())
    ping.failed("https://check.example/1/", 75, "locked")
    assert [(url, kind) for url, kind, _ in told] == [
        (f"https://check.example/1/{end}", "application/json") for end in ("start", "3", "75")
    ]
    first, second, third = (body for _, _, body in told)
    assert first == {"command": "crawl", "sources": ["quay"]}
    assert (second["command"], second["exit_code"], second["totals"]["new"]) == ("crawl", 3, 0)
    assert third == {"command": "crawl", "exit_code": 75, "error": "locked"}


def test_a_ping_that_would_be_too_long_names_what_it_leaves_out(told):
    ping.finished("https://check.example/1", _report(warc_files=tuple(str(number) for number in range(50_000))))
    assert told[0][2]["left_out"] == ["warc_files"]
    assert told[0][2]["exit_code"] == 3


def test_a_crawl_of_one_source_keeps_the_figures_of_the_others(tmp_path):
    """Those that are disabled or removed have none."""
    folder = ArchiveFolder(tmp_path)
    db = open_writer(folder.database)
    for number, (name, settings) in enumerate([("quay", "x"), ("pier", "disabled")]):
        db.execute("insert into sources (id, name, homepage, settings) values (?, ?, '', ?)", [name, name, settings])
        db.execute(
            "insert into runs (id, started_at, summary) values (?, ?, ?)",
            [number, "2026-01-01T00:00:00Z", json.dumps({"sources": {"quay": {"requests": 9}}})],
        )
        db.execute("insert into run_sources (run_id, source_id, new, diagnosis) values (?, ?, 4, 'ok')", [number, name])
    db.conn.commit()
    db.close()
    text = metrics.render(folder, _report())
    assert 'talkscraper_run_new{source="quay"} 4' in text
    assert 'talkscraper_run_requests{source="quay"} 9' in text
    assert 'talkscraper_source_up{source="quay",diagnosis="ok"} 1' in text
    assert "pier" not in text
