"""Normalisation of URLs: SURT keys, canonical form, cleaning for fetching, and the site of a URL.

``urlkey`` is the key that capture indexes share with other tools; ``cleaned`` is a URL as it is fetched;
``canonical`` identifies an article. ``store.identity`` decides, with reasons, which different addresses are the
same article; here nothing is changed that could change a server's response, except tracking parameters and session ids.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from talkscraper.urls.resolution import DEFAULT_PORTS, ascii_host, plain, without_dots
from talkscraper.urls.surt import surt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tldextract import TLDExtract

TRACKING_PARAMETERS = frozenset(
    {
        # advertisements and social networks
        "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "msclkid", "twclid",
        "ttclid", "li_fat_id", "igshid", "igsh", "yclid", "ysclid", "_openstat", "epik", "ef_id", "s_kwcid",
        "rb_clickid", "wickedid", "srsltid", "fb_action_ids", "fb_action_types", "fb_source", "fb_ref",
        "__twitter_impression", "ref_src", "ref_url", "_branch_match_id", "dicbo",
        # newsletters and analytics
        "mc_cid", "mc_eid", "_hsenc", "_hsmi", "mkt_tok", "_ga", "_gl", "_ke", "guccounter", "guce_referrer",
        "guce_referrer_sig", "wprov", "spm", "wtmc", "wt_mc", "wt_zmc", "piwik_campaign", "piwik_kwd",
        # newsrooms' own
        "ocid", "cmpid", "cmp", "cid_source", "s_cid", "icid", "intcid", "int_cid", "itid", "ftag", "ito", "smid",
        "smtyp", "soc_src", "soc_trk", "tsrc", "taid", "xtor", "reflink", "sref", "feedtype", "feedname", "ns_campaign",
        "ns_mchannel", "ns_source", "ns_linkname", "ns_fee", "trk",
    }
)  # fmt: skip
"""Query parameters that only track a reader's origin; lower-case."""

TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "matomo_", "hsa_", "vero_", "oly_", "at_", "wt.")

SESSION_PARAMETERS = frozenset({"jsessionid", "phpsessid", "sessionid", "session_id", "cfid", "cftoken", "zenid"})
_SESSION_PREFIXES = ("aspsessionid",)
_SESSION_SHORT = frozenset({"sid", "s", "oscsid"})
"""Names with other meanings too: a session id only if the value has the form of one."""
_SESSION_VALUE = re.compile(r"[0-9a-fA-F]{24,}|(?=\w*\d)(?=\w*[A-Za-z])\w{26,}")
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
_SESSION_SEGMENT = re.compile(r"(?:/\((?:[A-Z]\(\w+\))+\))+(?=/|$)")
"""ASP.NET's ``/(S(lit3py55t21z5v55vlm25s55))/``."""

MAX_URL_LENGTH = 2083
"""Maximum length of a URL: no news article needs a longer one, and traps produce them."""

MAX_KEYED_LENGTH = 16_384
"""Maximum length of a URL with a SURT key; longer ones, only found in imported files, are their own keys: escapes
within escapes take quadratic time.
"""

_PIECE = re.compile(r"%([0-9A-Fa-f]{2})|%|[^%]+")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_NOT_IN_URLS = re.compile("[^!#$&-;=?-Z\\[\\]_a-z~%]")
"""Characters that RFC 3986 never permits unescaped in a URL (``'``, ``[`` and ``]`` are permitted)."""


@lru_cache(maxsize=65536)
def urlkey(url: str) -> str:
    """Return the SURT form by which captures are indexed, as pywb and cdxj-indexer write it.

    ``https://www.example.org/A?b=1`` → ``org,example)/a?b=1``.
    """
    if len(url) > MAX_KEYED_LENGTH:
        return url
    try:
        return surt(url)
    except ValueError:
        return url  # the URL itself is a fair key


def host_of(url: str) -> str:
    """Return the lower-case host of a URL without ``www.``; empty if there is none."""
    try:
        host = (urlsplit(url).hostname or "").lower().rstrip(".")
    except ValueError:
        return ""
    return host.removeprefix("www.")


def is_within(host: str, hosts: Iterable[str]) -> bool:
    """Whether a host name is one of these or below one (``m.example.org`` below ``example.org``)."""
    return any(host == each or host.endswith(f".{each}") for each in hosts)


@lru_cache(maxsize=16384)
def site_of(url: str) -> str:
    """Return the site of a URL: the registrable domain (``bbc.co.uk``), under one control.

    Public suffixes are distinguished (``one.blogspot.com`` isn't ``two.blogspot.com``). A host without a domain (an IP
    address, ``localhost``) is a site of its own with each port. Empty if there is no host.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower().rstrip("."), parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    if "." in host and not _is_address(host):
        # an unknown top-level domain is a suffix by itself (the list's default rule)
        return _domains()(host).top_domain_under_public_suffix or ".".join(host.split(".")[-2:])
    return f"{host}:{port or DEFAULT_PORTS.get(parts.scheme, 0)}"


@lru_cache(maxsize=1)
def _domains() -> TLDExtract:
    from tldextract import TLDExtract as Extract

    return Extract(
        suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True
    )  # the bundled list, no network


def is_public_suffix(host: str) -> bool:
    """Whether a host name is a public suffix (``co.uk``), below which sites are under different control."""
    if _is_address(host):
        return False
    found = _domains()(host)
    return not found.domain and bool(found.suffix)


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def canonical(url: str) -> str:
    """Return the canonical form of a URL: ``cleaned``, with query parameters sorted by name.

    Idempotent: ``canonical(canonical(u)) == canonical(u)``. Scheme, ``www.``, the path's case and a trailing slash are
    kept, since they may be significant. A URL that can't be split, or isn't http, is returned unchanged.
    """
    return _respelled(url, ordered=True)


def cleaned(url: str) -> str:
    """Return a URL as it is fetched: without fragment, tracking parameters, session ids and user name.

    Host in lower case (IDNA), default port dropped, dot segments resolved, escapes in upper case and only where needed.
    An escaped ``/``, ``+`` or ``&`` stays escaped, a plain one plain, and parameters keep their order.
    """
    return _respelled(url, ordered=False)


def is_tracking(name: str) -> bool:
    """Whether a query parameter only tracks a reader's origin."""
    lowered = name.lower()
    return lowered in TRACKING_PARAMETERS or lowered.startswith(TRACKING_PREFIXES)


def is_session(name: str, value: str) -> bool:
    """Whether a query parameter is a session id."""
    lowered = name.lower()
    if lowered in SESSION_PARAMETERS or lowered.startswith(_SESSION_PREFIXES):
        return True
    return lowered in _SESSION_SHORT and _SESSION_VALUE.fullmatch(value) is not None


@lru_cache(maxsize=256)  # of a page, asked for several times on its way
def _respelled(url: str, *, ordered: bool) -> str:
    try:
        # browsers read a backslash as a slash, and so find a host that urlsplit doesn't
        parts = urlsplit(plain(url))
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        return url
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not host:
        return url
    if ":" in host:
        host = f"[{host}]"
    if port and port != DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    path = _SESSION_SEGMENT.sub("", _SESSION_IN_PATH.sub("", _escaped(parts.path)))
    return urlunsplit((scheme, host, without_dots(path), _query(parts.query, ordered=ordered), ""))


def _query(query: str, *, ordered: bool) -> str:
    kept = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        plain = unquote_plus(name)
        if pair and not is_tracking(plain) and not is_session(plain, value):
            kept.append((plain, _escaped(pair)))
    if ordered:
        kept.sort(key=lambda each: each[0])
    return "&".join(pair for _, pair in kept)


def _escaped(text: str) -> str:
    """Normalise escapes (RFC 3986 §6.2.2): upper case, none on unreserved characters, one on each forbidden one."""
    found = []
    for match in _PIECE.finditer(text):
        if match[1]:
            char = chr(int(match[1], 16))
            found.append(char if char in _UNRESERVED else f"%{match[1].upper()}")
        elif match[0] == "%":
            found.append("%25")
        else:
            found.append(_NOT_IN_URLS.sub(_escape, match[0]))
    return "".join(found)


def _escape(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))
