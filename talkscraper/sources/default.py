"""The default sources.toml written by ``init``."""

from __future__ import annotations

DEFAULT_TOML = """\
# The newsrooms of this archive. All keys: docs/sources.md ('talkscraper --help' says where)

# Who you are: a web page about you or an e-mail address. It goes into the User-Agent, so that a newsroom can find you;
# public addresses aren't crawled without it.
# contact = "https://example.org/our-crawler"

[sources.talkofnations]
name = "Talk of Nations"
homepage = "https://www.talkofnations.com/"
article_urls = ['/posts/[^/?#]+$']     # regular expressions searched in the URL; without them, a heuristic
language = "en"
timezone = "Africa/Nairobi"
# feeds, sitemaps, sections = [...]    # where left out, found from robots.txt and the homepage
# delay = 2.0                          # seconds between two requests to one host
# max_pages = 500                      # articles per run
# requisites = true                    # also capture what a page needs to replay: CSS, images, fonts, scripts, frames;
#                                      # "all": media too; "page": no scripts and frames; false: nothing
# recrawl = ["1h", "1d", "7d"]         # ages at which an article is looked at again; "always": in every run
# allow_private = false                # true only for a newsroom on a private or loopback address
# [sources.talkofnations.selectors]    # title, date, authors, body, drop: CSS, only where extraction needs help

# [notify.email]                       # tell what became bad or well: docs/operating.md
# host = "smtp.example.org"
# from = "archive@example.org"
# to = ["desk@example.org"]

# Another newsroom: talkscraper sources add https://www.example.org/
"""
