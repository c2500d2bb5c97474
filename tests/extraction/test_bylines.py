"""Where authors are found on a page, and what beside them isn't one."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

import talkscraper
from tests.support.pages import FERRY_MARKUP

AT = datetime(2026, 3, 1, tzinfo=UTC)
TITLE = "Ferry Returns Today to Lake"


def names(*, head: str = "", above: str = "", byline: str = "", below: str = "", declared: object = None) -> list[str]:
    """The authors of a page, by what stands where."""
    node = {"@type": "NewsArticle", "headline": TITLE, "author": declared}
    script = f'<script type="application/ld+json">{json.dumps(node)}</script>' if declared else ""
    html = (
        f'<html lang=en><head><title>{TITLE}</title><meta property="og:site_name" content="Lake Courier">{head}{script}'
        f"</head><body><article>{above}<h1>{TITLE}</h1>{byline}{FERRY_MARKUP}{below}</article></body></html>"
    )
    found = talkscraper.extract(html.encode(), "https://courier.example/news/ferry", AT)
    assert found.article is not None
    return [author.name for author in found.article.authors]


@pytest.mark.parametrize(
    "label",
    [
        "Written by", "Verfasst von", "Geschrieben von", "Écrit par", "Escrito por", "Scritto da", "Geschreven door",
        "Napisane przez", "Написано автором", "Yazan", "Skriven av", "Skrevet af", "Autor", "作者", "撰写者",
    ],
)  # fmt: skip
def test_the_labels_for_previews_name_the_author(label):
    """WordPress writes "Written by" for them in the site's language, first or second."""
    reading = (
        '<meta name="twitter:label{0}" content="Est. reading time"><meta name="twitter:data{0}" content="4 minutes">'
    )
    author = f'<meta name="twitter:label{{0}}" content="{label}"><meta name="twitter:data{{0}}" content="Ola Kern">'
    assert names(head=author.format(1) + reading.format(2)) == ["Ola Kern"]
    assert names(head=reading.format(1) + author.format(2)) == ["Ola Kern"]


def test_labels_that_name_no_author_are_none():
    """A reading time, a price."""
    head = '<meta name="twitter:label1" content="Reading time"><meta name="twitter:data1" content="Four Minutes">'
    assert names(head=head) == []


@pytest.mark.parametrize("label", ["By", "By:", "Written by", "Von", "Par", "Por", "Di", "Door"])
def test_a_label_in_a_box_of_its_own_is_followed_by_the_name(label):
    """Card layouts set each piece apart."""
    assert names(byline=f"<div><div>{label}</div><div>Ola Kern</div><div>|</div><div>1 March</div></div>") == [
        "Ola Kern"
    ]


def test_the_headline_is_no_author():
    """It may stand right under a box that is named after the author, or begin with capitals."""
    assert names(above="<div class=date-and-author>Feb 27, 2026</div>") == []
    assert names(above="<div class=author></div><div class=byline>By</div>") == []


def test_the_newspaper_is_no_author_beside_its_writers():
    """It is the publisher; a news agency beside them stays, and so does the newspaper by itself."""
    kern, courier = {"@type": "Person", "name": "Ola Kern"}, {"@type": "Organization", "name": "Lake Courier"}
    assert names(declared=[kern, courier]) == ["Ola Kern"]
    assert names(declared=[kern, {"@type": "Organization", "name": "Reuters"}]) == ["Ola Kern", "Reuters"]
    assert names(declared=courier) == ["Lake Courier"]


def test_the_footer_of_an_article_may_name_its_author():
    """Themes set the byline below the text."""
    link = '<a rel=author href="/author/ola">Ola Kern</a>'
    assert names(below=f"<footer class=entry-meta><p>{link}</p></footer>") == ["Ola Kern"]


def test_meta_elements_with_one_inverted_name_each_are_as_many_persons():
    """As bibliographies write them."""
    values = ("Kern, Ola", "Poe, Tom", "Gil, Eva")
    head = "".join(f'<meta name="citation_author" content="{value}">' for value in values)
    assert names(head=head) == [*values]
