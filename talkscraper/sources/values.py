"""Validation of single values of sources.toml, with the error messages."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

from talkscraper.urls.canonical import MAX_URL_LENGTH
from talkscraper.urls.validity import fault_of

_CONTROLS = re.compile(r"[\x00-\x20\x7f-\x9f]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_HOST = re.compile(r"(?=.{1,253}$)[^\s/:?#@\[\]*]+")
_E_MAIL = re.compile(r"[^@\s<>()\"',;:]+@[^@\s<>()\"',;:]+\.[^@\s<>()\"',;:]+")
_TAG = re.compile(r"\w[\w.-]{0,63}")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w|y)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31_536_000}
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_MAX_DURATION = timedelta(days=3650)


class ValueRefused(ValueError):
    """An invalid value; the text gives the reason, without the position."""


def checked_url(text: str) -> str:
    """Check an absolute http or https URL."""
    if _CONTROLS.search(text):
        raise ValueRefused(f"{text!r} is not a URL: it holds a space or a control character")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as e:
        raise ValueRefused(f"{text!r} is not a URL: {e}") from e
    if parts.scheme.lower() not in ("http", "https"):
        raise ValueRefused(f"{text!r} is not an http or https URL")
    if not host or port == 0:
        raise ValueRefused(f"{text!r} has no host" if not host else f"{text!r} has port 0")
    if parts.username is not None or parts.password is not None:
        raise ValueRefused(f"{text!r} holds a user name or password")
    if len(text) > MAX_URL_LENGTH:
        raise ValueRefused(f"a URL of more than {MAX_URL_LENGTH} characters")
    fault = fault_of(text)
    if fault is not None:
        raise ValueRefused(f"{text!r} can't be requested: {fault}")
    return text


def checked_host(text: str) -> str:
    """Check a host name or address without scheme, port or path."""
    if not _HOST.fullmatch(text) or _CONTROLS.search(text):
        raise ValueRefused(f"{text!r} is not a host name (write it as in 'm.example.org')")
    if text != text.lower():
        raise ValueRefused(f"{text!r}: write host names in lower case")
    return text


def checked_language(text: str) -> str:
    """Check a language tag (BCP 47); return it with the language in lower case."""
    if not _LANGUAGE.fullmatch(text):
        raise ValueRefused(f"{text!r} is not a language tag (write it as in 'en' or 'pt-BR')")
    return text


def checked_timezone(text: str) -> str:
    """Check a name of the IANA time zone database."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:
        raise ValueRefused(f"{text!r} is not a time zone (write it as in 'Africa/Nairobi')") from e
    return text


def checked_tag(text: str) -> str:
    """Check the name of a group of sources."""
    if not _TAG.fullmatch(text):
        raise ValueRefused(f"{text!r} is not a tag: letters, digits, '-', '_', '.', at most 64")
    return text


def checked_contact(text: str) -> str:
    """Check a web page or e-mail address, by which server operators can reach the crawler's operator (RFC 9309)."""
    if not text.isascii() or _CONTROLS.search(text) or len(text) > 300 or any(c in text for c in '()<>"'):
        raise ValueRefused(f"{text!r} can't stand in a User-Agent: write a plain web address or e-mail address")
    if _E_MAIL.fullmatch(text.removeprefix("mailto:")):
        return text
    try:
        return checked_url(text)
    except ValueRefused as e:
        raise ValueRefused(f"{text!r} is neither a web page (https://…) nor an e-mail address") from e


def checked_selector(text: str) -> str:
    """Check a CSS selector, or an XPath if it starts with ``/``, ``./`` or ``(``."""
    if text.lstrip().startswith(("/", "./", "(")):
        from lxml import etree

        try:
            etree.XPath(text)
        except etree.XPathSyntaxError as e:
            raise ValueRefused(f"{text!r} is not XPath: {e}") from e
        return text
    from cssselect import HTMLTranslator, SelectorError

    try:
        HTMLTranslator().css_to_xpath(text)
    except (SelectorError, SyntaxError) as e:
        raise ValueRefused(f"{text!r} is not a CSS selector: {e}") from e
    return text


def duration(text: str) -> timedelta:
    """Parse a duration: ``30s``, ``50m``, ``1h``, ``7d``, ``2w``, ``1y`` (365 days)."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueRefused(f"{text!r} is not a time span (write it as in '30s', '50m', '1h', '7d', '2w' or '1y')")
    number = float(match[1])
    if number * _UNITS[match[2]] > _MAX_DURATION.total_seconds():
        raise ValueRefused(f"{text!r} is more than ten years")
    return timedelta(seconds=number * _UNITS[match[2]])


def size(text: str) -> int:
    """Parse a size: ``500``, ``200M``, ``2G``; returns bytes, with powers of 1024."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueRefused(f"{text!r} is not a size (write it as in '200M' or '2G')")
    number = float(match[1]) * 1024 ** _POWERS[match[2].lower()]
    if number > 2**60:
        raise ValueRefused(f"{text!r} is too much")
    return int(number)
