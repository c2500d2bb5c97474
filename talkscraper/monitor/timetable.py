"""Crontab lines and systemd units that run a crawl at intervals, and tell of trouble alone."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from talkscraper.errors import UsageError

MAX_CRONTAB_COMMAND = 990
"""Characters; cron refuses a longer command (MAX_COMMAND is 1000)."""
MAIL_UNIT, SERVE_UNIT = "talkscraper-mail.service", "talkscraper-serve.service"
_RECIPIENTS = re.compile(r"[A-Za-z0-9._+=-]+(@[A-Za-z0-9.-]+)?(,[A-Za-z0-9._+=-]+(@[A-Za-z0-9.-]+)?)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When and how a crawl is to run."""

    program: Path
    """Path of the talkscraper executable."""
    archive: Path
    every_minutes: int = 60
    max_time_s: int | None = None
    """Maximum time of a run; by default five sixths of the interval, so that a run ends before the next begins."""
    mailto: str | None = None
    """Who gets an e-mail about trouble: addresses, separated by commas."""
    ping: str | None = None
    """URL of a healthcheck."""
    metrics: Path | None = None
    """File for the textfile collector of Prometheus."""
    extra: tuple[str, ...] = ()
    """Further arguments of ``crawl``."""

    def __post_init__(self) -> None:
        if self.mailto is not None and not _RECIPIENTS.fullmatch(self.mailto):
            raise UsageError(f"{self.mailto!r} is no e-mail address for a crontab: write desk@example.org")
        for name, value in (("--ping", self.ping), ("--metrics", self.metrics), ("--archive", self.archive)):
            # a line break would end the line of the crontab or the unit
            if value is not None and any(ord(c) < 32 or ord(c) == 127 for c in str(value)):
                raise UsageError(f"{name} holds a control character")
        if self.ping is not None and not self.ping.startswith(("http://", "https://")):
            raise UsageError(f"--ping {self.ping} is not an http or https URL")

    @property
    def seconds(self) -> int:
        """The maximum time of a run."""
        return self.max_time_s if self.max_time_s is not None else self.every_minutes * 50

    @property
    def log_file(self) -> Path:
        """The log, beside the archive's reports; the crawl rotates it itself."""
        return self.archive.absolute() / "reports" / "crawl.log"

    def command(self, *arguments: str) -> list[str]:
        """Return a command line of talkscraper on this archive."""
        return [str(self.program.absolute()), "--archive", str(self.archive.absolute()), *arguments]

    def arguments(self) -> list[str]:
        """The command line of a crawl."""
        more = [] if self.ping is None else ["--ping", self.ping]
        if self.metrics is not None:
            more += ["--metrics", str(self.metrics.absolute())]
        return self.command(
            "crawl", "--quiet", "--log-file", str(self.log_file), "--max-time", str(self.seconds), *more, *self.extra
        )


def crontab_line(timetable: Timetable) -> str:
    """Return a line for ``crontab -e``, below a ``MAILTO`` if one is given; a good run prints nothing to be mailed.

    Raises:
        UsageError: the interval can't be expressed in a crontab, or the line would be too long for cron.
    """
    when = _cron_times(timetable.every_minutes)
    command = " ".join(shlex.quote(part) for part in timetable.arguments())
    # in a crontab a bare % ends the command
    escaped = command.replace("%", r"\%")
    if len(escaped) > MAX_CRONTAB_COMMAND:
        raise UsageError(f"cron takes no command of {len(escaped)} characters: shorten the paths, or use --systemd")
    head = "" if timetable.mailto is None else f"MAILTO={timetable.mailto}\n"
    return f"{head}{when} {escaped}"


def service_unit(timetable: Timetable, *, memory: str = "2G") -> str:
    """Return a systemd service for one crawl."""
    archive = _systemd_quote(str(timetable.archive.absolute()))
    writable = [archive] if timetable.metrics is None else [archive, _systemd_quote(str(_folder(timetable.metrics)))]
    on_failure = "" if timetable.mailto is None else f"OnFailure={MAIL_UNIT}\n"
    return f"""\
[Unit]
Description=talkscraper: crawl what is due
Documentation=man:systemd.service(5)
Wants=network-online.target
After=network-online.target
{on_failure}
[Service]
Type=oneshot
ExecStart={" ".join(_systemd_quote(part) for part in timetable.arguments())}
# 3: done, but a source failed or went quiet; 4: a budget ended it; 75: another run holds the archive
SuccessExitStatus=4 75
TimeoutStartSec={timetable.seconds + 300}
TimeoutStopSec=30
MemoryMax={memory}
Nice=10
NoNewPrivileges=yes
# a host's turns are shared with other runs of this user through files in /tmp
PrivateTmp=no
ProtectSystem=full
ReadWritePaths={" ".join(writable)}
"""


def mail_unit(timetable: Timetable) -> str:
    """Return a systemd service that mails what is wrong, started when the crawl's service fails."""
    recipient = timetable.mailto or "root"
    status = shlex.join(timetable.command("status", "--check"))
    subject = f"talkscraper: trouble in {timetable.archive.absolute().name}"
    head = shlex.join([f"To: {recipient}", f"Subject: {subject}", ""])
    script = f"{{ printf '%s\\n' {head}; {status} 2>&1; }} | /usr/sbin/sendmail -t"
    return f"""\
[Unit]
Description=talkscraper: mail what is wrong
Documentation=man:systemd.unit(5)

[Service]
Type=oneshot
ExecStart=/bin/sh -c {_systemd_quote(script)}
"""


def serve_unit(timetable: Timetable) -> str:
    """Return a systemd service for the reading room and replay, on loopback behind a reverse proxy."""
    archive = _systemd_quote(str(timetable.archive.absolute()))
    return f"""\
[Unit]
Description=talkscraper: reading room and replay
Documentation=man:systemd.service(5)
After=network.target

[Service]
Type=exec
# more options: talkscraper serve --help
ExecStart={" ".join(_systemd_quote(part) for part in timetable.command("serve"))}
Restart=on-failure
RestartSec=5
TimeoutStopSec=30
MemoryMax=2G
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=full
# SQLite writes its shared memory beside the database
ReadWritePaths={archive}

[Install]
WantedBy=default.target
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


def _folder(file: Path) -> Path:
    return file.absolute().parent


def _systemd_quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(letter in escaped for letter in " \t\"'\\;") else escaped
