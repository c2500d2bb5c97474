"""Sources that are renamed, merged, removed and switched: sources.toml and rows go together, and nothing is lost."""

import random
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest

from talkscraper.errors import ArchiveLocked, UsageError
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.monitor.status import status
from talkscraper.preserve import source_changes
from talkscraper.sources.load import load
from talkscraper.store.database import open_reader, open_writer
from talkscraper.store.source_rows import tables_of_sources
from tests.support import archives, cli
from tests.support.archives import built as built  # noqa: PLC0414  the fixture

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def folder(built):
    """Six sources with an article each, and rows in the tables that count by day and run."""
    text = 'contact = "https://example.org/bot"\n'
    for number in range(6):
        name = f"s{number}"
        url = f"https://{name}.example/wall"
        capture = built.respond(url, "2026-03-01", f"<h1>Wall {number}</h1>")
        archives.store(built, capture, archives.extraction(url, f"Wall {number}", f"Of wall {number}."), name)
        with built.db.conn:
            built.db.execute("update captures set source_id = ? where id = ?", [name, capture.id])
            built.db.execute("insert or ignore into runs (id, started_at) values (1, '2026-03-01T00:00:00Z')")
            built.db.execute("insert into run_sources (run_id, source_id, new) values (1, ?, 1)", [name])
            built.db.execute("insert into intake (source_id, day, taken) values (?, '2026-03-01', 1)", [name])
            built.db.execute(
                "insert into urls (url, urlkey, source_id, kind, state, discovered_at, discovered_via, last_fetched_at)"
                " values (?, 'k', ?, 'feed', 'due', '2026-03-01T00:00:00Z', ?, '2026-03-01T00:00:00Z')",
                [f"https://{name}.example/feed", name, f"https://{name}.example/robots.txt"],
            )
        text += f"\n# about {name}\n[sources.{name}]\nhomepage = 'https://{name}.example/' # home of {name}\n"
    folder = built.done()
    built.db.conn.close()
    folder.sources_toml.write_text(text)
    return folder


def _rows(folder, query, *values):
    with closing(open_reader(folder.database)) as connection:
        return [tuple(row) for row in connection.execute(query, values)]


def _sound(folder):
    with closing(open_writer(folder.database)) as db:
        assert db.execute("pragma foreign_key_check").fetchall() == []
        known = {row[0] for row in db.execute("select id from sources").fetchall()}
        for table in tables_of_sources(db):
            assert {row[0] for row in db.execute(f"select source_id from {table}").fetchall()} <= known, table
        assert db.execute("select count(*) from articles").fetchone()[0] == 6
        assert db.execute("select count(*) from captures").fetchone()[0] == 6
        assert db.execute("select sum(taken) from intake").fetchone()[0] == 6


def test_rename_takes_every_row_along_and_records_find_their_source(folder):
    """Twice in a row: both former ids lead to the present one, on the command line and for records in WARC files."""
    source_changes.rename(folder, "s1", "quay")
    change = source_changes.rename(folder, "quay", "the-quay")
    assert [(each.former_id, each.articles) for each in change.moved] == [("quay", 1)]
    text = folder.sources_toml.read_text()
    assert "# about s1\n[sources.the-quay]\nhomepage = 'https://s1.example/' # home of s1\n" in text
    assert load(folder.sources_toml).sources["the-quay"].renamed_from == ("s1", "quay")
    newsrooms = Newsrooms.of(folder)
    assert {newsrooms.present_id(each) for each in ("s1", "quay", "the-quay")} == {"the-quay"}
    assert _rows(folder, "select count(*) from articles where source_id = 'the-quay'") == [(1,)]
    source_changes.rename(folder, "the-quay", "s1")
    assert load(folder.sources_toml).sources["s1"].renamed_from == ("quay", "the-quay")
    _sound(folder)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("s1", "s2", "merge s1 s2"),
        ("s1", "s1", "its name already"),
        ("s1", "a b", "can't name a source"),
        ("s11", "x", "did you mean 's1'"),
        ("s1", "s0", "former id of harbour"),
        ("s0", "x", "renamed to harbour already"),
    ],
)
def test_a_rename_that_makes_no_sense_changes_nothing(folder, old, new, told):
    """An id that is in use, was another's, or is none; a source that isn't there."""
    source_changes.rename(folder, "s0", "harbour")
    before = folder.sources_toml.read_text()
    with pytest.raises(UsageError, match=told):
        source_changes.rename(folder, old, new)
    assert folder.sources_toml.read_text() == before


def test_a_rename_that_died_between_file_and_rows_is_finished(folder, monkeypatch):
    """By the same command, or by whatever takes the rows of former ids next."""
    with monkeypatch.context() as patched:
        patched.setattr(source_changes, "_rows_follow", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            source_changes.rename(folder, "s1", "quay")
    assert "quay" in load(folder.sources_toml).sources
    assert _rows(folder, "select count(*) from articles where source_id = 's1'") == [(1,)]
    source_changes.rename(folder, "s1", "quay")
    assert _rows(folder, "select count(*) from articles where source_id = 'quay'") == [(1,)]
    _sound(folder)


def test_merge_keeps_the_settings_of_one_and_everything_of_both(folder):
    """Hosts and known feeds of the other are added, its rows go over, its counts by day are summed."""
    shown = source_changes.merge(folder, "s1", "s2", dry_run=True)
    assert (shown.moved[0].articles, "s1" in load(folder.sources_toml).sources) == (1, True)
    source_changes.merge(folder, "s1", "s2")
    everything = load(folder.sources_toml).sources
    assert "s1" not in everything
    merged = everything["s2"]
    assert (merged.homepage, merged.hosts, merged.renamed_from) == ("https://s2.example/", ("s1.example",), ("s1",))
    assert merged.seeds_of("listing") == ("https://s1.example/",)
    assert _rows(folder, "select count(*) from articles where source_id = 's2'") == [(2,)]
    assert _rows(folder, "select taken from intake where source_id = 's2'") == [(2,)]
    assert (
        "# about s2\n[sources.s2]\nhomepage = 'https://s2.example/' # home of s2\n" in folder.sources_toml.read_text()
    )
    _sound(folder)


def test_a_merge_tells_only_of_tags_that_are_lost(folder):
    """Tags of the source that goes are told, unless the other has them too."""
    text = folder.sources_toml.read_text()
    for name, tags in (("s1", '["local"]'), ("s2", '["local", "coast"]')):
        text = text.replace(f"# home of {name}\n", f"# home of {name}\ntags = {tags}\n")
    folder.sources_toml.write_text(text)
    assert source_changes.merge(folder, "s1", "s2", dry_run=True).notes == ()
    assert source_changes.merge(folder, "s3", "s2", dry_run=True).notes == ()
    assert source_changes.merge(folder, "s2", "s1", dry_run=True).notes == (
        "tags of s2 aren't taken over, s1 keeps its own",
    )


def test_a_list_of_feeds_that_a_merge_begins_has_those_that_were_discovered(folder):
    """The other source lists its feeds; this one's were found, and would be lost once a list is there."""
    with folder.sources_toml.open("a") as handle:
        handle.write('feeds = ["https://s5.example/by-hand"]\n')
    source_changes.merge(folder, "s5", "s4")
    assert load(folder.sources_toml).sources["s4"].seeds_of("feed") == (
        "https://s4.example/feed",
        "https://s5.example/by-hand",
    )


def test_patterns_of_both_match_after_a_merge(folder):
    """With patterns only what they match is an article: the other source's pages would be none any more."""
    text = folder.sources_toml.read_text()
    for name, pattern in (("s1", "/posts/"), ("s2", "/news/")):
        text = text.replace(f"# home of {name}\n", f"# home of {name}\narticle_urls = ['{pattern}']\n")
    folder.sources_toml.write_text(text)
    source_changes.merge(folder, "s1", "s2")
    assert [each.pattern for each in load(folder.sources_toml).sources["s2"].article_urls] == ["/news/", "/posts/"]


def test_a_run_that_starts_while_sources_are_changed_waits_for_that(folder):
    """A crawl that cron starts isn't lost to a change that takes a moment."""
    taken, done = threading.Event(), threading.Event()

    def change():
        with folder.lock(what="sources rename"):
            taken.set()
            done.wait(30)

    changing = threading.Thread(target=change)
    changing.start()
    taken.wait(30)
    threading.Timer(0.05, done.set).start()
    with folder.lock(what="crawl"):
        assert done.is_set()
    changing.join()


def test_what_is_removed_stays_archived_and_comes_back_with_its_entry(folder):
    """Status says removed, its article is there under its name; the kept entry, appended, is the source again."""
    before = load(folder.sources_toml).sources["s3"]
    (removed,) = source_changes.remove(folder, ("s3",), now=NOW)
    assert removed.articles == 1
    assert "s3" not in folder.sources_toml.read_text()
    away = {each.source_id: each.away for each in status(folder, now=NOW).sources}
    assert (away["s3"], away["s2"]) == ("removed", None)
    assert "Wall 3" in cli.run_here(folder.root, "search", "wall", "--source", "s3").stdout
    with folder.sources_toml.open("a") as handle:
        handle.write(removed.entry.read_text())
    assert load(folder.sources_toml).sources["s3"] == before
    _sound(folder)


def test_sources_are_switched_also_while_a_run_holds_the_archive(folder):
    """The file says it at once; the rows, and so status, as soon as nobody holds the lock."""
    with folder.lock(what="crawl"):
        source_changes.enable(folder, ("s1",), enabled=False)
        for change in (
            lambda: source_changes.rename(folder, "s1", "x"),
            lambda: source_changes.merge(folder, "s1", "s2"),
            lambda: source_changes.remove(folder, ("s1",), now=NOW),
        ):
            with pytest.raises(ArchiveLocked, match="talkscraper crawl"):
                change()
    assert list(load(folder.sources_toml).disabled) == ["s1"]
    source_changes.enable(folder, ("s1",), enabled=True)
    source_changes.enable(folder, ("s1",), enabled=False)
    assert next(each.away for each in status(folder, now=NOW).sources if each.source_id == "s1") == "disabled"


@pytest.mark.parametrize("seed", range(12))
def test_any_sequence_of_changes_keeps_file_and_rows_sound(folder, seed):
    """Every article and capture stays under a source that has a row; the file is valid; untouched entries are theirs."""
    maker = random.Random(seed)
    untouched = {f"s{number}" for number in range(6)}
    for step in range(6):
        everything = load(folder.sources_toml)
        names = [*everything.sources, *everything.disabled]
        if len(names) < 2:
            break
        one, other = maker.sample(names, 2)
        untouched -= {one, other}
        match maker.randrange(4):
            case 0:
                source_changes.rename(folder, one, f"new-{step}")
            case 1:
                source_changes.merge(folder, one, other)
            case 2:
                source_changes.remove(folder, (one,), now=NOW)
            case 3:
                source_changes.enable(folder, (one, other), enabled=maker.random() < 0.5)
        _sound(folder)
    text = folder.sources_toml.read_text()
    for name in untouched:
        assert f"\n# about {name}\n[sources.{name}]\nhomepage = 'https://{name}.example/' # home of {name}\n" in text
