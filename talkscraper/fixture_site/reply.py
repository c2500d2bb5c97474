"""A newspaper's reply to a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, content type and body; the server adds ETag, length and content coding."""

    status: int
    """0: the connection is closed without a response."""
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers."""


def html_page(markup: str, *, status: int = 200, charset: str = "utf-8") -> Reply:
    """A reply with an HTML page, encoded in ``charset``."""
    return Reply(status, f"text/html; charset={charset}", markup.encode(charset, "xmlcharrefreplace"))


def not_found() -> Reply:
    """The reply for an unknown address."""
    return html_page("<!DOCTYPE html><title>404</title><h1>Page not found</h1>", status=404)
