"""Wishes about the use of pages, as sites write them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.discovery import rights

URL = "https://quay.example/.well-known/tdmrep.json"


def test_content_signals_of_robots_txt_are_kept_as_written():
    """Each distinct line once, comments cut, whatever their case."""
    body = "User-agent: *\nContent-Signal: search=yes, ai-train=no # please\ncontent-signal: search=yes, ai-train=no\n"
    assert [(each.scope, each.signal, each.value) for each in rights.of_robots(body, "u")] == [
        ("robots", "content-signal", "search=yes, ai-train=no")
    ]


@pytest.mark.parametrize(
    ("body", "reserved"),
    [
        ("User-agent: *\nContent-Signal: search=yes, ai-train=yes\nAllow: /\n", False),
        ("User-agent: *\nContent-Signal: search=yes, ai-train=no\n", True),
        ("User-agent: *\nAllow: /\n\nContent-Signal: ai-input = NO\n", True),
        ("Content-Signal: search=no\n", True),
        ("User-agent: *\nContent-Signal: photographs=no\n", False),
        ("User-agent: GPTBot\nContent-Signal: ai-train=no\nUser-agent: *\nContent-Signal: ai-train=yes\n", False),
        ("User-agent: GPTBot\nUser-agent: *\nContent-Signal: ai-train=no\n", True),
        ("User-agent: Talkscraper\nAllow: /\nUser-agent: *\nContent-Signal: ai-train=no\n", False),
        ("User-agent: talkscraper\nContent-Signal: ai-train=no\n", True),
    ],
)
def test_a_content_signal_that_denies_a_use_reserves_the_pages_of_its_host(body, reserved):
    """Of our own group, where there is one, else of everybody's (RFC 9309 §2.2.1); on no other host."""
    signals = rights.of_robots(body, "https://quay.example/robots.txt")
    assert (rights.reservation(signals, "https://quay.example/posts/1") is not None) == reserved
    assert rights.reservation(signals, "https://www.quay.example/posts/1") is None


def test_what_is_meant_for_another_bot_is_kept_with_its_name():
    """So that the table still holds everything that was said."""
    body = "User-agent: GPTBot\nUser-agent: CCBot\nContent-Signal: ai-train=no\n"
    assert [each.value for each in rights.of_robots(body, URL)] == ["gptbot: ai-train=no"]


@given(st.text(max_size=200))
def test_no_robots_txt_breaks_the_reader_of_signals(body):
    """Whatever it holds, what is found of it is a content signal."""
    assert all(each.signal == "content-signal" for each in rights.of_robots(body, URL))


def test_tdmrep_entries_that_reserve_rights_are_found_and_matched():
    """TDMRep §6.1: location patterns with * and $."""
    entries = [
        {"location": "/posts/*", "tdm-reservation": 1, "tdm-policy": "https://quay.example/policy"},
        {"location": "/exact$", "tdm-reservation": "1"},
        {"location": "/free", "tdm-reservation": 0},
    ]
    signals = rights.of_tdmrep(json.dumps(entries).encode(), URL)
    assert len(signals) == 2
    assert rights.reservation(signals, "https://quay.example/posts/1")
    assert rights.reservation(signals, "https://quay.example/exact")
    assert not rights.reservation(signals, "https://quay.example/exactly")
    assert not rights.reservation(signals, "https://quay.example/free")


@given(st.binary(max_size=200))
def test_no_tdmrep_breaks_the_reader(body):
    """An unreadable file says nothing."""
    assert all(signal.scope == "site" for signal in rights.of_tdmrep(body, URL))
