"""Wishes about the use of pages, as sites write them."""

import json

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


def test_tdmrep_entries_that_reserve_rights_are_found_and_matched():
    """TDMRep §6.1: location patterns with * and $."""
    entries = [
        {"location": "/posts/*", "tdm-reservation": 1, "tdm-policy": "https://quay.example/policy"},
        {"location": "/exact$", "tdm-reservation": "1"},
        {"location": "/free", "tdm-reservation": 0},
    ]
    signals = rights.of_tdmrep(json.dumps(entries).encode(), URL)
    assert len(signals) == 2
    assert rights.reserves(signals, "https://quay.example/posts/1")
    assert rights.reserves(signals, "https://quay.example/exact")
    assert not rights.reserves(signals, "https://quay.example/exactly")
    assert not rights.reserves(signals, "https://quay.example/free")


@given(st.binary(max_size=200))
def test_no_tdmrep_breaks_the_reader(body):
    """An unreadable file says nothing."""
    assert all(signal.scope == "site" for signal in rights.of_tdmrep(body, URL))
