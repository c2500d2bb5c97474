"""sources.toml: what it says, or one line that says what is wrong, where, and what was probably meant."""

import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.errors import ExitCode, SourcesError
from talkscraper.sources import load as module
from talkscraper.sources.load import default_toml, load, parse
from talkscraper.sources.model import Selectors, Source
from talkscraper.sources.seed_kinds import seed_keys

FILE = Path("sources.toml")
HEAD = 'contact = "https://example.org/us"\n\n[sources.quay]\nhomepage = "https://quay.example/"\n'


def _refusal(text):
    with pytest.raises(SourcesError) as caught:
        parse(text, FILE)
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.exit_code is ExitCode.USAGE
    return message


def test_every_key_is_read():
    """One block with everything in it."""
    text = HEAD + (
        'name = "The Quay"\narticle_urls = [\'/posts/[^/?#]+$\', "/k/"]\nfeeds = ["https://quay.example/feed"]\n'
        'sitemaps = ["https://quay.example/news.xml"]\nsections = ["https://quay.example/sport"]\nhosts = ["m.quay.example"]\n'
        'language = "en"\ntimezone = "Africa/Nairobi"\ndelay = 0.5\nconcurrency = 4\nmax_pages = 500\nmax_bytes = "2G"\n'
        'max_time = "50m"\nrequisites = false\nrecrawl = ["1h", "1d", "7d"]\ntdm = "skip"\nallow_private = true\n'
        'enabled = true\n[sources.quay.selectors]\ntitle = "h1"\ndrop = [".ad", "//aside"]\n'
    )
    sources = parse(text, FILE)
    quay = sources.sources["quay"]
    assert sources.contact == "https://example.org/us"
    assert [pattern.pattern for pattern in quay.article_urls] == ["/posts/[^/?#]+$", "/k/"]
    assert (quay.delay, quay.concurrency, quay.max_bytes, quay.max_time) == (0.5, 4, 2 << 30, timedelta(minutes=50))
    assert quay.recrawl.ages == (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
    assert quay.selectors == Selectors(title=("h1",), drop=(".ad", "//aside"))
    assert quay.own_hosts == ("quay.example", "m.quay.example")


def test_a_homepage_is_enough():
    """Everything else has a default; two seconds between requests among them."""
    quay = parse(HEAD, FILE).sources["quay"]
    assert (quay.name, quay.delay, quay.concurrency, quay.requisites, quay.allow_private) == (
        "quay",
        2.0,
        1,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("more", "line", "words"),
    [
        ('artcle_urls = ["/posts/"]', 5, "unknown key 'artcle_urls' in a source; did you mean 'article_urls'?"),
        ('Home-Page = "x"', 5, "did you mean 'homepage'?"),
        ("xyzzy = 1", 5, "known in a source: name, homepage"),
        ('contact = "a@b.example"', 5, "contact goes at the top of the file"),
        ("article_urls = ['/posts/(']", 5, "'/posts/(' is not a regular expression"),
        ("article_urls = ['/a/',\n  '/b/',\n  '[']", 7, "'[' is not a regular expression"),
        ('article_urls = "/posts/"', 5, "article_urls must be a list: write article_urls = ['…']"),
        ("feeds = [1]", 5, "must be a text in quotes, not a number"),
        ('feeds = ["/feed"]', 5, "'/feed' is not an http or https URL"),
        ('delay = "soon"', 5, "'soon' is not a time span"),
        ("delay = -1", 5, "delay: -1.0 is not between 0 and 3600 seconds"),
        ("delay = true", 5, "must be a number of seconds, not true or false"),
        ("concurrency = 0", 5, "concurrency: 0 is not between 1 and 16"),
        ("max_pages = 0", 5, "max_pages: 0 is less than 1"),
        ("max_pages = 1.5", 5, "must be a whole number"),
        ('max_bytes = "lots"', 5, "'lots' is not a size"),
        ('recrawl = "daily"', 5, 'recrawl must be "always" or a list of ages'),
        ('recrawl = ["1d", "1h"]', 5, "recrawl: '1h' isn't more than '1d'"),
        ('language = "English!"', 5, "is not a language tag"),
        ('timezone = "Mars/Olympus"', 5, "is not a time zone"),
        ('tdm = "maybe"', 5, "'maybe' is none of store-flagged, ignore, skip-text, skip"),
        ('allow_private = "yes"', 5, "allow_private must be true or false, not a text"),
        ('hosts = ["https://m.quay.example/"]', 5, "is not a host name"),
        ("selectors = 1", 5, "selectors must be a table"),
        ('[sources.quay.selectors]\nbdy = "main"', 6, "did you mean 'body'?"),
        ('[sources.quay.selectors]\nbody = "main["', 6, "is not a CSS selector"),
        ('[sources.quay.selectors]\nbody = ["//p["]', 6, "is not XPath"),
        ('homepage = "https://b.example/"', 5, "homepage is there twice"),
        ("delay = ", 5, "Invalid value"),
        ('[sources.two]\nname = "x"', 5, '[sources.two] has no homepage: write homepage = "https://…/"'),
        ('[sources.two]\nhomepage = "https://QUAY.example"', 6, "is quay's already (line 4)"),
        ('[sources.two]\nname = "Quay"\nhomepage = "https://b.example/"', 6, "is quay's already"),
        ('[sources."../evil"]\nhomepage = "https://b.example/"', 5, "can't name a source"),
        ('[sources.two]\nhomepage = "https://user:pw@b.example/"', 6, "holds a user name or password"),
        ('[sources.two]\nhomepage = "file:///etc/passwd"', 6, "is not an http or https URL"),
        ('[sources.two]\nhomepage = "https://b.example/\\u0007"', 6, "a space or a control character"),
    ],
)
def test_what_makes_no_sense_is_refused_by_file_and_line(more, line, words):
    """A slip of the finger is found before anything is fetched."""
    message = _refusal(HEAD + more + "\n")
    assert message.startswith(f"sources.toml:{line}: ")
    assert words in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'kontact = "a@b.example"\n',
            "sources.toml:1: unknown key 'kontact' at the top of the file; did you mean 'contact'?",
        ),
        ('homepage = "https://quay.example/"\n', "it belongs under [sources.NAME]"),
        ('contact = "callme"\n', "neither a web page (https://…) nor an e-mail address"),
        ('contact = "https://example.org/(x)\\nX-Evil: 1"\n', "can't stand in a User-Agent"),
        ("sources = 3\n", "sources must be a table"),
        ("[sources.quay]\nhomepage = 3\n", "sources.toml:2: homepage must be a text in quotes, not a number"),
        ("a = [" * 2000, "sources.toml"),
    ],
)
def test_the_top_of_the_file_is_checked_too(text, words):
    """Contact and tables."""
    assert words in _refusal(text)


def test_a_comment_or_a_string_does_not_shift_the_lines():
    """Multi-line strings, arrays, inline tables and comments before the fault."""
    text = (
        HEAD
        + 'name = """The\nQuay"""\nfeeds = [ # two\n  "https://quay.example/a", # one\n]\nselectors = { title = "h1" }\ndelai = 3\n'
    )
    assert _refusal(text).startswith("sources.toml:11: unknown key 'delai'")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"contact = '\xff'\n", ":1: not UTF-8"),
        (b"# a\n\n\xe4 = 1", ":3: not UTF-8"),
        (b"x" * (17 << 20), "larger than 16 MiB"),
    ],
    ids=["first line", "third line", "huge"],
)
def test_a_file_that_is_no_text_is_refused(tmp_path, raw, words):
    """By its line too."""
    path = tmp_path / "sources.toml"
    path.write_bytes(raw)
    with pytest.raises(SourcesError, match=re.escape(words)):
        load(path)


def test_a_missing_file_says_what_to_do(tmp_path):
    """init makes one."""
    with pytest.raises(SourcesError, match="talkscraper init"):
        load(tmp_path / "sources.toml")


def test_a_disabled_source_is_known_and_not_crawled():
    """enabled = false."""
    sources = parse(HEAD + "enabled = false\n", FILE)
    assert (list(sources.sources), list(sources.disabled)) == ([], ["quay"])


def test_the_file_that_init_writes_is_sound():
    """Talk of Nations is in it, and no contact: that is for people to write."""
    sources = parse(default_toml(), FILE)
    talk = sources.sources["talkofnations"]
    assert sources.contact is None
    assert talk.article_urls[0].search("https://www.talkofnations.com/posts/a-post")
    assert not talk.article_urls[0].search("https://www.talkofnations.com/posts/")
    assert talk.timezone == "Africa/Nairobi"


def test_every_field_of_a_source_is_a_key_that_is_read_and_explained():
    """Model, reader and docs/sources.md can't drift apart."""
    keys = {each.name for each in fields(Source)} - {"id", "seeds"} | set(seed_keys())
    assert set(module._Reader(FILE, module.index_lines("")).readers) == keys
    told = (Path(__file__).parents[2] / "docs" / "sources.md").read_text("utf-8")
    rows = "\n".join(line.split("|")[1] for line in told.splitlines() if line.startswith("| `"))
    assert {key for key in keys if f"`{key}`" not in rows} == set()
    assert {each.name for each in fields(Selectors) if f"`{each.name}`" not in told} == set()


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text):
    """Sources or one line, whatever stands in the file."""
    for piece in (text, HEAD + text, HEAD.replace("https://quay.example/", text)):
        try:
            parse(piece, FILE)
        except SourcesError as e:
            assert str(e).startswith("sources.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sources.a]\nhomepage = 'https://a.example/'\nhomepage = 'https://b.example/'\n", "3: homepage is there twice, first in line 2"),
        ("[sources.a]\nhomepage = 'https://a.example/'\n\n[sources.a]\nname = 'A'\n", "4: [sources.a] is there twice, first in line 1"),
        ("contact = 'https://x.example/'\ncontact = 'https://y.example/'\n", "2: contact is there twice, first in line 1"),
    ],
)  # fmt: skip
def test_what_stands_there_twice_is_named_with_both_lines(tmp_path, text, said):
    """Not in the words of the TOML parser."""
    path = tmp_path / "sources.toml"
    with pytest.raises(SourcesError) as caught:
        parse(text, path)
    assert f"{path}:{said}" in str(caught.value)
