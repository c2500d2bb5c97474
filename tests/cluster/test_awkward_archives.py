"""``extract --cluster local:2`` on awkward archives: every row of every table is that of a pass on this machine alone.

The pages are the golden ones of other tests, in WARCs that share payloads, with revisits, pages that nobody can read, a
live blog, and addresses that were taken down.
"""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.cluster import Executor, open_executor
from talkscraper.ingest.sharded_pages import ShardedPages
from talkscraper.preserve.extract import ExtractReport, extract_again
from talkscraper.preserve.offload import offload
from talkscraper.preserve.receipts import Depth
from talkscraper.preserve.takedown import takedown
from talkscraper.preserve.verify import verify
from talkscraper.preserve.warc_import import import_files
from talkscraper.warc.digests import sha1_base32
from talkscraper.warc.records import IDENTICAL_PAYLOAD, NewRecord, build_revisit
from tests.cluster.conftest import NOW, clock
from tests.support import cli, pages, sql, warcs
from tests.support.clock import at
from tests.support.every_row import every_row
from tests.support.object_stores import BUCKET, S3, _moto, s3  # noqa: F401

# on a busy machine Dask warns of its own slowness
pytestmark = pytest.mark.filterwarnings("default")
GOLDEN = Path(__file__).parents[1] / "golden" / "articles"
FILES = 3
HOSTS = ("quay.example", "pier.example", "lock.example")
LARGE = 17 * 2**20
"""More than a page may have."""
LATER = NOW + timedelta(days=1)
SELECTORS = (
    '[sources."quay.example"]\nname = "Quay"\nhomepage = "https://quay.example/"\nhosts = ["quay.example"]\n'
    '[sources."quay.example".selectors]\ndrop = "p:last-child"\n'
    '[sources."pier.example"]\nname = "Pier"\nhomepage = "https://pier.example/"\nhosts = ["pier.example"]\n'
    'article_urls = ["/posts/"]\ntdm = "skip"\n'
    '[sources."pier.example".selectors]\ntitle = "h1"\nbody = "article"\n'
)


def _live() -> bytes:
    posts = [
        {
            "@type": "BlogPosting",
            "headline": f"Entry {n}",
            "datePublished": f"2025-10-0{n}T08:00:00Z",
            "articleBody": text,
        }
        for n, text in enumerate(pages.PARAGRAPHS, 1)
    ]
    node = json.dumps({"@type": "LiveBlogPosting", "headline": "The lock opens", "liveBlogUpdate": posts})
    return (
        f'<html lang=en><head><title>The lock opens</title><script type="application/ld+json">{node}</script></head>'
        "<body><h1>The lock opens</h1></body></html>"
    ).encode()


def _records(file: int) -> list[NewRecord]:
    """What a file holds; the first page of each has the payload of the others' first."""
    host = HOSTS[file]
    shared = pages.article("A text that all of them print", more="It is the same everywhere.")
    original = warcs.response(
        f"https://{host}/posts/shared", shared, when=f"2025-11-0{1 + file}T10:00:00", digest=sha1_base32(shared)
    )
    records = [warcs.info(), original]
    for number, path in enumerate(sorted(GOLDEN.glob("*.html"))):
        if number % FILES == file:
            url, when = f"https://{host}/posts/{path.stem}", f"2025-11-10T{number % 24:02d}:{file:02d}:00"
            body = path.read_bytes()
            records.append(warcs.response(url, body, when=when, mime="text/html", digest=sha1_base32(body)))
    # the same page later, as a revisit of another file's record, with and without naming it
    elsewhere = f"https://{HOSTS[(file + 1) % FILES]}/posts/shared"
    for day, named in ((20, elsewhere), (21, None)):
        records.append(
            build_revisit(
                url=f"https://{host}/posts/shared",
                date=at(f"2025-11-{day}T10:00:00"),
                head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
                profile=IDENTICAL_PAYLOAD,
                payload_digest=sha1_base32(shared),
                refers_to=None,
                refers_to_url=named or "https://nowhere.example/",
                refers_to_date=at(f"2025-11-0{1 + (file + 1) % FILES}T10:00:00"),
            )
        )
    packed = gzip.compress(b"<html><p>" + b"x" * LARGE, mtime=0)
    records += [
        warcs.response(f"https://{host}/live/lock", _live(), when="2025-11-12T09:00:00"),
        warcs.response(f"https://{host}/live/lock", _live() + b"<!-- -->", when="2025-11-13T09:00:00"),
        warcs.response(
            f"https://{host}/posts/bomb", packed, when="2025-11-14T09:00:00", more="Content-Encoding: gzip\r\n"
        ),
        warcs.response(f"https://{host}/posts/nested", b"<div>" * 200_000, when="2025-11-14T10:00:00"),
        warcs.response(f"https://{host}/posts/none", b"", when="2025-11-14T11:00:00"),
        warcs.response(f"https://{host}/posts/\xe9\u4e00", pages.article("\u6e2f"), when="2025-11-14T12:00:00"),
        warcs.response(f"https://{host}/posts/shared", b"", when="2025-11-30T10:00:00", status="HTTP/1.1 410 Gone"),
    ]
    return records


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive: imported, two addresses taken down, selectors changed since."""
    folder = tmp_path_factory.mktemp("awkward")
    paths = []
    for number in range(FILES):
        paths.append(folder / f"part-{number}.warc.gz")
        paths[-1].write_bytes(warcs.members(*_records(number)))
    archive = ArchiveFolder(folder / "archive")
    report = import_files(archive, paths, clock=clock, copy=True)
    assert report.pages.new > 50
    for depth, name in ((Depth.HIDE, "lang-de"), (Depth.DELETE, "lang-fr"), (Depth.REWRITE, "lang-it")):
        urls = [f"https://{host}/posts/{name}" for host in HOSTS]
        takedown(archive, urls, reason="asked for", depth=depth, now=NOW)
    archive.sources_toml.write_text(SELECTORS)
    return archive.root


def alike(one: Path, other: Path, executor: Executor) -> ExtractReport:
    """Extract again in ``one`` by workers and in ``other`` here: the same report and the same rows."""
    alone = extract_again(ArchiveFolder(other), clock=lambda: LATER, workers=1)
    together = extract_again(ArchiveFolder(one), clock=lambda: LATER, cluster=ShardedPages(executor, one / "shards"))
    assert str(together.pages).replace(str(one), "") == str(alone.pages).replace(str(other), "")
    assert every_row(one) == every_row(other)
    assert not (one / "shards").exists()
    return together


@pytest.fixture
def copies(built: Path, tmp_path: Path) -> list[Path]:
    return [Path(shutil.copytree(built, tmp_path / name)) for name in ("one", "other")]


def test_all_kinds_of_pages(copies: list[Path], dask: Executor) -> None:
    """Several sources and selectors, live blogs, takedowns, shared payloads, and pages beyond every limit."""
    report = alike(copies[0], copies[1], dask)
    assert report.pages.changed and report.pages.gone
    assert len(report.pages.unread) >= FILES
    assert report.pages.page_kinds["live"]
    assert report.cluster is not None
    assert report.cluster.read_here <= len(report.pages.unread)
    again = alike(copies[0], copies[1], dask)
    assert (again.pages.changed, again.pages.new) == (0, 0)


@pytest.mark.slow
def test_one_source_alone(copies: list[Path], dask: Executor) -> None:
    """``--source`` reads its captures, and its revisits' originals in files of others."""
    one, other = copies
    alone = extract_again(ArchiveFolder(other), clock=lambda: LATER, source="pier.example", workers=1)
    reading = ShardedPages(dask, one / "shards")
    together = extract_again(ArchiveFolder(one), clock=lambda: LATER, source="pier.example", cluster=reading)
    assert (together.pages, every_row(one)) == (alone.pages, every_row(other))
    assert alone.pages.pages


def test_an_archive_without_captures(tmp_path: Path, dask: Executor) -> None:
    roots = [tmp_path / "one", tmp_path / "other"]
    for root in roots:
        import_files(ArchiveFolder(root), [], clock=clock)
    report = alike(roots[0], roots[1], dask)
    assert report.pages.pages == 0
    assert verify(ArchiveFolder(roots[0]), now=NOW, executor=dask).ok


@pytest.mark.slow
def test_an_archive_whose_files_are_in_an_object_store_alone(copies: list[Path], s3: S3) -> None:  # noqa: F811
    """Workers read ranges from there, by the credentials of their environment."""
    for number, root in enumerate(copies):
        offload(ArchiveFolder(root), f"s3://{BUCKET}/{number}", now=NOW)
        assert not list((root / "warc").glob("*.warc.gz"))
    # of the environment as it is now
    with open_executor("local:2") as executor:
        together = extract_again(
            ArchiveFolder(copies[0]), clock=lambda: LATER, cluster=ShardedPages(executor, copies[0] / "shards")
        )
        alone = extract_again(ArchiveFolder(copies[1]), clock=lambda: LATER, workers=1)
        assert together.pages == alone.pages
        assert together.cluster is not None and together.cluster.pages > 50
        rows = [every_row(root) for root in copies]
        for each in rows:
            # where the files lie is another place
            each.pop("stored_objects"), each.pop("warc_files")
        assert rows[0] == rows[1]
        folder = ArchiveFolder(copies[0])
        assert verify(folder, now=NOW, executor=executor, articles=-1) == verify(folder, now=NOW, articles=-1)


@pytest.mark.slow
def test_the_documents_of_both_are_equal_but_for_the_cluster(copies: list[Path]) -> None:
    """``--json`` of extract, verify and import, by the command line."""
    # pages that can't be read fail an extract; that their articles can't be read again is noted by verify
    for command, code in ((["extract"], 1), (["verify", "--articles", "all"], 0)):
        found = [
            cli.run_json(root, *command, *more, code=code)
            for root, more in zip(copies, (["--cluster", "local:2"], []), strict=True)
        ]
        work = found[0].pop("cluster", None)
        assert (work is None) == (command[0] == "verify")
        assert found[0] == found[1]


@pytest.mark.slow
def test_a_takedown_removes_what_an_interrupted_pass_has_extracted(built: Path, tmp_path: Path, dask: Executor) -> None:
    """Texts in shards are a copy too, whatever the depth."""
    root = Path(shutil.copytree(built, tmp_path / "archive"))
    folder = ArchiveFolder(root)

    class Killed(BaseException):
        pass

    def killed(_what: str, _done: int, _total: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        extract_again(folder, clock=clock, cluster=ShardedPages(dask, folder.shards), progress=killed)
    assert list(folder.shards.glob("*.shard"))
    takedown(folder, ["https://quay.example/posts/shared"], reason="asked for", depth=Depth.DELETE, now=NOW)
    assert not folder.shards.exists()


def test_a_shard_that_is_not_merged_is_named_by_a_takedown(built: Path, tmp_path: Path) -> None:
    """What workers of a killed crawl have captured comes into the archive with the next crawl."""
    root = Path(shutil.copytree(built, tmp_path / "archive"))
    shard = root / "shards" / "00000007-0123456789abcdef"
    shard.mkdir(parents=True)
    shutil.copy(root / "talkscraper.db", shard)
    (url,) = sql.rows(root, "select url from captures where url like '%/posts/shared' limit 1")[0]
    receipt = takedown(ArchiveFolder(root), [url], reason="asked for", depth=Depth.HIDE, now=datetime.now(UTC))
    assert [(each.kind, each.path) for each in receipt.copies] == [("shard", str(shard))]
    assert "the next crawl merges it" in cli.run_here(root, "takedown", url, "--reason", "again").stdout
