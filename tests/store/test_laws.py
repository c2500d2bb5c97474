"""Laws of the store: any order of captures gives equal tables, twice is as once, and what enters comes back."""

import json
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talkscraper.model import Author, AuthorKind, Image, PageKind, RecordType
from talkscraper.store.articles import delete_article
from talkscraper.store.database import open_reader
from talkscraper.store.match import SearchRequest
from talkscraper.store.search import search
from talkscraper.store.text_values import storable
from tests.support.row_archives import START, RowArchive, article, digest_of, extraction_of, published

FEW = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
HOUR = timedelta(hours=1)
LONG = " ".join(f"word{number}" for number in range(80))
TEXTS = ["Nine boats sank.", "Ten boats sank.", "Nine boats sank, she said.", LONG, LONG + " end", "東京都の経済"]

LOOKS = st.lists(
    st.tuples(
        st.integers(0, 2),  # which address
        st.integers(0, 30),  # hour
        st.sampled_from(TEXTS),
        st.sampled_from(["Title", "Title!", "Another"]),
        st.sampled_from([None, 0, 20]),  # modified, in hours
        st.booleans(),  # no article
    ),
    max_size=8,
    unique_by=lambda look: (look[0], look[1]),
)


def store_all(archive: RowArchive, looks) -> None:
    for address, hour, text, title, modified, none in looks:
        url = f"https://news.test/{address}"
        at = START + hour * HOUR
        capture = archive.capture(url, at, warc_offset=address * 1000 + hour, body=f"{text}{title}{modified}{none}")
        what = article(
            url, text, title=title, modified=None if modified is None else published(START + modified * HOUR)
        )
        archive.store(capture, None, now=START, extraction=extraction_of(None if none else what))


def tables(archive: RowArchive) -> dict:
    hidden = {"seq"}
    return {
        name: [
            {column: value for column, value in row.items() if column not in hidden}
            for row in archive.rows(f"select * from {name} order by {order}")
        ]
        for name, order in (
            ("articles", "id"), ("revisions", "article_id, number"), ("images", "article_id, position"), ("aliases", "url"),
            ("provenance", "article_id, field"), ("article_days", "source_id, day"), ("captures", "id"),
        )
    }  # fmt: skip


def found(archive: RowArchive, text: str) -> set[str]:
    connection = open_reader(archive.path)
    try:
        return {hit.article_id for hit in search(connection, SearchRequest(text=text, order="newest")).hits}
    finally:
        connection.close()


@FEW
@given(looks=LOOKS, data=st.data())
def test_any_order_gives_equal_tables(make, looks, data):
    one, other = make(), make()
    store_all(one, looks)
    store_all(other, data.draw(st.permutations(looks)))
    assert tables(one) == tables(other)
    for word in ("nine", "ten", "経済", "word3", "end"):
        assert found(one, word) == found(other, word)


@FEW
@given(looks=LOOKS)
def test_storing_everything_twice_changes_nothing(make, looks):
    archive = make()
    store_all(archive, looks)
    before = tables(archive)
    store_all(archive, looks)
    assert tables(archive) == before


@FEW
@given(looks=LOOKS)
def test_revisions_tell_what_was_there_at_each_moment(make, looks):
    """At the time of each capture, the last revision up to then has the text that the capture shows."""
    archive = make()
    store_all(archive, looks)
    for address, hour, text, title, _, none in looks:
        if none:
            continue
        at = (START + hour * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
        row = archive.row(
            "select r.* from revisions r join articles a on a.id = r.article_id where a.url = ? and r.captured_at <= ?"
            " order by r.number desc limit 1",
            f"https://news.test/{address}",
            at,
        )
        assert (row["text"], row["title"]) == (text, title)


@FEW
@given(looks=LOOKS)
def test_deleting_everything_leaves_nothing(make, looks):
    archive = make()
    store_all(archive, looks)
    for row in archive.rows("select id from articles"):
        archive.writer.run(delete_article, row["id"])
    for table in ("articles", "revisions", "images", "provenance", "aliases", "article_days"):
        assert archive.rows(f"select * from {table}") == []
    words = archive.writer.run(
        lambda db: [
            db.execute("create virtual table if not exists temp.words using fts5vocab(main, articles_fts, row)"),
            db.execute("select count(*) from temp.words").fetchone()[0],
        ][1]
    )
    assert words == 0


ANY = st.text(alphabet=st.characters(codec=None), max_size=60)


@FEW
@given(
    title=st.none() | ANY, text=ANY, names=st.lists(ANY.filter(bool), max_size=3), tags=st.lists(ANY, max_size=3),
    url=ANY, caption=ANY, section=st.none() | ANY, language=st.none() | st.text(max_size=12),
)  # fmt: skip
def test_what_enters_comes_back_and_hostile_strings_break_nothing(
    make, title, text, names, tags, url, caption, section, language
):
    """NUL, lone surrogates, private characters and controls come back as U+FFFD or as they are; search still works."""
    archive = make()
    what = article(
        f"https://news.test/{url}", text, title=title, authors=tuple(Author(name=name, kind=AuthorKind.PERSON) for name in names),
        tags=tuple(tags), section=section, language=language, images=(Image(url=url, caption=caption),),
        text_digest=digest_of(text),
    )  # fmt: skip
    stored = archive.page(what)
    row = archive.row("select * from articles")
    assert (row["title"], row["text"], row["section"]) == (storable(title), storable(text), storable(section))
    assert json.loads(row["authors"]) == [storable(name) for name in names]
    assert json.loads(row["tags"]) == [storable(tag) for tag in tags]
    assert row["text_digest"] == digest_of(storable(text))
    assert archive.row("select caption from images")["caption"] == storable(caption)
    connection = open_reader(archive.path)
    (hit,) = search(connection, SearchRequest(text="-unlikelyword")).hits
    connection.close()
    assert hit.article_id == stored.article_id
    assert archive.writer.run(delete_article, stored.article_id)


def test_a_huge_text_goes_in_and_is_found(archive):
    text = "経済" * 200_000 + " needle " + "x" * 1_000_000
    stored = archive.page(article(text=text))
    assert found(archive, "needle") == {stored.article_id} == found(archive, "経済")


@FEW
@given(orders=st.permutations(range(4)))
def test_copies_form_the_same_cluster_in_any_order(make, orders):
    texts = [LONG, LONG + " one more sentence", "quite another text " * 30, "HEADLINE " + LONG]
    texts[2] = " ".join(f"other{number}" for number in range(90))
    archive = make()
    for number in orders:
        archive.page(article(f"https://site{number}.test/", texts[number]))
    rows = archive.rows("select url, cluster_id, cluster_why from articles order by url")
    joined = [row for row in rows if row["cluster_id"]]
    assert [row["url"] for row in joined] == ["https://site0.test/", "https://site1.test/", "https://site3.test/"]
    assert len({row["cluster_id"] for row in joined}) == 1
    assert all("word triples shared" in row["cluster_why"] for row in joined)


def test_a_live_blog_revisited_and_a_listing_are_stored_in_any_order(make):
    """Kinds of pages and revisits mix without depending on the order."""
    results = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        archive = make()
        first = archive.capture("https://news.test/a", START, warc_offset=1, body="same")
        again = archive.capture(
            "https://news.test/a",
            START + 2 * HOUR,
            warc_offset=2,
            body="same",
            record_type=RecordType.REVISIT,
            refers_to=first.id,
        )
        between = archive.capture("https://news.test/a", START + HOUR, warc_offset=3)
        steps = [
            lambda made=archive, capture=first: made.store(capture, article(text="first"), now=START),
            lambda made=archive, capture=again: made.add(capture),
            lambda made=archive, capture=between: made.store(
                capture, None, now=START, extraction=extraction_of(article(text="between"), PageKind.LIVE)
            ),
        ]
        for step in order:
            steps[step]()
        rows = tables(archive)
        assert [row["text"] for row in rows["revisions"]] == ["first", "between", "first"]
        for row in rows["articles"]:
            row.pop("indexed_at")
        results.append(rows)
    assert results[0] == results[1] == results[2]
