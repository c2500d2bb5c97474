"""Search: what is found, in which order, with which marks, facets and timeline."""

from datetime import UTC, datetime, timedelta

import pytest

from talkscraper.errors import QueryError
from talkscraper.model import Author, Precision
from talkscraper.store import match as searching
from talkscraper.store.database import open_reader
from talkscraper.store.export import rows
from talkscraper.store.facets import Facet, facets
from talkscraper.store.match import SearchRequest
from talkscraper.store.search import search
from talkscraper.store.snippets import CLOSE, OPEN
from talkscraper.store.timeline import timeline
from tests.support.row_archives import START, article, published


def add(archive, number, text, **fields):
    return archive.page(
        article(f"https://news.test/{number}", text, **{"title": f"Piece {number}", **fields})
    ).article_id


def found(archive, text="", **fields):
    connection = open_reader(archive.path)
    try:
        return [hit.article_id for hit in search(connection, SearchRequest(text=text, **fields)).hits]
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("日本経済は成長した。", "経済"),
        ("東京都知事が会見した。", "東京都知事"),
        ("政府は", "政"),
        ("经济政策调整", "经济政策"),
        ("정부는 경제 정책을 발표했다", "정부"),
        ("정부는 경제정책을 발표했다", "경제 정책"),
        ("เศรษฐกิจไทยเติบโต", "เศรษฐกิจ"),
        ("หุ้นไทย", "ไทย"),
        ("ຂ່າວເສດຖະກິດ", "ເສດຖະກິດ"),
        ("Un café à São Paulo", "cafe sao"),
        ("Die Straße nach Köln", "koln"),
        ("ＡＢＣ社の発表", "ABC"),
        ("ﾆｭｰｽ速報", "ニュース"),
        ("हिन्दी समाचार", "हिन्दी"),
        ("وَزير المالية", "وزير"),
        ("The U.S. economy", "U.S."),
        ("covid-19 again", "covid-19"),
        ("don’t panic", "don't"),
        ("harbouring", "harbour*"),
    ],
)
def test_words_are_found_as_readers_of_the_language_expect(archive, text, query):
    wanted = add(archive, 1, text)
    add(archive, 2, "something else entirely")
    assert found(archive, query) == [wanted]
    connection = open_reader(archive.path)
    (hit,) = search(connection, SearchRequest(text=query)).hits
    connection.close()
    assert OPEN in hit.snippet
    assert hit.snippet.count(OPEN) == hit.snippet.count(CLOSE)


def test_fields_narrow(archive):
    archive.writer.run(
        lambda db: db.execute("insert into sources (id, name, homepage) values ('daily', 'The Daily', 'h')")
    )
    a = archive.store(
        archive.capture("https://news.test/a", START),
        article("https://news.test/a", "wall", section="World News"),
        source_id="daily",
    ).article_id
    b = add(archive, 2, "wall", language="pt-BR", authors=(Author(name="Bob Ito"),), title="A gate")
    assert (
        found(archive, "source:daily")
        == [a]
        == found(archive, source="daily")
        == found(archive, 'section:"world news"')
    )
    assert found(archive, "lang:pt") == [b] == found(archive, language="pt-BR") == found(archive, "author:ito")
    assert (
        found(archive, "title:gate") == [b] == found(archive, "wall", title="gate") == found(archive, author="bob ito")
    )
    assert found(archive, "wall -source:daily") == [b]
    assert found(archive, "-gate") == [a]
    assert found(archive, "ito author:reed") == []


def test_days_are_the_printed_ones_and_inclusive(archive):
    # 23:30 on the 27th in Nairobi is 20:30 UTC; 01:00 on the 28th there is still the 27th in UTC
    late = datetime(2025, 10, 27, 22, 0, tzinfo=UTC)
    ids = [
        add(archive, 1, "wall", published=published(datetime(2025, 10, 26, 12, tzinfo=UTC))),
        add(
            archive,
            2,
            "wall",
            published=published(late, offset=180).__class__(
                instant=late, precision=Precision.MINUTE, day=datetime(2025, 10, 28).date(), offset_minutes=180
            ),
        ),
        add(archive, 3, "wall", published=published(datetime(2025, 10, 28, tzinfo=UTC), Precision.DAY)),
        add(archive, 4, "wall", published=None),
    ]
    assert set(found(archive, "wall", since="2025-10-28")) == {ids[1], ids[2], ids[3]}
    assert found(archive, "wall", until="2025-10-27") == [ids[0]]
    assert found(archive, "wall since:2025-10-26 until:2025-10-26") == [ids[0]]
    assert set(found(archive, since="2025", until="2025")) == set(ids)


def test_newest_first_follows_the_printed_time_and_pages_meet(archive):
    times = [START + timedelta(hours=n) for n in (5, 1, 9, 3, 7)]
    ids = {moment: add(archive, n, "wall", published=published(moment)) for n, moment in enumerate(times)}
    wanted = [ids[moment] for moment in sorted(times, reverse=True)]
    for order, expected in (("newest", wanted), ("best", None)):
        connection = open_reader(archive.path)
        seen, after = [], None
        while True:
            page = search(connection, SearchRequest(text="wall", order=order, limit=2, after=after))
            assert page.total == 5
            assert page.total_is_exact
            seen += [hit.article_id for hit in page.hits]
            after = page.next_cursor
            if after is None:
                break
        connection.close()
        assert sorted(seen) == sorted(wanted)
        assert expected is None or seen == expected


def test_best_first_prefers_the_title_and_says_when_it_ranked_only_the_newest(archive, monkeypatch):
    add(archive, 1, "a wall among very many other words that say nothing about it")
    best = add(archive, 2, "words", title="The wall")
    assert found(archive, "wall")[0] == best
    monkeypatch.setattr(searching, "LISTED", 1)
    connection = open_reader(archive.path)
    page = search(connection, SearchRequest(text="wall"))
    connection.close()
    assert "newest 1 matches" in page.notes[0]


def test_a_source_that_is_not_there_is_named_with_the_nearest(archive):
    """An empty answer would look like a quiet newsroom; case doesn't matter, and one that is there is passed over."""
    add(archive, 1, "the wall")
    known = "daily"
    archive.writer.run(
        lambda db: db.execute(
            "insert into sources (id, name, homepage) values ('daily', 'Daily', 'https://news.test/')"
        )
    )
    connection = open_reader(archive.path)
    try:
        notes = [
            search(connection, request).notes
            for request in (
                SearchRequest(text=f"wall source:{known}x"),
                SearchRequest(text="wall source:(nope OR zzz)"),
                SearchRequest(source="nope"),
                SearchRequest(text=f"wall source:{known.upper()}"),
            )
        ]
    finally:
        connection.close()
    assert notes == [
        (f"the archive has no articles of a source '{known}x'; did you mean '{known}'?",),
        ("the archive has no articles of a source 'nope'", "the archive has no articles of a source 'zzz'"),
        ("the archive has no articles of a source 'nope'",),
        (),
    ]


@pytest.mark.parametrize("after", ["x", "1,2,3", "1e5", "99999999999999999999999"])
def test_a_made_up_cursor_is_refused(archive, after):
    add(archive, 1, "wall")
    for order in ("best", "newest"):
        with pytest.raises(QueryError):
            found(archive, "wall", order=order, after=after)


def test_facets_count_the_matches(archive):
    add(archive, 1, "wall", section="World")
    add(archive, 2, "wall", language="de")
    add(archive, 3, "gate")
    connection = open_reader(archive.path)
    counts = facets(connection, SearchRequest(text="wall"))
    connection.close()
    assert counts.by_filter["language"] == (Facet(value="de", count=1), Facet(value="en", count=1))
    assert counts.by_filter["section"] == (Facet(value="World", count=1),)
    assert counts.year == (Facet(value="2025", count=2),)
    assert counts.is_complete


@pytest.mark.parametrize(("few", "helping"), [(20_000, 0), (0, 0), (0, 2)])
def test_the_timeline_leaves_no_month_out_and_knows_the_share(archive, monkeypatch, few, helping):
    """However it counts: by listing, by asking the index bucket after bucket, or over several connections."""
    from talkscraper.store import match_counts

    monkeypatch.setattr(match_counts, "_FEW", few)
    add(archive, 1, "wall", published=published(datetime(2025, 8, 3, tzinfo=UTC)))
    add(archive, 2, "gate", published=published(datetime(2025, 8, 9, tzinfo=UTC)))
    add(archive, 3, "wall", published=published(datetime(2025, 10, 1, tzinfo=UTC)))
    connection = open_reader(archive.path)
    helpers = [open_reader(archive.path) for _ in range(helping)]
    months = timeline(connection, [SearchRequest(text="wall")], unit="month", helpers=helpers).series[0].points
    weeks = timeline(connection, [SearchRequest(text="wall")], unit="week").series[0].points
    days = timeline(connection, [SearchRequest(text="wall", since="2025-08")], unit="day", helpers=helpers)
    for each in (connection, *helpers):
        each.close()
    assert [(str(each.start), each.matches, each.total) for each in months] == [
        ("2025-08-01", 1, 2),
        ("2025-09-01", 0, 0),
        ("2025-10-01", 1, 1),
    ]
    assert months[0].share == 0.5
    assert {each.start.weekday() for each in weeks} == {0}
    assert sum(each.matches for each in weeks) == sum(each.matches for each in days.series[0].points) == 2


def test_a_reader_can_search_but_not_write_or_attach(archive):
    import sqlite3

    add(archive, 1, "wall")
    connection = open_reader(archive.path)
    assert connection.execute("select count(*) from articles_fts where articles_fts match 'wall'").fetchone()[0] == 1
    for statement in (
        "delete from articles",
        "create table x (y)",
        "attach ':memory:' as other",
        "pragma writable_schema = 1",
        "update sqlite_master set sql = ''",
        "insert into articles_fts (articles_fts) values ('rebuild')",
    ):
        with pytest.raises(sqlite3.DatabaseError):
            connection.execute(statement)
    connection.close()


def test_marks_stand_on_whole_words_and_controls_are_taken_out(archive):
    add(archive, 1, "The wall, the \x02wall\x03 and wallpaper.")
    connection = open_reader(archive.path)
    (hit,) = search(connection, SearchRequest(text="wall")).hits
    connection.close()
    assert hit.snippet == f"The {OPEN}wall{CLOSE}, the {OPEN}wall{CLOSE} and wallpaper."


def test_the_snippet_is_the_passage_with_most_of_the_words(archive):
    filler = "nothing to see here. " * 60
    add(archive, 1, f"A wall. {filler}The harbour wall broke. {filler}")
    connection = open_reader(archive.path)
    (hit,) = search(connection, SearchRequest(text="harbour wall")).hits
    connection.close()
    assert f"{OPEN}harbour{CLOSE} {OPEN}wall{CLOSE} broke" in hit.snippet
    assert len(hit.snippet) < 300


def test_a_number_narrows_every_answer(archive, monkeypatch):
    """Hits in both orders, totals beyond the list, facets, the timeline and exports agree on ``words:``."""
    monkeypatch.setattr(searching, "LISTED", 3)
    for number in range(1, 11):
        add(archive, number, "wall " * number, section=f"s{number % 2}")
    connection = open_reader(archive.path)
    for order in ("best", "newest"):
        page = search(connection, SearchRequest(text="wall words:>2 words:<=8", order=order))
        assert page.total == 6
        assert page.total_is_exact
    assert {hit.word_count for hit in search(connection, SearchRequest(text="words:2..4")).hits} == {2, 3, 4}
    counts = facets(connection, SearchRequest(text="words:9.."))
    assert counts.by_filter["section"] == (Facet(value="s0", count=1), Facet(value="s1", count=1))
    (point,) = timeline(connection, [SearchRequest(text="wall words:<4")], unit="month").series[0].points
    assert (point.matches, point.total) == (3, 3)
    for text in ("words:10", "wall words:10"):
        assert [row["word_count"] for row in rows(connection, SearchRequest(text=text), since_indexed=START)] == [10]
    connection.close()


def test_a_number_is_looked_up_in_an_index_that_covers_it(archive):
    """The rows, whose texts are long, aren't read to compare a number."""
    add(archive, 1, "wall")
    connection = open_reader(archive.path)
    condition, values = searching.prepare(SearchRequest(text="wall words:>0")).where(0, 2**62)
    plan = connection.execute(f"explain query plan select rowid from articles_fts where {condition}", values).fetchall()
    assert any("COVERING INDEX articles_word_count" in row["detail"] for row in plan)
    connection.close()
