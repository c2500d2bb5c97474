"""The fixture site: two invented newspapers on loopback, which the demo, tests and benchmarks crawl.

*Talk of Harbours* has the shape of Talk of Nations (Next.js, no feed); *Minato Shimbun* is Japanese, in Shift_JIS,
with a feed and a news sitemap. This package imports nothing else of talkscraper: to the program it is the internet.
"""

from talkscraper.fixture_site.server import FixtureSite, ServedRequest

__all__ = ["FixtureSite", "ServedRequest"]
