"""``srcset``: several sizes of one picture, of which an archive holds some."""

from __future__ import annotations

from collections.abc import Callable

from talkscraper.html.srcset import candidates


def rewrite_srcset(
    value: str, rewritten: Callable[[str, str], str | None], is_archived: Callable[[str], bool]
) -> str | None:
    """The candidates that are in the archive, rewritten; None where none is.

    Without this a browser would ask for the size that suits its screen, and show a hole where another one was kept.
    """
    kept: list[str] = []
    for url, descriptor in candidates(value):
        if not is_archived(url):
            continue
        target = rewritten(url, "im_")
        if target is not None:
            # a comma inside a URL is fine, but not at its end, and white space can't be in it
            kept.append(f"{target.rstrip(',')} {descriptor}".strip())
    return ", ".join(kept) or None
