"""Crontab lines and systemd units that run a crawl at intervals."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from talkscraper.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When and how a crawl is to run."""

    program: Path
    """Path of the talkscraper executable."""
    archive: Path
    every_minutes: int = 60
    max_time_s: int | None = None
    """Maximum time of a run; by default five sixths of the interval, so that a run ends before the next begins."""
    extra: tuple[str, ...] = ()
    """Further arguments of ``crawl``."""

    def arguments(self) -> list[str]:
        """The command line."""
        seconds = self.max_time_s if self.max_time_s is not None else self.every_minutes * 50
        archive = str(self.archive.absolute())
        return [str(self.program.absolute()), "--archive", archive, "crawl", "--max-time", str(seconds), *self.extra]


def crontab_line(timetable: Timetable) -> str:
    """Return a line for ``crontab -e``; its output goes to a log beside the archive.

    Raises:
        UsageError: the interval can't be expressed in a crontab.
    """
    when = _cron_times(timetable.every_minutes)
    command = " ".join(shlex.quote(part) for part in timetable.arguments())
    log = shlex.quote(str(timetable.archive.absolute() / "reports" / "crawl.log"))
    # in a crontab a bare % ends the command
    return f"{when} {command} >> {log} 2>&1".replace("%", r"\%")


def service_unit(timetable: Timetable, *, memory: str = "2G") -> str:
    """Return a systemd service for one crawl."""
    seconds = timetable.max_time_s if timetable.max_time_s is not None else timetable.every_minutes * 50
    archive = _systemd_quote(str(timetable.archive.absolute()))
    return f"""\
[Unit]
Description=talkscraper: crawl what is due
Documentation=man:systemd.service(5)
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={" ".join(_systemd_quote(part) for part in timetable.arguments())}
# 3: done, but a source failed or went quiet; 4: a budget ended it; 75: another run holds the archive
SuccessExitStatus=4 75
TimeoutStartSec={seconds + 300}
TimeoutStopSec=30
MemoryMax={memory}
Nice=10
NoNewPrivileges=yes
# a host's turns are shared with other runs of this user through files in /tmp
PrivateTmp=no
ProtectSystem=full
ReadWritePaths={archive}
"""


def timer_unit(timetable: Timetable) -> str:
    """Return a systemd timer that starts the service; a missed run is made up for."""
    return f"""\
[Unit]
Description=talkscraper: every {timetable.every_minutes} minutes

[Timer]
OnCalendar={_calendar(timetable.every_minutes)}
RandomizedDelaySec=60
Persistent=true
Unit=talkscraper.service

[Install]
WantedBy=timers.target
"""


def _cron_times(minutes: int) -> str:
    if minutes < 60 and 60 % minutes == 0:
        return f"*/{minutes} * * * *"
    hours, rest = divmod(minutes, 60)
    if rest == 0 and hours == 1:
        return "17 * * * *"
    if rest == 0 and hours < 24 and 24 % hours == 0:
        return f"17 */{hours} * * *"
    if minutes == 24 * 60:
        return "17 4 * * *"
    raise _uneven(minutes)


def _calendar(minutes: int) -> str:
    if minutes < 60 and 60 % minutes == 0:
        return f"*:0/{minutes}"
    hours, rest = divmod(minutes, 60)
    if rest == 0 and hours < 24 and 24 % hours == 0:
        return f"*-*-* 0/{hours}:17:00"
    if minutes == 24 * 60:
        return "*-*-* 04:17:00"
    raise _uneven(minutes)


def _uneven(minutes: int) -> UsageError:
    return UsageError(
        f"no clock runs every {minutes} minutes evenly: take 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720 or 1440"
    )


def _systemd_quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(letter in escaped for letter in " \t\"'\\;") else escaped
