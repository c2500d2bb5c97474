"""Content-Security-Policies: what each kind of response may load, and who may frame it."""

from __future__ import annotations


def memento_policy(room_origin: str, *, in_frame: bool = False, with_password: bool = False) -> str:
    """Return the policy of a replayed page: requisites and frames of the replay's own origin; no script, no network.

    ``sandbox`` without tokens gives the page an opaque origin: no scripts, forms, new windows or cookies.

    Args:
        room_origin: may frame the page.
        in_frame: whether the page is shown in a frame of another replayed page. That has an opaque origin, which no
            list of ancestors can name; what is framed can't act for its reader anyway.
        with_password: whether readers have passwords, which a browser sends for no requisite of an opaque origin. The
            page then keeps its origin, which has nothing to be read, and no script that could.
    """
    sandbox = "sandbox allow-same-origin" if with_password else "sandbox"
    return (
        f"{sandbox}; default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "font-src 'self' data:; media-src 'self' data:; frame-src 'self'; form-action 'none'; base-uri 'none'"
        + ("" if in_frame else f"; frame-ancestors 'self' {room_origin}")
    )


RAW_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""Bytes as captured: a browser may show them, but nothing in them may load or run."""

PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""A browser's own PDF viewer doesn't work in a sandbox, and runs no script of the PDF."""

PAGE_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none'"
)
"""talkscraper's own pages on the replay origin; they have no scripts."""


def own_page_policy(room_origin: str, *, in_frame: bool = False) -> str:
    """Return the policy of talkscraper's own pages on the replay origin, which the reading room may frame.

    ``in_frame``: the page stands in a frame of a replayed page.
    """
    return PAGE_POLICY if in_frame else f"{PAGE_POLICY}; frame-ancestors 'self' {room_origin}"


def room_policy(replay_origin: str) -> str:
    """Return the policy of the reading room: own styles and scripts, frames and pictures of the replay origin."""
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; connect-src 'self'; "
        f"img-src 'self' data: {replay_origin}; frame-src {replay_origin}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


VIEWER_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' data: blob:; "
    "form-action 'self'; base-uri 'self'; object-src 'none'"
)
"""ReplayWeb.page, which runs archived scripts: everything from this origin, nothing from any other."""
