"""Alarms: equal failures are one line, whatever differs between their addresses; who isn't crawled is in none."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.repeated_lines import RepeatedLines
from talkscraper.monitor import alarms
from talkscraper.monitor.alarms import Alarm
from talkscraper.store.database import open_writer
from tests.support.cli import run_here


def _down(count: int, detail: str = "https://p{n}.example:443/feed?x={n}: its name isn't found in DNS") -> list[Alarm]:
    return [
        Alarm(source_id=f"p{n}", diagnosis="unreachable", detail=detail.format(n=n)) for n in range(1, count + 1)
    ]  # fmt: skip


def test_two_hundred_equal_failures_are_one_line():
    assert alarms.lines(_down(200), looked_at=300) == [
        "200 sources: unreachable: its name isn't found in DNS: p1, p2, p3 and 197 more"
    ]


def test_when_nothing_answers_it_is_the_network_of_this_machine():
    other = Alarm(source_id="quay", diagnosis="unreachable", detail="http://q.example/: there is no route to it")
    assert alarms.lines([*_down(2), other], looked_at=3)[0] == alarms.NETWORK
    assert alarms.NETWORK not in alarms.lines(_down(2), looked_at=3)
    assert alarms.NETWORK not in alarms.lines(_down(1), looked_at=1)


def test_a_single_alarm_keeps_its_address():
    assert alarms.lines(_down(1), looked_at=2) == [
        "p1: unreachable: https://p1.example:443/feed?x=1: its name isn't found in DNS"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x: answered 503", "https://b.example/yy/z: answered 502"),
        ("http://[::1]:80/: the connection was refused", "http://127.0.0.1:9/robots.txt: the connection was refused"),
        ("nothing new for 31 h", "nothing new for 7 h"),
    ],
)
def test_addresses_hosts_and_numbers_make_no_other_failure(one: str, other: str):
    assert alarms.scrubbed(one) == alarms.scrubbed(other)


def test_a_log_shows_the_first_lines_of_a_failure_and_counts_the_others():
    seen: list[str] = []

    class Seen(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    handler, repeated = Seen(), RepeatedLines()
    handler.addFilter(repeated.is_shown)
    for n in range(200):
        detail = f"https://p{n}.example/feed: its name isn't found in DNS"
        handler.handle(
            logging.LogRecord("talkscraper.x", logging.WARNING, "", 0, "%s: %s", (f"p{n}", detail), None)
        )  # fmt: skip
    repeated.close(handler)
    assert len(seen) == 4
    assert seen[-1].startswith("and 197 more such lines, the last: p199: ")


def _archive(root: Path, settings: dict[str, str | None], sources: str | None = None) -> ArchiveFolder:
    folder = ArchiveFolder(root)
    db = open_writer(folder.database)
    db.execute("insert into runs (id, started_at) values (1, '2026-01-01T00:00:00Z')")
    for name, (word, marks) in {"quay": ("quiet: x", None), "pier": ("ok", None), "gone": ("quiet", "g")}.items():
        db.execute("insert into sources (id, name, homepage) values (?, ?, '')", [name, name])
        db.execute("insert into run_sources (run_id, source_id, diagnosis) values (1, ?, ?)", [name, word])
        if marks:
            db.execute("update sources set removed_at = '2026-01-01T00:00:00Z' where id = ?", [name])
        if name in settings:
            db.execute("update sources set settings = ? where id = ?", [settings[name], name])
    db.conn.commit()
    db.close()
    if sources is not None:
        folder.sources_toml.write_text(sources)
    return folder


TOML = '[sources.quay]\nhomepage = "https://quay.example/"\n'


def test_status_check_exits_with_3_and_prints_what_is_in_alarm_alone(tmp_path: Path):
    done = run_here(_archive(tmp_path, {}).root, "status", "--check")
    assert (done.returncode, done.stdout, done.stderr) == (3, "quay: quiet: x\n", "")


@pytest.mark.parametrize(
    ("settings", "sources"),
    [
        ({"quay": "disabled"}, None),
        ({}, TOML + "enabled = false\n"),
        ({}, TOML.replace("quay", "pier")),
    ],
    ids=["disabled since the last run", "disabled just now", "removed just now"],
)
def test_a_source_that_is_not_crawled_is_in_no_alarm(
    tmp_path: Path, settings: dict[str, str | None], sources: str | None
):
    done = run_here(_archive(tmp_path, settings, sources).root, "status", "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_status_check_with_names_looks_at_these_sources_alone(tmp_path: Path):
    sources = TOML + 'tags = ["local"]\n[sources.pier]\nhomepage = "https://pier.example/"\ntags = ["port"]\n'
    root = _archive(tmp_path, {}, sources).root
    for names, code, said in [
        (["quay"], 3, "quay: quiet: x\n"), (["@local"], 3, "quay: quiet: x\n"), (["@port"], 0, ""), (["pier"], 0, ""),
        (["@port", "quay"], 3, "quay: quiet: x\n"), (["gone"], 0, ""),
    ]:  # fmt: skip
        done = run_here(root, "status", *names, "--check")
        assert (done.returncode, done.stdout, done.stderr) == (code, said, ""), names
    unknown = run_here(root, "status", "--check", "@loca")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "did you mean '@local'" in unknown.stderr
