"""Page numbers in the addresses of lists, by which a list is followed to its end."""

from __future__ import annotations

import re

from talkscraper.urls.periods import period_of_document

_PAGE = re.compile(
    r"[?&](?:page|paged|p|pg|seite|pagina|pn|pagenum|start|offset)=(\d{1,6})(?=&|$)"
    r"|/(?:page|seite|pagina|p)[/-]?(\d{1,6})(?=/?(?:[?]|$))",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"/(\d{1,4})(?=/?$)")


def page_number(url: str) -> int | None:
    """Return the page number in a list's URL; a day or month in an archive's isn't one."""
    found = _PAGE.search(url)
    if found is None and period_of_document(url) is None:
        found = _TRAILING.search(url)
    return int(next(group for group in found.groups() if group)) if found else None


def page_number_in(url: str) -> int | None:
    """Return the page number in the URL of an archive's page."""
    found = _PAGE.search(url)
    return int(found[1] or found[2]) if found else None


def unnumbered(url: str) -> str:
    """Return the URL without its page number."""
    found = _PAGE.search(url) or (_TRAILING.search(url) if period_of_document(url) is None else None)
    if found is not None:
        url = url[: found.start()] + url[found.end() :]
    return url.replace("?&", "?").rstrip("/?&")
