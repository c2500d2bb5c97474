"""The language files: what a contributor may write into them, and what the lists made of them hold."""

import calendar
import re
import tomllib
import unicodedata

import pytest

from talkscraper.extraction.box_names import Mark
from talkscraper.lexicon import Expressions, Tables, Words, alternatives, languages, table, words
from talkscraper.lexicon.loader import FOLDER

FILES = sorted(FOLDER.glob("*.toml"))
CONTENTS = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in FILES}
TAG = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?")
"""Language, script and region of RFC 5646."""


def lists(content):
    """``(key, entries)`` of every list in a file, those of its tables too."""
    for key, value in content.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{name}", entries) for name, entries in value.items())
        else:
            yield key, value


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_named_by_a_tag_says_its_language_and_is_in_normal_form_c(path):
    """What needs another normal form is written with escapes, so that an editor can't change it unseen."""
    text = path.read_text("utf-8")
    assert TAG.fullmatch(path.stem)
    assert re.match(r"# \w.+\n", text), "the first line is a comment with the language's name"
    assert unicodedata.is_normalized("NFC", text)


@pytest.mark.parametrize("tag", CONTENTS)
def test_a_file_has_known_keys_with_lists_of_distinct_texts_in_the_order_of_the_definitions(tag):
    content = CONTENTS[tag]
    known = [str(key) for key in (*Words, *Expressions, *Tables)]
    assert set(content) <= set(known), f"{tag}.toml has keys that lexicon/keys.py doesn't define"
    assert list(content) == [key for key in known if key in content], f"{tag}.toml: order the keys as keys.py does"
    assert {key for key, value in content.items() if isinstance(value, dict)} <= set(map(str, Tables))
    for key, entries in lists(content):
        assert entries, f"{key} is empty: leave it out"
        assert all(isinstance(entry, str) and entry.strip() for entry in entries), key
        assert len(set(entries)) == len(entries), f"{key} repeats an entry"


@pytest.mark.parametrize("key", list(Expressions))
def test_every_entry_of_an_expression_list_compiles_by_itself_and_captures_nothing(key):
    """A group of an entry would shift the groups of the pattern that it is put into."""
    for entry in words(key):
        assert re.compile(entry).groups == 0, entry
    assert re.compile(f"(?:{alternatives(key)})").groups == 0


@pytest.mark.parametrize("key", [*Words, *Expressions])
def test_every_key_has_entries_and_the_languages_share_one_list_without_repetitions(key):
    found = words(key)
    assert found
    assert len(set(found)) == len(found)
    assert set(found) == {entry for content in CONTENTS.values() for entry in content.get(key, ())}


@pytest.mark.parametrize("key", list(Tables))
def test_every_table_belongs_to_a_language_and_is_empty_for_the_others(key):
    assert any(table(key, tag) for tag in languages())
    assert table(key, "tlh") == {}


def test_english_comes_first_because_the_first_alternative_that_matches_is_taken():
    assert languages()[0] == "en"
    assert sorted(languages()) == sorted(CONTENTS)


def test_names_of_boxes_stand_under_a_mark():
    marks = {name.lower() for name in vars(Mark) if name.isupper()}
    assert all(set(table(Tables.BOX_NAMES, tag)) <= marks for tag in languages())


def test_months_are_named_or_numbered_as_the_dates_package_reads_them():
    names = set(map(str.lower, calendar.month_name[1:]))
    for tag in languages():
        assert set(table(Tables.MONTHS, tag)) <= names
        for key in (Tables.PERSIAN_MONTHS, Tables.ISLAMIC_MONTHS):
            assert {int(number) for number in table(key, tag)} <= set(range(1, 13))
        assert set(table(Tables.TIME_AGO, tag)) <= {"second", "minute", "hour", "day", "week"}
        assert all(number.isdigit() for number in table(Tables.DAYS_AGO, tag))
