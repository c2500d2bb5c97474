"""Which signals of a page reserve its text, and what they are called."""

import pytest

from talkscraper.extraction.signals import named, reserve_text
from talkscraper.model import Rival


@pytest.mark.parametrize(
    ("rule", "value", "names", "reserved"),
    [
        ("meta robots", "noai, noimageai", ("noai", "noimageai"), True),
        ("meta robots", "max-image-preview:large, NOARCHIVE", ("noarchive",), True),
        ("meta robots", "noindex, nosnippet", ("noindex", "nosnippet"), False),
        ("meta googlebot", "noarchive", ("noarchive",), False),
        ("header x-robots-tag", "noai", ("noai",), True),
        ("header x-robots-tag", "googlebot: noarchive", ("noarchive",), False),
        ("header x-robots-tag", "talkscraper: noarchive", ("noarchive",), True),
        ("header x-robots-tag", "unavailable_after: 25 Jun 2030 15:00:00 PST", ("unavailable_after",), False),
        ("header tdm-reservation", "1", ("tdm-reservation",), True),
        ("meta tdm-reservation", "0", ("tdm-reservation",), False),
        ("meta tdm-policy", "https://quay.example/policy", ("tdm-policy",), False),
        ("header content-usage", "train-ai=n", ("content-usage",), True),
        ("header content-usage", "train-ai=y", ("content-usage",), False),
    ],
)
def test_a_reservation_is_told_from_a_wish_about_search_or_about_others(rule, value, names, reserved):
    """Reserved: TDM reservation 1, noai, noarchive for everybody. Not: 0, noindex, and what is meant for another bot."""
    signal = Rival(value=value, rule=rule)
    assert named(signal) == names
    assert reserve_text([signal]) == reserved
