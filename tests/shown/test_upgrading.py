"""docs/upgrading.md: its commands bring an archive of 0.1 to this version, without loss."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.support.older_archives import as_before

PAGE = (Path(__file__).parent.parent.parent / "docs" / "upgrading.md").read_text("utf-8")
FIRST_STEP_SINCE = "m011_lost_and_undated"
"""The first migration that 0.1.0 doesn't have."""
COUNTS = ("articles", "revisions", "captures", "runs", "provenance")


def lines():
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        yield from (line.partition("#")[0].strip() for line in block.splitlines())


def counts(database):
    with sqlite3.connect(database) as connection:
        return {name: connection.execute(f"select count(*) from {name}").fetchone()[0] for name in COUNTS}


@pytest.fixture
def older(demo, tmp_path):
    """The demo's archive, with the tables of 0.1: its WARCs name requisites for which these have no rows."""
    folder = tmp_path / "archive"
    shutil.copytree(demo[0] / "demo-archive", folder)
    as_before(folder / "talkscraper.db", FIRST_STEP_SINCE)
    return folder


def test_the_commands_upgrade_an_archive_of_0_1(older, run, tmp_path):
    before = counts(older / "talkscraper.db")
    steps = list(lines())
    assert [step.split()[1] for step in steps] == ["backup", "status", "verify", "repair", "extract"]
    for step in steps:
        done = run(step.replace("/mnt/copy/archive", str(tmp_path / "copy")), tmp_path)
        told = f"{done.stdout}{done.stderr}"
        assert done.returncode == 0 or set(re.findall(r"\[([a-z-]+)\]", told)) == {"missing-row"}, f"{step}: {told}"
    assert counts(older / "talkscraper.db") == counts(tmp_path / "copy" / "talkscraper.db") == before
    assert run("talkscraper verify --articles all", tmp_path).returncode == 0
    assert "3 articles found" in run("talkscraper search 'harbour wall'", tmp_path).stdout


@pytest.mark.slow
def test_an_archive_of_0_1_can_be_made_again_from_its_warcs(older, run, tmp_path):
    """The way back of the page: nothing but WARCs and sources.toml is needed."""
    before = counts(older / "talkscraper.db")
    script = "talkscraper --archive second init && cp archive/sources.toml second/ && "
    script += "talkscraper --archive second import archive/warc/*.warc.gz"
    assert run(script, tmp_path).returncode == 0
    after = counts(tmp_path / "second" / "talkscraper.db")
    assert {name: after[name] for name in ("articles", "revisions", "captures")} == {
        name: before[name] for name in ("articles", "revisions", "captures")
    }
