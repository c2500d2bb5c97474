"""Single rules of telling pages apart, and what they must never do."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talkscraper.extraction.kinds import KindVerdict, classify, classify_early
from talkscraper.extraction.kinds.cards import cards_of, prose_paragraphs
from talkscraper.extraction.kinds.paywalls import declared_not_free, gate_of
from talkscraper.extraction.kinds.visible_page import SHORT, VisiblePage, weight
from talkscraper.extraction.page import Page
from talkscraper.model import PageKind

CAPTURED = datetime(2025, 10, 29, 12, 0, tzinfo=UTC)
PROSE = "The harbour wall held through the night, although the tide rose higher than the engineers had planned. " * 4


def page(markup: str | bytes, url: str = "https://news.example.com/2025/wall", **headers: str) -> Page:
    body = markup if isinstance(markup, bytes) else markup.encode()
    return Page.read(body, url, CAPTURED, headers or {"content-type": "text/html; charset=utf-8"})


def article(text: str = PROSE, head: str = "") -> str:
    return f"<html><head><title>Wall</title>{head}</head><body><h1>Wall holds</h1><p>{text}</p></body></html>"


def test_an_article_is_one_with_its_reason() -> None:
    """Plain prose under a headline is an article, and the verdict says how much there is."""
    found = page(article())
    assert classify_early(found) is None
    assert classify(found, PROSE, title="Wall holds") == KindVerdict(
        PageKind.ARTICLE, f"“Wall holds” with {len(PROSE.strip())} characters"
    )


@pytest.mark.parametrize(("status", "kind"), [(404, PageKind.NOT_FOUND), (410, PageKind.NOT_FOUND)])
def test_a_status_that_says_gone_decides(status: int, kind: PageKind) -> None:
    """Whatever such a page shows, the server says that there is no such page."""
    verdict = classify_early(page(article()), status)
    assert verdict is not None
    assert verdict.kind == kind


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_whole_article_survives_a_wrong_status(status: int) -> None:
    """Some newsrooms send articles with an error's status: long text isn't a wall."""
    found = page(article(PROSE * 12))
    assert classify_early(found, status) is None
    assert classify(found, PROSE * 12, status=status).kind == PageKind.ARTICLE


def test_header_rules_need_a_short_page() -> None:
    """A challenge header on a long page is a left-over; on a short one it is the wall."""
    short = page("<html><body><p>x</p></body></html>", **{"content-type": "text/html", "cf-mitigated": "challenge"})
    long = page(article(PROSE * 12), **{"content-type": "text/html", "cf-mitigated": "challenge"})
    assert classify_early(short) == KindVerdict(PageKind.BLOCKED, "Cloudflare answered (cf-mitigated)")
    assert classify_early(long) is None


def test_a_declared_article_is_never_a_wall_or_a_consent_page() -> None:
    """Short news about walls with structured data stays an article."""
    head = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Access denied","datePublished":"2025-10-28"}</script>'
    text = (
        "Access denied: the harbour gates were shut. Please verify you are a human, said the sign that a joker put up."
    )
    found = page(article(text, head))
    assert classify_early(found) is None
    assert classify(found, text, title="Access denied").kind == PageKind.ARTICLE


def test_short_texts_are_articles_from_250_characters_or_when_declared() -> None:
    """The limit holds for pages that declare nothing; a declared article needs 80."""
    declared = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Wall","datePublished":"2025-10-28"}</script>'
    assert classify(page(article("x" * 300)), "x" * 250).kind == PageKind.ARTICLE
    assert classify(page(article("x" * 300)), "x" * 249).kind == PageKind.EMPTY
    assert classify(page(article("x" * 300, declared)), "x" * 80).kind == PageKind.ARTICLE
    assert classify(page(article("x" * 300, declared)), "x" * 79).kind == PageKind.EMPTY


def test_japanese_says_more_in_fewer_characters() -> None:
    """Chinese, Japanese and Korean characters weigh 2.5 letters."""
    assert weight("abc") == 3
    assert weight("港の防波堤") == 12
    assert weight("") == 0


@pytest.mark.parametrize("value", ["false", "False", False, "no"])
def test_not_free_is_understood_as_pages_write_it(value: object) -> None:
    """isAccessibleForFree comes as a boolean and as words."""
    written = str(value).lower() if isinstance(value, bool) else f'"{value}"'
    head = f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"W","isAccessibleForFree":{written}}}</script>'
    assert declared_not_free(VisiblePage(page(article(head=head))))


def test_a_declaration_alone_makes_no_stub_of_a_whole_article() -> None:
    """Nearly all articles that declare themselves closed carry their whole text."""
    head = '<meta property="article:content_tier" content="metered"><meta property="og:type" content="article">'
    found = page(article(PROSE * 4, head))
    assert classify(found, PROSE * 4).kind == PageKind.ARTICLE
    assert gate_of(VisiblePage(found)) is None


def test_cards_and_the_share_of_a_text_that_comes_out_of_them() -> None:
    """Linked headlines with their teasers are cards; links in menus and in sentences aren't."""
    cards = "".join(
        f'<div><h3><a href="/{i}">A headline about harbour number {i}</a></h3><p>Teaser {i} that says a little more about it.</p></div>'
        for i in range(5)
    )
    menu = '<nav><a href="/a">A rather long entry of the menu</a></nav>'
    sentence = f'<p>{PROSE} <a href="/b">a link inside of a sentence</a> {PROSE}</p>'
    found = page(f"<html><body>{menu}<main>{cards}</main>{sentence}</body></html>")
    result = cards_of(found.tree)
    assert result.count == 5
    assert result.share_of("A headline about harbour number 3\n\nTeaser 3 that says a little more about it.") == 1.0
    assert result.share_of(PROSE) == 0.0
    assert prose_paragraphs(found.tree) == 1


def test_visible_text_leaves_out_scripts_and_stops_where_walls_end() -> None:
    """What scripts and templates hold isn't seen; of long pages it is enough to know that they are long."""
    short = page(
        "<html><body><script>var a='hidden'</script><template>t</template><p>seen</p> tail<noscript>n</noscript></body></html>"
    )
    assert VisiblePage(short).text == "seen tail"
    assert VisiblePage(short).noscript == "n"
    assert VisiblePage(page(article("word " * SHORT))).text is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"%PDF-1.4 ...", "text/html"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b'{"a": [1, 2]}', "text/html"),
        (b"BEGIN:VCALENDAR", "text/calendar"),
    ],
)
def test_files_are_told_by_their_bytes(body: bytes, content_type: str) -> None:
    """A file called HTML is still a file."""
    verdict = classify_early(page(body, **{"content-type": content_type}))
    assert verdict is not None
    assert verdict.kind == PageKind.NOT_HTML


def test_html_called_plain_text_is_a_page() -> None:
    """The header alone refuses nothing."""
    found = page(article(PROSE), **{"content-type": "text/plain"})
    assert classify_early(found) is None
    assert classify(found, PROSE).kind == PageKind.ARTICLE


@pytest.mark.parametrize(
    "url",
    [
        "",
        "::",
        "http://[",
        "https://",
        "javascript:1",
        "https://e.com/" + "a/" * 5000,
        "https://e.com/?" + "q=1&" * 5000,
    ],
)
def test_addresses_of_any_shape_are_borne(url: str) -> None:
    """No URL breaks the verdict."""
    found = page(article(), url)
    assert (classify_early(found) or classify(found, PROSE)).kind in PageKind


TAGS = st.sampled_from(
    ["div", "p", "h1", "h2", "a", "article", "nav", "footer", "time", "span", "button", "section", "li", "script"]
)
WORDS = st.sampled_from(
    [
        "Page not found",
        "Accept all",
        "cookies",
        "Just a moment...",
        "28 October 2025",
        "Subscribe to continue",
        "…",
        "",
        "Access denied",
        "live",
        "x" * 300,
    ]
)


@st.composite
def markup(draw: st.DrawFn) -> str:
    """A page of random nesting out of the words that the rules look for."""
    parts = []
    for _ in range(draw(st.integers(0, 40))):
        tag = draw(TAGS)
        attribute = draw(
            st.sampled_from(["", " class='date'", " class='paywall'", " href='/x'", " hidden", " class='related'"])
        )
        parts.append(f"<{tag}{attribute}>{draw(WORDS)}" + (f"</{tag}>" if draw(st.booleans()) else ""))
    return "<html><body>" + "".join(parts)


@settings(max_examples=200, deadline=None)
@given(markup(), st.sampled_from([None, 200, 403, 404, 503]))
def test_any_page_gets_one_verdict_and_always_the_same(text: str, status: int | None) -> None:
    """Random pages neither fail nor change their verdict, and a refusal has a reason."""
    found = page(text)
    first = classify_early(found, status) or classify(found, "", status=status)
    second = classify_early(page(text), status) or classify(page(text), "", status=status)
    assert first == second
    assert first.reason
