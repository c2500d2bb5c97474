"""Agreement with pywb: the same index answers, the same bytes, over the same folders, started by our command."""

from __future__ import annotations

import json

import pytest

from tests.support.archives import SITE
from tests.support.pywb import NEEDS_PYWB, get, serve_by_command

pytestmark = NEEDS_PYWB


@pytest.fixture
def pywb(built):
    """``talkscraper pywb`` over an archive with two versions of a page and a revisit."""
    first = built.respond(f"{SITE}/a", "2025-10-01T08:00:00", "<p>The harbour wall.</p>" * 100, coding="gzip")
    built.respond(f"{SITE}/a", "2025-10-11T08:00:00", "<p>The harbour wall held.</p>" * 100)
    built.revisit(first, "2025-10-21T08:00:00")
    built.respond(f"{SITE}/b?x=2&a=1", "2025-10-11T09:00:00", "b", chunked=True)
    folder = built.done()
    with serve_by_command(folder.root) as port:
        yield built, port


def test_index_and_bytes_agree_with_pywb(pywb, reader):
    """The same captures in the same order for several parameters; the same payload for each of them."""
    from talkscraper.replay import cdx, lookup
    from talkscraper.replay.cdx_query import Parameters, parse_query
    from talkscraper.replay.payload import load
    from talkscraper.replay.timestamps import first_instant

    built, port = pywb
    connection = reader()
    for query in (
        {"url": f"{SITE}/a"},
        {"url": f"{SITE}/a", "limit": "2"},
        {"url": f"{SITE}/a", "from": "20251002", "to": "2025"},
        {"url": f"{SITE}/", "matchType": "prefix"},
        {"url": "news.example", "matchType": "host", "filter": "=status:200"},
        {"url": f"{SITE}/*", "filter": "~url:.*[?]x"},
        {"url": f"{SITE}/a", "sort": "closest", "closest": "20251009000000"},
    ):
        from urllib.parse import urlencode

        status, body = get(port, "/archive/cdx?" + urlencode({**query, "output": "json"}))
        assert status == 200
        theirs = [json.loads(line) for line in body.decode().splitlines()]
        ours = [
            json.loads(line)
            for line in cdx.answer(
                connection,
                parse_query(Parameters({name: [value] for name, value in {**query, "output": "json"}.items()})),
            )
        ]
        keys = ("urlkey", "timestamp", "url", "digest", "length", "offset", "filename")
        assert [[each.get(key) for key in keys] for each in ours] == [
            [each.get(key) for key in keys] for each in theirs
        ], query
    for stamp in ("20251001080000", "20251011080000", "20251021080000"):
        _, theirs_raw = get(port, f"/archive/{stamp}id_/{SITE}/a")
        shown = load(connection, built.folder, lookup.closest(connection, f"{SITE}/a", first_instant(stamp)))
        assert shown.payload() == theirs_raw
