"""Never silent: what a run tells, and whom."""

import json
from datetime import datetime

import pytest

from tests.support import pages
from tests.support.servers import Reply, SiteServer


@pytest.fixture
def healthcheck():
    """A server that takes pings."""
    with SiteServer(otherwise=Reply()) as server:
        yield server


def test_a_run_tells_everybody_who_should_know(archive, quay, tmp_path, healthcheck):
    """Metrics, healthcheck, JSON logs, the run's rows, status and completeness, all of one run."""
    quay.add("/posts/story-2", b"broken", 500)
    archive.sources_for(quay)
    planned = json.loads(archive.run("crawl", "--dry-run", "--json").stdout)
    assert planned["sources"][0]["due_now"] == {"homepage": 1}
    assert quay.log == [], "a dry run asks nobody"

    metrics = tmp_path / "talkscraper.prom"
    run = archive.crawl("--metrics", str(metrics), "--ping", f"{healthcheck.base}/check", "--log-json")
    assert run.code == 3, run.stderr
    lines = [json.loads(line) for line in run.stderr.splitlines()]
    assert any(line["level"] == "warning" and "story-2" in line["message"] for line in lines)
    assert healthcheck.paths() == ["/check/start", "/check/3"]
    assert b"quay" in healthcheck.log[1].body
    text = metrics.read_text()
    assert 'talkscraper_run_new{source="quay"} 1' in text
    assert 'talkscraper_source_up{source="quay",diagnosis="failing"} 0' in text
    assert "talkscraper_last_run_exit_code 3" in text
    ended = datetime.fromisoformat(run.summary["finished_at"]).timestamp()
    (told,) = [
        line.split()[1] for line in text.splitlines() if line.startswith("talkscraper_last_run_timestamp_seconds ")
    ]
    assert abs(float(told) - ended) < 1, "to the second, not to six digits"
    assert 'talkscraper_last_new_article_timestamp_seconds{source="quay"}' in text
    assert list(tmp_path.glob(".talkscraper.prom*")) == []

    assert json.loads(archive.run("status", "--last").stdout) == run.summary
    ((summary,),) = archive.rows("select summary from runs")
    assert json.loads(summary) == run.summary
    status = json.loads(archive.run("status", "--json").stdout)
    (source,) = status["sources"]
    assert (source["articles"], source["failing"], source["last_run"]["failed"]) == (1, 1, 1)
    assert source["diagnosis"].startswith("failing: ")

    (day,) = json.loads(archive.run("status", "--completeness", "--json").stdout)
    assert (day["named"], day["archived"]) == (2, 1)
    (missing,) = day["missing"]
    assert missing["url"].endswith("/posts/story-2")
    assert missing["reason"].startswith("failed: ")
    assert "500" in missing["reason"]

    again = json.loads(archive.run("crawl", "--dry-run", "--json").stdout)
    assert again["sources"][0]["due_now"] == {}
    assert again["sources"][0]["next_due"] > run.summary["finished_at"]

    idle = archive.crawl("--metrics", str(metrics))
    assert (idle.code, idle.source()["diagnosis"]) == (0, "idle")
    (source,) = json.loads(archive.run("status", "--json").stdout)["sources"]
    assert source["diagnosis"].startswith("failing: "), "a run that looked at nothing doesn't make a source well"
    assert source["diagnosed_at"] == run.summary["started_at"]
    assert 'talkscraper_source_up{source="quay",diagnosis="failing"} 0' in metrics.read_text()


def test_a_ping_that_fails_does_not_fail_the_run(archive, quay):
    """Nobody listens there; one warning."""
    archive.sources_for(quay)
    run = archive.crawl("--ping", "http://127.0.0.1:9/check", "--metrics", "/nowhere/at/all.prom")
    assert run.code == 0
    assert "--ping" in run.stderr
    assert "--metrics" in run.stderr


def test_a_nearly_full_disk_stops_the_run_before_it_starts(archive, quay):
    """--min-free above what is there: exit code 74, one line, nothing fetched."""
    archive.sources_for(quay)
    done = archive.run("crawl", "--min-free", "900T")
    assert done.returncode == 74
    assert "--min-free" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert quay.log == []


@pytest.mark.parametrize(
    ("sources", "code", "words"),
    [
        ('contact = "https://example.org"\n', 2, "sources add"),
        ('[sources.quay]\nname = "Q"\nhomepage = "https://quay.example/"\n', 2, "contact"),
        (None, 1, "init"),
    ],
)
def test_what_makes_no_sense_is_refused_with_one_line(archive, sources, code, words):
    """No sources, no contact, no archive."""
    if sources is not None:
        archive.write_sources(sources)
    done = archive.run("crawl")
    assert done.returncode == code
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_unknown_source_is_refused_with_the_ones_there_are(archive, quay):
    """A slip of the finger doesn't crawl everything."""
    archive.sources_for(quay)
    done = archive.run("crawl", "quai")
    assert done.returncode == 2
    assert "quay" in done.stderr


def test_every_request_is_shown_when_asked_for_and_else_none(archive, quay):
    """``--verbose`` has a line for each answer; a run that goes well says nothing on stderr without it."""
    quay.add("/posts/story-1", pages.article("Story one"))
    archive.sources_for(quay)
    assert archive.run("crawl").stderr == ""
    assert f"Crawled (200) <GET {quay.base}/>" in archive.run("crawl", "--verbose", "quay").stderr
