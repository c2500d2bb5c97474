"""In a real browser behind reverse proxies: the reading room under a path, framing the replay, with a password."""

from __future__ import annotations

import pytest

from talkscraper.web.credentials import Credentials, hashed
from tests.support.archives import SITE, extraction, published, store
from tests.support.web_servers import ReverseProxy
from tests.web.test_browser import browser, outside, pytestmark  # noqa: F401  fixtures


@pytest.mark.parametrize("strips", [True, False], ids=["stripping", "not stripping"])
def test_a_reader_searches_reads_and_replays_under_a_path(built, serve, browser, strips):  # noqa: F811
    """By clicks alone: every page is below the path, styled, and the capture is shown in its frame."""
    page_text = "<html><head><link rel=stylesheet href=/s.css></head><body><h1 id=h>Harbour wall</h1></body></html>"
    capture = built.respond(f"{SITE}/wall", "2025-10-01", page_text)
    built.respond(f"{SITE}/s.css", "2025-10-01 00:00:01", "h1{color:rgb(1, 2, 3)}", mime="text/css")
    found = extraction(f"{SITE}/wall", "Harbour wall", "The harbour wall stood.", published=published("2025-10-01"))
    ref = store(built, capture, found, "quay")
    readers = Credentials(users={"ada": hashed("pebble")})
    with ReverseProxy("/news", strips=strips) as proxy:
        served = serve(built.done(), base_path="/news", room_url=proxy.base, credentials=readers)
        proxy.port = served.port
        context = browser.new_context(http_credentials={"username": "ada", "password": "pebble"})
        answers = []
        context.on("response", lambda answer: answers.append((answer.url, answer.status)))
        page = context.new_page()
        page.goto(f"{proxy.base}/news/")
        page.fill("input[name=q]", "harbour")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{proxy.base}/news/?q=harbour*")
        page.click(f"a[href^='/news/article/{ref}']")
        page.wait_for_url(f"{proxy.base}/news/article/{ref}*")
        headline = page.frame_locator("iframe").locator("#h")
        headline.wait_for()
        page.wait_for_load_state("networkidle")
        assert headline.evaluate("each => getComputedStyle(each).color") == "rgb(1, 2, 3)"
        for name in ("Timeline", "Sources and runs", "Help", "Search"):
            page.click(f"header >> text={name}") if page.locator(f"header >> text={name}").count() else page.click(
                f"text={name} >> nth=0"
            )
            page.wait_for_load_state("networkidle")
            assert page.url.startswith(f"{proxy.base}/news/")
        context.close()
    assert [each for each in answers if each[1] >= 400 and each[1] != 401] == []
    assert any(url.startswith(f"{proxy.base}/news/static/") and status == 200 for url, status in answers)


def test_without_the_password_the_browser_sees_nothing(built, serve, browser):  # noqa: F811
    served = serve(built.done(), credentials=Credentials(users={"ada": hashed("pebble")}))
    context = browser.new_context(http_credentials={"username": "ada", "password": "gravel"})
    page = context.new_page()
    assert page.goto(f"{served.room}/").status == 401
    context.close()
