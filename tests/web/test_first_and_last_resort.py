"""Pages of an archive that has nothing, or one article, and what is shown when a page can't be made."""

import sqlite3

import pytest

from talkscraper.web import changes_page
from tests.support.archives import SITE, extraction, published, store

PAGES = (
    "/", "/?q=wall", "/timeline", "/timeline?q=wall&by=language", "/kwic?q=wall", "/changes", "/sources",
    "/collections", "/help", "/feed.atom", "/changes.atom", "/api/search?q=wall", "/api/timeline?q=wall",
)  # fmt: skip


def test_every_page_of_an_empty_archive_is_shown(built, serve):
    """And the front page has no heading over nothing."""
    served = serve(built.done())
    assert {path: served.get(path).status for path in PAGES} == dict.fromkeys(PAGES, 200)
    front = served.get("/").text
    assert "The archive is empty." in front
    assert ">Sources</h2>" not in front


def test_every_page_of_an_archive_with_one_article_is_shown(built, serve):
    """The comparison of its one revision says that there is nothing to compare."""
    found = extraction(f"{SITE}/a", "Only", "One wall.", published=published("2025-10-03"))
    article_id = store(built, built.respond(f"{SITE}/a", "2025-10-03", "<p>x"), found, "quay")
    served = serve(built.done())
    assert {path: served.get(path).status for path in PAGES} == dict.fromkeys(PAGES, 200)
    assert ">Sources</h2>" in served.get("/").text
    assert "one revision against itself" in served.get(f"/article/{article_id}/diff").text


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (RuntimeError("a secret of /srv/archive"), 500, "Something is wrong"),
        (sqlite3.OperationalError("interrupted"), 503, "Not possible just now"),
    ],
)
def test_a_page_that_can_not_be_made_is_a_page_that_says_so(built, serve, monkeypatch, error, status, said):
    """With the menu of the room and a way on, nothing of the machine; the server goes on."""
    served = serve(built.done())

    def broken(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(changes_page, "changes", broken)
        reply = served.get("/changes")
    assert (reply.status, said in reply.text, 'href="/timeline"' in reply.text) == (status, True, True)
    assert "secret" not in reply.text
    assert "Traceback" not in reply.text
    assert served.get("/changes").status == 200
