"""Which authors a declared or printed value names."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

import talkscraper
from talkscraper.extraction.name_lists import authors_named
from talkscraper.extraction.names import name_in
from talkscraper.model import AuthorKind
from tests.support.pages import FERRY_MARKUP

AT = datetime(2026, 3, 1, tzinfo=UTC)


def names(value: str, kind: AuthorKind | None = None) -> list[str]:
    """The names in one value."""
    return [author.name for author in authors_named([value], set(), kind)]


def page(author: object = None, *, byline: str = "", after: str = "") -> list[str]:
    """The authors of a page that declares one in JSON-LD, prints a byline, or has boxes after its article."""
    node = {"@type": "NewsArticle", "headline": "Ferry returns to the lake", "author": author}
    script = f'<script type="application/ld+json">{json.dumps(node)}</script>' if author else ""
    body = f"<main><article><h1>Ferry returns to the lake</h1>{byline}{FERRY_MARKUP}</article>{after}</main>"
    html = f"<html lang=en><head><title>Ferry returns to the lake</title>{script}</head><body>{body}</body></html>"
    found = talkscraper.extract(html.encode(), "https://courier.example/news/ferry", AT)
    assert found.article is not None
    return [a.name for a in found.article.authors]


@pytest.mark.parametrize(
    "name",
    [
        "Tyler A Brook", "Inés Prado y Luna", "Jordi Pla i Font", "Rui Melo e Castro", "Juan y Pedro", "高橋和希",
        "与那嶺翔", "田中さと子", "ジョン・スミス", "约翰·史密斯", "Marcel·la Pons", "Le Lac et AFP", "Ola Kern (oke)",
        "Nora Null", "Greta Guest", "Carlos Editor", "April Reed", "Min Park", "Martin Kern III", "Kern, Ola",
    ],
)  # fmt: skip
def test_one_person_s_name_is_one_person(name):
    """Whatever letters or words in it separate names elsewhere."""
    assert names(name, AuthorKind.PERSON) == [name]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("Ana Ruiz y Tom Poe", ["Ana Ruiz", "Tom Poe"]),
        ("Ana Ruiz, Tom Poe and Eva Gil", ["Ana Ruiz", "Tom Poe", "Eva Gil"]),
        ("Иван Лесной и Анна Полева", ["Иван Лесной", "Анна Полева"]),
        ("Lê Văn An và Trần Thị Hoa", ["Lê Văn An", "Trần Thị Hoa"]),
        ("张海和李四", ["张海", "李四"]),
        ("山田海斗と佐藤花子", ["山田海斗", "佐藤花子"]),
        ("김바다·이하늘 기자", ["김바다", "이하늘"]),
        ("Joe Kern, Sr., Tara Reed, MD", ["Joe Kern, Sr.", "Tara Reed, MD"]),
        ("Tara Reed, MD, FAXO & Joe Kern, Jr.", ["Tara Reed, MD, FAXO", "Joe Kern, Jr."]),
        ("Tara Reed, Political Editor", ["Tara Reed"]),
        ("Tara Reed | Staff Writer", ["Tara Reed"]),
        ("Tara Reed – Chefredakteurin", ["Tara Reed"]),
        ("Tara Reed, Lindmouth", ["Tara Reed"]),
        ("Tara Reed, New York", ["Tara Reed"]),
        ("Tara Reed, AFP", ["Tara Reed", "AFP"]),
        ("November 18, 2026", []),
        ("18 novembre 2026", []),
        ("Staff Writer", []),
        ("Guest Author", []),
    ],
)
def test_names_are_told_from_degrees_jobs_places_and_dates(value, wanted):
    """A degree stays with its name; the rest is left out."""
    assert names(value) == wanted


@pytest.mark.parametrize("name", ["Ani Reed", "Emil Post", "Pap Kern"])
def test_a_declared_person_stays_one_whose_name_has_an_organisation_s_word(name):
    """Only the whole name, or an agency's in capitals, says otherwise."""
    assert [a.kind for a in authors_named([name], set(), AuthorKind.PERSON)] == [AuthorKind.PERSON]
    assert [a.kind for a in authors_named(["ANI"], set(), AuthorKind.PERSON)] == [AuthorKind.ORGANISATION]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("By Jan Kernhoff", "Jan Kernhoff"),
        ("By April Reed November 18, 2026", "April Reed"),
        ("By Min Park in Seoul", "Min Park"),
        ("Von Mai Nguyen 18. Mai 2026", "Mai Nguyen"),
        ("By Tara Reed Senior Autos Reporter", "Tara Reed"),
        ("Tara Reed Updated 3 May", "Tara Reed"),
    ],
)
def test_a_month_ends_a_printed_name_only_before_a_number(line, wanted):
    """Months, and little words, are names as well."""
    assert name_in(line) == wanted


@pytest.mark.parametrize(
    "author",
    [
        {"@type": "Person", "givenName": "Ola", "familyName": "Kern"},
        {"@type": "Person", "name": {"@type": "Person", "name": "Ola Kern"}},
        {"@type": "Person", "name": [{"@value": "Ola Kern", "@language": "en"}]},
        {"@type": "Role", "author": {"@type": "Person", "name": "Ola Kern"}},
        [[{"@type": "Person", "name": "Ola Kern"}]],
    ],
)
def test_names_in_nodes_of_any_form_are_read(author):
    """What schema.org allows, and what sites make of it."""
    assert page(author) == ["Ola Kern"]


def test_teasers_bylines_are_not_this_page_s():
    """With a byline of its own the page has that, without one none."""
    teasers = "".join(
        f'<div class="river"><h3><a href="/other-{n}">Another story {n}</a></h3>'
        f'<div class="byline"><a href="/author/{name}" rel="author">{name.title()} Reed</a></div></div>'
        for n, name in enumerate(("tara", "joe"))
    )
    own = '<div class="byline"><a href="/author/ola-kern" rel="author">Ola Kern</a></div>'
    assert page(byline=own, after=teasers) == ["Ola Kern"]
    assert page(after=teasers) == []
