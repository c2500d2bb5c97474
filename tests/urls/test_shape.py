"""Which addresses look like articles: measured over labelled ones, so that a rule's gain elsewhere shows its price here."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from talkscraper.urls.shape import is_article, judge

HERE = Path(__file__).parent


def _labelled(name):
    lines = (HERE / name).read_text("utf-8").splitlines()
    pairs = [line.split(None, 1) for line in lines if line.strip() and not line.startswith("#")]
    return [(label == "article", url) for label, url in pairs]


def _measured(name):
    pairs = [(meant, is_article(url)) for meant, url in _labelled(name)]
    hits = sum(meant and got for meant, got in pairs)
    return hits / max(1, sum(got for _, got in pairs)), hits / sum(meant for meant, _ in pairs)


def test_the_addresses_that_the_rules_were_made_with():
    """319 of them: no list, author or small print taken for an article, and nearly no article missed."""
    precision, recall = _measured("addresses.txt")
    assert len(_labelled("addresses.txt")) >= 300
    assert precision >= 0.99
    assert recall >= 0.98


def test_addresses_that_the_rules_have_never_seen():
    """What a newsroom without article_urls may expect: written after the rules, and never tuned to."""
    precision, recall = _measured("unseen.txt")
    assert len(_labelled("unseen.txt")) >= 170
    assert precision >= 0.97
    assert recall >= 0.95


@given(st.text(max_size=120))
def test_no_address_breaks_the_judge(text):
    """And every verdict says why."""
    assert judge("https://quay.example/" + text).why


def test_a_date_or_an_identifier_makes_sure():
    """What words alone tell is believed only outside of a page's furniture."""
    assert judge("https://quay.example/2025/10/28/the-wall-holds").sure
    assert not judge("https://quay.example/sport/the-wall-holds-through-the-night").sure
