"""Matches by the time at which they were indexed, for feeds and alerts: the same whether few or many match."""

from datetime import timedelta

import pytest

from talkscraper.store import new_matches
from talkscraper.store.database import open_reader
from talkscraper.store.match import SearchRequest
from tests.support.row_archives import START, article

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("few", [5_000, 0])
@pytest.mark.parametrize("query", ["harbour", "harbour -wall", ""])
def test_pages_follow_one_another_by_time_of_indexing(archive, monkeypatch, few, query):
    """Printed days run backwards; pages hold each match once, the newest in the archive first."""
    monkeypatch.setattr(new_matches, "FEW", few)
    monkeypatch.setattr(new_matches, "BATCHES", (3, 100))
    expected = []
    for number in range(30):
        text = f"The harbour of {number}." if number % 3 else f"Other things of {number}."
        archive.page(article(f"https://news.test/{number}", text, title="Story"), START + (number // 2) * MINUTE)
        if number % 3 or not query:
            expected.append(f"https://news.test/{number}")
    connection = open_reader(archive.path)
    seen, times, before = [], [], None
    while True:
        page = new_matches.new_matches(connection, SearchRequest(text=query), limit=4, before=before)
        seen += [each.url for each in page.matches]
        times += [each.indexed_at for each in page.matches]
        before = page.next_cursor
        if before is None:
            break
    assert sorted(seen) == sorted(expected)
    assert times == sorted(times, reverse=True)
    later = new_matches.new_matches(connection, SearchRequest(text=query), limit=100, since=times[3])
    assert {each.url for each in later.matches} == {url for url, at in zip(seen, times, strict=True) if at >= times[3]}
    connection.close()
