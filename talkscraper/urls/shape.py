"""Classification of URLs by form: an article, a list of articles, or neither. For sources without ``article_urls``.

Newspapers name their articles by a dated path, by an identifier, or by a slug of several words; sections, tags,
authors and legal pages by a word or two. The filters of courlan, which exclude addresses without text, are applied
too, except for folders that hold articles at many newspapers (``/archives/123``, ``/news/2025/1234/``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from talkscraper.lexicon import Expressions, alternatives
from talkscraper.urls.vocabulary import (
    DATED_FOLDER,
    FOLDERS,
    ID_PARAMETERS,
    LEGAL,
    MONTHS,
    NEVER,
    PAGE,
    QUERY_NEVER,
    SECTION_LIKE,
    STATIC,
    WEAK,
)

_SEPARATORS = re.compile(r"[-_.,+ ]+")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2})?")
_COMPACT_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])?")
_DATE_IN_SLUG = re.compile(r"(?:^|\D)(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:[0-2]\d|3[01])(?:\D|$)")
_LONG_NUMBER = re.compile(r"\d{5,}")
_CODE = re.compile(r"(?=[0-9A-Za-z]*\d)(?=[0-9A-Za-z]*[A-Za-z])[0-9A-Za-z]{8,}")
_SHORT_CODE = re.compile(r"(?=\w*\d)(?=\w*[a-z])(?=\w*[A-Z])[0-9A-Za-z]{5,}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_IDEOGRAPHS = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u1780-\u17ff\u1000-\u109f]")
_PAGINATION = re.compile(r"(?:page|seite|pagina|p|pg)[-_]?\d{1,5}", re.IGNORECASE)


class Shape(StrEnum):
    """The form of an address."""

    ARTICLE = "article"
    SECTION = "section"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ShapeVerdict:
    """A form, with the reason."""

    shape: Shape
    why: str
    sure: bool = False
    """Whether the reason is a date or an identifier, not only words."""


@lru_cache(maxsize=8192)
def judge(url: str) -> ShapeVerdict:
    """Return the form of a cleaned URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ShapeVerdict(Shape.OTHER, "not a URL")
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    lowered = [segment.lower() for segment in segments]
    if segments and _LANGUAGE.fullmatch(segments[0]) and lowered[0] not in FOLDERS and len(segments) > 1:
        segments, lowered = segments[1:], lowered[1:]
    query = parse_qsl(parts.query, keep_blank_values=True)
    refused = _never(lowered, query)
    if refused is not None:
        return refused
    verdict = _article(segments, lowered, query) or _section(lowered, query)
    if verdict.shape is Shape.ARTICLE and not verdict.sure and _navigation(url):
        return ShapeVerdict(Shape.OTHER, "courlan takes it for navigation")
    return verdict


def _navigation(url: str) -> bool:
    from courlan.filters import (
        is_navigation_page,
        is_not_crawlable,
        type_filter,
    )  # its import takes a quarter of a second

    return not type_filter(url, strict=True) or is_not_crawlable(url) or is_navigation_page(url)


def is_article(url: str) -> bool:
    """Whether an address has the form of an article's."""
    return judge(url).shape is Shape.ARTICLE


def _never(lowered: list[str], query: list[tuple[str, str]]) -> ShapeVerdict | None:
    if any(name.lower() in QUERY_NEVER for name, _ in query):
        return ShapeVerdict(Shape.OTHER, "a search or an action")
    if not lowered:
        return None
    last = lowered[-1]
    if STATIC.search(last):
        return ShapeVerdict(Shape.OTHER, "a file")
    dated, identified = _dated(lowered), _identified(PAGE.sub("", last))
    for at, segment in enumerate(lowered):
        word = PAGE.sub("", segment)
        below = len(lowered) - 1 - at
        spared = below and word in WEAK and (dated or (identified and (below > 1 or word in SECTION_LIKE)))
        if word in NEVER and not spared:
            return ShapeVerdict(Shape.OTHER, f"under {word!r}")
    words = _words(PAGE.sub("", last))
    if len(words) > 1 and len(lowered) <= 2 and all(word in LEGAL for word in words):
        return ShapeVerdict(Shape.OTHER, "the small print")
    if _PAGINATION.fullmatch(last) and len(lowered) > 1:
        return ShapeVerdict(Shape.OTHER, "a page of a list")
    if any(segment.startswith(("@", "~")) for segment in lowered) and len(lowered) == 1:
        return ShapeVerdict(Shape.OTHER, "a person's page")
    return None


def _article(segments: list[str], lowered: list[str], query: list[tuple[str, str]]) -> ShapeVerdict | None:
    if not segments:
        return _by_query(query, root=True)
    last = PAGE.sub("", segments[-1])
    page = last != segments[-1]
    if _is_index(last):
        # in …/2025/10/28/slug/index.html the slug counts; …/sport/index.html is a section's
        if len(segments) == 1:
            return _by_query(query, root=True)
        segments, lowered = segments[:-1], lowered[:-1]
        last = segments[-1]
    words = _words(last)
    folder = next((each for each in reversed(lowered[:-1]) if not DATED_FOLDER.fullmatch(each)), "")
    if _dated(lowered):
        return ShapeVerdict(Shape.ARTICLE, "a slug under a dated path", sure=True)
    if len(segments) <= 2 and all(word.lower() in LEGAL for word in words):
        return _by_query(query)
    lettered = [word for word in words if any(char.isalpha() for char in word)]
    if _DATE_IN_SLUG.search(last) and len(lettered) > 1:
        return ShapeVerdict(Shape.ARTICLE, "a slug with a date", sure=True)
    if _identified(last):
        return ShapeVerdict(Shape.ARTICLE, "an identifier", sure=True)
    if len(segments) > 1 and len(words) > 1 and _identified(segments[-2]) and not _COMPACT_DATE.search(segments[-2]):
        return ShapeVerdict(Shape.ARTICLE, "a slug after an identifier", sure=True)
    if len(segments) > 2 and _is_month(segments[-1]) and DATED_FOLDER.fullmatch(segments[-2]):
        segments = segments[:-2]  # …/a-slug-of-words/2025/10
        words = _words(segments[-1])
        lettered = [word for word in words if any(char.isalpha() for char in word)]
    if folder in FOLDERS and last.isdigit() and not DATED_FOLDER.fullmatch(last):
        return ShapeVerdict(Shape.ARTICLE, f"a number under {folder!r}", sure=True)
    if len(_IDEOGRAPHS.findall(last)) >= 6:
        return ShapeVerdict(Shape.ARTICLE, "a headline in its path")
    if folder in FOLDERS and _SHORT_CODE.fullmatch(last):
        return ShapeVerdict(Shape.ARTICLE, f"a code under {folder!r}")
    numbered = words[-1].isdigit() and len(words[-1]) == 4 and not DATED_FOLDER.fullmatch(words[-1]) if words else False
    needed = 2 if page or numbered or folder in FOLDERS else 3 if len(segments) > 2 else 4
    if len(lettered) >= needed and sum(map(len, lettered)) >= 3 * needed:
        return ShapeVerdict(Shape.ARTICLE, f"a slug of {len(lettered)} words")
    return _by_query(query)


def _by_query(query: list[tuple[str, str]], *, root: bool = False) -> ShapeVerdict | None:
    for name, value in query:
        if (
            name.lower() in ID_PARAMETERS
            and _is_id(value)
            and (not root or name.lower() in ("p", "id") or len(value) > 3)
        ):
            return ShapeVerdict(Shape.ARTICLE, f"an identifier in the parameter {name!r}", sure=True)
    return None


def _section(lowered: list[str], query: list[tuple[str, str]]) -> ShapeVerdict:
    if not lowered:
        return ShapeVerdict(Shape.OTHER, "the front page")
    last = PAGE.sub("", lowered[-1])
    if all(DATED_FOLDER.fullmatch(each) or each.isdigit() or each in MONTHS for each in lowered):
        return ShapeVerdict(Shape.OTHER, "a day's list")
    if query or len(lowered) > 3 or any(char.isdigit() for char in last) or len(_words(last)) > 3:
        return ShapeVerdict(Shape.OTHER, "neither")
    return ShapeVerdict(Shape.SECTION, "a word or two")


def _dated(lowered: list[str]) -> bool:
    """Whether a segment follows a year with a month, or a date in one piece."""
    for at, segment in enumerate(lowered[:-1]):
        after = lowered[at + 1 :]
        if _COMPACT_DATE.fullmatch(segment) or _DATE_IN_SLUG.fullmatch(segment):
            return not after[-1].isdigit() or len(after[-1]) > 2
        if DATED_FOLDER.fullmatch(segment) and _is_month(after[0]):
            rest = [each for each in after[1:] if not (each.isdigit() and len(each) <= 2)]
            return bool(rest) and not _is_index(PAGE.sub("", rest[0])) and not _PAGINATION.fullmatch(rest[-1])
    return False


def _is_month(segment: str) -> bool:
    return (
        segment in MONTHS
        or (segment.isdigit() and len(segment) <= 2 and 1 <= int(segment) <= 12)
        or (segment.isdigit() and len(segment) == 4 and 1 <= int(segment[:2]) <= 12 and 1 <= int(segment[2:]) <= 31)
    )


def _identified(last: str) -> bool:
    """Whether a last segment contains an identifier: a long number, a UUID, a code of letters and digits."""
    if _UUID.search(last):
        return True
    if any(not _COMPACT_DATE.fullmatch(number) for number in _LONG_NUMBER.findall(last)):
        return True
    pieces = _SEPARATORS.split(last)
    return any(
        _CODE.fullmatch(piece) and sum(char.isdigit() for char in piece) >= 2 and not _COMPACT_DATE.search(piece)
        for piece in pieces
    )


def _is_id(value: str) -> bool:
    return value.isdigit() or bool(_UUID.fullmatch(value)) or (bool(_CODE.fullmatch(value)) and _identified(value))


def _words(slug: str) -> list[str]:
    return [word for word in _SEPARATORS.split(slug) if word]


def _is_index(name: str) -> bool:
    return _index_file().fullmatch(name) is not None


@cache
def _index_file() -> re.Pattern[str]:
    """Return the pattern of the names of index pages, read with the first address that is judged."""
    return re.compile(rf"(?:{alternatives(Expressions.INDEX_FILE)})\d?", re.IGNORECASE)
