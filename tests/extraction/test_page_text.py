"""What of a page's text, pictures and dates is the article's: hidden additions, invisible characters, late pictures."""

import json
from datetime import UTC, date, datetime

import pytest

from talkscraper import extract
from talkscraper.extraction.text import clean, count_words, without_invisible
from talkscraper.model import Article, PageKind

SEEN_AT = datetime(2026, 5, 20, tzinfo=UTC)
FIRST = "The lamp in the upper lighthouse was lit again on Monday, eleven years after the mast had been struck."
SECOND = "Its keeper carried the new lens up two hundred steps in nine pieces, and put it together by hand alone."
THIRD = "Ships that pass the cape at night will see three flashes, a pause, and then two more before the dawn comes."
PROSE = (
    "Until the summer the old lamp will be shown in the customs house, where the pupils of the school at the "
    "harbour explain to visitors how it was wound up each evening by the family of the keeper."
)


def page_of(inner: str, *, head: str = "", lang: str = "en") -> str:
    """An article's page with something between its paragraphs."""
    return (
        f"<!doctype html><html lang={lang}><head><title>Upper light burns again</title>{head}</head><body>"
        f"<main><article><h1>Upper light burns again</h1><p>{FIRST}</p>{inner}<p>{SECOND}</p><p>{THIRD}</p>"
        "</article></main></body></html>"
    )


def article_of(page: str) -> Article:
    """The article of a page."""
    found = extract(page.encode(), "https://cape.example/news/upper-light-burns-again-8812", SEEN_AT)
    assert found.article is not None
    return found.article


@pytest.mark.parametrize(
    "addition",
    [
        '<span class="visually-hidden">, external site</span>',
        '<span class="sr-only"> (opens in a new window)</span>',
        '<span class="screen-reader-text"> Opens in a new tab.</span>',
        '<span class="u-visuallyHidden"> link</span>',
        '<span class="a11y-hidden"> PDF, 2 MB</span>',
        "<span hidden> not shown</span>",
        '<i style="display: none">pop-up text</i>',
        '<span style="position: absolute; left: -9999px">(external link)</span>',
        '<span style="position:absolute;clip:rect(0,0,0,0)">(external link)</span>',
        "<span style='display:none'>window.q = window.q || []; q.push({slot: 'in-text', size: [300, 250]});</span>",
        '<span class="loader" hidden>(function(){ var s = document.createElement("script"); })();</span>',
    ],
)
def test_what_is_added_for_screen_readers_or_scripts_isnt_text(addition):
    """Neither within a sentence nor as a paragraph of its own."""
    page = page_of(f'<p>See <a href="/report">the report{addition}</a> of the lights board, which has ten pages.</p>')
    expected = [FIRST, "See the report of the lights board, which has ten pages.", SECOND, THIRD]
    assert article_of(page).text.split("\n\n") == expected
    assert article_of(page_of(f"<p>{addition}</p>")).text.split("\n\n") == [FIRST, SECOND, THIRD]


@pytest.mark.parametrize(
    "script", ['var ads = ads || []; ads.push({"slot": 7});', "function load() { document.write('x'); } load();"]
)
def test_a_script_in_a_hidden_block_isnt_text(script):
    """Loaders put their code into elements that aren't shown."""
    assert script not in article_of(page_of(f'<div style="display:none">{script}</div>')).text


@pytest.mark.parametrize(
    "hidden", [f'<p><span style="display:none">{PROSE}</span></p>', f'<p class="not-sr-only">{PROSE}</p>']
)
def test_hidden_prose_stays(hidden):
    """It is the article's own, behind a button."""
    assert PROSE in article_of(page_of(hidden)).text


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("Leucht\u00adturm\u00adwärter", "Leuchtturmwärter"),
        ("wide\u200bband\ufeff and\u2060so", "wideband andso"),
        ("港の\u200b灯台", "港の灯台"),
        ("light\u200chouse", "lighthouse"),
        ("می\u200cروند", "می\u200cروند"),
        ("क्\u200dष श्री\u200cमान", "क्\u200dष श्री\u200cमान"),
        ("ខ្ញុំ\u200bទៅ\u200bផ្សារ", "ខ្ញុំ\u200bទៅ\u200bផ្សារ"),
        ("ไป\u200bตลาด", "ไป\u200bตลาด"),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_invisible_characters_leave_the_text_where_no_word_needs_them(raw, read):
    """Soft hyphens and zero-width spaces go; Khmer and Thai words, Persian and Hindi letters keep theirs."""
    assert without_invisible(raw) == clean(raw) == read
    assert f"{read} x {THIRD}" in article_of(page_of(f"<p>{raw} x {THIRD}</p>")).text


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ('<noscript><img src="/i/lamp.jpg" alt="Lamp"></noscript><div class=lazy></div>', "/i/lamp.jpg"),
        ('<img src="data:image/gif;base64,R0"><noscript><img src="/i/lamp.jpg"></noscript>', "/i/lamp.jpg"),
        ('<img src="/i/lamp.jpg?w=20&blur=5" data-srcset="/i/lamp.jpg?w=300 300w, /i/lamp.jpg?w=900 900w">', "?w=900"),
        ('<img src="/i/lamp-32x18.jpg" srcset="/i/lamp,s.jpg 300w,/i/lamp,l.jpg 900w">', "/i/lamp,l.jpg"),
        ('<img src="/i/lqip/lamp.jpg" data-lazy-src="/i/lamp.jpg">', "/i/lamp.jpg"),
        ('<picture><source data-srcset="/i/l.webp 2x"><img src="data:image/gif;base64,R0"></picture>', "/i/l.webp"),
        ('<img src="/i/spinner.gif" data-hi-res="/i/lamp.jpg?v=2">', "/i/lamp.jpg?v=2"),
        ('<img src="/i/1px.png" data-src="/i/l.jpg?w=20&blur=9" data-srcset="/i/l.jpg?w=900 900w">', "?w=900"),
        ('<img src="/i/lamp.jpg?w=60">', "/i/lamp.jpg?w=60"),
        ('<img src="/i/lamp.jpg" srcset="/i/lamp-2.jpg 2x">', "/i/lamp.jpg"),
    ],
)
def test_a_picture_is_the_one_that_is_loaded_late_not_what_stands_for_it(image, url):
    """Browsers without scripts, lazy loaders' attributes, blurred previews."""
    (found,) = article_of(page_of(f"<figure>{image}</figure>")).images
    assert found.url.startswith("https://cape.example/i/")
    assert found.url.endswith(url)


def test_a_counter_for_browsers_without_scripts_is_no_picture():
    """It has neither description nor the name of a file."""
    assert article_of(page_of('<noscript><img src="https://count.example/p?c1=2&c2=7"></noscript>')).images == ()


@pytest.mark.parametrize("cell", ["<ul><li>04:10</li><li>16:40</li></ul>", "<ol><li>04:10<li>16:40</ol>"])
def test_lists_in_the_cells_of_a_table_are_read(cell):
    """As short as their items are."""
    row = "<tr><td>Monday</td><td>{}</td></tr>"
    table = f"<table><tr><th>Day</th><th>Hours</th></tr>{row.format(cell)}{row.format('<ul><li>05:20</ul>')}</table>"
    text = article_of(page_of(f"<h2>Hours of the light</h2>{table}")).text
    assert all(hour in text for hour in ("Monday", "04:10", "16:40", "05:20"))


@pytest.mark.parametrize(
    "element",
    [
        '<abbr class="published" title="2026-05-18T21:40:00+02:00">9:40 PM</abbr>',
        '<abbr title="2026-05-18">Monday</abbr>',
        '<span class="value-title" title="2026-05-18T21:40:00+02:00">Monday evening</span>',
    ],
)
def test_an_abbreviated_date_is_read_from_its_title(element):
    """As blogs in hAtom write it."""
    published = article_of(page_of(f'<div class="post-footer"><span>at {element}</span></div>')).published
    assert published is not None
    assert published.day == date(2026, 5, 18)


@pytest.mark.parametrize(
    ("printed", "day"),
    [("۳ یولیو ۲۰۱۴", date(2014, 7, 3)), ("12 ينایر 2021", date(2021, 1, 12)), ("۱۲ تیر ۱۳۹۳", date(2014, 7, 3))],
)
def test_persian_pages_print_arabic_months_too(printed, day):
    """Those are of the Gregorian calendar, Persian ones of their own."""
    published = article_of(page_of("", lang="fa").replace("<p>", f"<p class=date>{printed}</p><p>", 1)).published
    assert published is not None
    assert published.day == day


def test_a_live_report_that_scripts_draw_is_read_from_its_declaration():
    """Its posts with their headlines; it began with the first and was changed with the last."""
    posts = [
        {"@type": "BlogPosting", "headline": "Lit", "datePublished": "2026-05-18T21:40:00Z", "articleBody": FIRST},
        {"@type": "BlogPosting", "headline": "Lens", "datePublished": "2026-05-18T19:05:00Z", "articleBody": SECOND},
        {"@type": "BlogPosting", "datePublished": "2026-05-18T18:00:00Z", "articleBody": THIRD},
    ]
    node = {"@type": "LiveBlogPosting", "headline": "Upper light burns again", "liveBlogUpdate": posts}
    head = f'<title>Upper light burns again</title><script type="application/ld+json">{json.dumps(node)}</script>'
    page = f"<html lang=en><head>{head}</head><body><h1>Upper light burns again</h1></body></html>"
    found = extract(page.encode(), "https://cape.example/live/upper-light-burns-again", SEEN_AT)
    assert found.page_kind is PageKind.LIVE
    assert found.article is not None
    assert found.article.text.split("\n\n") == ["Lit", FIRST, "Lens", SECOND, THIRD]
    assert str(found.article.published_at) == "2026-05-18 18:00:00+00:00"
    assert str(found.article.modified_at) == "2026-05-18 21:40:00+00:00"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("The well-known harbour’s wall cost 3.5 million.", 7),
        ("“Oui”, dit-elle… – l'été, ça y est !", 6),
        ("ein ½ m² große Straße • und_so weiter", 7),
        ("a.b.c d--e 'f' g-", 5),
        ("Стена у гавани починена, по-моему.", 5),
        ("Η αποβάθρα – “έτοιμη”", 3),
        ("港の壁が直された", 4),
        ("the wall 港壁 stands", 4),
    ],
)
def test_words_are_counted_alike_in_all_scripts(text, words):
    """A word may be joined by an apostrophe, a stop or a hyphen; without spaces two characters count as one."""
    assert count_words(text) == words
