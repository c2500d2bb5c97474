"""The bundled newsroom: what it promises to the demo, the tests and the benchmarks."""

import gzip
import re
import urllib.error
import urllib.request

import pytest

from talkscraper.fixture_site import FixtureSite
from talkscraper.fixture_site.stories import edition


@pytest.fixture
def newsroom():
    with FixtureSite() as running:
        yield running


def get(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


def test_both_newspapers_together_hold_at_least_thirty_articles():
    assert len(edition("talk_of_harbours", 0).stories) + len(edition("minato_shimbun", 0).stories) >= 30


def test_the_next_day_brings_one_correction_one_loss_and_two_new_articles():
    before, after = edition("talk_of_harbours", 0), edition("talk_of_harbours", 1)
    old, new = {s.slug: s for s in before.stories}, {s.slug: s for s in after.stories}
    assert len(new.keys() - old.keys()) == 2
    assert len(old.keys() - new.keys()) == 1
    assert [slug for slug in old.keys() & new.keys() if old[slug] != new[slug]] == ["the-night-the-harbour-wall-held"]


def test_every_article_that_the_front_page_names_can_be_read(newsroom):
    _, _, front = get(newsroom.talk_url)
    targets = set(re.findall(rb'href="(/posts/[^"]+)"', front))
    assert len(targets) == len(edition("talk_of_harbours", 0).stories)
    assert {get(newsroom.talk_url.rstrip("/") + t.decode())[0] for t in targets} == {200}


def test_a_withdrawn_article_answers_410_on_the_next_day(newsroom):
    url = newsroom.talk_url + "posts/a-watch-that-loses-an-hour-on-purpose"
    assert get(url)[0] == 200
    newsroom.next_day()
    assert get(url)[0] == 410


def test_the_japanese_newspaper_is_in_shift_jis_and_says_so(newsroom):
    status, headers, body = get(newsroom.minato_url + "news/1001.html")
    assert (status, headers.get_content_charset()) == (200, "shift_jis")
    assert "港の時計台" in body.decode("shift_jis")


def test_the_news_sitemap_behind_robots_txt_names_more_than_the_feed(newsroom):
    _, _, robots = get(newsroom.minato_url + "robots.txt")
    index_url = re.search(rb"Sitemap: (\S+)", robots)[1].decode()
    _, _, index = get(index_url)
    _, _, packed = get(re.search(rb"<loc>([^<]+)", index)[1].decode())
    _, _, feed = get(newsroom.minato_url + "feed.rdf")
    assert gzip.decompress(packed).count(b"<url>") > feed.count(b"<item>") > 0


def test_a_page_asked_for_with_its_etag_answers_304_without_a_body(newsroom):
    _, headers, _ = get(newsroom.talk_url)
    status, _, body = get(newsroom.talk_url, **{"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")


def test_the_log_holds_every_exchange_in_order(newsroom):
    get(newsroom.talk_url)
    get(newsroom.talk_url + "nowhere")
    assert [(s.target, s.status) for s in newsroom.log] == [("/", 200), ("/nowhere", 404)]


def test_a_port_that_is_taken_is_replaced_by_another(newsroom):
    """The demo prefers the same ports every time, and must work beside another demo."""
    taken = tuple(int(url.rstrip("/").rpartition(":")[2]) for url in (newsroom.talk_url, newsroom.minato_url))
    with FixtureSite(taken) as second:
        assert second.talk_url != newsroom.talk_url
        assert get(second.talk_url)[0] == get(newsroom.talk_url)[0] == 200
