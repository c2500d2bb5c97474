"""Talk of Nations, https://www.talkofnations.com: the first newsroom, and all that a site of its own needs.

Its address, patterns and pace stand in sources.toml under ``[sources.talkofnations]``.
"""

from talkscraper.spiders.news import NewsSpider


class TalkOfNationsSpider(NewsSpider):
    """``scrapy crawl talkofnations`` is ``scrapy crawl news -a source=talkofnations``."""

    name = "talkofnations"
    source = "talkofnations"
