"""URLs as the archive compares them: the SURT key of an index, and the canonical form of an article's address."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

TRACKING_PARAMETERS = frozenset(
    {
        "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "twclid", "igshid", "igsh", "yclid", "mc_cid",
        "mc_eid", "_ga", "_gl", "ocid", "cmpid", "ns_campaign", "ns_mchannel", "ns_source", "ns_linkname", "smid",
        "smtyp", "at_medium", "at_campaign", "at_custom1", "at_custom2", "xtor", "ref_src", "ref_url", "cid_source",
        "guccounter", "guce_referrer", "guce_referrer_sig", "spm", "mkt_tok", "wt_mc", "wt_zmc", "srsltid",
    }
)  # fmt: skip
"""Query parameters that say how a reader came, never which page is meant."""

TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "vero_", "oly_")

MAX_URL_LENGTH = 2083
"""Longer URLs are refused: no news article needs one, and traps make them."""


@lru_cache(maxsize=65536)
def urlkey(url: str) -> str:
    """The SURT form by which captures are indexed, as pywb and cdxj-indexer write it.

    ``https://www.example.org/A?b=1`` → ``org,example)/a?b=1``.
    """
    import surt  # heavy to import, and most commands never need it

    try:
        return str(surt.surt(url))
    except Exception:  # noqa: BLE001  surt raises what it likes on hostile input; the URL itself is a fair key
        return url


def host_of(url: str) -> str:
    """The lower-case host of a URL without ``www.``; empty where there is none."""
    try:
        host = (urlsplit(url).hostname or "").lower().rstrip(".")
    except ValueError:
        return ""
    return host.removeprefix("www.")


def canonical(url: str) -> str:
    """One spelling for one address: no fragment, no tracking, sorted query, default port dropped.

    Idempotent: ``canonical(canonical(u)) == canonical(u)``. The scheme and the path's case are kept.
    A URL that can't be split is returned unchanged.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower().rstrip(".")
    if not scheme or not host:
        return url
    if ":" in host:
        host = f"[{host}]"
    if port and port != {"http": 80, "https": 443}.get(scheme):
        host = f"{host}:{port}"
    kept = sorted(
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not is_tracking(name)
    )
    path = quote(unquote(parts.path, errors="surrogateescape"), safe="/:@!$&'()*+,;=~-._", errors="surrogateescape")
    return urlunsplit((scheme, host, path or "/", urlencode(kept), ""))


def is_tracking(name: str) -> bool:
    """Whether a query parameter only says how a reader came."""
    lowered = name.lower()
    return lowered in TRACKING_PARAMETERS or lowered.startswith(TRACKING_PREFIXES)
