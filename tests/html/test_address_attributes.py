"""The table of attributes that hold addresses."""

import re

import pytest
from lxml import html

from talkscraper.html.address_attributes import LAZY, ROWS, TABLE, Form, Role, attributes_of
from talkscraper.html.parser import parse
from talkscraper.replay.address_rewriter import Context
from talkscraper.replay.html_rewrite import rewrite_html

ARCHIVED = re.compile(r"/web/20250101000000([a-z]{2}_)?/http://evil\.example/x")


def _of(markup):
    element = html.fragment_fromstring(markup)
    return [(found.attribute, found.role, found.form) for found in attributes_of(element)]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<a href=x ping='y z'></a>", [("href", Role.LINK, Form.URL), ("ping", Role.BEACON, Form.SPACES)]),
        ("<img src=x srcset='y 2x'>", [("src", Role.IMAGE, Form.URL), ("srcset", Role.IMAGE, Form.SRCSET)]),
        ("<amp-img data-lazy=x></amp-img>", [("data-lazy", Role.IMAGE, Form.URL)]),
        ("<td background=x style='y'></td>", [("background", Role.IMAGE, Form.URL), ("style", Role.IMAGE, Form.CSS)]),
        ("<iframe src=x srcdoc=y></iframe>", [("src", Role.FRAME, Form.URL), ("srcdoc", Role.FRAME, Form.DOCUMENT)]),
        ("<input type=IMAGE src=x>", [("src", Role.IMAGE, Form.URL)]),
        ("<input src=x>", [("src", Role.OTHER, Form.URL)]),
        ("<meta http-equiv=Refresh content='0;url=x'>", [("content", Role.LINK, Form.REFRESH)]),
        ("<meta property=og:image content=x>", []),
        ("<p title=x class=y data-other=z></p>", []),
        ("<use xlink:href=x></use>", [("xlink:href", Role.IMAGE, Form.URL)]),
        ("<link rel='alternate stylesheet' href=x>", [("href", Role.STYLE, Form.URL)]),
        ("<link rel=preload as=font href=x>", [("href", Role.FONT, Form.URL)]),
        ("<link rel=preload as=image imagesrcset=x>", [("imagesrcset", Role.IMAGE, Form.SRCSET)]),
        ("<link rel='shortcut icon' href=x>", [("href", Role.IMAGE, Form.URL)]),
        ("<link rel=modulepreload href=x>", [("href", Role.SCRIPT, Form.URL)]),
        ("<link rel=canonical href=x>", [("href", Role.LINK, Form.URL)]),
        ("<link rel=dns-prefetch href=x>", [("href", Role.HINT, Form.URL)]),
        ("<link rel=stylesheet src=x>", [("src", Role.OTHER, Form.URL)]),
    ],
)
def test_an_attribute_has_a_role_by_its_element(markup, expected):
    """And by another attribute where HTML says so."""
    assert _of(markup) == expected


def test_an_attribute_has_one_row_for_an_element():
    """No row hides another."""
    pairs = [(element, name) for row in TABLE for element in row.elements.split() for name in row.names.split()]
    assert len(pairs) == len(set(pairs))
    assert {name for _, name in pairs} == set(ROWS)
    assert LAZY["src"][:2] == ("data-src", "data-original")


@pytest.mark.parametrize(
    ("element", "name", "form"),
    [(element, name, row.form) for row in TABLE for element in row.elements.split() for name in row.names.split()],
)
def test_no_attribute_of_the_table_leads_outside_after_rewriting(element, name, form):
    """Each is in the archive or gone, but for those that only a script would read."""
    address = "http://evil.example/x"
    value = {Form.CSS: f"url({address})", Form.REFRESH: f"0;url={address}", Form.DOCUMENT: f"<img src={address}>"}
    tag = "p" if element == "*" else element
    condition = "type=image" if tag == "input" else "http-equiv=refresh" if tag == "meta" else "rel=stylesheet"
    page = f"<body><{tag} {condition} {name}='{value.get(form, address)}'></{tag}></body>".encode()
    shown = rewrite_html(page, "text/html", Context(url="http://quay.example/", timestamp="20250101000000"))
    for shown_element in parse(shown.decode())[0].iter():
        for attribute, text in shown_element.items():
            if attribute not in (*LAZY["src"], *LAZY["srcset"]):
                assert "evil" not in ARCHIVED.sub("", text)
