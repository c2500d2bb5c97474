"""What a newspaper's pages hand to the server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, a content type and the bytes; the server adds the rest."""

    status: int
    """0: the connection is closed without a word."""
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers."""


def html_page(markup: str, *, status: int = 200, charset: str = "utf-8") -> Reply:
    """A page in the newspaper's own charset."""
    return Reply(status, f"text/html; charset={charset}", markup.encode(charset, "xmlcharrefreplace"))


def not_found() -> Reply:
    """What every address gets that isn't there."""
    return html_page("<!DOCTYPE html><title>404</title><h1>Page not found</h1>", status=404)
