"""requirements-dev.txt: what is installed is what was pinned, and where it comes from is the machine's business."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "requirements-dev.txt").read_text("utf-8")
PINNED = re.findall(
    r"^([a-z0-9][a-z0-9._-]*)==(\S+)[^\\\n]*((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", TEXT, re.MULTILINE
)


def test_everything_is_pinned_with_hashes():
    """A package that the registry changed afterwards isn't installed ('--require-hashes')."""
    lines = [line for line in TEXT.splitlines() if line and line[0] not in " #"]
    assert len(lines) == len(PINNED) > 100
    assert [name for name, _, hashes in PINNED if "sha256" not in hashes] == []
    assert "--require-hashes -r requirements-dev.txt" in (ROOT / "Makefile").read_text("utf-8")


def test_it_holds_no_address():
    """Neither of a registry nor of a file: mirrors differ, and some have a password in them."""
    assert "://" not in TEXT
    assert [line for line in TEXT.splitlines() if line.startswith("-")] == []


def test_wheels_of_other_platforms_are_allowed():
    """A package that comes as a wheel for each platform has many hashes, not that of this machine's alone."""
    hashes = {name: text.count("sha256:") for name, _, text in PINNED}
    assert min(hashes["lxml"], hashes["aiohttp"], hashes["brotli"]) > 20
