"""What an object store is asked for, by operation: the table of docs/scale.md, counted by a proxy before the store."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.object_store import remote_warc
from talkscraper.object_store.block_cache import BLOCK_BYTES
from talkscraper.object_store.store import PIECE_BYTES
from talkscraper.replay.payload import load
from talkscraper.store.captures import by_id
from talkscraper.store.database import open_reader
from tests.support.archives import BuiltArchive, built, extraction, published, store  # noqa: F401
from tests.support.cli import run_here
from tests.support.object_stores import BUCKET, S3, _moto, s3  # noqa: F401
from tests.support.web_servers import ServedArchive

PAGES = 12


@pytest.fixture
def folder(built: BuiltArchive) -> ArchiveFolder:  # noqa: F811
    """A WARC of several blocks: articles whose pages hardly shrink."""
    seeded = random.Random(7)
    for number in range(PAGES):
        url = f"https://quay.example/posts/{number}"
        text = "\n\n".join(f"Part {each} of story {number}: the harbour wall is raised." for each in range(30))
        paragraphs = "".join(f"<p>{line}</p>" for line in text.split("\n\n"))
        page = f"<html><head><title>Story {number}</title></head><body><article><h1>Story {number}</h1>{paragraphs}"
        page += f"</article><!-- {seeded.randbytes(200_000).hex()} --></body></html>"
        capture = built.respond(url, f"2025-10-{number + 1:02}", page)
        found = extraction(url, f"Story {number}", text, published=published("2025-10-01"))
        store(built, capture, found, source_id="quay")
    return built.done()


def asked(s3: S3, operation: Callable[[], object]) -> Counter[str]:  # noqa: F811
    """The requests of an operation, by method."""
    s3.faults.seen.clear()
    operation()
    return Counter(method for method, _ in s3.faults.seen)


def test_the_requests_of_each_operation_are_those_of_the_docs(folder: ArchiveFolder, s3: S3) -> None:  # noqa: F811
    """One file of a few blocks, with an empty cache, and again with a full one."""
    (path,) = folder.warc.iterdir()
    path_size = path.stat().st_size
    assert path_size > 2 * BLOCK_BYTES

    def command(*words: str) -> Callable[[], object]:
        def run() -> None:
            done = run_here(folder.root, *words)
            assert done.returncode == 0, done.stderr

        return run

    def replay(url: str) -> Callable[[], object]:
        def run() -> None:
            with closing(open_reader(folder.database)) as connection:
                number = connection.execute("select id from captures where url = ?", [url]).fetchone()[0]
                capture = by_id(connection, number)
                assert capture is not None
                with closing(load(connection, folder, capture)) as shown:
                    assert shown.payload()

        return run

    found = {
        "offload": asked(s3, command("offload", f"s3://{BUCKET}/news")),
        "a page, first": asked(s3, replay("https://quay.example/posts/1")),
        "a page, again": asked(s3, replay("https://quay.example/posts/1")),
        "verify": asked(s3, command("verify", "--articles", "0")),
        "extract": asked(s3, command("extract", "--from-start")),
        "extract again": asked(s3, command("extract", "--from-start")),
        "recall": asked(s3, command("recall", "--all")),
    }
    pieces = -(-path_size // PIECE_BYTES)
    reads = {operation: methods["GET"] for operation, methods in found.items()}
    assert reads == {
        "offload": pieces + 1,
        "a page, first": 1,
        "a page, again": 0,
        "verify": pieces,
        "extract": pieces,
        "extract again": 0,
        "recall": pieces,
    }
    assert {operation for operation, methods in found.items() if methods["PUT"] + methods["POST"]} == {"offload"}
    assert found["offload"]["PUT"] == 2
    # size and ETag are looked at again after half a minute, which a slow machine exceeds
    assert found["offload"]["HEAD"] <= 8
    assert all(methods["HEAD"] <= 4 for operation, methods in found.items() if operation != "offload"), found


def test_a_page_that_is_served_asks_for_its_block_alone(folder: ArchiveFolder, s3: S3) -> None:  # noqa: F811
    """A page in a browser, and again: one look at the object, one range of it, and nothing when it is shown again."""
    assert run_here(folder.root, "offload", f"s3://{BUCKET}/news").returncode == 0
    address = "/web/20251002000000/https://quay.example/posts/1"
    with ServedArchive(folder) as served:
        first = asked(s3, lambda: served.play(address))
        assert first == {"GET": 1, "HEAD": 1}
        assert served.play(address).status == 200
        remote_warc._looked_at.clear()
        assert asked(s3, lambda: served.play(address)) == {}
