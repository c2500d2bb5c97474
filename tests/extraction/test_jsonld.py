"""JSON-LD that isn't quite JSON is read all the same, in linear time."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.extraction.json_repair import read_broken
from talkscraper.extraction.jsonld import article_rank, parse_scripts

BOUND_S = 60
NODE = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Weir opens",
    "description": "Said the keeper: now",
    "author": {"@type": "Person", "name": "Una Brock"},
    "keywords": ["weir", "river"],
    "datePublished": "2026-05-03T10:00:00+02:00",
    "isAccessibleForFree": False,
    "wordCount": 312,
}
GOOD = json.dumps(NODE, indent=1)


@pytest.mark.parametrize(
    "script",
    [
        GOOD,
        GOOD.replace('opens",', 'opens"'),
        GOOD.replace("\n },", "\n }"),
        GOOD.replace('"weir",', '"weir"'),
        GOOD.replace("312\n", "312,\n"),
        GOOD.replace('"river"', '"river",,'),
        GOOD.replace('opens",', 'opens", // the title\n'),
        GOOD.replace('"author"', '/* who: */ "author"'),
        GOOD.replace("312\n}", "312\n"),
        GOOD.replace("312\n}", "312\n}}"),
        GOOD.replace("312\n}", "312\n}</script"),
        GOOD.replace('"', "'"),
        GOOD.replace('"', "&quot;"),
        GOOD.replace('"', "“"),
        GOOD.replace('"', '\\"'),
        GOOD.replace('"headline"', "headline"),
        GOOD.replace('"Weir opens"', "'Weir opens'"),
        GOOD.replace('opens",', "opens,"),
        GOOD.replace("false", "False"),
        "<!--" + GOOD.replace("312", "312,") + "-->",
        "//<![CDATA[\n" + GOOD.replace("312", "312,") + "\n//]]>",
        "var data = " + GOOD + ";",
        json.dumps(GOOD),
        '{"@type": "WebSite", "name": "x"}' + GOOD,
        '{"@type": "WebSite", "name": "x",}\n,' + GOOD.replace("312", "312,"),
        '{"@graph": [{"@type": "WebSite", "name": "x",' + GOOD + "]}",
        "[" + GOOD + GOOD.replace("NewsArticle", "Thing") + "]",
    ],
)
def test_a_broken_script_is_read_as_its_writer_meant_it(script):
    """Every field, not only the dates: commas, comments, brackets, quotes, wrappings."""
    nodes = [node for node in parse_scripts([script]) if article_rank(node)]
    assert nodes[:1] == [NODE]


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ('The "old" weir', 'The "old" weir'),
        ('He said "no", and left', 'He said "no", and left'),
        ('"Never"', '"Never"'),
        ("It\\'s open", "It's open"),
        ("two\nlines\tand \\x", "two\nlines\tand x"),
        ("\\u00e9t\\u00e9 \\ud83d\\ude80", "été 🚀"),
        ("C:\\dam", "C:dam"),
    ],
)
@pytest.mark.parametrize("last", [True, False])
def test_quotes_line_breaks_and_escapes_in_a_string_dont_end_it(raw, read, last):
    """Nor do they cost the fields after it; the script is broken elsewhere too, so that it isn't JSON."""
    fields = [f'"articleSection": "{raw}"', '"author": {"name": "Una Brock"}', '"@type": "NewsArticle"']
    script = "{" + ", ".join(fields[::-1] if last else fields) + ",}"
    (node,) = read_broken(script)
    assert node == {"articleSection": read, "author": {"name": "Una Brock"}, "@type": "NewsArticle"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-9999, 9999) | st.text("ab ',:{}[]é\n/"),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("ab@", min_size=1), inner),
        max_leaves=8,
    )
)
def test_json_is_read_as_json(value):
    """What is well formed is the same for both readers."""
    assert read_broken(json.dumps([value])) == [[value]]
    assert read_broken(json.dumps([value], ensure_ascii=False, indent=1)) == [[value]]


@given(st.text("{}[]\",:'\\/*ab1 \n-"))
def test_no_text_breaks_the_reader(text):
    """There is always a list."""
    assert isinstance(read_broken(text), list)
    parse_scripts([text])


@pytest.mark.parametrize(
    "piece",
    ['{"a":', "[", '"', '{"a":"x" ', "[\"a' ", '{"a":"b","c', "\\", "{'", '["",', "/*", "{a:", " \n,", "}", "]{"],
)
def test_hostile_scripts_cost_no_more_than_their_length(piece):
    """Half a million characters of any of them, and deep nesting stops at a limit."""
    started = time.perf_counter()
    read_broken(piece * (500_000 // len(piece)))
    read_broken('{"a":"' + piece * (500_000 // len(piece)))
    assert time.perf_counter() - started < BOUND_S
