"""Login pages: where a site sends a reader whose subscription or session it no longer knows."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from talkscraper.crawl.failures import Failure
from talkscraper.frontier.model import Fate

_LOGIN = re.compile(
    r"(?:^|[/._-])(?:log-?in|log-?on|sign-?in|sso|oauth2?|authori[sz]e|anmelden|einloggen|se-connecter|identification|acceso|entrar|accedi"
    r"|inloggen|logga-in|logg-inn|paywall|subscribe|abo)(?=[/._-]|$)",
    re.IGNORECASE,
)
"""A word of a path, or of the first label of a host."""


def led_to_login(asked: str, came: str) -> Failure | None:
    """Return the failure of a page that led to a login page; None if it didn't.

    Args:
        asked: the address that was requested.
        came: that of the page that came, after redirects.
    """
    if asked == came or not _is_login(came) or _is_login(asked):
        return None
    return Failure(fate=Fate.FAILED, error="login", detail=f"{asked} leads to the login page {came}", blocked=True)


def _is_login(url: str) -> bool:
    parts = urlsplit(url)
    label = (parts.hostname or "").partition(".")[0]
    return _LOGIN.search(parts.path[:500]) is not None or _LOGIN.fullmatch(label) is not None
