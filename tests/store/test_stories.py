"""Copies collapsed: each story is one hit, whatever the filters, the order and the size of the pages."""

from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talkscraper.model import Precision
from talkscraper.store import export, match, search
from talkscraper.store.articles import hide_article
from talkscraper.store.database import open_reader
from talkscraper.store.match import SearchRequest
from talkscraper.store.timeline import timeline
from tests.support.row_archives import START, article, published

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def text(story, word="harbour"):
    return f"{word} " + " ".join(f"story{story}word{number} of{number % 7}" for number in range(40))


def store(
    archive, number, story, source, *, hours=0, word="harbour", prefix="", precision=Precision.SECOND, when=START
):
    what = article(
        f"https://{source}.test/{number}",
        prefix + text(story, word),
        title=f"Story {story}",
        published=published(when + timedelta(hours=hours), precision) if hours is not None else None,
    )
    capture = archive.capture(what.url, START + timedelta(days=99, minutes=number))
    return archive.store(capture, what, source_id=source).article_id


def pages(connection, request_of, limit):
    """All hits, page by page."""
    hits, after = [], None
    while True:
        page = search.search(connection, request_of(limit=limit, after=after))
        assert len(page.hits) <= limit
        hits += page.hits
        after = page.next_cursor
        if after is None:
            return hits
        assert len(page.hits) == limit


@FEW
@given(
    planted=st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from("abc"), st.integers(0, 60), st.sampled_from(["harbour", "quay"])),
        min_size=1,
        max_size=24,
    ),
    query=st.sampled_from(
        ["harbour", "", "quay OR harbour", "source:a", '"story1word1 of1"', "harbour since:2025-10-29"]
    ),
    order=st.sampled_from(["best", "newest", "oldest"]),
    source=st.sampled_from([None, "a", "b"]),
    limit=st.integers(1, 7),
    listed=st.sampled_from([1, 2, 5, 1500]),
)
def test_every_matching_story_is_on_one_page_once(make, planted, query, order, source, limit, listed):
    """Also beyond the matches that are listed at once; and every other match is among the copies of a hit."""
    archive = make()
    for number, (story, paper, hours, word) in enumerate(planted):
        store(archive, number, story, paper, hours=hours, word=word)
    with closing(open_reader(archive.path)) as connection, pytest.MonkeyPatch.context() as patch:
        cluster = dict(connection.execute("select id, coalesce(cluster_id, id) from articles").fetchall())

        def request(copies="collapse", **more):
            return SearchRequest(text=query, source=source, order=order, copies=copies, **more)

        every = [hit.article_id for hit in pages(connection, lambda **more: request("all", **more), 500)]
        if order != "best":
            patch.setattr(match, "LISTED", listed)
            patch.setattr(match, "COUNTED", listed + 1)
        hits = pages(connection, request, limit)
        shown = [hit.article_id for hit in hits]
        wanted = list(dict.fromkeys(cluster[each] for each in every))
        assert [cluster[each] for each in shown] == wanted
        # each is the first of its story in the order of all hits
        assert shown == [next(each for each in every if cluster[each] == story) for story in wanted]
        for hit in hits:
            others = {each for each in every if cluster[each] == cluster[hit.article_id]} - {hit.article_id}
            assert {copy.article_id for copy in hit.copies} == others
        rows = list(export.rows(connection, request()))
        assert sorted(cluster[row["id"]] for row in rows) == sorted(wanted)
        for series in timeline(connection, [request()], unit="day").series:
            assert series.matches == sum(point.matches for point in series.points) == len(wanted)
            assert all(0 <= point.matches <= point.total for point in series.points)


@pytest.fixture
def connection(archive):
    archive.writer.run(
        lambda db: db.execute(
            "insert into sources (id, name, homepage) values ('post', 'The Post', 'https://post.test/')"
        )
    )
    store(archive, 1, 1, "post", hours=5)
    store(archive, 2, 1, "wire", hours=1, prefix="TOWN (AP) — ")
    store(archive, 3, 1, "echo", hours=9)
    store(archive, 4, 2, "echo", hours=2)
    with closing(open_reader(archive.path)) as reader:
        yield reader


def test_a_story_names_its_copies_the_first_publisher_and_the_agency(connection):
    page = search.search(connection, SearchRequest(text="harbour", order="newest", copies="collapse"))
    story, other = page.hits
    assert (page.total, page.total_is_exact) == (2, True)
    assert (story.source_id, story.also_in, story.agency) == ("echo", ("wire", "The Post"), "AP")
    assert (story.first.source_id, story.first.published_at) == ("wire", "2025-10-28T10:00:00Z")
    assert (other.copies, other.first) == ((), None)


def test_a_story_whose_newest_copy_a_filter_leaves_out_is_still_found(connection):
    page = search.search(connection, SearchRequest(text="harbour", source="post", copies="collapse"))
    assert [(hit.source_id, hit.copies) for hit in page.hits] == [("post", ())]
    page = search.search(connection, SearchRequest(text="harbour -source:echo", order="newest", copies="collapse"))
    assert [(hit.source_id, hit.also_in) for hit in page.hits] == [("post", ("wire",))]


def test_an_export_has_the_first_publisher_of_each_story(connection):
    rows = export.rows(connection, SearchRequest(text="harbour", copies="collapse"))
    assert [row["source_id"] for row in rows] == ["echo", "wire"]
    ids = list(export.article_ids(connection, SearchRequest(text="harbour", copies="collapse")))
    assert len(ids) == 2


def test_without_collapsing_nothing_changes(connection):
    page = search.search(connection, SearchRequest(text="harbour"))
    assert (page.total, [hit.copies for hit in page.hits]) == (4, [()] * 4)
    assert len(list(export.rows(connection, SearchRequest(text="harbour")))) == 4


def test_a_hidden_article_is_nobodys_copy(archive):
    hidden = store(archive, 1, 1, "post", hours=1)
    store(archive, 2, 1, "echo", hours=2)
    archive.writer.run(hide_article, hidden, now=START)
    with closing(open_reader(archive.path)) as reader:
        (hit,) = search.search(reader, SearchRequest(copies="collapse")).hits
    assert (hit.source_id, hit.copies) == ("echo", ())


def test_a_day_without_a_time_is_not_first_at_midnight(archive):
    store(archive, 1, 1, "echo", hours=1)
    store(archive, 2, 1, "post", hours=0, precision=Precision.DAY)
    store(archive, 3, 1, "undated", hours=None)
    with closing(open_reader(archive.path)) as reader:
        (row,) = export.rows(reader, SearchRequest(copies="collapse"))
    assert row["source_id"] == "echo"
