"""Tolerant, bounded parsing of JSON-LD, flattened into nodes.

Every ``<script type="application/ld+json">`` is parsed separately, so that a broken one doesn't affect the others.
Nodes are the dicts at top level, in ``@graph``, and behind ``mainEntity`` and ``mainEntityOfPage``. References by
``@id`` are resolved where a field is read (``resolve``), because resolving them all would let a small page grow without
bound.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from talkscraper.extraction.json_repair import read_broken
from talkscraper.urls.resolution import resolved

Node = dict[str, Any]

MAX_SCRIPT = 1_000_000
"""Characters of one script that are read; a longer one is skipped."""
MAX_TOTAL = 2_000_000
"""Characters of JSON-LD read from one page."""
MAX_NODES = 2_000
MAX_DEPTH = 6

ARTICLE_TYPES = {
    "newsarticle": 10, "reportagenewsarticle": 10, "analysisnewsarticle": 10, "opinionnewsarticle": 10,
    "backgroundnewsarticle": 10, "reviewnewsarticle": 10, "askpublicnewsarticle": 10, "liveblogposting": 10,
    "article": 9, "blogposting": 9, "advertisercontentarticle": 8, "satiricalarticle": 8, "scholarlyarticle": 8,
    "techarticle": 8, "medicalscholarlyarticle": 8, "report": 7, "socialmediaposting": 6, "posting": 6,
    "discussionforumposting": 5, "review": 4, "recipe": 4, "howto": 3,
}  # fmt: skip
"""schema.org types of articles, each with a rank: 10 is a news article."""

_QUOTED_NAME = re.compile(r"[\[{,]\s*+[\"'][\w@$:-]{1,80}[\"']\s*+:")
_TYPOGRAPHIC = str.maketrans("“”„″", '""""')
_WRAPPERS = re.compile(
    r"^\s*(?:<!--|/\*\s*<!\[CDATA\[\s*\*/|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|/\*\s*\]\]>\s*\*/|//\s*\]\]>|\]\]>)\s*+;?\s*+$"
)
_FLAT_FIELD = re.compile(
    r'"(headline|datePublished|dateModified|dateCreated|@type|inLanguage)"\s*:\s*"((?:[^"\\\n]|\\.){1,500})"'
)


def types_of(node: Mapping[str, Any]) -> tuple[str, ...]:
    """The node's types in lower case without their vocabulary's address."""
    raw = node.get("@type")
    values = raw if isinstance(raw, list) else [raw]
    return tuple(v.rsplit("/", 1)[-1].rsplit(":", 1)[-1].strip().lower() for v in values if isinstance(v, str))


def parse_scripts(scripts: Iterable[str]) -> tuple[Node, ...]:
    """All nodes of a page's JSON-LD scripts, in page order, at most ``MAX_NODES``."""
    nodes: list[Node] = []
    total = 0
    for script in scripts:
        total += len(script)
        if len(script) > MAX_SCRIPT or total > MAX_TOTAL:
            continue
        for value in _values(script):
            nodes.extend(_flatten(value, 0))
            if len(nodes) >= MAX_NODES:
                return tuple(nodes[:MAX_NODES])
    return tuple(nodes)


def _values(script: str) -> list[Any]:
    """The JSON values in a script: one, several written after each other, or what can be read of a broken one."""
    text = _WRAPPERS.sub("", _WRAPPERS.sub("", script.strip("\ufeff \t\r\n"))).strip().rstrip(";")
    if not text:
        return []
    value = _loaded(text)
    if value is None and not _QUOTED_NAME.search(text):
        # written by a template that escapes for HTML, or by an editor that sets quotes
        text = html.unescape(text).replace('\\"', '"').translate(_TYPOGRAPHIC)
        value = _loaded(text)
    if isinstance(value, str):
        text, value = value, _loaded(value)
    if value is not None:
        return [value]
    values = read_broken(text)
    return values if any(map(_has_article, values)) else values + _salvage(text)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _has_article(value: Any) -> bool:
    return any(article_rank(node) for node in _flatten(value, 0))


def _salvage(text: str) -> list[Any]:
    """Flat fields of a script whose structure can't be told."""
    node: Node = {}
    for name, raw in _FLAT_FIELD.findall(text):
        try:
            node.setdefault(name, json.loads(f'"{raw}"', strict=False))
        except ValueError:
            continue
    return [node] if "@type" in node and len(node) > 1 and article_rank(node) else []


def _flatten(value: Any, depth: int) -> Iterator[Node]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value[:MAX_NODES]:
            yield from _flatten(item, depth + 1)
    elif isinstance(value, dict):
        if any(key not in ("@graph", "@context") for key in value):
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            inner = value.get(key)
            if isinstance(inner, (dict, list)):
                yield from _flatten(inner, depth + 1)


def article_rank(node: Mapping[str, Any]) -> int:
    """The rank of a node among article types: 0 none, 10 a news article."""
    return max((ARTICLE_TYPES.get(t, 0) for t in types_of(node)), default=0)


def by_id(nodes: Iterable[Node]) -> dict[str, Node]:
    """``@id`` → the fullest node that has it."""
    index: dict[str, Node] = {}
    for node in nodes:
        key = node.get("@id")
        if isinstance(key, str) and len(node) > len(index.get(key, {})):
            index[key] = node
    return index


def resolve(value: Any, index: Mapping[str, Node]) -> Any:
    """The node a bare ``{"@id": …}`` stands for, else the value itself."""
    if isinstance(value, dict) and isinstance(value.get("@id"), str) and len(value) <= 2:
        return index.get(value["@id"], value)
    return value


def addresses_of(node: Mapping[str, Any], base: str) -> tuple[str, ...]:
    """The URLs that a node declares for itself, absolute and without fragment."""
    found: list[str] = []
    for key in ("url", "mainEntityOfPage", "@id"):
        value = node.get(key)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str) and value:
            url = resolved(base, value)
            if url is not None:
                found.append(url.partition("#")[0])
    return tuple(found)


def live_posts(node: Mapping[str, Any]) -> list[Node]:
    """The posts of a live report, in the order in which they are declared, at most ``MAX_NODES``."""
    value = node.get("liveBlogUpdate")
    return [post for post in (value if isinstance(value, list) else [value])[:MAX_NODES] if isinstance(post, dict)]


def declared_text(node: Mapping[str, Any]) -> str | None:
    """The text that an article's node has: ``articleBody``, or a live report's posts under their headlines."""
    body = node.get("articleBody")
    posts = [
        (post.get("headline") or post.get("name"), post.get("articleBody") or post.get("text"))
        for post in live_posts(node)
    ]
    told = [text.strip() for post in posts if post[1] for text in post if isinstance(text, str) and text.strip()]
    live = "\n\n".join(told)
    if isinstance(body, str) and len(body) >= len(live):
        return body
    return live or None


def _path_key(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/").lower()
    except ValueError:
        return url


def choose_article(nodes: Iterable[Node], urls: Iterable[str], title: str | None) -> Node | None:
    """The node that describes the page itself.

    Args:
        nodes: From ``parse_scripts``.
        urls: The page's own addresses (as fetched, canonical, og:url).
        title: What the page calls itself in ``<title>`` or og:title, to tell teasers from the article.
    """
    own = {_path_key(u) for u in urls if u} - {""}
    wanted = (title or "").casefold()
    base = next(iter(urls), "")
    best: tuple[float, Node] | None = None
    for node in nodes:
        rank = article_rank(node)
        if not rank:
            continue
        score = float(rank)
        paths = {_path_key(a) for a in addresses_of(node, base)} - {""}
        if paths & own:
            score += 20
        elif paths and own:
            score -= 8
        headline = node.get("headline") or node.get("name")
        if isinstance(headline, str) and headline and headline.casefold()[:40] in wanted:
            score += 12
        score += sum(1 for key in ("headline", "datePublished", "author", "articleBody") if node.get(key))
        if best is None or score > best[0]:
            best = (score, node)
    return best[1] if best else None
