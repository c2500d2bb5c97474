"""What changed: kinds of revisions, articles that were gone and back, the list of changes, and the words of a query."""

import json
from contextlib import closing
from datetime import timedelta
from itertools import permutations

import pytest
import sqlite_utils

from talkscraper.cli.main import main
from talkscraper.errors import QueryError
from talkscraper.fields import CHANGE_KINDS, by_significance
from talkscraper.model import RecordType
from talkscraper.store import articles, migrations
from talkscraper.store.changes import ChangesRequest, all_changes, changes
from talkscraper.store.content import Content
from talkscraper.store.correction_notes import is_corrected
from talkscraper.store.database import open_reader, open_writer
from talkscraper.store.diff import kinds_of
from talkscraper.store.match import SearchRequest
from talkscraper.store.search import search
from tests.support.older_archives import as_before
from tests.support.row_archives import START, article

DAY = timedelta(days=1)
BODY = "The council met on Thursday about the wall. It will cost 340,000, the harbour master said.\n\nBoats stay."


def found(path, text):
    connection = open_reader(path)
    try:
        return {hit.url for hit in search(connection, SearchRequest(text=text)).hits}
    finally:
        connection.close()


def listed(path, **wanted):
    connection = open_reader(path)
    try:
        return [(each.kind, each.url, each.at[:10]) for each in changes(connection, ChangesRequest(**wanted)).changes]
    finally:
        connection.close()


@pytest.fixture
def changed(archive):
    """An article with a changed figure, then a headline; one with a correction; one unchanged."""
    archive.page(article("https://news.test/a", BODY))
    archive.page(article("https://news.test/a", BODY.replace("340", "430")), START + DAY)
    archive.page(
        article("https://news.test/a", BODY.replace("340", "430"), title="The wall costs more"), START + 2 * DAY
    )
    archive.page(article("https://news.test/b", BODY + " Nets dry."))
    archive.page(
        article("https://news.test/b", BODY + " Nets dry.\n\nCorrection: an earlier version named another day."),
        START + 40 * DAY,
    )
    archive.page(article("https://news.test/c", "Nothing happened here at all."))
    return archive


def test_the_list_of_changes_is_by_time_kind_source_and_day(changed):
    """Newest first; each kind of a revision finds it; pages follow one another without gap or repetition."""
    assert listed(changed.path) == [
        ("correction", "https://news.test/b", "2025-12-07"),
        ("headline", "https://news.test/a", "2025-10-30"),
        ("number", "https://news.test/a", "2025-10-29"),
    ]
    assert [each[0] for each in listed(changed.path, kind="corrections")] == ["correction"]
    assert [each[0] for each in listed(changed.path, kind="addition")] == ["correction"]
    assert [each[0] for each in listed(changed.path, since="2025-10-30", until="2025-11")] == ["headline"]
    assert listed(changed.path, source="other") == []
    connection = open_reader(changed.path)
    pages, after = [], None
    while True:
        page = changes(connection, ChangesRequest(limit=1, after=after))
        pages += [each.kind for each in page.changes]
        after = page.next_cursor
        if after is None:
            break
    assert pages == ["correction", "headline", "number"]
    (figure,) = changes(connection, ChangesRequest(kind="number")).changes
    assert [piece for piece in figure.words[0] if piece[0] != "equal"] == [("delete", "340,000"), ("insert", "430,000")]
    assert len(list(all_changes(connection, ChangesRequest()))) == 3
    for wrong in ({"kind": "numberz"}, {"since": "x"}, {"after": "x"}):
        with pytest.raises(QueryError):
            changes(connection, ChangesRequest(**wrong))
    connection.close()


@pytest.mark.parametrize(
    ("query", "urls"),
    [
        ("change:number", "a"), ("change:headline", "a"), ("change:correction", "b"), ("change:quote", ""),
        ("change:(number OR correction)", "ab"), ("wall -change:number", "bc"), ("revised:2025-10", "a"),
        ("revised:2025-10-30", "a"), ("revised:2025", "ab"), ("revised:2025-12-7", "b"), ("revised:>2", "a"),
        ("revised:>1", "ab"), ("revised:1", "c"), ("revised:no", "c"), ("revised:yes", "ab"), ("gone:yes", ""),
        ("gone:no", "abc"), ("-revised:yes", "c"), ("revised:(2025-10 OR 2025-12)", "ab"), ("wall revised:2024", ""),
    ],
)  # fmt: skip
def test_the_query_language_finds_articles_by_their_changes(changed, query, urls):
    assert found(changed.path, query) == {f"https://news.test/{name}" for name in urls}


@pytest.mark.parametrize(
    "query", ["change:sauce", "revised:soon", "gone:>1", "wall OR revised:>1", "-revised:>1", "gone:2025-13"]
)
def test_a_value_that_means_nothing_is_refused(changed, query):
    with pytest.raises(QueryError):
        found(changed.path, query)


def test_gone_and_back_are_the_same_events_in_whatever_order_captures_arrive(archive, tmp_path):
    """Looks on days 0 and 4, notices on days 2, 3 and 6: gone on 2, back on 4, gone on 6."""
    steps = [(0, "look"), (2, "notice"), (3, "notice"), (4, "look"), (6, "notice")]
    seen = set()
    for number, order in enumerate(permutations(steps[1:])):
        url = f"https://news.test/{number}"
        for day, what in [steps[0], *order]:
            capture = archive.capture(
                url, START + day * DAY, status=200 if what == "look" else 410, body=f"{url} {what}"
            )
            if what == "look":
                archive.store(capture, article(url, f"Text of {number}."))
            else:
                archive.add(capture)
                archive.writer.run(
                    articles.mark_gone, url, reason="answered 410", now=capture.captured_at, capture_id=capture.id
                )
        rows = archive.rows(
            "select e.kind, e.at, e.reason from article_events e join articles a on a.id = e.article_id"
            " where a.url = ? order by e.at",
            url,
        )
        seen.add(tuple((row["kind"], row["at"][:10], row["reason"]) for row in rows))
        row = archive.row("select gone_at, change_kinds from articles where url = ?", url)
        seen.add((row["gone_at"][:10], row["change_kinds"]))
    assert seen == {
        (("gone", "2025-10-30", "answered 410"), ("back", "2025-11-01", None), ("gone", "2025-11-03", "answered 410")),
        ("2025-11-03", '["gone", "back"]'),
    }
    assert len(found(archive.path, "gone:2025-11 change:back")) == 20  # a page of hits
    assert found(archive.path, "gone:2025-10") == set()


def test_a_page_that_is_back_unchanged_is_found_as_not_gone(archive):
    """A revisit record after the notice is a look: the article is back, in the list and in the query language."""
    first = archive.capture("https://news.test/a", START, body="same")
    archive.store(first, article())
    notice = archive.capture("https://news.test/a", START + DAY, status=404)
    archive.add(notice)
    archive.writer.run(
        articles.mark_gone, notice.url, reason="answered 404", now=notice.captured_at, capture_id=notice.id
    )
    assert found(archive.path, "gone:yes") == {"https://news.test/a"}
    again = archive.capture(first.url, START + 2 * DAY, body="same", record_type=RecordType.REVISIT, refers_to=first.id)
    archive.add(again)
    assert found(archive.path, "gone:yes") == set()
    assert [each[0] for each in listed(archive.path)] == ["back", "gone"]
    archive.writer.run(lambda db: articles.delete_article(db, archive_id(db)))
    assert archive.rows("select * from article_events") == []


def archive_id(db):
    return db.execute("select id from articles").fetchone()[0]


def content(text, **fields):
    values = {
        "title": "Wall", "authors": '["Ann Reed"]', "published_at": "2025-10-28T08:00:00Z",
        "published_precision": "minute", "modified_at": None, "text_digest": "", "word_count": 1,
    }  # fmt: skip
    return Content(text=text, **{**values, **fields})


def test_a_revision_has_all_its_kinds():
    """A figure, the headline and the byline at once: each is found, the most significant comes first."""
    new = content(BODY.replace("340", "430") + "\n\nNobody was hurt.", title="Walls", authors="[]")
    kinds = kinds_of(content(BODY), new)
    assert set(kinds) - {"addition", "edit"} == {"number", "headline", "authors"}
    assert kinds == by_significance(kinds) == tuple(each for each in CHANGE_KINDS if each in kinds)
    vague = {"published_precision": "hour"}
    older = content(BODY, published_at="2025-10-28T07:00:00Z", **vague)
    assert "dates" not in kinds_of(content(BODY, **vague), content(BODY + " More.", **vague))
    assert kinds_of(older, content(BODY + " More.", **vague)) == ("addition",)


@pytest.mark.parametrize(
    ("note", "is_one"),
    [
        ("Correction: the wall is ten metres long, not nine.", True),
        ("(This article was amended on 3 March 2026 to give the right day.)", True),
        ("An earlier version of this story misstated the cost.", True),
        ("The day is right now. An earlier version of this article named another.", True),
        ("Korrektur: In einer früheren Fassung stand ein anderer Tag.", True),
        ("In einer früheren Version dieses Artikels hieß es, die Mauer sei neu.", True),
        ("Une première version de cet article indiquait un autre jour.", True),
        ("Fe de errores: el muro mide diez metros.", True),
        ("訂正：初出時、長さに誤りがありました。", True),
        ("更正：此前版本的长度有误。", True),
        ("Исправление: в тексте был указан другой день.", True),
        ("Correction of the river's course will cost ten million.", False),
        ("The prisons service spoke of corrections and repairs.", False),
        ("Die Korrektur der Mauer kostet mehr als gedacht.", False),
    ],
)
def test_correction_notes_are_recognised(note, is_one):
    """In several languages, at the beginning of a line or sentence; the word alone is no note."""
    assert is_corrected(BODY, f"{BODY}\n\n{note}") is is_one
    assert not is_corrected(f"{BODY}\n\n{note}", f"{BODY} Changed.\n\n{note}")


def test_the_command_prints_words_and_json(changed, capsys):
    changed.writer.close()
    folder = str(changed.path.parent)
    for arguments, code in ((["--kind", "number"], 0), (["--json"], 0), (["--kind", "sauce"], 2)):
        with pytest.raises(SystemExit) as ended:
            main(["--archive", folder, "changes", *arguments])
        assert ended.value.code == code
    out, _ = capsys.readouterr()
    text, _, document = out.partition("\n{")
    assert "[-340,000-]{+430,000+}" in text
    found_ = json.loads("{" + document)
    assert [each["kinds"][0] for each in found_["changes"]] == ["correction", "headline", "number"]


def test_an_older_archive_gets_the_same_rows_by_the_migration(changed):
    """Kinds, days and events of an archive that lacks them are those that storing its captures would have made."""
    url = "https://news.test/a"
    notice = changed.capture(url, START + 5 * DAY, status=410)
    changed.add(notice)
    changed.writer.run(articles.mark_gone, url, reason="answered 410", now=notice.captured_at, capture_id=notice.id)
    queries = (
        "select article_id, number, change, kinds from revisions order by 1, 2",
        "select * from article_events order by 1, 2",
        "select id, change_kinds, revised_days, marks, gone_at from articles order by 1",
        "select id, gone_article_id from captures order by 1",
    )
    before = [changed.rows(query) for query in queries]
    changed.writer.close()
    as_before(changed.path, "m044_texts_once")
    database = sqlite_utils.Database(changed.path)
    for index in (
        "revisions_changes",
        "captures_gone",
        "articles_new",
        "articles_seq_indexed",
        "articles_revision_count",
    ):
        database.execute(f"drop index {index}")
    for table in ("article_events", "alert_states", "alert_articles"):
        database.execute(f"drop table {table}")
    for table, column in (
        ("revisions", "kinds"), ("captures", "gone_article_id"), ("articles", "change_kinds"), ("articles", "revised_days"),
    ):  # fmt: skip
        database.execute(f"alter table {table} drop column {column}")
    database.execute("delete from _sqlite_migrations where name = 'm033_changes'")
    database.conn.commit()
    migrations.apply(database)
    assert [list(database.query(query)) for query in queries] == before
    database.close()
    assert found(changed.path, "gone:yes change:number") == {url}


def test_the_kinds_of_an_older_archive_are_put_into_their_order(changed):
    """The first kind is the most significant one: in the rows, and so for every reader of them."""
    changed.writer.close()
    with closing(sqlite_utils.Database(changed.path)) as db, db.conn:
        db.execute(
            """update revision_rows set kinds = '["edit", "number", "headline"]', change = 'edit' where number = 2"""
        )
        db.execute("delete from _sqlite_migrations where name = 'm047_order_of_kinds'")
    open_writer(changed.path).close()
    with closing(open_reader(changed.path)) as connection:
        rows = connection.execute("select distinct number, change, kinds from revisions order by number").fetchall()
    assert [tuple(row) for row in rows] == [
        (1, "first", '["first"]'),
        (2, "number", '["number", "headline", "edit"]'),
        (3, "headline", '["headline"]'),
    ]
