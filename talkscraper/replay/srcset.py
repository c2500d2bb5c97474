"""Rewriting of ``srcset``, the sizes of a picture, of which an archive holds only some."""

from __future__ import annotations

from collections.abc import Callable

from talkscraper.html.srcset import candidates


def rewrite_srcset(
    value: str, rewritten: Callable[[str, str], str | None], is_archived: Callable[[str], bool]
) -> str | None:
    """Return the archived candidates, rewritten; None if there are none.

    Otherwise a browser would request the size that suits its screen, even if only another one is archived.
    """
    kept: list[str] = []
    for url, descriptor in candidates(value):
        if not is_archived(url):
            continue
        target = rewritten(url, "im_")
        if target is not None:
            # a comma inside a URL is valid, but not at its end, and white space can't be in it
            kept.append(f"{target.rstrip(',')} {descriptor}".strip())
    return ", ".join(kept) or None
