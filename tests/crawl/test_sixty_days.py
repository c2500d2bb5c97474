"""Sixty days in a minute: the real program, hourly, over newspapers that publish, correct, delete, fail and come back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "sixty_days.py"


def _simulate(days, folder, *settings):
    done = subprocess.run(
        [sys.executable, SCRIPT, str(days), str(folder), *settings],
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _check(found):
    assert (found["integrity"], found["foreign_keys"], found["leased"]) == ("ok", [], 0)
    assert set(found["codes"]) <= {"0", "3"}, "every run was done, or done with a source that failed"
    for name, paper in found["papers"].items():
        assert paper["unseen"] == [], f"{name}: every article that a poll could name is in the archive"
        assert paper["late"] == [], f"{name}: and was captured in the run of that poll"
        assert paper["unrevised"] == [], f"{name}: every correction that a visit could see is a revision"
        assert paper["ungone"] == [], f"{name}: every article that was taken down is known to be gone"
        assert paper["outages_unreported"] == [], f"{name}: each run that met an outage said so"
        assert paper["outages_invented"] == [], f"{name}: no outage was made up"
        assert paper["requests"] == paper["requests_reported"], f"{name}: the report counts what the server saw"
        assert paper["min_gap_s"] >= 2.0, f"{name}: no two requests closer than the delay"
    for name in ("sound", "weekly"):
        paper = found["papers"][name]
        assert paper["requests"] <= 1.15 * paper["requests_least"], f"{name}: nothing is fetched without need"
    assert found["papers"]["weekly"]["quiet"] == [], "a weekend is no outage"
    assert found["warcs"] == found["indexes"] <= found["days"] + 1, "a WARC and an index a day, not one a run"
    # the first half fills caches; what grows after that is a leak
    memory = found["memory_mb"]
    assert memory[-1] - memory[len(memory) // 2] < 10


@pytest.mark.timeout(900)
def test_eight_days_with_a_death(tmp_path):
    """Six days of peace, a night without an answer, a day of recovery."""
    found = _simulate(8, tmp_path / "archive")
    _check(found)
    assert found["papers"]["sound"]["quiet"] == []
    assert found["papers"]["troubled"]["words"] == {"die": ["unreachable"]}


@pytest.mark.timeout(900)
def test_five_days_by_night_and_within_a_budget(tmp_path):
    """With windows and a budget that is used up, nothing is lost, doubled, or taken for an outage."""
    found = _simulate(5, tmp_path / "archive", 'hours = "22:00-06:00"\nmax_requests_per_day = 20')
    assert (found["integrity"], found["foreign_keys"], found["leased"]) == ("ok", [], 0)
    assert set(found["codes"]) == {"0"}, "waiting is no alarm"
    for name, paper in found["papers"].items():
        assert set(paper["hours_asked"]) <= {22, 23, 0, 1, 2, 3, 4, 5}, f"{name}: nothing is sent by day"
        assert paper["most_in_a_day"] <= 20, f"{name}: nor more than the budget of a day"
        assert paper["requests"] == paper["requests_reported"], f"{name}: the report counts what the server saw"
        assert paper["unseen"] == [], f"{name}: what was named by night is in the archive"
        assert paper["outages_invented"] == [], f"{name}: no outage was made up"
        assert paper["min_gap_s"] >= 2.0, f"{name}: no two requests closer than the delay"
        assert paper["waits"], f"{name}: the runs by day said that they wait"
    assert max(paper["most_in_a_day"] for paper in found["papers"].values()) == 20, "the budget was used up"


@pytest.mark.slow
@pytest.mark.timeout(1600)
def test_sixty_days(tmp_path):
    """With a death, a block, a throttle, a redesign, an empty front page and a move, and four days of silence."""
    found = _simulate(60, tmp_path / "archive")
    _check(found)
    troubled = found["papers"]["troubled"]
    assert troubled["words"].pop("empty")[0] in ("feed-empty", "listing-broke")
    assert set(troubled["words"].pop("redesign")) <= {"parser-broke", "failing"}
    assert troubled["words"] == {
        "die": ["unreachable"],
        "block": ["blocked"],
        "throttle": ["blocked"],
        "move": ["moved"],
    }
    # it wrote its last piece on day 44 at four in the afternoon, and the next would have been due at seven
    quiet = found["papers"]["sound"]["quiet"]
    assert quiet, "four days without an article are reported"
    assert 45 * 24 + 7 < quiet[0] < 46 * 24 + 16
    # it wrote again on day 49 at seven; after so long a silence its seeds are polled less often than once in a day
    polled = next(hour for hour in found["papers"]["sound"]["polls"] if hour >= 49 * 24 + 7)
    assert polled < 51 * 24, "but within half of the time of the silence"
    assert quiet[-1] < polled, "and no more when a poll has shown that it writes again"
    assert all(paper["corrected"] >= 5 for paper in found["papers"].values())
    assert all(paper["gone"] >= 2 for paper in found["papers"].values())
