"""Whatever stands in an address or a header, the answer is never "500": it is refused, or nothing is found."""

from __future__ import annotations

import http.client
import logging
from urllib.parse import quote

import pytest

from tests.support.archives import SITE, extraction, published, store

ODD = [
    "",
    "%C2%B2",  # a superscript two: a digit for str.isdigit, not for int
    "%D9%A1%D9%A2",  # Arabic-Indic digits
    "-1",
    "+1",
    "1_000",
    "0x10",
    "1e400",
    "nan",
    "inf,1",
    "nan,1",
    "1.5,99999999999999999999",
    "9" * 18,
    "9" * 19,
    "9" * 40,
    "9" * 5000,
    "-" + "9" * 19,
    "%00",
    "a%00b",
    "%ED%A0%80",  # half a surrogate pair
    "%FF%FE",
    "%F0%9F%97%9E",
    "%0d%0aX-Header:%201",
    "0001-01-01",
    "0001-01-01T00:00:00%2B05:00",
    "9999-12-31T23:59:59-23:59",
    "0000-00-00",
    "2025-02-30",
    "2025-13",
    "00000000000000",
    "99999999999999",
    "%D9%A2%D9%A0%D9%A2%D9%A5",
    "2025-W01-1",
    "20251028T25",
    "..",
    "..%2F..%2Fetc%2Fpasswd",
    "%2Fetc%2Fpasswd",
    "'",
    "%22",
    "%28",
    "*",
    "a*",
    "NEAR(",
    "^a",
    "-a",
    "title:",
    "since:9999-99",
    "http://[::1",
    "http://a:99999/",
    "http://a:b/",
    "http://%00/",
    "http://" + "a" * 300,
    "http://\\a",
    "https://xn--%FF.example/",
    "javascript:alert(1)",
    "urn:uuid:x",
    "%3Curn:uuid:x%3E",
    "a" * 4000,
    "%",
    "%zz",
    "%E2%80%AE",
]
ROOM = [
    "/?q={}",
    "/?q=wall&source={0}&language={0}&section={0}",
    "/?q=wall&since={}",
    "/?q=wall&until={}",
    "/?since={}",
    "/?q=wall&author={0}&title={0}",
    "/?q=wall&after={}",
    "/?q=wall&order=newest&after={}",
    "/?after={}",
    "/timeline?q={}",
    "/timeline?since={0}&until={0}",
    "/timeline?q=wall&unit={}",
    "/timeline.csv?q=wall&since={}",
    "/timeline?q=wall&q={0}&by={0}",
    "/timeline.csv?q={}&by=source",
    "/api/timeline?q={0}&unit={0}",
    "/kwic?q={}",
    "/kwic?q=wall&sort={0}&width={0}",
    "/kwic?q=wall&page={}",
    "/kwic.csv?q={}",
    "/sources?q={}",
    "/changes?source={0}&kind={0}",
    "/changes?since={0}&until={0}",
    "/changes.atom?after={}",
    "/changes.atom?source={}",
    "/feed.atom?q={}",
    "/feed.atom?q=wall&after={}",
    "/api/changes?cursor={}",
    "/api/changes?limit={0}&kind={0}",
    "/export.{}",
    "/export.jsonl?q={}",
    "/export.csv?since_indexed={}",
    "/export.warc.gz?q=wall&since_indexed={}",
    "/export.wacz?q=wall&until={}",
    "/article?url={}",
    "/article/{}",
    "/article/{}.json",
    "/article/{article}/{}",
    "/article/{article}/diff?a={0}&b={0}",
    "/article/{article}/cite.{}",
    "/article/{article}/cite.txt?revision={}",
    "/capture/{}",
    "/capture/{}/record.warc.gz",
    "/static/{}",
    "/{}",
]
REPLAY = [
    "/web/{}",
    "/web/?url={}",
    "/web/{}/http://news.example/a",
    "/web/2025id_/{}",
    "/web/2025{}/http://news.example/a",
    "/web/*/{}",
    "/web/timemap/link/{}",
    "/cdx?url={}",
    "/cdx?url=news.example/*&limit={}",
    "/cdx?url=news.example/*&from={0}",
    "/cdx?url=news.example/*&to={0}",
    "/cdx?url=news.example/*&closest={}",
    "/cdx?url=news.example/*&sort={}",
    "/cdx?url=news.example/*&output={}",
    "/cdx?url=news.example/*&matchType={}",
    "/cdx?url=news.example/*&fl={}",
    "/cdx?url=news.example/*&filter={}",
    "/cdx?url=news.example/*&filter=~url:{}",
    "/cdx?url=news.example/*&collapse={}",
    "/cdx?url=news.example/*&collapse=url:{}",
    "/warc/{}",
    "/with-scripts/{}",
    "/with-scripts/{}/http://news.example/a",
    "/page-index/{}",
    "/page-index/{}-1.cdxj",
    "/viewer/{}",
    "/{}",
]
HEADERS = ("Accept-Datetime", "Range", "If-Range", "If-None-Match", "Origin", "Referer", "Sec-Fetch-Site", "Host")


@pytest.fixture
def shelf(built):
    """One article."""
    url = f"{SITE}/a"
    capture = built.respond(url, "2025-10-01", "<p>x")
    article = store(
        built, capture, extraction(url, "Wall", "The harbour wall holds.", published=published("2025-10-01")), "quay"
    )
    return built, article


@pytest.mark.parametrize("replay", [False, True], ids=["room", "replay"])
def test_no_address_is_answered_by_an_error_of_ours(shelf, serve, replay, caplog):
    """Numbers that are none, times that aren't, bytes that are no text: in every parameter of every route."""
    built, article = shelf
    served = serve(built.done())
    connection = http.client.HTTPConnection("127.0.0.1", served.replay_port if replay else served.port, timeout=120)
    failed = []
    with caplog.at_level(logging.WARNING):
        for route in REPLAY if replay else ROOM:
            for value in ODD:
                path = route.replace("{article}", article).replace("{0}", value).replace("{}", value)
                path = quote(path, safe="".join(chr(c) for c in range(0x21, 0x7F)))
                connection.putrequest("GET", path, skip_host=True)
                connection.putheader("Host", "localhost")
                connection.endheaders()
                reply = connection.getresponse()
                reply.read()
                if reply.status >= 500:
                    failed.append((reply.status, path[:120]))
                if reply.will_close:
                    connection.close()
    connection.close()
    assert failed == []
    assert [each.getMessage() for each in caplog.records if each.exc_info] == []


def test_no_header_is_answered_by_an_error_of_ours(shelf, serve):
    """The same in the headers that are read."""
    built, _ = shelf
    served = serve(built.done())
    failed = []
    for path in (f"/web/{SITE}/a", f"/web/20251001000000id_/{SITE}/a", f"/warc/{built.name}"):
        for name in HEADERS:
            for value in (*ODD[:40], "bytes=0-", "bytes=" + "9" * 30 + "-", "bytes=-" + "9" * 18, "Thu, 31 Feb 0000"):
                raw = value[:1000].encode()
                connection = http.client.HTTPConnection("127.0.0.1", served.replay_port, timeout=120)
                connection.putrequest("GET", path, skip_host=name == "Host")
                connection.putheader(name, raw)
                connection.endheaders()
                reply = connection.getresponse()
                reply.read()
                connection.close()
                if reply.status >= 500:
                    failed.append((reply.status, path, name, value[:60]))
    assert failed == []
