"""A source's own selectors: they win where they hold up, are noted where they don't, and know their days."""

import re
import sqlite3
from datetime import UTC, date, datetime

import pytest

import talkscraper
from talkscraper.crawl.sample_check import examine_sample
from talkscraper.errors import SourcesError
from talkscraper.monitor.status import _rotten
from talkscraper.sources.http_client import SiteResponse
from talkscraper.sources.load import load
from talkscraper.sources.model import Sample, Selectors, Source

AT = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)
URL = "https://news.example/posts/one"
SENTENCE = "The harbour wall was mended in spring, and the boats came back before the first storm of the year."
PAGE = f"""<html lang="en"><head><title>Wall mended - The Paper</title></head><body><main><article>
<h1>Wall mended</h1><h2 class="long">The wall at Mtwani is mended before the rains</h2>
<p class="when">04/03/2025 18:30</p><p class="who">Asha N. for the Paper</p>
<div class="story"><p>{SENTENCE}</p><p>Masons worked in two shifts. {SENTENCE}</p>
<div class="quiz"><p>Which wall is the longest in the world, and who built it so long ago? Write to us today.</p></div>
<p>The council will vote on the ramp. {SENTENCE}</p></div></article></main></body></html>""".encode()


def found(selectors, at=AT):
    return talkscraper.extract(PAGE, URL, at, selectors=selectors)


def rotten(extraction):
    return next((line.value for line in extraction.provenance if line.field == "selectors"), None)


def test_each_selector_wins_and_its_rival_is_kept():
    """Title, date, authors and body come from where the source says; what is dropped is gone."""
    chosen = Selectors(
        title=("h2.long",), date=(".when",), authors=(".who",), body=("//div[@class='story']",), drop=(".quiz",)
    )
    extraction = found(chosen)
    article, rules = extraction.article, {line.field: line.rule for line in extraction.provenance}
    assert article.title == "The wall at Mtwani is mended before the rains"
    assert article.published.day == date(2025, 4, 3)
    assert "Which wall" not in article.text
    assert {rules[name] for name in ("title", "published_at", "authors", "text")} == {"selector"}
    assert rotten(extraction) is None


def test_what_is_dropped_is_no_headline_either():
    """The page's headings, links and titles are those that remain."""
    page = PAGE.replace(
        b"<main>", b'<main><div class="promo"><h1>Wall mended - The Paper tells all, with a gift</h1></div>'
    )
    article = talkscraper.extract(page, URL, AT, selectors=Selectors(drop=(".promo",))).article
    assert article.title == "Wall mended"
    assert all("gift" not in variant.value for variant in article.headlines)


def test_order_and_zone_of_a_source_settle_what_the_page_leaves_open():
    """4 March, at half past six in Nairobi."""
    article = found(Selectors(date_order="DMY", timezone="Africa/Nairobi")).article
    assert article.published_at.isoformat() == "2025-03-04T18:30:00+03:00"


def test_a_selector_that_finds_nothing_is_noted_and_the_generic_result_stands():
    """Redesigns happen; the article isn't lost."""
    extraction = found(Selectors(title=(".gone",), body=(".gone",), date=("h1",)))
    assert extraction.article.title == "Wall mended"
    assert SENTENCE in extraction.article.text
    assert rotten(extraction) == "title body date"


def test_a_body_with_much_less_text_is_not_believed():
    """A selector that finds the teaser only loses to the generic text."""
    extraction = found(Selectors(body=(".who",)))
    assert "The council will vote" in extraction.article.text
    assert rotten(extraction) == "body"


def test_selectors_hold_for_captures_of_their_days_only():
    """Before the redesign the old pages are read without them, and nothing is called rotten."""
    chosen = Selectors(title=("h2.long",), valid_from=date(2025, 11, 1), valid_until=date(2025, 12, 31))
    assert found(chosen).article.title == "The wall at Mtwani is mended before the rains"
    for at in (datetime(2025, 10, 31, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)):
        assert found(chosen, at).article.title == "Wall mended"
    assert rotten(found(Selectors(title=(".gone",), valid_until=date(2025, 1, 1)))) is None


def test_a_sample_page_is_compared_with_what_a_person_read():
    """Every field that differs is named; a page that is gone too."""
    sample = Sample(
        url=URL, title="Wall mended", published=date(2025, 4, 3), begins="The wall at Mtwani", ends="of the year."
    )
    right = Source(id="paper", name="Paper", homepage="https://news.example/", selectors=Selectors(sample=sample))
    wrong = Source(
        id="paper",
        name="Paper",
        homepage="https://news.example/",
        selectors=Selectors(title=(".gone",), sample=Sample(url=URL, title="Another", authors=("Asha",))),
    )
    answer = SiteResponse(url=URL, status=200, headers=(("Content-Type", "text/html"),), body=PAGE)
    assert examine_sample(right, lambda _: answer, AT) == ()
    told = examine_sample(wrong, lambda _: answer, AT)
    assert any("title is 'Wall mended', not 'Another'" in line for line in told)
    assert any("authors is" in line for line in told)
    assert any("selectors for title" in line for line in told)
    gone = SiteResponse(url=URL, status=404, headers=(), body=b"")
    assert examine_sample(right, lambda _: gone, AT) == (f"sample {URL}: answered 404",)


def test_status_names_selectors_that_fail_on_most_of_the_newest_articles():
    """Half of three or more; a single odd page is no redesign."""
    db = sqlite3.connect(":memory:")
    db.executescript(
        "create table articles (id text, source_id text, first_captured_at text);"
        "create table provenance (article_id text, field text, value text);"
    )
    for n in range(4):
        db.execute("insert into articles values (?, 'paper', ?)", (f"a{n}", f"2025-11-0{n + 1}"))
    db.execute("insert into provenance values ('a0', 'selectors', 'date')")
    assert _rotten(db, "paper") is None
    db.execute("insert into provenance values ('a1', 'selectors', 'body date')")
    assert _rotten(db, "paper") == "date"
    assert _rotten(db, "other") is None


def test_sources_toml_says_it_all(tmp_path):
    """Every key of selectors and sample is read; the newsroom's zone is theirs where they name none."""
    path = tmp_path / "sources.toml"
    path.write_text(
        """
        [sources.paper]
        homepage = "https://news.example/"
        timezone = "Africa/Nairobi"
        [sources.paper.selectors]
        title = "h2.long"
        drop = [".quiz"]
        date_order = "DMY"
        valid_from = 2025-06-01
        valid_until = "2026-02-28"
        [sources.paper.selectors.sample]
        url = "https://news.example/posts/one"
        published = 2025-03-04
        authors = []
        """
    )
    source = load(path).sources["paper"]
    assert source.selectors.valid_from == date(2025, 6, 1)
    assert source.selectors.valid_until == date(2026, 2, 28)
    assert source.selectors.sample == Sample(url=URL, published=date(2025, 3, 4), authors=())
    assert source.reading.timezone == "Africa/Nairobi"


SOMALI = (
    "Madaxweynaha ayaa sheegay in dowladdu ay dhisi doonto dekedda cusub ee magaalada, taas oo la filayo in ay shaqo "
    "u abuurto boqolaal qof. Dadka deegaanka ayaa soo dhaweeyay qorshahan, balse waxay codsadeen in la ilaaliyo xeebta."
)


def language(html, usual):
    source = Source(id="paper", name="Paper", homepage="https://news.example/", language=usual)
    extraction = talkscraper.extract(html.encode(), URL, AT, selectors=source.reading)
    (rule,) = [line.rule for line in extraction.provenance if line.field == "language"]
    return extraction.article.language, rule


def test_a_sources_language_is_that_of_pages_that_do_not_say_theirs():
    """The page's own word wins, and so does a text that is plainly in another language."""
    somali = PAGE.decode().replace(' lang="en"', "").replace(SENTENCE, SOMALI)
    somali = re.sub(r"(Wall mended|The wall at|Masons worked|The council will|Which wall)[^<.]*", "", somali)
    english = PAGE.decode().replace(' lang="en"', "")
    assert language(somali, "so") == ("so", "the source's, agreeing with the text")
    assert language(somali.replace("<html>", "<html lang='om'>"), "so") == ("om", "declared")
    assert language(english, "en-GB") == ("en", "the source's, agreeing with the text")
    assert language(english, "so") == ("so", "the source's")  # which the detector can't tell
    assert language(english, "fr") == ("en", "detected, against the source's")
    assert language(PAGE.decode(), "fr") == ("en", "declared, agreeing with the text")


def test_language_is_a_key_of_the_source_and_not_of_its_selectors(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text(
        '[sources.paper]\nhomepage = "https://news.example/"\nlanguage = "pt-BR"\nselectors = {language = "fr"}\n'
    )
    with pytest.raises(SourcesError, match="unknown key 'language' in selectors"):
        load(path)
    path.write_text('[sources.paper]\nhomepage = "https://news.example/"\nlanguage = "pt-BR"\n')
    assert load(path).sources["paper"].reading.language == "pt-BR"
