"""What a subclass of the handler may do: look at the peer before a byte is sent, and cut off what is under way."""

from __future__ import annotations

import threading

from tests.support.exchanges import framed
from tests.support.raw_server import Answer
from tests.support.warcs import iter_records


def test_a_refused_peer_gets_no_byte_and_leaves_no_record(server, crawl, tmp_path):
    """The check sees the connected address, on fresh and on reused connections, before anything is written."""
    server.answer = lambda path, number, served: Answer([framed(b"text")])
    paths = ["/1", "/refused", "/2", "/3", "/refused-too", "/4"]
    outcome = crawl([{"url": server.base + path} for path in paths], guarded=True, concurrency=1)
    assert set(server.log) == {"/1", "/2", "/3", "/4"}
    assert outcome["peers"] == ["127.0.0.1"] * 6
    assert len(outcome["committed"]) == 4
    errors = {result["url"].removeprefix(server.base): result.get("error") for result in outcome["results"]}
    assert errors["/refused"] == errors["/refused-too"] == "IgnoreRequest"


def test_what_is_cut_off_at_the_end_of_a_run_is_kept_so_far(server, crawl, tmp_path):
    """A cancelled download leaves a truncated record, and nobody waits for the rest of it."""
    whole = framed(b"x" * 5000)
    under_way = threading.Event()

    def beginning():
        yield whole[:700]
        under_way.set()

    def answer(path: str, number: int, served: int):
        if path == "/slow":
            return Answer(beginning(), "hold")
        under_way.wait()
        return Answer([framed(b"fast")])

    server.answer = answer
    outcome = crawl([{"url": server.base + "/slow"}, {"url": server.base + "/cuts-off"}], guarded=True)
    assert len(outcome["committed"]) == 2
    (warc,) = (tmp_path / "archive" / "warc").glob("*.warc.gz")
    (cut,) = [
        record
        for record in iter_records(warc)
        if record.target_uri == server.base + "/slow" and record.headers.get("WARC-Type") == "response"
    ]
    assert cut.headers.get("WARC-Truncated") == "unspecified"
    assert cut.block == whole[:700]
