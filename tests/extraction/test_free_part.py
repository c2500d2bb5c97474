"""The part of an article before a paywall: what of it is found, and when a text counts as a part."""

import json
from datetime import UTC, datetime

import pytest

from talkscraper import Access, Extraction, PageKind, extract

URL = "https://quay.test/2026/11/02/lighthouse-keeper-retires"
TITLE = "The last lighthouse keeper retires"
TEASER = "For forty years he lit the lamp by hand, and on Sunday he climbed the two hundred steps for the last time."
REST = (
    "The lamp has been run by a small computer since the summer, which sits in the cellar and is cooled by the tide.",
    "“It never sleeps, and it never looks out of the window,” the keeper says, and pours another cup of his black tea.",
    "His log fills ninety volumes; the harbour museum has asked for them, and he hasn't made up his mind about it yet.",
    "Ships that passed on Sunday sounded their horns three times, and the pilots' boat lay below the rock until dusk.",
    "The house next to the tower is to be let to guests from spring, who will have to carry their own coal upstairs.",
    "Whether the foghorn stays is open: the fishermen want it, and the owners of the new flats on the point do not.",
    "He is going to live with his sister, a mile inland, where one can't hear the sea and the nights are entirely dark.",
    "Asked what he will miss, he thinks for a while, and then he says that it is the noise of the stairs in a storm.",
)
CLOSED = {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": "main .for-readers"}


def declared(**fields: object) -> str:
    node = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": TITLE,
        "datePublished": "2026-11-02T07:00:00Z",
        "author": {"@type": "Person", "name": "Wanda Priest"},
        **fields,
    }
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def read(content: str, head: str = "", *, title: str = TITLE, url: str = URL) -> Extraction:
    page = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | The Quay</title>{head}</head><body>'
        f'<header><a href="/">The Quay</a> <a href="/in">Sign in</a></header><main><article><h1>{title}</h1>{content}'
        "</article></main><footer>© The Quay</footer></body></html>"
    )
    return extract(page.encode(), url, datetime(2026, 11, 3, tzinfo=UTC))


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


GATE = '<div class="offer"><h2>Subscribe to keep reading</h2><p>From £1 a week. Cancel at any time.</p></div>'

LOGIN = """<p>Sign in to continue reading.</p><form>
<p>Enter the address that you gave us and the password that you chose.</p><input type=email><input type=password></form>"""

STUBS = {
    "JSON-LD says that it isn't free": (paragraphs(TEASER), declared(isAccessibleForFree=False)),
    "in a word": (paragraphs(TEASER), declared(isAccessibleForFree="False")),
    "by schema.org's address": (paragraphs(TEASER), declared(isAccessibleForFree="https://schema.org/False")),
    "microdata says so": (
        paragraphs(TEASER),
        '<meta itemprop="isAccessibleForFree" content="false"><meta property="og:type" content="article">',
    ),
    "a locked tier": (paragraphs(TEASER), '<meta property="article:content_tier" content="locked">'),
    "a metered tier": (paragraphs(TEASER), '<meta property="article:content_tier" content="metered">'),
    "a closed section with the gate in it": (
        f'{paragraphs(TEASER)}<div class="for-readers">{GATE}</div>',
        declared(isAccessibleForFree=False, hasPart=CLOSED),
    ),
    "nothing declared, the text breaks off": (paragraphs(f"{TEASER[:-1]} …") + GATE, ""),
    "the gate stands first": (GATE + paragraphs(TEASER), declared()),
    "only the summary": (GATE, declared(isAccessibleForFree=False) + f'<meta name="description" content="{TEASER}">'),
}


@pytest.mark.parametrize("name", STUBS)
def test_a_stub_is_an_article_of_its_teaser(name: str) -> None:
    """A page with headline and teaser gives an article: paywalled, truncated, without the words of the gate."""
    found = read(*STUBS[name])
    assert found.page_kind is PageKind.PAYWALL_STUB
    article = found.article
    assert article is not None
    assert (article.title, article.access, article.truncated) == (TITLE, Access.PAYWALLED, True)
    assert article.text.rstrip(" …") in TEASER
    assert len(article.text) > 90
    rules = {each.field: each.rule for each in found.provenance}
    assert rules["text"]
    assert rules["access"] != "none"


def test_authors_and_date_of_a_stub_are_found() -> None:
    """What the page declares of the whole article is kept with the teaser."""
    article = read(*STUBS["JSON-LD says that it isn't free"]).article
    assert article is not None
    assert [each.name for each in article.authors] == ["Wanda Priest"]
    assert article.published_at == datetime(2026, 11, 2, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "gate",
    [
        "Dieser Artikel ist nur für Abonnenten.", "La suite est réservée aux abonnés", "Suscríbete para seguir leyendo",
        "Articol disponibil doar pentru abonați", "Članak dostupan je samo pretplatnicima", "Само за абонати",
        "Материал доступен только подписчикам", "Матеріал доступний лише передплатникам", "متاح للمشتركين فقط",
        "ویژه مشترکان", "पढ़ने के लिए सब्सक्राइब करें", "この記事は有料会員限定です", "訂閱後繼續閱讀", "구독자 전용",
        "Đăng ký để đọc tiếp", "สมัครสมาชิกเพื่ออ่านต่อ", "Berlangganan untuk melanjutkan membaca", "Tikai abonentiem",
        "Tik prenumeratoriams", "Ainult tellijatele", "Len pre predplatiteľov", "Aðeins fyrir áskrifendur",
    ],
)  # fmt: skip
def test_a_gate_is_known_in_its_language(gate: str) -> None:
    """The notice ends the text, and makes a stub of a page that declares nothing about access."""
    head = '<meta property="article:published_time" content="2026-11-02T07:00:00Z">'
    found = read(f"{paragraphs(TEASER)}<div><p>{gate}</p></div>", head)
    assert found.page_kind is PageKind.PAYWALL_STUB
    assert found.article is not None
    assert found.article.text == TEASER


@pytest.mark.parametrize(
    ("content", "head", "access"),
    [
        (paragraphs(TEASER, *REST), declared(isAccessibleForFree=False), Access.PAYWALLED),
        (
            f'{paragraphs(TEASER)}<div class="for-readers">{paragraphs(*REST)}</div><div class="paywall">{GATE}</div>',
            declared(isAccessibleForFree=False, hasPart=CLOSED),
            Access.PAYWALLED,
        ),
        (paragraphs(TEASER, *REST), '<meta property="article:content_tier" content="metered">', Access.METERED),
        (paragraphs(TEASER, *REST) + GATE, '<meta property="article:content_tier" content="free">', Access.OPEN),
        (paragraphs(TEASER, *REST) + GATE, "", None),
    ],
)
def test_a_whole_text_is_no_part_whatever_is_declared(content: str, head: str, access: Access | None) -> None:
    """Markup of a paywall, or an overlay, around a text that is there makes no part of it."""
    article = read(content, head).article
    assert article is not None
    assert (article.access, article.truncated) == (access, False)
    assert REST[-1] in article.text


@pytest.mark.parametrize(
    ("content", "head"),
    [
        (
            f'{paragraphs(TEASER, *REST)}<div class="for-readers">{GATE}</div>',
            declared(isAccessibleForFree=False, hasPart=[CLOSED]),
        ),
        (paragraphs(TEASER, *REST) + GATE, declared(isAccessibleForFree=False, hasPart=CLOSED)),
        (paragraphs(TEASER, *REST)[:-5] + "…</p>" + GATE, ""),
        (paragraphs(TEASER, *REST), declared(isAccessibleForFree=False, wordCount=1900)),
    ],
)
def test_a_long_free_part_is_an_article_marked_truncated(content: str, head: str) -> None:
    """Several free paragraphs before the gate: the closed section isn't there, or the text breaks off."""
    found = read(content, head)
    assert found.page_kind is PageKind.ARTICLE
    assert found.article is not None
    assert (found.article.access, found.article.truncated) == (Access.PAYWALLED, True)
    assert "week" not in found.article.text


@pytest.mark.parametrize(
    ("content", "title", "url"),
    [
        (GATE, TITLE, URL),
        (LOGIN, "Welcome back", "https://quay.test/login"),
        ("<p>From £1 a week you read all that we write.</p><p>Subscribe to continue reading</p>", "Our offers", URL),
        (paragraphs(TEASER) + GATE, "Subscribe to continue reading", URL),
    ],
    ids=["no teaser", "login", "offers", "the gate's own headline"],
)  # fmt: skip
def test_walls_without_headline_or_teaser_are_no_article(content: str, title: str, url: str) -> None:
    """A wall that shows nothing of an article gives none."""
    assert read(content, title=title, url=url).article is None
