"""robots.txt: which group of rules is talkscraper's."""

import pytest

from talkscraper.sources.robots_rules import RobotsRules, product_token

PAGE = "https://quay.example/posts/wall"


def _rules(text):
    return RobotsRules.of_response(200, text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(
    ("value", "token"),
    [
        ("talkscraper", "talkscraper"),
        ("TalkScraper/1.0 (+https://example.org/bot)", "talkscraper"),
        ("talkscraper;", "talkscraper"),
        ("talkscraper-news", "talkscraper-news"),
        ("* all of you", "*"),
        ("", ""),
        ("1", ""),
    ],
)
def test_a_line_names_a_product_token_and_what_follows_is_ignored(value, token):
    """RFC 9309 §2.2.1."""
    assert product_token(value) == token


@pytest.mark.parametrize(
    "agent",
    [
        "talkscraper",
        "Talkscraper/1.0",
        "TALKSCRAPER/0.4.1 (+https://example.org/bot)",
        "talkscraper # ours",
        "someone\nUser-agent: talkscraper/2",
    ],
)
def test_a_group_that_names_talkscraper_in_any_way_is_obeyed(agent):
    rules = _rules(f"User-agent: *\nAllow: /\n\nUser-agent: {agent}\nDisallow: /\nCrawl-delay: 7\n")
    assert not rules.allows(PAGE)
    assert rules.crawl_delay_s == 7


@pytest.mark.parametrize("agent", ["talk", "t", "talkscraper-news", "scraper", "Mozilla/5.0 (talkscraper)", "talks*"])
def test_a_group_of_another_robot_is_not_ours(agent):
    assert _rules(f"User-agent: {agent}\nDisallow: /\n").allows(PAGE)


def test_groups_of_one_robot_are_one_group():
    """Also if they name it in different ways (§2.2.1)."""
    rules = _rules(
        "User-agent: talkscraper/1\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n\nUser-agent: Talkscraper\nDisallow: /b\n"
    )
    assert rules.allows(PAGE)
    assert not rules.allows("https://quay.example/a/1")
    assert not rules.allows("https://quay.example/b/1")


def test_the_group_of_all_robots_counts_only_without_one_of_ours():
    assert not _rules("User-agent: *\nDisallow: /posts/\n").allows(PAGE)
    assert _rules("User-agent: *\nDisallow: /posts/\nUser-agent: talkscraper/1\nAllow: /\n").allows(PAGE)


def test_records_of_other_protocols_end_no_group():
    """§2.2.4: Content-Signal between two User-agent lines."""
    rules = _rules("User-agent: other\nContent-Signal: ai-train=no\nUser-agent: talkscraper/1\nDisallow: /posts/\n")
    assert not rules.allows(PAGE)


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfUser-agent: talkscraper/1\r\nDisallow: /\r\n",
        b"User-agent: talkscraper/1\rDisallow: /\r",
        b"  user-agent :talkscraper/1\n   disallow :/",
        b"User agent talkscraper/1\nDisalow: /\n",
        "User-agent: talkscraper/1\nDisallow: /\n".encode("utf-16"),
    ],
)
def test_rules_are_read_as_they_are_written(text):
    """A byte order mark, other line ends, blanks, misspellings."""
    assert not _rules(text).allows(PAGE)
