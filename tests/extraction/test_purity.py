"""The same bytes give the same Extraction, whatever the clock, the zone, the locale and the order of sets."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden"

ELSEWHEN = '''
import datetime as module, hashlib, json, os, socket, sys, time
from pathlib import Path

real, shift = module.datetime, module.timedelta(days=int(os.environ["SHIFT"]))

class Elsewhen(real):
    """A datetime whose present is another one."""
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) + shift
    @classmethod
    def utcnow(cls):
        return real.utcnow() + shift
    @classmethod
    def today(cls):
        return real.today() + shift

class Day(module.date):
    @classmethod
    def today(cls):
        return module.date.fromordinal((real.today() + shift).toordinal())

module.datetime, module.date = Elsewhen, Day
clock = time.time
time.time = lambda: clock() + shift.total_seconds()
import talkscraper
talkscraper.extract(b"<p>warm", "https://warm.example/", real(2025, 1, 1, tzinfo=module.timezone.utc))

def refuse(*_, **__):
    raise AssertionError("extraction opened a socket")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
digests = {}
for folder in ("articles", "dates"):
    golden = Path(sys.argv[1]) / folder
    expected = json.loads((golden / "expected.json").read_text(encoding="utf-8"))
    for name, case in sorted(expected.items()):
        name = name if name.endswith(".html") else name + ".html"
        at = real.fromisoformat(case.get("captured_at", "2025-11-24T09:00:00+00:00"))
        at = at if at.tzinfo else at.replace(tzinfo=module.timezone.utc)
        found = talkscraper.extract((golden / name).read_bytes(), case.get("url", "https://news.example/1"), at)
        digests[folder + "/" + name] = hashlib.sha256(repr(found).replace("Elsewhen", "datetime.datetime")
            .replace("Day(", "datetime.date(").encode()).hexdigest()
print(json.dumps(digests))
'''


def digests(**environment: str) -> dict[str, str]:
    run = subprocess.run(
        [sys.executable, "-c", ELSEWHEN, str(GOLDEN)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout)


@pytest.mark.timeout(300)
def test_two_processes_in_different_years_zones_and_locales_agree():
    """No clock, no zone, no locale, no hash seed and no network is in a result."""
    here = digests(SHIFT="-5000", TZ="Pacific/Kiritimati", LC_ALL="C", PYTHONHASHSEED="1")
    there = digests(
        SHIFT="4000", TZ="America/Los_Angeles", LC_ALL="tr_TR.UTF-8", LANG="tr_TR.UTF-8", PYTHONHASHSEED="77"
    )
    assert len(here) >= 100
    assert {name for name in here if here[name] != there[name]} == set()
