"""Relations between two URLs of one site: whether they may be the same article, why, and how similar the texts must be.

Pure: URLs in, a relation out. What URLs alone can't decide is left to a comparison of texts (``store.identity``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit, urlunsplit

from talkscraper.urls.canonical import canonical
from talkscraper.urls.shape import is_article
from talkscraper.urls.vocabulary import PAGE

_MOBILE = re.compile(r"^(?:m|mobile|mobil|touch|wap)\.")
_AMP_HOST = re.compile(r"^amp\.")
_WWW = re.compile(r"^www\d?\.")
_AMP_ENDING = re.compile(r"(?:/amp|\.amp(?:\.html)?|/amp\.html|/amphtml)/?$", re.IGNORECASE)
_AMP_BEGINNING = re.compile(r"^/amp(?=/)", re.IGNORECASE)
_AMP_PARAMETERS = frozenset(
    {"amp", "amp=1", "amp=true", "amp=amp", "outputtype=amp", "output=amp", "_amp=true", "view=amp"}
)
_PRINT_ENDING = re.compile(r"/(?:print|printer|drucken|imprimir|print\.html)/?$", re.IGNORECASE)
_PRINT_PARAMETERS = frozenset(
    {"print", "print=1", "print=true", "print=yes", "view=print", "mode=print", "output=print", "printview=true",
     "page=all", "singlepage=true", "showall=1", "seite=all", "all=true"}
)  # fmt: skip
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|shtml)$", re.IGNORECASE)
_PAGE_PARAMETER = re.compile(r"(?:page|seite|pagina|pg|p)=(\d+)", re.IGNORECASE)
_PAGE_ENDING = re.compile(
    r"(?:/(?:page|seite|pagina|p)/?(\d{1,3})|/(\d{1,2})|[-_](?:page|seite)-?(\d{1,3}))/?$", re.IGNORECASE
)

_NUMBER = re.compile(r"(?<![0-9A-Za-z])[a-z]{0,3}(\d{5,})(?![0-9A-Za-z])")
_CODE = re.compile(r"(?<![0-9A-Za-z])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])([0-9a-f]{12,40})(?![0-9A-Za-z])")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])?(?:\d{4}(?:\d\d)?)?")
_DATE_PARTS = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-/_]?(0?[1-9]|1[0-2]|[a-z]{3})(?:[-/_]?([0-2]?\d|3[01]))?(?!\d)", re.IGNORECASE
)


class Need(IntEnum):
    """The similarity of texts required for two addresses to be one article's."""

    NOTHING = 0
    """The addresses are sufficient."""
    NO_CONTRADICTION = 1
    """Sufficient unless the texts have hardly anything in common."""
    NEARLY_SAME = 2
    """Only with nearly the same texts."""
    SAME = 3
    """Only with the same texts and titles."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Why two addresses may be one article's, and the required similarity."""

    why: str
    need: Need


@dataclass(frozen=True, slots=True)
class _UrlParts:
    """An address split into significant and insignificant parts."""

    scheme: str
    host: str
    """Without www., m. and amp."""
    port: int | None
    path: str
    """Without trailing slash, index page, AMP and print marks."""
    query: tuple[str, ...]
    amp: bool
    mobile: bool
    www: bool
    print: bool
    index: bool
    slash: bool


@lru_cache(maxsize=4096)
def _apart(url: str) -> _UrlParts | None:
    try:
        parts = urlsplit(canonical(url))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    www, amp, mobile = bool(_WWW.match(host)), bool(_AMP_HOST.match(host)), bool(_MOBILE.match(host))
    plain_host = _AMP_HOST.sub("", _MOBILE.sub("", _WWW.sub("", host)))
    query = [pair for pair in parts.query.split("&") if pair]
    kept = tuple(pair for pair in query if pair.lower() not in _AMP_PARAMETERS | _PRINT_PARAMETERS)
    amp = amp or any(pair.lower() in _AMP_PARAMETERS for pair in query)
    printed = any(pair.lower() in _PRINT_PARAMETERS for pair in query)
    path = parts.path
    for mark in (_AMP_BEGINNING, _AMP_ENDING):
        bare = mark.sub("", path)
        if bare not in ("", path) and is_article(_with_path(parts, bare)):
            amp, path = True, bare
            break
    bare = _PRINT_ENDING.sub("", path)
    if bare not in ("", path) and is_article(_with_path(parts, bare)):
        printed, path = True, bare
    index = bool(_INDEX.search(path))
    path = _INDEX.sub("/", path)
    slash = path.endswith("/")
    return _UrlParts(
        scheme=parts.scheme,
        host=plain_host,
        port=port,
        path=path.rstrip("/") or "/",
        query=kept,
        amp=amp,
        mobile=mobile,
        www=www,
        print=printed,
        index=index,
        slash=slash,
    )


def _with_path(parts: SplitResult, path: str) -> str:
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def without_amp(url: str) -> str | None:
    """Return the address of which this is the AMP version, if its form shows that; else None.

    An ``amp.`` host isn't removed, since the article's host is unknown.
    """
    parts = urlsplit(url)
    found = _apart(url)
    if found is None or not found.amp or _AMP_HOST.match(parts.hostname or ""):
        return None
    path = parts.path
    for mark in (_AMP_BEGINNING, _AMP_ENDING):
        bare = mark.sub("", path)
        if bare and bare != path and is_article(_with_path(parts, bare)):
            path = bare
            break
    query = "&".join(pair for pair in parts.query.split("&") if pair and pair.lower() not in _AMP_PARAMETERS)
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def further_page(url: str, first: str) -> int | None:
    """Return the page number if ``url`` is a further page of the article at ``first``; else None."""
    one, other = urlsplit(url), urlsplit(first)
    for pair in one.query.split("&"):
        match = _PAGE_PARAMETER.fullmatch(pair)
        rest = "&".join(each for each in one.query.split("&") if each != pair)
        if match and int(match[1]) > 1 and one.path == other.path and rest == other.query:
            return int(match[1])
    match = _PAGE_ENDING.search(one.path)
    if match and one.path[: match.start()].rstrip("/") == PAGE.sub("", other.path).rstrip("/"):
        number = int(next(group for group in match.groups() if group))
        return number if number > 1 else None
    return None


def keys(url: str) -> list[str]:
    """Return keys shared with every related address: without a common key ``relation`` is None.

    The bare path (with the query, if the path alone identifies no article), the identifiers, and a slug of three words
    with its dates; each on the bare host. None depends on scheme, ``www.``, case, AMP or print marks.
    """
    parts = _apart(url)
    if parts is None or not parts.host:
        return []
    place = f"{parts.host}:{parts.port}" if parts.port else parts.host
    path = parts.path.lower()
    query = "" if is_article(f"https://{parts.host}{parts.path}") else "?" + "&".join(parts.query)
    found = [f"{place}{path}{query}"]
    identifiers = _identifiers(parts)
    if identifiers:
        found.append(f"{place}#{' '.join(sorted(identifiers))}")
    slug = _slug(parts)
    if slug is not None:
        found.append(f"{place} {slug} {_dates(parts)}")
    return [key[:500] for key in found]


def relation(one: str, other: str) -> Relation | None:
    """Return why two addresses may be the same article; None if they clearly aren't."""
    a, b = _apart(one), _apart(other)
    if a is None or b is None or a.host != b.host or a.port != b.port:
        return None
    if a.path == b.path and a.query == b.query:
        return _same_place(a, b)
    if a.path == b.path:
        return _by_query(a, b)
    if a.path.lower() == b.path.lower() and a.query == b.query:
        return Relation("the same address in other case", Need.NEARLY_SAME)
    return _by_identifier(a, b) or _by_slug(a, b)


def _same_place(a: _UrlParts, b: _UrlParts) -> Relation:
    said = []
    need = Need.NOTHING
    if a.amp != b.amp:
        said.append("its AMP version")
        need = Need.NO_CONTRADICTION
    if a.print != b.print:
        said.append("its print version")
        need = Need.NO_CONTRADICTION
    if a.mobile != b.mobile:
        said.append("on the mobile host")
        need = Need.NO_CONTRADICTION
    if a.scheme != b.scheme:
        said.append("http for https")
    if a.www != b.www:
        said.append("with and without www.")
    if a.index != b.index:
        said.append("with and without its index page")
    elif a.slash != b.slash:
        said.append("with and without a slash at its end")
    return Relation(", ".join(said) or "the same address", need)


def _by_query(a: _UrlParts, b: _UrlParts) -> Relation | None:
    small, large = sorted((set(a.query), set(b.query)), key=len)
    if small < large and not any(_PAGE_PARAMETER.fullmatch(pair) for pair in large - small):
        more = ", ".join(sorted(pair.partition("=")[0] for pair in large - small))
        return Relation(f"the same path with the parameter {more}", Need.NEARLY_SAME)
    return None


def _by_identifier(a: _UrlParts, b: _UrlParts) -> Relation | None:
    mine, theirs = _identifiers(a), _identifiers(b)
    if mine and mine == theirs:
        return Relation(f"the same identifier {max(mine)} with another slug", Need.NEARLY_SAME)
    return None


def _by_slug(a: _UrlParts, b: _UrlParts) -> Relation | None:
    slug = _slug(a)
    if slug is not None and slug == _slug(b) and _dates(a) == _dates(b):
        return Relation("the same slug in another section", Need.SAME)
    return None


def _slug(parts: _UrlParts) -> str | None:
    """Return a last segment of three words or more, on a path that doesn't depend on the query."""
    slug = PAGE.sub("", parts.path.rpartition("/")[2]).lower()
    return slug if not parts.query and len([word for word in re.split(r"[-_]", slug) if word]) >= 3 else None


def _dates(parts: _UrlParts) -> str:
    return " ".join("-".join(filter(None, match.groups())) for match in _DATE_PARTS.finditer(parts.path.lower()))


def _identifiers(parts: _UrlParts) -> frozenset[str]:
    """Return permanent identifiers: long numbers that aren't dates, UUIDs, long hexadecimal codes."""
    text = f"{parts.path}?{'&'.join(parts.query)}".lower()
    found = set(_UUID.findall(text))
    text = _UUID.sub(" ", text)
    found |= {match[1] for match in _CODE.finditer(text)}
    found |= {match[1] for match in _NUMBER.finditer(text) if not _DATE.fullmatch(match[1])}
    return frozenset(found)
