"""Copies across several archives: a story is one hit, whichever archives its copies are in."""

import random
from datetime import timedelta

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.export import Export
from talkscraper.model import Precision
from talkscraper.store import several_copies
from talkscraper.store.article_state import delete_article
from talkscraper.store.articles import hide_article
from talkscraper.store.clusters import nearest
from talkscraper.store.database import open_reader
from talkscraper.store.federation import open_archives
from talkscraper.store.kwic import concordance
from talkscraper.store.match import SearchRequest, prepare
from talkscraper.store.new_matches import new_matches
from talkscraper.store.search import search
from talkscraper.store.several import COPIES_NOTE
from talkscraper.store.several_copies import JoinedCopies
from talkscraper.store.timeline import timeline
from tests.support.row_archives import START, RowArchive, article, published

WORDS = [f"word{number}" for number in range(300)]
SOURCES = ("daily", "evening", "gazette", "herald")


def copied_pages(seed):
    """Pages of four papers, most of them copies of a story that others have too: (source, time, article)."""
    chance = random.Random(seed)
    for story in range(14):
        texts = [" ".join(["harbour", *chance.choices(WORDS, k=40)]) + "." for _ in range(4)]
        for copy in range(chance.choice((1, 1, 2, 3, 5))):
            number = story * 10 + copy
            moment = START - timedelta(days=chance.randrange(400), minutes=7 * number)
            own = [*texts, f"The {SOURCES[copy % 4]} adds a quay of its own."] if copy % 2 else texts
            yield (
                SOURCES[copy % 4],
                moment,
                article(
                    f"https://{SOURCES[copy % 4]}.test/{number}",
                    "\n\n".join(own),
                    title=f"Story {story} in copy {copy}",
                    published=published(moment, chance.choice((Precision.SECOND, Precision.DAY))),
                ),
            )


@pytest.fixture(scope="module", params=range(3))
def split(request, tmp_path_factory):
    """Three archives among which the pages are divided at random, and one with all: (federation, whole)."""
    root, chance = tmp_path_factory.mktemp("copies"), random.Random(request.param)
    archives = []
    for name in ("one", "two", "three", "whole"):
        (root / name).mkdir()
        archives.append(RowArchive(root / name / "talkscraper.db"))
    for source, moment, what in copied_pages(request.param):
        for archive in (chance.choice(archives[:3]), archives[3]):
            archive.store(archive.capture(what.url, moment + timedelta(hours=2)), what, source_id=source)
            if what.url.endswith("12"):
                id_ = archive.row("select id from articles where url = ?", what.url)["id"]
                archive.writer.run(hide_article, id_, now=START)
    federation, whole = open_archives([each.path for each in archives[:3]]), open_reader(archives[3].path)
    yield federation, whole
    federation.close()
    whole.close()
    for each in archives:
        each.writer.close()


QUERIES = ({}, {"text": "harbour"}, {"text": "quay"}, {"source": ("daily", "gazette")}, {"since": "2025-03"})


def pages_of(connection, request, limit):
    """All pages of a search."""
    after = None
    while True:
        page = search(connection, SearchRequest(**request, copies="collapse", limit=limit, after=after))
        yield page
        after = page.next_cursor
        if after is None:
            return


@pytest.mark.parametrize("query", QUERIES, ids=str)
@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_stories_and_their_copies_are_those_of_one_archive(split, query, order):
    found, expected = [
        [
            (hit.article_id, hit.copies, hit.first, hit.also_in)
            for page in pages_of(connection, {**query, "order": order}, 4)
            for hit in page.hits
        ]
        for connection in split
    ]
    assert found == expected
    assert any(copies for _, copies, _, _ in found)
    (one, *_), (other, *_) = (list(pages_of(connection, {**query, "order": order}, 4)) for connection in split)
    assert (one.total, one.total_is_exact, one.notes) == (other.total, other.total_is_exact, other.notes)
    assert one.total == len(found)


@pytest.mark.parametrize("text", ["harbour", "quay", "harbour quay"])
def test_by_relevance_each_story_is_there_once(split, text):
    """Which copy is the best differs: how rare a word is, is known of each archive alone."""
    stories = []
    for connection in split:
        hits = [hit for page in pages_of(connection, {"text": text, "order": "best"}, 3) for hit in page.hits]
        groups = [frozenset({hit.article_id, *(copy.article_id for copy in hit.copies)}) for hit in hits]
        assert len(groups) == len(set(groups))
        stories.append(set(groups))
    assert stories[0] == stories[1]


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_exports_feeds_and_concordances_have_a_story_once(split, query, tmp_path):
    request = SearchRequest(**query, copies="collapse")
    exported, listed, lines = [], [], []
    for connection in split:
        export = Export(
            connection=connection,
            folder=ArchiveFolder(tmp_path),
            request=request,
            name="x.csv",
            title="",
            made_at=START,
        )
        exported.append([row["id"] for row in export.rows()])
        assert list(export.article_ids()) == exported[-1]
        ids, before = [], None
        while True:
            page = new_matches(connection, request, limit=3, before=before)
            ids += [each.article_id for each in page.matches]
            before = page.next_cursor
            if before is None:
                break
        listed.append(ids)
        if query.get("text"):
            lines.append(concordance(connection, request))
    assert exported[0] == exported[1]
    assert listed[0] == listed[1]
    assert lines[:1] == lines[1:]


def test_a_timeline_says_that_it_counts_copies_within_each_archive(split):
    federation, whole = split
    assert COPIES_NOTE in timeline(federation, [SearchRequest(text="harbour", copies="collapse")]).notes
    assert COPIES_NOTE not in timeline(whole, [SearchRequest(text="harbour", copies="collapse")]).notes
    assert COPIES_NOTE not in timeline(federation, [SearchRequest(text="harbour")]).notes


def test_copies_that_only_a_third_archive_joins_are_one_story(make):
    """The long article has both halves; the two halves alone have nothing in common."""
    chance = random.Random(5)
    halves = [" ".join(chance.choices(WORDS, k=120)) + "." for _ in range(2)]
    one, two, three = make(), make(), make()
    one.page(article("https://a.test/1", halves[0]), START)
    two.page(article("https://b.test/2", "\n\n".join(halves)), START + timedelta(days=1))
    three.page(article("https://c.test/3", halves[1]), START + timedelta(days=2))
    federation = open_archives([each.path for each in (one, two, three)])
    page = search(federation, SearchRequest(copies="collapse", order="newest"))
    assert ([len(hit.copies) for hit in page.hits], page.total) == ([2], 1)
    federation.close()


def test_the_same_article_in_two_archives_is_no_copy_of_itself(make):
    one, two = make(), make()
    text = " ".join(random.Random(6).choices(WORDS, k=120)) + "."
    for archive, days in ((one, 0), (two, 1)):
        archive.page(article("https://a.test/1", text), START + timedelta(days=days))
    two.page(article("https://b.test/2", text), START + timedelta(days=2))
    federation = open_archives([one.path, two.path])
    page = search(federation, SearchRequest(copies="collapse", order="newest"))
    assert ([len(hit.copies) for hit in page.hits], page.total) == ([1], 1)
    federation.close()


def test_articles_without_copies_are_looked_up_together(make):
    """Stories are counted among up to 1,500 matches of each archive, for every page of hits: none by statements of its own."""
    chance = random.Random(7)
    archives = make(), make()
    for number in range(60):
        text = " ".join(chance.choices(WORDS, k=120)) + "."
        archives[number % 2].page(article(f"https://a.test/{number}", text), START + timedelta(hours=number))
    federation = open_archives([each.path for each in archives])
    statements = []
    for member in federation.members:
        member.set_trace_callback(statements.append)
    page = search(federation, SearchRequest(copies="collapse", order="newest", limit=1))
    assert (len(page.hits), page.total) == (1, 60)
    assert len(statements) < 100
    federation.close()


def test_an_article_that_is_deleted_while_copies_are_looked_up_has_none(make, monkeypatch):
    one, two = make(), make()
    text = " ".join(random.Random(8).choices(WORDS, k=120)) + "."
    for archive, name in ((one, "a"), (two, "b")):
        archive.page(article(f"https://{name}.test/1", text), START)
    federation = open_archives([one.path, two.path])
    copies = JoinedCopies.of(
        federation, [prepare(SearchRequest(copies="collapse"), each) for each in federation.members]
    )
    seq, id_ = federation.members[0].execute("select seq, id from articles").fetchone()

    def deleting(db, keys):
        one.writer.run(delete_article, id_)
        return nearest(db, keys)

    monkeypatch.setattr(several_copies, "nearest", deleting)
    assert copies.copies((0, seq)) == ()
    federation.close()
