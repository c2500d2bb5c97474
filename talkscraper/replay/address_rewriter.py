"""Rewriting of addresses: each kind that a page, style sheet or drawing holds, into a path of the archive.

An address that is missed is blocked by the Content-Security-Policy: it isn't loaded from anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from talkscraper.html import css
from talkscraper.html.address_attributes import Role
from talkscraper.html.srcset import candidates
from talkscraper.replay import replay_urls
from talkscraper.urls.resolution import resolved

CONTROL = re.compile(r"[\x00-\x20]+")
"""Characters that browsers ignore in a scheme."""
_INLINE_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|avif|svg\+xml|x-icon|bmp)[;,]", re.IGNORECASE)
_INLINE_FONT = re.compile(r"data:(?:font/|application/(?:x-)?font|application/octet-stream)", re.IGNORECASE)
_MODIFIERS = {Role.STYLE: "cs_", Role.IMAGE: "im_", Role.FRAME: "if_"}
"""Others are ``oe_``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The page being rewritten, and the addresses it refers to."""

    url: str
    timestamp: str
    """14 digits: the time for links and requisites."""
    is_archived: Callable[[str], bool] = lambda _url: True
    """Returns whether an absolute URL has a successful capture."""
    refresh: str | None = None
    """The header ``Refresh``."""
    drawing: Callable[[str], str | None] = lambda _url: None
    """Returns the text of the captured drawing at an absolute URL."""
    frames_modifier: str = ""
    """Modifier of links; ``if_`` keeps pages in a frame without the banner."""


class AddressRewriter:
    """Rewrites the addresses of one document: absolute against its base, then into the archive."""

    def __init__(self, base: str, context: Context) -> None:
        self._base = base
        self.context = context

    def based_on(self, base: str) -> AddressRewriter:
        """Return a rewriter for a document with a ``<base>``; an invalid one changes nothing."""
        resolved = self.absolute(base)
        return AddressRewriter(resolved, self.context) if resolved else self

    def absolute(self, written: str) -> str | None:
        """Return the absolute http(s) URL with fragment; None for other schemes and invalid URLs."""
        return resolved(self._base, written)

    def address(self, written: str, role: Role) -> str | None:
        """Return the path in the archive; inline pictures and fonts are kept; None for what can't be shown."""
        modifier = self.context.frames_modifier if role is Role.LINK else _MODIFIERS.get(role, "oe_")
        if modifier in ("im_", "oe_") and _INLINE_IMAGE.match(written):
            return written
        if modifier == "oe_" and _INLINE_FONT.match(written):
            return written
        return self._archived(written, modifier)

    def srcset(self, value: str) -> str | None:
        """Return the archived candidates of a ``srcset``, rewritten; None if there are none.

        Otherwise a browser would request the size that suits its screen, even if only another one is archived.
        """
        kept: list[str] = []
        for written, descriptor in candidates(value):
            target = self.address(written, Role.IMAGE) if self.is_archived(written) else None
            if target is not None:
                # a comma inside a URL is valid, but not at its end, and white space can't be in it
                kept.append(f"{target.rstrip(',')} {descriptor}".strip())
        return ", ".join(kept) or None

    def style(self, text: str) -> str:
        """Return CSS with its addresses rewritten; one that can't be archived becomes ``about:invalid``."""
        return css.rewritten(text, self._in_style)

    def _in_style(self, found: css.CssAddress) -> str:
        if found.address.startswith("#"):
            return found.address
        # a font may be named outside @font-face, by a variable
        role = found.role if found.role is Role.STYLE else Role.OTHER
        return (self.address(found.address, role) if found.address else None) or "about:invalid"

    def _archived(self, written: str, modifier: str) -> str | None:
        url = self.absolute(written)
        if url is None:
            return None
        return replay_urls.memento(url, self.context.timestamp, modifier)

    def is_archived(self, written: str) -> bool:
        """Whether an address as written in the page has a capture."""
        if _INLINE_IMAGE.match(written):
            return True
        url = self.absolute(written)
        return url is not None and self.context.is_archived(url.partition("#")[0])
