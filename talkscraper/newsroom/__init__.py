"""A newsroom on loopback: two invented newspapers that demo, tests and benchmarks crawl.

*Talk of Harbours* has the shape of Talk of Nations (Next.js, no feed); *Minato Shimbun* is Japanese, in Shift_JIS,
with a feed and a news sitemap. Nothing here imports the rest of the program: it stands where the internet would.
"""

from talkscraper.newsroom.server import Newsroom, Served

__all__ = ["Newsroom", "Served"]
