"""One newsroom can't fill the archive: a flood of addresses or bytes has a word, and costs the others nothing."""

import gzip
import json

import pytest

from talkscraper.crawl.budget import over_share
from tests.support import pages


def _sitemap(base, count, *, length=0):
    locs = "".join(f"<url><loc>{f'{base}/posts/old-{n}-'.ljust(length, 'x')}</loc></url>" for n in range(count))
    return gzip.compress(f'<?xml version="1.0"?><urlset>{locs}</urlset>'.encode())


def _two_sources(archive, site, other, *, extra="", more=""):
    archive.write_sources(
        'contact = "https://example.org/bot"\n'
        + "".join(
            f'[sources.{name}]\nname = "{name}"\nhomepage = "{each.base}/"\narticle_urls = ["/posts/"]\n'
            f"allow_private = true\ndelay = 0\nrequisites = false\nrecrawl = []\n{keys}\n"
            for name, each, keys in (("flood", site, extra), ("quay", other, more))
        )
    )


def test_a_packed_sitemap_of_long_addresses_is_capped_and_told_once(archive, site, other_site):
    """Fifty thousand addresses of two thousand characters in 300 kB: a database of megabytes, a word everywhere."""
    site.add("/", pages.listing("/posts/today"))
    site.add("/posts/today", pages.article("Today at the harbour"))
    site.add("/sitemap.xml.gz", _sitemap(site.base, 30_000, length=2000), content_type="application/gzip")
    other_site.add("/", pages.listing("/posts/story"))
    other_site.add("/posts/story", pages.article("A story of the other newspaper"))
    _two_sources(archive, site, other_site, extra=f'sitemaps = ["{site.base}/sitemap.xml.gz"]\nmax_pages = 3')
    run = archive.crawl()
    assert run.source("quay")["new"] == 1
    flood = run.source("flood")
    assert flood["new"] == 1, "what the front page names is fetched, however much the sitemap names"
    assert flood["left_out"] > 20_000
    assert flood["capped"].startswith("new-addresses (")
    assert run.stderr.count("capped") == 1
    size = sum(path.stat().st_size for path in archive.root.glob("talkscraper.db*"))
    assert size < 100 * 2**20
    ((left_out, capped),) = archive.rows("select left_out, capped from run_sources where source_id = 'flood'")
    assert (left_out, capped) == (flood["left_out"], flood["capped"])
    told = {each["source_id"]: each for each in json.loads(archive.run("status", "--json").stdout)["sources"]}
    assert (told["flood"]["capped"], told["flood"]["left_out"]) == ("new-addresses", left_out)
    assert told["flood"]["known_only"] > 1000
    assert (told["quay"]["capped"], told["quay"]["left_out"]) == (None, 0)
    assert "flood: capped: new-addresses" in archive.run("status").stdout
    days = json.loads(archive.run("status", "--completeness", "--json").stdout)
    assert [day["left_out"] for day in days] == [left_out, 0]


def test_a_source_that_sends_too_much_is_stopped_and_the_others_go_on(archive, site, other_site):
    """``max_bytes`` also holds for requests that were already waiting for their turn."""
    paths = [f"/posts/{n}" for n in range(40)]
    site.add("/", pages.listing(*paths))
    for path in paths:
        site.add(path, pages.article(f"Long {path}", head=f"<!-- {'long ' * 20_000} -->"))
    other = [f"/posts/{n}" for n in range(12)]
    other_site.add("/", pages.listing(*other))
    for path in other:
        other_site.add(path, pages.article(f"Short {path}"))
    _two_sources(archive, site, other_site, extra='max_bytes = "500K"\nconcurrency = 1')
    run = archive.crawl()
    assert run.source("quay")["new"] == len(other)
    assert run.source("flood")["diagnosis"] == "stopped"
    assert run.source("flood")["capped"] == "max-bytes"
    assert run.source("flood")["bytes"] < 500 * 1024 + 2 * 101_000
    assert (run.code, run.summary["reason"]) == (4, "max-bytes")
    again = archive.crawl()
    assert again.source("flood")["new"] > 0, "the rest is due in the next run"


@pytest.mark.parametrize(
    ("left", "held"),
    [(1000, []), (600, []), (499, ["flood"]), (10, ["flood"])],
)
def test_only_who_brought_more_than_its_part_is_held_when_the_disk_gets_full(left, held):
    """Half of the room is anybody's; of that half each source has an even part."""
    assert over_share({"flood": 400, "quay": 90, "mole": 0, "pier": 11}, room=1000, left=left) == held


def test_a_single_source_may_use_the_disk_down_to_its_floor():
    """There is nobody to keep it for."""
    assert over_share({"flood": 10**9}, room=1000, left=1) == []
