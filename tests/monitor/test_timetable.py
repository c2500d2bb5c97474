"""Lines for cron and units for systemd."""

import shutil
import subprocess
from pathlib import Path

import pytest

from talkscraper.errors import UsageError
from talkscraper.monitor.timetable import Timetable, crontab_line, service_unit, timer_unit

EVERY = [5, 15, 30, 60, 120, 360, 1440]


def _timetable(tmp_path, **more):
    program = tmp_path / "bin" / "talkscraper"
    program.parent.mkdir(exist_ok=True)
    program.touch(mode=0o755)
    return Timetable(program=program, archive=tmp_path / "my archive 100%", **more)


@pytest.mark.parametrize("minutes", EVERY)
def test_systemd_accepts_the_units(tmp_path, minutes):
    """systemd-analyze verify, also with blanks and per cent signs in the path."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    timetable = _timetable(tmp_path, every_minutes=minutes)
    units = [tmp_path / "talkscraper.service", tmp_path / "talkscraper.timer"]
    for path, text in zip(units, (service_unit(timetable), timer_unit(timetable)), strict=True):
        path.write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


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
