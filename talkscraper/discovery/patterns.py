"""A pattern for a source's article addresses, told from examples; none where the examples don't agree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from talkscraper.discovery.vocabulary import FOLDERS

FEWEST_EXAMPLES = 5
COVERED = 0.95
"""Of the examples, the share that a pattern must match to be believed."""

_DATED = (
    (re.compile(r"/\d{4}/\d{1,2}/\d{1,2}/[^/?#]"), r"/\d{4}/\d{1,2}/\d{1,2}/[^/?#]+"),
    (re.compile(r"/\d{4}/\d{1,2}/[^/?#]*[^/?#\d]"), r"/\d{4}/\d{1,2}/[^/?#]*[^/?#\d][^/?#]*"),
    (re.compile(r"/\d{4}-\d\d-\d\d/[^/?#]"), r"/\d{4}-\d\d-\d\d/[^/?#]+"),
)
_NUMBERED = (
    (re.compile(r"[-_/]\d{5,}\.[a-z]{3,5}$"), r"[-_/]\d{5,}\.[a-z]{3,5}$"),
    (re.compile(r"[-_/]\d{5,}/?$"), r"[-_/]\d{5,}/?$"),
    (re.compile(r"article\d{5,}\.[a-z]{3,5}$"), r"article\d{5,}\.[a-z]{3,5}$"),
)


def guess(articles: Sequence[str], others: Sequence[str]) -> str | None:
    """A regular expression that matches the articles and none of the other addresses; None where none does.

    Args:
        articles: Addresses that are articles.
        others: Addresses of the same site that aren't.
    """
    if len(articles) < FEWEST_EXAMPLES:
        return None
    return next((pattern for pattern in _candidates(articles) if _fits(pattern, articles, others)), None)


def _candidates(articles: Sequence[str]) -> list[str]:
    found = [pattern for seen, pattern in _DATED if sum(bool(seen.search(url)) for url in articles) >= FEWEST_EXAMPLES]
    folders: Counter[tuple[str, str]] = Counter()
    for url in articles:
        segments = [segment for segment in urlsplit(url).path.split("/") if segment]
        if len(segments) >= 2:
            folder = segments[-2]
            end = ".html" if segments[-1].endswith(".html") else "/" if urlsplit(url).path.endswith("/") else ""
            folders[folder, end] += 1
    for (folder, end), count in folders.most_common(1):
        known = folder.lower() in FOLDERS or count >= 2 * FEWEST_EXAMPLES
        if known and count >= COVERED * len(articles):
            found.append(f"/{re.escape(folder)}/[^/?#]+{re.escape(end)}$")
    found += [
        pattern for seen, pattern in _NUMBERED if sum(bool(seen.search(url)) for url in articles) >= FEWEST_EXAMPLES
    ]
    return found


def _fits(pattern: str, articles: Sequence[str], others: Sequence[str]) -> bool:
    compiled = re.compile(pattern)
    hits = sum(bool(compiled.search(url)) for url in articles)
    return hits >= COVERED * len(articles) and not any(compiled.search(url) for url in others)
