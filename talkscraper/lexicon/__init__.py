"""The words by which talkscraper recognises things on pages and in addresses, in the languages of the news.

``languages/`` holds one TOML file per language, named by its BCP 47 tag; ``und.toml`` is for what belongs to no
language. A file has the keys that ``keys`` defines, each for one idea (``read_more``, ``paywall``); a list that a
language lacks is left out. The files are read when the first list is asked for.
"""

from __future__ import annotations

from talkscraper.lexicon.keys import Expressions, Tables, Words
from talkscraper.lexicon.loader import alternatives, languages, table, words

__all__ = ["Expressions", "Tables", "Words", "alternatives", "languages", "table", "words"]
