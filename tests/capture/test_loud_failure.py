"""Recording is not optional."""

from __future__ import annotations

import pytest

from talkscraper.capture import writer_of
from talkscraper.errors import CaptureError
from tests.support.exchanges import framed
from tests.support.raw_server import Answer


def test_an_unhooked_pool_closes_the_spider_with_an_error(server, crawl, tmp_path):
    """When connections bypass the tee, no answer reaches the spider and the crawl ends, saying why."""
    server.answer = lambda path, number, served: Answer([framed(b"text")])
    outcome = crawl([{"url": f"{server.base}/{number}"} for number in range(200)], unhook=True, concurrency=4)
    assert outcome["reason"] == "no-capture"
    assert {result["error"] for result in outcome["results"]} <= {"CaptureError", "CancelledError"}
    assert any(result["error"] == "CaptureError" for result in outcome["results"])
    assert len(server.log) < 200, "the rest isn't fetched"
    assert "nothing of it was recorded" in outcome["stderr"]
    assert outcome["committed"] == []


def test_a_crawler_without_a_writer_is_refused():
    """The handler doesn't start where nobody records."""

    class Crawler:
        pass

    with pytest.raises(CaptureError, match="ArchiveAddon"):
        writer_of(Crawler())
