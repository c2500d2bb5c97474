"""docs/stability.md says of the program what is true, and the program has all that was released."""

import json
import re
from pathlib import Path

import pytest

import talkscraper
from talkscraper.cli.main import COMMANDS
from talkscraper.store.data_dictionary.tables import TABLES
from talkscraper.version import __version__
from talkscraper.web.api.registry import endpoints
from talkscraper.web.door import HEALTH
from tests.support.interface import interface

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "stability.md").read_text("utf-8")
RELEASED = json.loads((ROOT / "tests" / "interface-1.0.json").read_text("utf-8"))
"""What 1.0.0 had; made by ``python -m tests.support.interface``, and never changed within 1.x but by additions."""


def names_below(heading: str) -> list[str]:
    """The names in code quotes between a heading's comment and its end."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("<!-- end -->")[0]
    assert part, heading
    return re.findall(r"`([^`]+)`", part.partition("-->")[2])


def test_every_table_is_called_stable_or_internal():
    assert sorted(names_below("Tables")) == sorted(TABLES)


def test_the_stable_tables_come_before_the_internal_ones():
    """A table of the design's contract is stable."""
    stable = names_below("Tables")
    stable = stable[: stable.index("host_notes")]
    assert {"sources", "urls", "captures", "articles", "revisions", "provenance", "articles_fts"} <= set(stable)


def test_the_names_of_python_are_the_public_ones():
    assert sorted(names_below("Python")) == sorted([*talkscraper.__all__, "talkscraper"])


def test_the_addresses_are_routes():
    """Whatever a parameter is called there and here."""

    def shape(path):
        return re.sub(r"\{[^}]+\}", "{}", path)

    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "talkscraper" / "web").rglob("*.py"))
    routes = {shape(path) for path in re.findall(r'Route\("([^"]+)"', source)}
    routes |= {shape(each.path) for each in endpoints()} | {HEALTH, "/api/openapi.json", "/collections"}
    named = {shape(path) for path in names_below("Addresses of `serve`")}
    replayed = {path for path in named if path.startswith("/web/")}
    assert len(replayed) == 4
    assert "/web/{}" in routes  # what is below it is a page's own address, with or without a time
    assert named - replayed <= routes
    assert {shape(each.path) for each in endpoints()} <= named


@pytest.mark.parametrize("kind", RELEASED)
def test_nothing_that_was_released_is_gone(kind):
    """Commands with their options, exit codes, tables with their columns, public names, keys and the interface."""
    now = interface()[kind]
    gone = {
        name: sorted(set(parts) - set(now.get(name, ())))
        for name, parts in RELEASED[kind].items()
        if name not in now or not set(parts) <= set(now[name])
    }
    internal = set(names_below("Tables")[names_below("Tables").index("host_notes") :]) if kind == "tables" else set()
    assert {name: parts for name, parts in gone.items() if name not in internal} == {}


def test_a_stable_version_promises_what_the_page_says():
    assert int(__version__.partition(".")[0]) >= 1
    assert set(COMMANDS) >= {name.partition(" ")[0] for name in RELEASED["commands"]}


def test_the_changelog_has_this_version_with_its_day():
    """In the form of Keep a Changelog: newest first, each with its day, and no kind of change of our own making."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    versions = [each for each in headings if each.strip("[]") != "Unreleased"]
    found = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})", each) for each in versions]
    released = [(each[1], each[2]) for each in found if each is not None]
    assert len(released) == len(versions)
    assert released[0][0] == __version__
    days = [day for _, day in released]
    assert days == sorted(days, reverse=True)
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
