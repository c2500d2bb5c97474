"""Sixty days in two minutes: the real program, hourly, over newspapers that publish, correct, delete and fail."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "sixty_days.py"


def _simulate(days, folder):
    done = subprocess.run(
        [sys.executable, SCRIPT, str(days), str(folder)], capture_output=True, text=True, timeout=1500, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _check(found, days):
    assert found["integrity"] == "ok"
    assert found["leased"] == 0
    assert set(found["codes"]) <= {"0", "3"}
    for name, paper in found["papers"].items():
        assert paper["late"] == [], f"{name}: captured in the very run that first saw it"
        assert paper["unrevised"] == [], f"{name}: every correction that a visit could see is a revision"
        assert paper["outages_unreported"] == [], f"{name}: each run that met an outage said so"
        assert paper["outages_invented"] == [], f"{name}: no outage was made up"
    sound = [paper for paper in found["papers"].values() if not paper["bad"]]
    assert len(sound) == 2
    for paper in sound:
        assert paper["posts_asked"] <= 1.15 * paper["posts_least"]
    # the first days fill caches; what grows after that is a leak
    memory = found["memory_mb"]
    assert memory[-1] - memory[min(2, days - 1)] < 20


def test_twelve_days_with_an_outage(tmp_path):
    """Ten days of peace, one of silence, one of recovery."""
    _check(_simulate(12, tmp_path / "archive"), 12)


@pytest.mark.slow
@pytest.mark.timeout(1600)
def test_sixty_days(tmp_path):
    """With a death, a block, a throttle and a redesign."""
    found = _simulate(60, tmp_path / "archive")
    _check(found, 60)
    troubled = found["papers"]["troubled"]
    words = {word for _, word in troubled["bad"]}
    assert {"unreachable", "blocked"} <= words
    assert words & {"parser-broke", "failing"}
