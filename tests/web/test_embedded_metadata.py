"""Zotero takes an article from its page: held against the rules of its public translators (support/zotero_rules)."""

from dataclasses import replace

import pytest

from talkscraper.model import Author, AuthorKind
from tests.support.archives import SITE, extraction, published, store
from tests.support.zotero_rules import from_coins, from_tags

TITLE = 'Wall & quay: "the <b>harbour</b>" holds'


def page_of(built, serve, *authors, title=TITLE, **fields):
    capture = built.respond(f"{SITE}/posts/1", "2025-10-28T10:00:00", "<p>x")
    found = extraction(f"{SITE}/posts/1", title, "The harbour wall holds.", site_name="The Daily", **fields)
    found = replace(found, article=replace(found.article, authors=tuple(authors)))
    article_id = store(built, capture, found, "quay")
    built.done()
    return serve(built.folder).get(f"/article/{article_id}").text


def person(name):
    return Author(name=name)


@pytest.mark.parametrize("read", [from_tags, from_coins])
def test_the_item_is_a_newspaper_article_with_its_fields(built, serve, read):
    authors = person("Ann Reed"), person("Jan van der Berg"), person("Juan Carlos van den Bos")
    press = Author(name="Harbour; Press, Ltd", kind=AuthorKind.ORGANISATION)
    item = read(
        page_of(built, serve, *authors, press, person("Madonna"), published=published("2025-10-28"), language="nl")
    )
    assert (item.kind, item.title, item.url) == ("newspaperArticle", TITLE, f"{SITE}/posts/1")
    assert (item.publication, item.language, item.date.replace("/", "-")) == ("The Daily", "nl", "2025-10-28")
    people = [("Reed", "Ann"), ("van der Berg", "Jan"), ("van den Bos", "Juan Carlos")]
    assert item.creators[:3] == people
    assert [(family.replace(";", "").replace(",", ""), given) for family, given in item.creators[3:]] == [
        ("Harbour Press Ltd", ""), ("Madonna", "")
    ]  # fmt: skip


def test_what_is_not_known_is_left_out_and_a_hostile_title_stays_a_value(built, serve):
    page = page_of(built, serve, title='"><script>alert(1)</script>\nER  - ')
    item = from_tags(page)
    assert (item.date, item.creators) == ("", [])
    assert "<script>alert" not in page
    assert from_coins(page).title == item.title == '"><script>alert(1)</script> ER  -'
