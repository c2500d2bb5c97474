"""What a file may claim: whose its pages are, which payload it holds, and from when it is."""

from datetime import UTC, datetime, timedelta

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve.foreign.import_warcs import import_files
from talkscraper.preserve.recovery import recover
from talkscraper.store.writer import ArchiveWriter
from talkscraper.warc.digests import sha1_base32
from talkscraper.warc.records import build_warcinfo
from tests.support import cli, pages, sql, warcs
from tests.support.clock import at

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SOURCES = """
contact = "https://example.org/bot"
[sources.quay]
name = "The Quay"
homepage = "https://quay.example/"
article_urls = ['/posts/[^/?#]+$']
"""
STORY = "https://quay.example/posts/the-wall-is-raised"


@pytest.fixture
def folder(tmp_path):
    made = ArchiveFolder(tmp_path / "archive").make()
    made.sources_toml.write_text(SOURCES, "utf-8")
    return made


@pytest.fixture
def take(folder, tmp_path):
    """Import records as a file of somebody else's."""

    def run(*records, name="theirs.warc.gz", now=NOW):
        path = tmp_path / name
        path.write_bytes(warcs.members(warcs.info("talkscraper/9"), *records))
        return import_files(folder, [path], clock=lambda: now, workers=1)

    return run


def claiming(url, title, source, **more):
    """A response that names its source."""
    record = warcs.response(url, pages.article(title), **more)
    object.__setattr__(record, "fields", (*record.fields, ("Talkscraper-Source", source)))
    return record


@pytest.mark.parametrize("source", ["quay", "someone", "\x1b[31mred", "../../x", "a" * 65])
def test_a_stranger_cannot_name_the_source_of_its_pages(folder, take, source):
    """A page on a host of its own is its site's, whatever its record says, even one of software talkscraper."""
    url = "https://evil.example/posts/the-wall-has-fallen"
    report = take(claiming(url, "The wall has fallen", source))
    assert sql.rows(folder.root, "select source_id from articles") == [("evil.example",)]
    assert sql.rows(folder.root, "select count(*) from sources where id = ?", source) == [(0,)]
    (finding,) = report.files[0].findings
    assert "names the source" in finding.message and "\x1b" not in finding.message


def test_a_source_that_owns_the_host_is_believed(folder, take):
    """The newsroom's own pages are its own, with and without the claim."""
    report = take(
        claiming(STORY, "The wall is raised", "quay"),
        warcs.response("https://quay.example/posts/boats-leave", pages.article("Boats leave")),
    )
    assert sql.rows(folder.root, "select distinct source_id from articles") == [("quay",)]
    assert report.files[0].findings == ()


def test_a_file_put_beside_our_own_forges_no_attribution(folder):
    """A crawl's start takes in files of ours that the database doesn't know, but not what they say of other hosts."""
    forged = claiming(
        "https://evil.example/posts/forged", "Forged", "quay", digest=sha1_base32(pages.article("Forged"))
    )
    honest = claiming(STORY, "The wall is raised", "quay", digest=sha1_base32(pages.article("The wall is raised")))
    former = claiming("https://old.example/a", "Old", "former-id", digest=sha1_base32(pages.article("Old")))
    name = "talkscraper-20251021000000000-00000-x~1.warc.gz"
    info = build_warcinfo(date=at("2025-10-21"), filename=name, pairs=(("software", "talkscraper/9"),))
    (folder.warc / name).write_bytes(warcs.members(info, forged, honest, former))
    with ArchiveWriter(folder.database) as writer:
        writer.run(lambda db: recover(folder, db, NOW))
    assert sql.rows(folder.root, "select url, source_id from captures order by url") == [
        ("https://evil.example/posts/forged", None),
        ("https://old.example/a", "former-id"),
        (STORY, "quay"),
    ]
    assert sql.rows(folder.root, "select origin from warc_files") == [("import",)]


def test_a_claimed_payload_digest_that_is_wrong_is_not_stored(folder, take):
    """The row holds the digest of the bytes, so that nothing else is taken for a copy of them; the lie is told."""
    body, lie = pages.article("Forged"), sha1_base32(b"the true page")
    report = take(warcs.response("https://evil.example/x", body, digest=lie))
    assert sql.rows(folder.root, "select payload_digest from captures") == [(sha1_base32(body),)]
    assert [str(each.kind) for each in report.files[0].findings] == ["payload-digest"]


def test_a_digest_of_another_kind_that_is_right_stays(folder, take):
    """What a record declares is kept where it holds, in its own algorithm and spelling."""
    from hashlib import sha256

    body = pages.article("The wall is raised")
    declared = f"sha256:{sha256(body).hexdigest()}"
    take(warcs.response(STORY, body, digest=declared))
    assert sql.rows(folder.root, "select payload_digest from captures") == [(declared,)]


def test_verify_and_repair_leave_the_computed_digest(folder, take):
    """The file's lie stays damage, and repair doesn't write it into the row."""
    body, lie = pages.article("Forged"), sha1_base32(b"the true page")
    take(warcs.response("https://evil.example/x", body, digest=lie))
    repaired = cli.run(folder.root, "repair")
    assert "payload-digest" in repaired.stdout and "rows of captures" not in repaired.stdout
    assert sql.rows(folder.root, "select payload_digest from captures") == [(sha1_base32(body),)]


@pytest.mark.parametrize("ahead", [timedelta(hours=5), timedelta(days=500)])
def test_a_record_of_the_future_hides_no_correction(folder, take, ahead):
    """What claims to be of later than now changes no article, is told, and later honest corrections win."""
    take(warcs.response(STORY, pages.article("The wall is raised"), when="2026-03-01T08:00:00"), name="a.warc.gz")
    late = (NOW + ahead).strftime("%Y-%m-%dT%H:%M:%S")
    report = take(warcs.response(STORY, pages.article("The forged wall"), when=late), name="b.warc.gz")
    assert report.files[0].findings
    seen = "select title, revision_count, last_captured_at from articles"
    assert sql.rows(folder.root, seen) == [("The wall is raised", 1, "2026-03-01T08:00:00Z")]
    fixed = warcs.response(STORY, pages.article("The wall is raised, corrected"), when="2026-03-01T11:00:00")
    take(fixed, name="c.warc.gz")
    assert sql.rows(folder.root, seen) == [("The wall is raised, corrected", 2, "2026-03-01T11:00:00Z")]


def test_a_notice_of_the_future_that_an_article_is_gone_says_nothing(folder, take):
    """A 404 dated tomorrow doesn't mark today's article as gone."""
    take(warcs.response(STORY, pages.article("The wall is raised"), when="2026-03-01T08:00:00"), name="a.warc.gz")
    gone = warcs.response(STORY, b"gone", status="HTTP/1.1 404 Not Found", when="2026-03-02T08:00:00")
    take(gone, name="b.warc.gz")
    assert sql.rows(folder.root, "select gone_at from articles") == [(None,)]


def test_a_look_at_an_article_that_only_the_future_showed_replaces_it(folder, take):
    """Where a clock was ahead, the first honest capture takes the article over."""
    later = NOW + timedelta(days=365 * 50)
    ahead = warcs.response(STORY, pages.article("The wall of 2076"), when=later.strftime("%Y-%m-%dT%H:%M:%S"))
    take(ahead, name="a.warc.gz", now=later)
    assert sql.rows(folder.root, "select title from articles") == [("The wall of 2076",)]
    take(warcs.response(STORY, pages.article("The wall is raised"), when="2026-03-01T11:00:00"), name="b.warc.gz")
    seen = "select title, revision_count, last_captured_at, indexed_at <= '2026-03-02' from articles"
    assert sql.rows(folder.root, seen) == [("The wall is raised", 1, "2026-03-01T11:00:00Z", 1)]
