"""Whatever a server sends becomes records that other tools can read."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.dedup import Originals
from talkscraper.capture.exchange import Exchange
from talkscraper.capture.record_builder import compose
from talkscraper.warc.digests import sha1_base32

NOTHING = Originals(ArchiveFolder(Path(tempfile.gettempdir()) / "no-such-archive"), None, None)
LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b"Transfer-Encoding: chunked", b"Content-Encoding: gzip, br", b"Content-Length: 5", b"Content-Type: \xff",
                b"Content-Type: text/html;;", b"ETag: " + b"x" * 3000, b"Location: http://[bad", b"Location: //\r", b": x",
                b"\tfolded", b"WARC-Type: response", b"Last-Modified: \x00\x1b[31m",
            ]
        ),
        st.binary(max_size=40),
    ),
    max_size=6,
)  # fmt: skip
STATUS = st.one_of(
    st.sampled_from(
        [b"HTTP/1.1 200 OK", b"HTTP/1.1 304", b"HTTP/1.0 301 ", b"HTTP/1.1 103 x", b"HTTP/9 -1", b"http/1.1 200"]
    ),
    st.binary(max_size=30),
)


@given(
    status=STATUS,
    lines=LINES,
    end=st.sampled_from([b"\r\n", b"\n"]),
    body=st.binary(max_size=300),
    url=st.text(max_size=60),
    truncated=st.sampled_from([None, "length", "disconnect"]),
)
def test_any_answer_can_be_composed_and_read(status, lines, end, body, url, truncated):
    """No bytes and no URL make composing fail, and warcio reads each record with the very block."""
    sent = end.join([status, *lines, b"", body])
    exchange = Exchange(url="http://news.example/" + url, started_at=datetime(2026, 3, 1, tzinfo=UTC))
    attempt = exchange.new_attempt("2001:db8::1")
    attempt.request += b"GET / HTTP/1.1\r\n\r\n"
    attempt.received(sent)
    exchange.seal(truncated)
    composed = compose(exchange, NOTHING, run_id=1, redacted=("Cookie",))
    if not sent:
        assert composed is None
        return
    data = b"".join(b"".join(record.member()) for record in composed.records)
    read = [
        (record.rec_headers.get_header("WARC-Type"), record.raw_stream.read(), record.rec_headers)
        for record in ArchiveIterator(BytesIO(data), no_record_parse=True)
    ]
    assert [kind for kind, *_ in read] == [str(record.record_type) for record in composed.records]
    main, headers = read[0][1], read[0][2]
    assert sent.endswith(main)
    assert headers.get_header("WARC-Block-Digest") == sha1_base32(main)
    assert headers.get_header("WARC-Target-URI") == composed.capture.url
    assert headers.get_header("WARC-Truncated") == truncated
    assert composed.capture.url.isascii()
    for value in (composed.capture.mime, composed.capture.etag, composed.capture.redirect_to):
        assert value is None or "\n" not in value
