"""Requisites of a page: what is needed to show it, also what its style sheets, modules and frames name.

Pure: bytes and a URL in, addresses out. Their number per document and their length are limited.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from types import MappingProxyType
from urllib.parse import urldefrag

from lxml.html import HtmlElement

from talkscraper.html import css, srcset
from talkscraper.html.address_attributes import Form, Role, attributes_of, local_name, role_of_link
from talkscraper.html.charset import decode
from talkscraper.html.parser import parse
from talkscraper.pool import Task
from talkscraper.sources.model import RequisiteScope
from talkscraper.urls.resolution import target
from talkscraper.urls.validity import is_address

PER_PAGE = 100
"""Maximum number of requisites that a page names; its style sheets may name as many more, and its frames too."""
MAX_BYTES = 10 * 2**20
"""Maximum size of a requisite."""
MAX_MEDIA_BYTES = 32 * 2**20
"""Maximum size of a film or sound."""
MAX_PAGE_BYTES = 96 * 2**20
"""Maximum number of bytes received for one page's requisites; when they are reached, nothing more is requested."""
CSS_BYTES = 1 << 20
"""Maximum length of a style sheet or module that is searched."""
MAX_STYLES = 2_000
"""Maximum number of style elements and style attributes of one page that are searched."""
MAX_DOCUMENTS = 10
"""Maximum number of frames whose page is in an attribute (``srcdoc``) that are searched."""
ROLES = frozenset({Role.STYLE, Role.FONT, Role.IMAGE})
"""What every scope captures with a page, if it captures anything."""
_SHOWN = ROLES | {Role.SCRIPT, Role.FRAME}
_SCOPES: MappingProxyType[RequisiteScope, frozenset[Role]] = MappingProxyType(
    {True: _SHOWN, "all": _SHOWN | {Role.MEDIA}, "page": ROLES, False: frozenset()}
)
_RANKS = {Role.STYLE: 0, Role.FONT: 0, Role.IMAGE: 1, Role.SCRIPT: 2, Role.FRAME: 3}
_LATER = 4
"""The rank of backgrounds, other sizes of pictures, and media."""
_WIDTHS = (640, 1080, 1920)
"""Target widths in pixels: of a srcset, the pictures nearest to a phone's, a laptop's and a large screen's are kept."""
_DENSITIES = (1.0, 2.0)
_DESCRIPTOR = re.compile(r"[0-9.]{1,20}[wx]", re.IGNORECASE)
_IMPORT = re.compile(
    r"""(?<![\w$.])(?:import|from)\s{0,20}(?:"((?:\.{0,2}/|https?:)[^"\\\s]{0,2000})"|'((?:\.{0,2}/|https?:)[^'\\\s]{0,2000})')"""
)
"""A static import of a module by its address (ECMA-262 §16.2.2), not by a name that a page maps to one."""
_SCRIPT_TYPE = re.compile(r"(?:text|application)/(?:x-)?(?:java|ecma|j|live)script(?:1\.[0-5])?(?:;.*)?", re.DOTALL)


class Origin(StrEnum):
    """What names a requisite; the number of requisites of each is limited."""

    PAGE = "page"
    STYLE = "style"
    """A style sheet or a module of the page."""
    FRAME = "frame"
    """A frame, or a style sheet or module in it."""


@dataclass(frozen=True, slots=True)
class Requisite:
    """An address that a page, style sheet or module names."""

    url: str
    role: Role
    is_module: bool = False
    """Whether it is a script that may import others."""
    origin: Origin = Origin.PAGE

    @property
    def max_bytes(self) -> int:
        """Its maximum size."""
        return MAX_MEDIA_BYTES if self.role is Role.MEDIA else MAX_BYTES

    @property
    def priority(self) -> int:
        """The priority of its request: less than a page's, and styles first."""
        return -1 - _RANKS.get(self.role, _LATER)


@dataclass(frozen=True, slots=True)
class Named:
    """The requisites that a document names, by priority, each address once."""

    requisites: tuple[Requisite, ...] = ()
    left_out: int = 0
    """Number of addresses beyond ``PER_PAGE``."""

    @property
    def urls(self) -> list[str]:
        """The addresses."""
        return [each.url for each in self.requisites]


def roles_of(scope: RequisiteScope) -> frozenset[Role]:
    """Return what is captured with a page, by the setting ``requisites`` of its source."""
    return _SCOPES[scope]


def of_page(body: bytes, url: str, content_type: str | None = None, roles: Collection[Role] = ROLES) -> Named:
    """Return the requisites of an HTML page by priority.

    Style sheets and fonts come first, then pictures in the text, scripts, frames; then backgrounds, other sizes of
    pictures, and media.

    Args:
        body: the page, content-decoded.
        url: where it was fetched.
        content_type: the response's Content-Type header, for the charset.
        roles: what to take of what the page names.
    """
    tree, _ = parse(decode(body, content_type).text)
    found: list[list[Requisite]] = [[] for _ in range(_LATER + 1)]
    own = urldefrag(url).url
    for rank, requisite in _in_tree(tree, _base(tree, url), roles, own=own):
        found[rank].append(requisite)
    return _limited(each for rank in found for each in rank)


def of_css(body: bytes, url: str, content_type: str | None = None, roles: Collection[Role] = ROLES) -> Named:
    """Return what a style sheet names: further style sheets, fonts and pictures, in this order."""
    text = decode(body[:CSS_BYTES], content_type).text
    named = list(_absolute(_of_css(text, roles), url))
    return _limited(sorted(named, key=lambda each: _RANKS.get(each.role, _LATER)))


def of_module(body: bytes, url: str, content_type: str | None = None) -> Named:
    """Return the modules that a module imports statically, by their addresses."""
    return _limited(_imports(decode(body[:CSS_BYTES], content_type).text, url))


OF_PAGE: Task[[bytes, str, str | None, Collection[Role]], Named] = Task(of_page)
OF_CSS: Task[[bytes, str, str | None], Named] = Task(of_css)
OF_MODULE: Task[[bytes, str, str | None], Named] = Task(of_module)


def _in_tree(
    tree: HtmlElement, base: str, roles: Collection[Role], *, own: str = "", documents: int = MAX_DOCUMENTS
) -> Iterator[tuple[int, Requisite]]:
    """Yield what a tree names, each with its rank; ``documents``: number of inner documents that are searched."""
    searched = 0
    for element in tree.iter():
        tag = local_name(element)
        if tag == "style":
            searched += 1
            if searched <= MAX_STYLES:
                for each in _absolute(_of_css(element.text or "", roles), base):
                    yield (0 if each.role in (Role.STYLE, Role.FONT) else _LATER), each
        is_module = tag == "script" and (element.get("type") or "").strip().lower() == "module"
        if is_module and Role.SCRIPT in roles and element.text:
            for each in _imports(element.text[:CSS_BYTES], base):
                yield _RANKS[Role.SCRIPT], each
        for found in attributes_of(element):
            if found.form is Form.CSS:
                searched += 1
                if searched <= MAX_STYLES:
                    yield from ((_LATER, each) for each in _absolute(_of_css(found.value, roles), base))
            elif found.role not in roles:
                continue
            elif found.form is Form.SRCSET:
                sizes = ((address, found.role) for address in of_srcset(found.value))
                yield from ((_LATER, each) for each in _absolute(sizes, base))
            elif found.form is Form.DOCUMENT:
                documents -= 1
                if documents >= 0 and found.value.strip():
                    inner, _ = parse(found.value)
                    yield from _in_tree(inner, _base(inner, base), roles, own=own, documents=0)
            elif found.form is Form.URL and _may_be_fetched(found.value):
                if found.role is Role.SCRIPT and tag == "script" and not (is_module or _is_script(element)):
                    continue
                address = _join(base, found.value)
                if address is None or (found.role is Role.FRAME and address == own):
                    continue
                module = is_module or (tag == "link" and found.role is Role.SCRIPT and _is_module_link(element))
                yield _RANKS.get(found.role, _LATER), Requisite(address, found.role, module)


def _is_script(element: HtmlElement) -> bool:
    """Whether a browser fetches a script: not if its type makes it data."""
    kind = (element.get("type") or "").strip().lower()
    return kind == "" or _SCRIPT_TYPE.fullmatch(kind) is not None


def _is_module_link(element: HtmlElement) -> bool:
    return "modulepreload" in (element.get("rel") or "").lower().split() and role_of_link(element) is Role.SCRIPT


def _imports(text: str, base: str) -> Iterator[Requisite]:
    for found in islice(_IMPORT.finditer(text), 10 * PER_PAGE):
        address = _join(base, found[1] or found[2])
        if address is not None:
            yield Requisite(address, Role.SCRIPT, is_module=True)


def _limited(named: Iterable[Requisite]) -> Named:
    """Return each address once, up to the maximum; the first role of an address counts."""
    found: dict[str, Requisite] = {}
    for each in named:
        found.setdefault(each.url, each)
    return Named(tuple(islice(found.values(), PER_PAGE)), max(0, len(found) - PER_PAGE))


def of_srcset(value: str) -> list[str]:
    """Return the URLs in a ``srcset`` for a phone, a laptop and a large screen (HTML §4.8.4.2.1)."""
    candidates: list[tuple[str, str]] = []
    for address, words in srcset.candidates(value):
        found = _DESCRIPTOR.match(words)
        candidates.append((address, found[0].lower() if found is not None else "1x"))
    kept: list[str] = []
    for unit, targets in (("w", _WIDTHS), ("x", _DENSITIES)):
        sized = [(_number(descriptor[:-1]), address) for address, descriptor in candidates if descriptor[-1] == unit]
        for size in targets if sized else ():
            _, address = min(sized, key=lambda pair, size=size: abs(pair[0] - size))  # type: ignore[misc]
            if address not in kept:
                kept.append(address)
    return kept


def _of_css(text: str, roles: Collection[Role]) -> Iterator[tuple[str, Role]]:
    """Yield the addresses in CSS that a browser would fetch, with their roles."""
    for each in css.addresses(text):
        if each.role in roles and _may_be_fetched(each.address):
            yield each.address, each.role


def _may_be_fetched(address: str) -> bool:
    """Whether a URL is neither empty, nor inline data, nor a fragment of the page itself."""
    return address != "" and not address.startswith("#") and address[:5].lower() != "data:"


def _base(tree: HtmlElement, url: str) -> str:
    declared = tree.find(".//base[@href]")
    return _join(url, declared.get("href") or "") or url if declared is not None else url


def _absolute(named: Iterable[tuple[str, Role]], base: str) -> Iterator[Requisite]:
    for value, role in named:
        url = _join(base, value)
        if url is not None:
            yield Requisite(url, role)


def _join(base: str, value: str) -> str | None:
    url = target(base, value)
    return url if url is not None and is_address(url) else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
