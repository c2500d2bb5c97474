"""Several archives answer as one: what one archive with all of their pages would answer."""

import random
from datetime import timedelta

import pytest

import talkscraper
from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import NotFound, QueryError, UsageError
from talkscraper.export import Export
from talkscraper.model import Precision
from talkscraper.store.articles import hide_article
from talkscraper.store.changes import ChangesRequest, all_changes, changes
from talkscraper.store.database import open_reader
from talkscraper.store.facets import facets
from talkscraper.store.federation import Federation, open_archives
from talkscraper.store.kwic import concordance
from talkscraper.store.match import SearchRequest, match
from talkscraper.store.new_matches import new_matches
from talkscraper.store.search import notes_on, search
from talkscraper.store.timeline import document, timeline
from talkscraper.store.word_totals import word_totals
from talkscraper.web.cache import known_sources
from tests.support.row_archives import START, RowArchive, article, published

WORDS = ["harbour", "wall", "quay", "mason", "tide", "council", "storm", "boat", "market", "roof", "slip", "keeper"]
SOURCES = ("daily", "evening", "gazette")


def pages(number=120, seed=3):
    """Pages of three papers over two years, no two in the same minute: (source, day, article)."""
    chance = random.Random(seed)
    for each in range(number):
        moment = START - timedelta(days=chance.randrange(700), minutes=7 * each)
        text = "\n\n".join(" ".join(chance.choices(WORDS, k=30)) + f" {each}." for _ in range(3))
        yield (
            chance.choice(SOURCES),
            moment,
            article(
                f"https://news.test/{each}",
                text,
                title=f"{chance.choice(WORDS)} {chance.choice(WORDS)} {each}",
                language=chance.choice(("en", "de")),
                section=chance.choice(("Coast", "Town", None)),
                published=published(moment, chance.choice((Precision.SECOND, Precision.DAY))),
            ),
        )


def fill(archive: RowArchive, found):
    for source, moment, what in found:
        archive.store(archive.capture(what.url, moment + timedelta(hours=2)), what, source_id=source)


@pytest.fixture(scope="module")
def trio(tmp_path_factory):
    """Two archives with the pages of a year each, and one with all: (federation, whole, folders)."""
    root = tmp_path_factory.mktemp("several")
    folders = [root / name for name in ("older", "newer", "whole")]
    archives = []
    for folder in folders:
        folder.mkdir()
        archives.append(RowArchive(folder / "talkscraper.db"))
    older, newer, whole = archives
    found = list(pages())
    border = START - timedelta(days=330)
    for archive, part in (
        (older, [each for each in found if each[1] < border]),
        (newer, [each for each in found if each[1] >= border]),
        (whole, found),
    ):
        fill(archive, part)
        for name in SOURCES:
            archive.writer.run(
                lambda db, name=name: db["sources"].insert(
                    {"id": name, "name": name.title(), "homepage": f"https://{name}.test/"}, replace=True, alter=False
                )
            )
        # some were revised, one was hidden
        for source, moment, what in part:
            number = int(what.url.rpartition("/")[2])
            if number % 9 == 0:
                changed = article(
                    what.url, what.text + "\n\nThe wall fell again.", title=what.title, language=what.language,
                    section=what.section, published=what.published,
                )  # fmt: skip
                archive.store(archive.capture(what.url, moment + timedelta(days=1)), changed, source_id=source)
            if number == 50:
                archive.writer.run(hide_article, _id(archive, what.url), now=START)
    paths = [each.path for each in archives]
    federation, single = open_archives(paths[:2]), open_reader(paths[2])
    assert isinstance(federation, Federation)
    yield federation, single, folders
    federation.close()
    single.close()
    for each in archives:
        each.writer.close()


def _id(archive, url):
    return archive.row("select id from articles where url = ?", url)["id"]


QUERIES = (
    {},
    {"text": "harbour"},
    {"text": '"harbour wall" OR quay'},
    {"text": "tide NOT storm"},
    {"text": "har*"},
    {"text": "title:boat"},
    {"text": "source:daily roof"},
    {"text": "wall", "since": "2025-01", "until": "2025-06"},
    {"source": "evening"},
    {"source": ("daily", "gazette"), "text": "keeper"},
    {"language": "de", "section": "Coast"},
    {"text": "words:>50 mason"},
    {"text": "nowhere"},
    {"text": "source:dayly"},
)


@pytest.fixture(params=QUERIES, ids=str)
def query(request):
    return request.param


def ids(page):
    return [each.article_id for each in page.hits]


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_hits_totals_and_pages_are_those_of_one_archive(trio, query, order):
    federation, whole, _ = trio
    after = expected_after = None
    for _ in range(30):
        asked = search(federation, SearchRequest(**query, order=order, limit=7, after=after))
        expected = search(whole, SearchRequest(**query, order=order, limit=7, after=expected_after))
        assert [(each.article_id, each.snippet, each.title_marked) for each in asked.hits] == [
            (each.article_id, each.snippet, each.title_marked) for each in expected.hits
        ]
        assert (asked.total, asked.total_is_exact, asked.notes) == (
            expected.total, expected.total_is_exact, expected.notes,
        )  # fmt: skip
        assert (asked.next_cursor is None) == (expected.next_cursor is None)
        after, expected_after = asked.next_cursor, expected.next_cursor
        if after is None:
            break
    else:
        pytest.fail("the pages don't end")


def test_the_order_of_relevance_has_the_same_articles_each_once(trio, query):
    """Its scores differ: how rare a word is, is known of each archive alone."""
    federation, whole, _ = trio
    found, after = [], None
    while True:
        page = search(federation, SearchRequest(**query, order="best", limit=7, after=after))
        found += ids(page)
        after = page.next_cursor
        if after is None:
            break
    assert len(found) == len(set(found))
    assert set(found) == set(ids(search(whole, SearchRequest(**query, order="best", limit=500))))


def test_facets_and_totals_of_words_are_those_of_one_archive(trio, query):
    federation, whole, _ = trio
    request = SearchRequest(**query)
    assert facets(federation, request) == facets(whole, request)
    assert word_totals(federation, request, match(federation, request)) == word_totals(
        whole, request, match(whole, request)
    )


@pytest.mark.parametrize(
    ("by", "unit"), [(None, None), (None, "day"), ("source", "month"), ("section", "week"), ("country", None)]
)
def test_timelines_are_those_of_one_archive(trio, query, by, unit):
    federation, whole, _ = trio
    requests = [SearchRequest(**query), SearchRequest(text="quay")]
    assert document(timeline(federation, requests, by=by, unit=unit)) == document(
        timeline(whole, requests, by=by, unit=unit)
    )


@pytest.mark.parametrize("sort", ["date", "left", "right"])
def test_concordances_are_those_of_one_archive(trio, sort):
    federation, whole, _ = trio
    for text in ("harbour", '"wall quay"', "title:boat", "storm since:2025"):
        request = SearchRequest(text=text)
        assert concordance(federation, request, sort=sort) == concordance(whole, request, sort=sort)


def test_changes_are_those_of_one_archive(trio):
    federation, whole, _ = trio
    for request in (ChangesRequest(limit=4), ChangesRequest(source="daily"), ChangesRequest(since="2025-03")):
        assert list(all_changes(federation, request)) == list(all_changes(whole, request))
        assert changes(federation, request) == changes(whole, request)


def test_feeds_are_those_of_one_archive(trio):
    federation, whole, _ = trio
    for text in ("", "harbour", "tide"):
        request, found, expected = SearchRequest(text=text), [], []
        for connection, into in ((federation, found), (whole, expected)):
            before = None
            while True:
                page = new_matches(connection, request, limit=6, before=before)
                into.extend(page.matches)
                before = page.next_cursor
                if before is None:
                    break
        assert found == expected


def test_exports_are_those_of_one_archive(trio, query):
    federation, whole, folders = trio

    def exported(connection):
        export = Export(
            connection=connection, folder=ArchiveFolder(folders[0]), request=SearchRequest(**query), name="x.csv",
            title="", made_at=START,
        )  # fmt: skip
        return [{name: value for name, value in row.items() if name != "warc_offset"} for row in export.rows()]

    assert exported(federation) == exported(whole)


def test_python_reads_several_archives_as_one(trio):
    _, _, (older, newer, whole) = trio
    with talkscraper.Archive(older, newer) as both, talkscraper.Archive(whole) as one:
        found = list(both.search("harbour"))
        assert found == list(one.search("harbour"))
        assert len(found) > 20
        for each in found[:5]:
            assert both.article(each.id) == both.article(each.url) == each
            assert both.revisions(each.id) == one.revisions(each.id)
            assert [capture.id for capture in both.captures(each.url)] == [c.id for c in one.captures(each.url)]
        with pytest.raises(NotFound):
            both.article("https://news.test/nowhere")
        with pytest.raises(NotFound, match="more than one article id"):
            both.article(next(prefix for prefix in "0123456789abcdef" if _begin(found, prefix) > 1))


def _begin(found, prefix):
    return sum(each.id.startswith(prefix) for each in found)


def test_an_article_in_both_is_there_once_with_the_newest_look_and_all_revisions(make):
    """Searched for, counted and listed; and its revisions are those of both, in order."""
    older, newer = make(), make()
    url = "https://news.test/both"
    for archive, at, text in (
        (older, START, "The first wall."),
        (older, START + timedelta(days=1), "The second wall."),
        (newer, START + timedelta(days=2), "The second wall."),
        (newer, START + timedelta(days=3), "The third wall."),
    ):
        archive.store(archive.capture(url, at), article(url, text), source_id="daily")
    older.page(article("https://news.test/only-old", "An old wall."))
    newer.page(article("https://news.test/only-new", "A new wall."))
    with talkscraper.Archive(newer.path.parent, older.path.parent) as archive:
        assert [each.text for each in archive.search("wall") if each.url == url] == ["The third wall."]
        page = search(archive.connection, SearchRequest(text="wall"))
        assert (page.total, len(page.hits)) == (3, 3)
        assert search(archive.connection, SearchRequest(text="first")).total == 0
        assert [(each.number, each.text) for each in archive.revisions(url)] == [
            (1, "The first wall."), (2, "The second wall."), (3, "The third wall."),
        ]  # fmt: skip
        assert archive.article(url).revision_count == 3
        assert archive.article(url).first_captured_at == START
        assert sum(each.matches for each in timeline(archive.connection, [SearchRequest()]).series) == 3
        assert facets(archive.connection, SearchRequest(text="wall")).counted == 3
        assert len(new_matches(archive.connection, SearchRequest(), limit=10).matches) == 3
    newer.writer.run(hide_article, _id(newer, url), now=START)
    with talkscraper.Archive(older.path.parent, newer.path.parent) as archive:
        assert archive.article(url).text == "The second wall."


def test_readers_still_cannot_attach_or_write(trio):
    federation, _, (_, _, whole) = trio
    for each in federation.members:
        with pytest.raises(Exception, match=r"not authorized|too many attached"):
            each.execute("attach ? as other", [str(whole / "talkscraper.db")])
        with pytest.raises(Exception, match=r"not authorized|readonly"):
            each.execute("delete from articles")


def test_a_cursor_of_one_archive_is_no_place_in_several(trio):
    federation, _, _ = trio
    with pytest.raises(QueryError, match="begin with the first page"):
        search(federation, SearchRequest(order="newest", after="123"))


def test_the_same_archive_twice_is_refused(trio):
    _, _, (older, *_) = trio
    with pytest.raises(UsageError, match="named twice"):
        talkscraper.Archive(older, older)


def test_a_value_is_unknown_only_if_no_archive_has_it(make):
    """As one archive with all of them would say, in searches, timelines and concordances; with the nearest of any."""
    older, newer = make(), make()
    older.page(article("https://news.test/coast", "A wall.", section="Coast"))
    newer.page(article("https://news.test/town", "A wall.", section="Town"))
    with talkscraper.Archive(older.path.parent, newer.path.parent) as archive:
        for section, told in (
            ("Coast", ()),
            ("Town", ()),
            ("Coasts", ("the archive has no articles with the section 'Coasts'; did you mean 'Coast'?",)),
        ):
            for request in (SearchRequest(text="wall", section=section), SearchRequest(text=f"wall section:{section}")):
                assert search(archive.connection, request).notes == told
                assert notes_on(archive.connection, request) == told
                assert concordance(archive.connection, request).notes == told
                assert timeline(archive.connection, [request]).notes == told


def test_no_word_is_like_a_pattern_only_if_none_of_any_archive_is(make):
    older, newer = make(), make()
    older.page(article("https://news.test/old", "A harbour wall."))
    newer.page(article("https://news.test/new", "A market."))
    with talkscraper.Archive(older.path.parent, newer.path.parent) as archive:
        for text, told in (("har*r", ()), ("zz*r", ("no word of the archive is like 'zz*r'",))):
            request = SearchRequest(text=text)
            assert search(archive.connection, request).notes == told
            assert notes_on(archive.connection, request) == told
            assert concordance(archive.connection, request).notes == told


def test_sources_count_an_article_of_two_archives_once(make):
    older, newer = make(), make()
    for archive, days in ((older, 0), (newer, 1)):
        archive.writer.run(lambda db: db["sources"].insert({"id": "daily", "name": "Daily", "homepage": "https://a/"}))
        for url in ("https://news.test/both", f"https://news.test/{days}"):
            at = START + timedelta(days=days)
            archive.store(archive.capture(url, at), article(url, f"A wall of {url}."), source_id="daily")
    with talkscraper.Archive(older.path.parent, newer.path.parent) as archive:
        (source,) = known_sources(archive.connection)
        assert (source.id, source.articles) == ("daily", 3)
        assert search(archive.connection, SearchRequest(source="daily")).total == 3
