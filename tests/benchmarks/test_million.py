"""The archive that searches are measured on can be made with the tables and filters of today."""

from contextlib import closing

import million

from talkscraper.store.database import open_reader
from talkscraper.store.match import SearchRequest
from talkscraper.store.search import search


def test_made_articles_are_found_by_a_filter(tmp_path):
    """Some of them copies of others: a filter finds the articles whose column has its value, and no others."""
    path = million.make(tmp_path / "made", 60, copied=0.3)
    with closing(open_reader(path)) as connection:
        german = {row[0] for row in connection.execute("select id from articles where language = 'de'")}
        found = {hit.article_id for hit in search(connection, SearchRequest(text="language:de", limit=60)).hits}
        assert connection.execute("select 1 from articles where cluster_id is not null").fetchone()
    assert german and found == german
