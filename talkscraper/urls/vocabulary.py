"""Vocabulary of URLs: words that mark articles, listings and other pages, and the endings of files."""

from __future__ import annotations

import re
from functools import cached_property

from talkscraper.lexicon import Words, words


class LexiconWords:
    """The words of some lists of the lexicon, which are read when one is first looked for.

    To read the language files takes a sixth of the time of a run that has nothing to fetch.
    """

    def __init__(self, *keys: Words) -> None:
        self._keys = keys

    def __contains__(self, word: str) -> bool:
        return word in self._words

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word for key in self._keys for word in words(key))


NEVER = LexiconWords(Words.SERVICE_FOLDER)
"""Segments below which there are no articles. A slug of several words may contain any of them."""
WEAK = LexiconWords(Words.SHARED_FOLDER)
"""Those that are also names of sections or of folders of articles: a dated path takes precedence, and so does an
identifier that isn't directly below them.
"""
SECTION_LIKE = LexiconWords(Words.SECTION_FOLDER)
"""Those of the latter below which an identifier is an article's."""
FOLDERS = LexiconWords(Words.ARTICLE_FOLDER)
"""Segments after which an article follows."""
LEGAL = LexiconWords(Words.SMALL_PRINT)
"""A slug of these words only is a legal or service page."""
ID_PARAMETERS = LexiconWords(Words.ID_PARAMETER)
QUERY_NEVER = LexiconWords(Words.ACTION_PARAMETER)
MONTHS = LexiconWords(Words.MONTH_FOLDER)
DATE_WORDS = LexiconWords(Words.MONTH_FOLDER, Words.DATE_FOLDER)
"""Names of months, days and seasons, without accents, as folders of addresses."""
PERIOD_WORDS = LexiconWords(Words.PERIOD)
"""Words before a number that is part of a date."""

STATIC = re.compile(
    r"\.(?:atom|avi|bmp|css|csv|docx?|eot|epub|exe|flv|gif|gz|ico|ics|iso|jpe?g|js|json|m3u8?|m4a|m4v|mov|mp[34]|mpe?g"
    r"|ogg|ogv|opml|otf|pdf|pls|png|pptx?|rar|rdf|rss|svg|swf|tar|tiff?|ttf|txt|vtt|wav|web[mp]|woff2?|xlsx?|xml|zip)$",
    re.IGNORECASE,
)
PAGE = re.compile(
    r"\.(?:aspx?|cfm|cgi|cms|dhtml|do|ece|ghtml|html?|jhtml|jsp|mhtml|nws|phtml|php\d?|s?html?|story|xhtml)$",
    re.IGNORECASE,
)
"""File suffixes of pages."""
DATED_FOLDER = re.compile(r"(?:19|20)\d\d")
