"""Groups of sources that share a host, of which one process fetches at a time."""

import pytest

from talkscraper.sources.groups import bundles, source_groups
from talkscraper.sources.model import Source


def groups(*sources):
    return [group.sources for group in source_groups(sources)]


def source(name, homepage, **more):
    return Source(id=name, name=name, homepage=homepage, **more)


@pytest.mark.parametrize(
    "other",
    [
        source("b", "http://www.example.org/sport/"),
        source("b", "https://m.example.org/"),
        source("b", "https://b.example.net/", seeds=(("feeds", ("https://example.org/b.xml",)),)),
        source("b", "https://b.example.net/", hosts=("example.org",)),
        source("b", "https://b.example.net/", hosts=("cdn.example.org",)),
    ],
    ids=["same host", "below it", "a feed there", "a host of it", "a host below it"],
)
def test_sources_that_may_fetch_from_one_host_are_one_group(other):
    assert groups(source("a", "https://example.org/"), other) == [("a", "b")]


def test_sources_on_hosts_of_their_own_are_groups_of_their_own():
    sources = [
        source("a", "https://example.org/"),
        source("b", "https://example.com/"),
        source("c", "https://ple.org/"),
    ]
    assert groups(*sources) == [("a",), ("b",), ("c",)]


def test_a_third_source_joins_two_others():
    feeds = (("feeds", ("https://example.com/feed", "https://example.org/feed")),)
    sources = [source("a", "https://example.org/"), source("b", "https://example.com/")]
    assert groups(*sources, source("c", "https://example.net/", seeds=feeds)) == [("a", "b", "c")]


def test_another_port_is_another_server_unless_hosts_names_the_host():
    one, two = source("a", "http://127.0.0.1:8001/"), source("b", "http://127.0.0.1:8002/")
    assert groups(one, two) == [("a",), ("b",)]
    assert groups(one, two, source("c", "http://127.0.0.2/", hosts=("127.0.0.1",))) == [("a", "b", "c")]
    assert source_groups([one])[0].hosts == ("127.0.0.1:8001",)


def test_http_and_https_are_one_host():
    assert groups(source("a", "http://example.org/"), source("b", "https://example.org:443/b")) == [("a", "b")]


def test_groups_are_joined_to_as_many_parts_as_asked_of_about_the_same_weight():
    weights = [100, 10, 40, 50, 30, 20]
    many = source_groups([source(f"s{n}", f"https://s{n}.example/") for n in range(6)])
    joined = bundles(dict(zip(many, weights, strict=True)), 2)
    assert sorted(name for each in joined for name in each.sources) == [f"s{n}" for n in range(6)]
    assert sorted(sum(weights[int(name[1:])] for name in each.sources) for each in joined) == [120, 130]
    assert bundles(dict.fromkeys(many, 1), 99) and len(bundles(dict.fromkeys(many, 1), 99)) == 6
    assert bundles({}, 4) == []
