"""A newsroom that discovery reads for."""

import re

import pytest

from talkscraper.sources.model import Source

HOME = "https://quay.example/"


@pytest.fixture
def source():
    """Makes a source; without patterns, its articles are told by their addresses."""

    def make(*patterns, **more):
        values = {"id": "quay", "name": "The Quay", "homepage": HOME, **more}
        return Source(**values, article_urls=tuple(re.compile(pattern) for pattern in patterns))

    return make
