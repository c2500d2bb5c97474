"""A week of daily crawls of a site that doesn't change costs less than a twentieth of its first day."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve.verify import verify
from talkscraper.store.database import from_iso

SCRIPT = Path(__file__).parent / "week.py"


@pytest.mark.parametrize("recrawl", ['["1h", "1d", "7d"]', '"always"'])
def test_a_week_of_daily_crawls_costs_little(tmp_path, recrawl):
    """By the default ages, and when every page is asked for every day; every revisit leads to its payload."""
    done = subprocess.run(
        [sys.executable, SCRIPT, str(tmp_path / "archive"), recrawl],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sizes = json.loads(done.stdout.splitlines()[-1])
    assert len(sizes) == 7
    assert sizes[0] > 1_000_000
    assert sizes == sorted(set(sizes)), "every day was captured"
    assert sizes[-1] < 1.05 * sizes[0], sizes
    report = verify(ArchiveFolder(tmp_path / "archive"), now=from_iso("2026-03-08T06:00:00Z"))
    assert [each.line() for each in report.all_findings()] == []
