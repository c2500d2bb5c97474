"""Cookies of a file in Netscape's format (``cookies.txt``), as browsers and download tools export it.

One cookie a line, seven fields separated by tabs: domain, whether subdomains too, path, whether encrypted only, time of
expiry (0: none), name, value. Lines that begin with ``#`` are comments, but for ``#HttpOnly_``.
"""

from __future__ import annotations

import logging
import re
from datetime import datetime
from pathlib import Path

from talkscraper.errors import SourcesError
from talkscraper.sources.chain_cookies import MAX_COOKIE_LENGTH, Cookie
from talkscraper.sources.secrets import Secret
from talkscraper.urls.resolution import ascii_host

logger = logging.getLogger(__name__)

MAX_FILE = 4 * 1024 * 1024
"""Maximum size in bytes; a browser's whole jar has a few hundred thousand."""
_HTTP_ONLY = "#HttpOnly_"
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f;]|[^\x00-\x7f]")
_EXPIRY = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?", re.ASCII)


def read_cookie_file(secret: Secret, folder: Path, *, now: datetime) -> tuple[Cookie, ...]:
    """Return the cookies of a file that haven't expired.

    Raises:
        SourcesError: it can't be read, everyone can read it, or a line isn't a cookie's; the message tells its number.
    """
    found, expired = [], 0
    for number, line in enumerate(secret.text(folder, most=MAX_FILE).splitlines(), 1):
        if not line.strip() or (line.startswith("#") and not line.startswith(_HTTP_ONLY)):
            continue
        cookie, expires = _cookie(line.removeprefix(_HTTP_ONLY), f"{secret.where}: {secret}, line {number}")
        if expires and expires <= now.timestamp():
            expired += 1
        else:
            found.append(cookie)
    if not found:
        what = "all of its cookies have expired" if expired else "no cookie is in it"
        logger.warning("%s: %s: %s", secret.where, secret, what)
    return tuple(found)


def _cookie(line: str, where: str) -> tuple[Cookie, float]:
    fields = line.split("\t")
    if len(fields) == 6:
        # an empty value whose tab an editor took away
        fields.append("")
    if len(fields) != 7:
        raise SourcesError(f"{where}: not a cookie: it needs seven fields, separated by tabs")
    domain, subdomains, path, secure, expires, name, value = fields
    name, value = name.strip(), value.strip()
    host = ascii_host(domain.strip().removeprefix(".").lower())
    if not host or not _EXPIRY.fullmatch(expires.strip() or "0"):
        raise SourcesError(f"{where}: not a cookie: its domain or its time of expiry is none")
    if not name:
        # as Netscape's browser wrote a cookie without a value
        name, value = value, ""
    if _FORBIDDEN.search(name + value) or len(name) + len(value) > MAX_COOKIE_LENGTH:
        raise SourcesError(f"{where}: not a cookie: its name or value is too long, or can't be sent")
    cookie = Cookie(
        name=name,
        value=value,
        domain=host,
        path=path.strip() if path.strip().startswith("/") else "/",
        host_only=subdomains.strip().upper() != "TRUE" and not domain.strip().startswith("."),
        secure=secure.strip().upper() == "TRUE",
    )
    return cookie, float(expires.strip() or 0)
