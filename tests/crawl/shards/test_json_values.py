"""What a worker keeps of its changes comes back the same, and nothing else is made of it."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from talkscraper import extract
from talkscraper.crawl.shards.json_values import decode, encode
from talkscraper.errors import ArchiveError
from talkscraper.frontier.by_hand import ListNote
from talkscraper.frontier.model import Fate, Lease, Settlement
from talkscraper.ingest.page import CapturedPage
from talkscraper.model import Capture, RecordType
from talkscraper.monitor.run_report import Tally
from talkscraper.sources.model import Source
from tests.support import pages

NOW = datetime(2026, 3, 1, 9, 30, 1, 250, tzinfo=UTC)
SOURCE = Source(id="quay", name="The Quay", homepage="https://quay.example/")


def there_and_back(value):
    return decode(encode(value), {"quay": SOURCE}.get)


def test_a_stored_page_comes_back_the_same():
    url = "https://quay.example/posts/a"
    capture = Capture(
        id="<urn:uuid:1>", url=url, urlkey="example,quay)/posts/a", captured_at=NOW, status=200, mime="text/html",
        payload_digest="sha1:A", record_type=RecordType.RESPONSE, warc_file="a.warc.gz", warc_offset=0, warc_length=9,
    )  # fmt: skip
    extraction = replace(extract(pages.article("The 港"), url, NOW), reason="a lone surrogate \udc80")
    page = CapturedPage(capture=capture, extraction=extraction, source=SOURCE, hops=("https://quay.example/a",))
    lease = Lease(id=1, url=url, source_id="quay", kind="article", discovered_at=NOW, declared_at=None)
    settlement = Settlement(fate=Fate.CHANGED, status=200, published_at=NOW)
    note = ListNote(run_id=7, outcome="captured", detail="gallery: no text")
    named = {"validators_same": False, "note": note}
    given = [[lease, page, settlement, (timedelta(hours=1), timedelta(days=7)), NOW], named]
    assert there_and_back(given) == given
    assert there_and_back(page).source is SOURCE


def test_figures_come_back_the_same():
    tally = Tally(source_id="quay", found={1, -5}, refusals=Counter(a=2), passed_over={"https://a.example/": None})
    assert there_and_back(tally) == tally
    assert there_and_back(tally).refusals["b"] == 0


@pytest.mark.parametrize(
    "value", [None, True, 1.5, "$", [1, (2, [3])], {"a": (1,)}, {1, 2}, date(2026, 1, 1), {"$": 1}]
)
def test_plain_values_come_back_the_same(value):
    assert there_and_back(value) == value


@pytest.mark.parametrize(
    "text",
    ['{"$":"Popen","v":{"args":"true"}}', '{"$":"os.system","v":{}}', "{", '{"a":1}', '{"$":"Lease","v":{"id":1}}', "[" * 99_999],
)  # fmt: skip
def test_nothing_else_is_made(text):
    with pytest.raises(ArchiveError):
        decode(text, lambda _name: None)


def test_what_cannot_come_back_is_refused_when_it_is_kept():
    with pytest.raises(TypeError):
        encode(object())
