"""Decisions on responses, without a crawl: what a status, links or an extraction mean for an address."""

from datetime import UTC, datetime

import pytest
from scrapy.http import HtmlResponse

from talkscraper.capture import CAPTURE_META_KEY
from talkscraper.crawl import decision
from talkscraper.crawl.decision import FetchedPage, Outcome
from talkscraper.crawl.seed_reader import SeedReading
from talkscraper.discovery.rights import Signal
from talkscraper.frontier.model import Fate, Lease
from talkscraper.model import Capture, Extraction, PageKind, RecordType
from talkscraper.sources.model import Source

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOME = "https://quay.example/"
URL = HOME + "posts/a-story"
RESERVED = Signal(scope="site", url=HOME + ".well-known/tdmrep.json", signal="tdm-reservation", value="1")


def _page(status=200, *, kind="article", url=URL, known=None, digest="sha1:NEW", landed=None, **source):
    capture = Capture(
        id="<urn:uuid:1>", url=landed or url, asked_as=kind, urlkey="k", captured_at=NOW, status=status, mime="text/html", payload_digest=digest,
        record_type=RecordType.RESPONSE, warc_file="a.warc.gz", warc_offset=0, warc_length=1,
    )  # fmt: skip
    response = HtmlResponse(landed or url, status=status, body=b"x")
    response.request = response.follow(url, meta={CAPTURE_META_KEY: capture, "redirect_urls": [url] if landed else []})
    lease = Lease(id=1, url=url, source_id="quay", kind=kind, payload_digest=known, discovered_at=NOW)
    return FetchedPage.of(response, lease, Source(id="quay", name="Quay", homepage=HOME, **source))


@pytest.mark.parametrize(
    ("page", "outcome", "fate"),
    [
        (_page(403), Outcome.FAILED, Fate.FAILED),
        (_page(500, kind="feed"), Outcome.FAILED, Fate.FAILED),
        (_page(404), Outcome.GONE, Fate.GONE),
        (_page(410, kind="feed"), Outcome.FAILED, Fate.GONE),
        (_page(landed=HOME), Outcome.GONE, Fate.GONE),
        (_page(304), Outcome.UNCHANGED, Fate.UNCHANGED),
        (_page(known="sha1:NEW"), Outcome.UNCHANGED, Fate.UNCHANGED),
        (_page(known="sha1:NEW", kind="homepage"), Outcome.SEED_UNCHANGED, Fate.UNCHANGED),
    ],
)
def test_a_response_that_need_not_be_parsed_is_decided_by_its_status(page, outcome, fate):
    """Refused, gone, redirected to the homepage, or unchanged."""
    decided = decision.by_status(page)
    assert decided is not None
    assert (decided.outcome, decided.settlement.fate) == (outcome, fate)


def test_a_new_page_must_be_parsed():
    """Its status decides nothing."""
    assert decision.by_status(_page(known="sha1:OLD")) is None


def test_requisites_follow_a_seed_only_if_it_is_a_page():
    """A homepage is shown in replay; a feed isn't. One that can't be read has failed."""
    reading = SeedReading()
    assert decision.by_links(_page(kind="homepage"), reading).requisites
    assert not decision.by_links(_page(kind="feed"), reading).requisites
    broken = decision.by_links(_page(kind="feed"), SeedReading(fault="not XML"))
    assert (broken.outcome, broken.failure.error, broken.reading.fault) == (Outcome.FAILED, "unreadable", "not XML")


def test_a_challenge_page_is_stored_and_counts_as_a_refusal():
    """It isn't an article, and the site refuses access."""
    decided = decision.by_extraction(_page(), Extraction(article=None, page_kind=PageKind.BLOCKED), reservation=None)
    assert decided.outcome is Outcome.EXTRACTED
    assert decided.settlement.fate is Fate.FAILED
    assert decided.failure.blocked
    assert not decided.requisites


@pytest.mark.parametrize(
    ("policy", "outcome", "fate"),
    [
        ("store-flagged", Outcome.EXTRACTED, Fate.CHANGED),
        ("skip-text", Outcome.RESERVED, Fate.CHANGED),
        ("skip", Outcome.RESERVED, Fate.REFUSED),
    ],
)
def test_reserved_rights_count_as_the_source_says(policy, outcome, fate):
    """By its policy the text is kept, left out, or the page isn't fetched again."""
    decided = decision.by_extraction(
        _page(tdm=policy), Extraction(article=None, page_kind=PageKind.ARTICLE), reservation=RESERVED
    )
    assert (decided.outcome, decided.settlement.fate) == (outcome, fate)
