"""``prune``: what retention doesn't keep goes from WARCs, rows and indexes; whatever anything depends on stays."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import timedelta

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve import pruning
from talkscraper.preserve.offload import offload
from talkscraper.preserve.pruning import prune
from talkscraper.preserve.verify import verify
from talkscraper.sources.retention import Retention
from talkscraper.warc.members import opened
from talkscraper.warc.scan import Scan
from tests.support import crawls, pages, servers
from tests.support.clock import at

pytestmark = pytest.mark.timeout(600)  # each crawl is a process of its own

DAYS = ("2024-01-01", "2024-01-02", "2024-01-12", "2024-01-22", "2024-02-10")
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


def _with_etag(body, content_type="text/html"):
    def answer(headers):
        if headers.get("if-none-match") == '"same"':
            return servers.Reply(b"", 304, None, {"ETag": '"same"'})
        return servers.Reply(body, content_type=content_type, headers={"ETag": '"same"'})

    return answer


@pytest.fixture(scope="module")
def five_days(tmp_path_factory):
    """Five days of a newspaper: an article that never changes, one that does once, a picture, a feed, a front page."""
    site, archive = servers.SiteServer(), crawls.CrawlArchive(tmp_path_factory.mktemp("prune") / "archive")
    site.add("/", pages.listing("/posts/same", "/posts/typo"))
    still = pages.article("The story that stays").replace(b"</p>", b'</p><img src="/old.png">', 1)
    site.pages["/posts/same"] = _with_etag(still)
    site.add("/posts/typo", pages.article("The story with a typo"))
    site.add("/old.png", PICTURE, content_type="image/png")
    archive.sources_for(site, extra=f'recrawl = "always"\nfeeds = ["{site.base}/feed.xml"]')
    for number, day in enumerate(DAYS):
        named = pages.feed(site.base, "/posts/same", f"/posts/{number}")
        site.add("/feed.xml", named, content_type="application/rss+xml")
        site.add(f"/posts/{number}", pages.article(f"The story of day {number}"))
        if number == 2:
            site.add("/posts/typo", pages.article("The story without a typo"))
        done = archive.crawl_at(f"{day}T09:00:00+00:00")
        assert done.code == 0, done.stderr
    yield archive.root, site
    site.close()


@pytest.fixture
def crawled(five_days, tmp_path):
    """A copy of it."""
    root, site = five_days
    shutil.copytree(root, tmp_path / "archive")
    archive = crawls.CrawlArchive(tmp_path / "archive")
    archive.site = site
    return archive


def _sound(archive) -> None:
    found = list(verify(ArchiveFolder(archive.root), now=at("2026-01-01")).all_findings())
    assert not found, found


def _prune(archive, when="2024-02-12", **retention):
    ages = {key: timedelta(days=days) for key, days in retention.items()}
    return prune(ArchiveFolder(archive.root), {"quay": Retention(**ages)}, now=at(when))


def _ids(archive, condition="1") -> set[str]:
    return {row[0] for row in archive.rows(f"select id from captures where {condition}")}


def _articles(archive):
    columns = "id, title, text, capture_id, revision_count, first_captured_at, last_captured_at, last_changed_at"
    revisions = archive.rows("select article_id, number, capture_id, captured_at, text from revisions order by 1, 2")
    return archive.rows(f"select {columns} from articles order by id"), revisions


def test_unchanged_looks_go_and_no_article_changes_by_it(crawled):
    """Of 30 days' looks those go that only repeat the one before; articles, revisions and the newest looks stay."""
    articles, before = _articles(crawled), _ids(crawled)
    nameable = _ids(crawled, "article_id is not null and record_type <> 'revisit'")
    newest = _ids(crawled, "(url, captured_at) in (select url, max(captured_at) from captures group by url)")
    done = _prune(crawled, unchanged=30)
    gone = before - _ids(crawled)
    assert gone, done
    assert not gone & (nameable | newest)
    assert _articles(crawled) == articles
    # the 12th and the 2nd are older than 30 days; of each page the first look stays, and what it changed to
    rows = crawled.rows("select url, captured_at, rule from pruned order by 1, 2")
    told = {(url.rpartition("/")[2], moment[:10]) for url, moment, _ in rows}
    assert {("same", "2024-01-02"), ("same", "2024-01-12"), ("typo", "2024-01-02"), ("1", "2024-01-12")} <= told
    assert ("typo", "2024-01-12") not in told
    assert not {each for each in told if each[1] in ("2024-01-01", "2024-01-22", "2024-02-10")}
    assert {rule for *_, rule in rows} == {"unchanged"}
    assert len(rows) == len(gone) == sum(each.captures for each in done.removed)
    _sound(crawled)


def test_what_is_removed_is_in_no_file_and_the_rest_is_byte_for_byte(crawled):
    """Removed records are in no WARC and no index; every record that stays is what it was; the receipt names both."""
    folder = ArchiveFolder(crawled.root)
    before = _members(folder)
    done = _prune(crawled, unchanged=30, listings=30)
    after = _members(folder)
    removed = {each for file in done.files for each in file.removed}
    assert removed and set(before) - set(after) == removed
    assert all(before[each] == after[each] for each in set(before) & set(after))
    index = "".join(path.read_text() for path in folder.index.iterdir())
    assert all(file.sha256_before != file.sha256 and file.size < file.size_before for file in done.files)
    receipt = json.loads((crawled.root / done.receipt).read_text())
    assert {each for file in receipt["files"] for each in file["removed"]} == removed
    (count,) = crawled.rows("select count(*) from captures")[0]
    assert index.count("\n") == count
    _sound(crawled)
    again = _prune(crawled, unchanged=30, listings=30)
    assert not again.files and not again.removed


def test_a_rebuilt_database_is_the_same(crawled):
    """Rows derived anew from the rewritten files say the same of articles."""
    _prune(crawled, unchanged=30, listings=30)
    articles = _articles(crawled)
    for path in crawled.root.glob("talkscraper.db*"):
        path.unlink()
    assert crawled.run("repair").returncode == 0
    assert crawled.run("extract").returncode == 0
    assert _articles(crawled) == articles


def test_old_feeds_go_and_front_pages_stay(crawled):
    """`listings` removes feeds that have a newer capture, never the homepage."""
    _prune(crawled, listings=30)
    rows = crawled.rows("select url, substr(captured_at, 1, 10) from pruned order by 2")
    assert rows == [(f"{crawled.site.base}/feed.xml", day) for day in DAYS[:3]]
    _sound(crawled)


def test_requisites_go_when_every_page_that_needs_them_is_old(crawled):
    """The picture of a page that was confirmed yesterday stays; replay says why it has one no more."""
    assert not _prune(crawled, requisites=30).removed
    done = _prune(crawled, when="2024-03-20", requisites=30)
    assert [(each.rule, each.captures) for each in done.removed] == [("requisites", 1)]
    picture = f"{crawled.site.base}/old.png"
    told = crawled.run("replay", picture)
    assert told.returncode == 1 and "not kept (retention)" in told.stderr, told.stderr
    (record_id,) = crawled.rows("select id from pruned")[0]
    told = crawled.run("replay", record_id)
    assert told.returncode == 1 and "not kept (retention)" in told.stderr, told.stderr
    assert crawled.run("replay", f"{crawled.site.base}/posts/same").returncode == 0
    _sound(crawled)


def test_the_command_shows_what_would_go_and_removes_nothing_without_retention(crawled):
    """Without `retention` nothing goes; `--dry-run` counts; the command does what it said."""
    path = crawled.root / "sources.toml"
    plain = path.read_text()
    before = _ids(crawled)
    done = crawled.run("prune")
    assert (done.returncode, done.stdout) == (0, "nothing is removed: no source of sources.toml has a retention\n")
    assert crawled.run("prune", "quay").returncode == 2
    path.write_text(plain + 'retention = { unchanged = "90d", requisites = "1y" }\n')
    dry = json.loads(crawled.run("prune", "--dry-run", "--json").stdout)["report"]
    assert _ids(crawled) == before and dry["freed"] > 0
    real = json.loads(crawled.run("prune", "quay", "--json").stdout)["report"]
    assert [(each["rule"], each["captures"]) for each in real["removed"]] == [
        (each["rule"], each["captures"]) for each in dry["removed"]
    ]
    assert real["freed"] >= dry["freed"]
    assert len(before) - len(_ids(crawled)) == sum(each["captures"] for each in real["removed"])
    _sound(crawled)
    assert crawled.run("crawl").returncode in (0, 3)  # nothing was new for two years
    assert crawled.run("verify").returncode == 0


def test_a_file_that_is_not_what_was_finished_stays_with_all_it_refers_to(crawled):
    """A changed file is named and left; what its revisits refer to stays too."""
    (name,) = crawled.rows("select max(warc_file) from captures where captured_at like '2024-01-12%'")[0]
    path = crawled.root / "warc" / name
    path.write_bytes(path.read_bytes() + b"x")
    before = _ids(crawled, f"warc_file = '{name}'")
    done = _prune(crawled, unchanged=30, listings=30)
    assert len(done.problems) == 1 and name in done.problems[0]
    assert _ids(crawled, f"warc_file = '{name}'") == before


@pytest.mark.parametrize("step", range(4))
def test_a_prune_that_is_killed_is_finished_or_undone(crawled, step, monkeypatch):
    """Stopped at any step of a file, the next recovery leaves an archive that is sound, and prune does the rest."""
    articles = _articles(crawled)
    name = ("forget_index", "_commit", "put_in_place", "write_index")[step]

    def killed(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pruning, name, killed)
        with pytest.raises(KeyboardInterrupt):
            _prune(crawled, unchanged=30)
    assert crawled.run("repair").returncode == 0
    _sound(crawled)
    _prune(crawled, unchanged=30)
    assert _articles(crawled) == articles
    _sound(crawled)


def _members(folder: ArchiveFolder) -> dict[str, bytes]:
    """The bytes of every record, by id, without those that say what a file is."""
    found = {}
    for path in sorted(folder.warc.glob("*.warc.gz")):
        data = path.read_bytes()
        with opened(path) as handle:
            for each in Scan(handle, digests=False):
                if (each.headers.get("WARC-Target-URI") or "").strip():
                    found[each.record_id] = data[each.offset : each.offset + each.length]
    return found


def test_files_in_a_store_are_rewritten_there(crawled, tmp_path):
    """What goes is gone from the store too, the rows say what lies there now, and the disk is as free as before."""
    url = (tmp_path / "store").as_uri()
    offload(ArchiveFolder(crawled.root), url, now=at("2024-02-11"))
    before = {path.name: path.read_bytes() for path in (tmp_path / "store" / "warc").iterdir()}
    done = _prune(crawled, unchanged=30, listings=30)
    assert done.files
    assert not done.problems
    assert not list((crawled.root / "warc").glob("*.warc.gz"))
    for name, location, sha256 in crawled.rows("select name, location, sha256 from warc_files"):
        assert location == f"{url}/warc/{name}"
        data = (tmp_path / "store" / "warc" / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == sha256
        assert (data == before[name]) == (name not in {each.name for each in done.files})
    _sound(crawled)
