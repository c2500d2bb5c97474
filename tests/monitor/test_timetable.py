"""Lines for cron and units for systemd."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from talkscraper.errors import UsageError
from talkscraper.monitor.timetable import (
    MAIL_UNIT,
    SERVE_UNIT,
    Timetable,
    crontab_line,
    mail_unit,
    serve_unit,
    service_unit,
    timer_unit,
)
from tests.support.cli import run_here
from tests.support.deployments import check_units, needs_systemd

EVERYTHING = {"mailto": "desk@example.org", "ping": "https://check.example/1?a=b%20c&d"}
EVERY = [5, 15, 30, 60, 120, 360, 1440]


def _timetable(tmp_path, **more):
    program = tmp_path / "bin" / "talkscraper"
    program.parent.mkdir(exist_ok=True)
    program.touch(mode=0o755)
    return Timetable(program=program, archive=tmp_path / "my archive 100%", **more)


@needs_systemd
@pytest.mark.parametrize("minutes", EVERY)
def test_systemd_accepts_the_units(tmp_path, minutes):
    """systemd-analyze verify, also with blanks and per cent signs in the path."""
    timetable = _timetable(tmp_path, every_minutes=minutes, **EVERYTHING, metrics=tmp_path / "a b" / "m.prom")
    units = [
        tmp_path / "talkscraper.service",
        tmp_path / "talkscraper.timer",
        tmp_path / MAIL_UNIT,
        tmp_path / SERVE_UNIT,
    ]
    texts = (service_unit(timetable), timer_unit(timetable), mail_unit(timetable), serve_unit(timetable))
    for path, text in zip(units, texts, strict=True):
        path.write_text(text)
    check_units(*units)


@pytest.mark.parametrize("minutes", EVERY)
def test_a_crontab_line_has_five_fields_and_no_bare_per_cent(tmp_path, minutes):
    """cron ends a command at a %, and splits at blanks."""
    line = crontab_line(_timetable(tmp_path, every_minutes=minutes))
    fields = line.split(" ", 5)
    assert all(set(field) <= set("0123456789*/") for field in fields[:5])
    assert r"100\%" in fields[5]
    assert "%" not in line.replace(r"\%", "")
    assert f"--max-time {minutes * 50}" in line


def test_an_interval_that_no_clock_keeps_is_refused():
    """Every 7 minutes isn't even over the hour."""
    with pytest.raises(UsageError, match="7 minutes"):
        crontab_line(Timetable(program=Path("talkscraper"), archive=Path("archive"), every_minutes=7))


def test_the_options_of_the_schedule_are_those_of_the_crawl_it_runs(tmp_path, monkeypatch):
    """As sh splits the line that cron hands to it; MAILTO stands above."""
    done = run_here(
        tmp_path / "a b", "schedule", "--mailto", "desk@example.org", "--ping", EVERYTHING["ping"],
        "--metrics", "m 1.prom", "--max-time", "2h",
    )  # fmt: skip
    head, line = done.stdout.splitlines()
    assert head == "MAILTO=desk@example.org"
    words = shlex.split(line.split(" ", 5)[5].replace(r"\%", "%"))
    assert words[1:] == [
        "--archive", str(tmp_path / "a b"), "crawl", "--quiet", "--log-file", str(tmp_path / "a b/reports/crawl.log"),
        "--max-time", "7200", "--ping", EVERYTHING["ping"], "--metrics", str(Path("m 1.prom").absolute()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [
        {"mailto": "desk@example.org\nPATH=/tmp"},
        {"mailto": ""},
        {"ping": "https://a.example/\n* * * * * rm"},
        {"ping": "file:///etc/passwd"},
        {"metrics": Path("a\nb")},
    ],
)
def test_what_would_be_a_second_line_is_refused(tmp_path, options):
    with pytest.raises(UsageError):
        _timetable(tmp_path, **options)


def test_a_line_that_is_too_long_for_cron_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cron"):
        crontab_line(_timetable(tmp_path, ping="https://check.example/" + "%" * 500))


def test_the_mail_of_systemd_says_what_status_check_says(tmp_path):
    """Its shell command is run with a sendmail that only prints."""
    text = mail_unit(Timetable(program=Path("/bin/echo"), archive=tmp_path / "a b", mailto="desk@example.org"))
    command = re.search(r"^ExecStart=/bin/sh -c \"(.*)\"$", text, re.MULTILINE)[1]
    script = (
        re.sub(r"\\(.)", r"\1", command).replace("%%", "%").replace("$$", "$").replace("/usr/sbin/sendmail -t", "cat")
    )
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "To: desk@example.org", "Subject: talkscraper: trouble in a b", "", f"--archive {tmp_path}/a b status --check",
    ]  # fmt: skip


def test_the_service_of_the_server_is_written_beside_the_timer(tmp_path):
    done = run_here(tmp_path / "a", "schedule", "--systemd", "--serve", "--out", tmp_path / "units")
    assert sorted(each.name for each in (tmp_path / "units").iterdir()) == [
        "talkscraper-serve.service", "talkscraper.service", "talkscraper.timer",
    ]  # fmt: skip
    assert "enable --now talkscraper.timer talkscraper-serve.service" in done.stdout
    text = (tmp_path / "units" / SERVE_UNIT).read_text()
    assert f"--archive {tmp_path}/a serve" in text
    assert run_here(tmp_path / "a", "schedule", "--serve").returncode == 2
