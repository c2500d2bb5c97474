"""Sources by what a command line names: ids, former ids, tags; and what is told where a name is none."""

from pathlib import Path

import pytest

from talkscraper.errors import UsageError
from talkscraper.sources.load import parse
from talkscraper.sources.selection import select_sources

TOML = """
[sources.quay]
homepage = "https://quay.example/"
tags = ["local", "Coast"]
[sources.harbour]
homepage = "https://harbour.example/"
renamed_from = ["pier", "jetty"]
tags = ["coast"]
[sources.inland]
homepage = "https://inland.example/"
tags = ["asleep"]
enabled = false
"""


def _selected(*words, **more):
    return select_sources(words, parse(TOML, Path("s.toml")), "s.toml", **more)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ((), ("quay", "harbour")),
        (("harbour", "quay", "harbour"), ("harbour", "quay")),
        (("@local",), ("quay",)),
        (("@COAST", "quay"), ("quay", "harbour")),
    ],
)
def test_ids_and_tags_select_each_source_once(words, ids):
    """In the order in which they are named; without any, all that are crawled."""
    assert _selected(*words).ids == ids


def test_a_former_id_selects_the_source_and_tells_its_present_one():
    """Both of two former ids; the note has the name to write."""
    for former in ("pier", "jetty"):
        found = _selected(former)
        assert found.ids == ("harbour",)
        assert found.notes == (f"source {former} was renamed to harbour: write harbour instead",)


def test_disabled_sources_are_selected_where_they_are_asked_for():
    """A command that edits finds them, also by a tag; a crawl says how to enable one."""
    assert _selected("inland", disabled=True).ids == ("inland",)
    assert _selected("@asleep", disabled=True).ids == ("inland",)
    with pytest.raises(UsageError, match="sources enable inland"):
        _selected("inland")
    with pytest.raises(UsageError, match="every source with the tag 'asleep'"):
        _selected("@asleep")


@pytest.mark.parametrize(
    ("word", "told"),
    [("quai", "did you mean 'quay'"), ("@locl", "did you mean '@local'"), ("@x", "asleep, coast, local")],
)
def test_what_nothing_has_is_refused_with_the_nearest(word, told):
    """One line for a name or a tag that is unknown."""
    with pytest.raises(UsageError, match=told):
        _selected(word)


def test_a_removed_source_does_not_stop_the_others():
    """It is passed over with a note; alone, it is refused by name."""
    found = _selected("gone", "quay", removed={"gone"})
    assert found.ids == ("quay",)
    assert "source gone was removed" in found.notes[0]
    with pytest.raises(UsageError, match="source gone was removed"):
        _selected("gone", removed={"gone"})
