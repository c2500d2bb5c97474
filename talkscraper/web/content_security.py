"""Content-Security-Policies: what each kind of answer may load, and who may frame it."""

from __future__ import annotations


def memento_policy(room_origin: str) -> str:
    """A replayed page: styles, pictures, fonts, media and frames of the replay's own origin; no script, no network.

    ``sandbox`` without tokens gives the page an origin of its own that is nobody's: no script runs, no form is sent,
    no window opens, no cookie is seen.
    """
    return (
        "sandbox; default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "media-src 'self' data:; frame-src 'self'; form-action 'none'; base-uri 'none'; "
        f"frame-ancestors 'self' {room_origin}"
    )


RAW_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""Bytes as captured: a browser may show them, and nothing in them may load or run."""

PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""A browser's own PDF viewer doesn't work in a sandbox, and runs nothing of the page's."""

PAGE_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none'"
)
"""Pages of our own on the replay origin; they have no scripts."""


def own_page_policy(room_origin: str) -> str:
    """A page of our own on the replay origin, which the reading room may show in its frame."""
    return f"{PAGE_POLICY}; frame-ancestors 'self' {room_origin}"


def room_policy(replay_origin: str) -> str:
    """The reading room: its own styles and scripts, and frames and pictures of the replay origin."""
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; connect-src 'self'; "
        f"img-src 'self' data: {replay_origin}; frame-src {replay_origin}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


VIEWER_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' data: blob:; "
    "form-action 'self'; base-uri 'self'; object-src 'none'"
)
"""ReplayWeb.page, which runs the archived scripts: everything from this origin, nothing from any other."""
