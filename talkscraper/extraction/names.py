"""What a name is: cut out of a line, told from what is none, and from an organisation's."""

from __future__ import annotations

import re
from collections.abc import Iterable

from talkscraper.extraction.blocks import squeeze
from talkscraper.extraction.clean_text import clean
from talkscraper.model import Author, AuthorKind

MAX_AUTHORS = 30
MAX_NAME = 80
_SPLIT = re.compile(
    r"\s*(?:;|,|，|、|\||•|·|\s/\s|\s(?:and|und|et|y|e|en|och|og|ja|a|i|și|и|та|та|και|ve|dan|và|및|&|\+)\s|"
    r"和|与|與)\s*",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    r"^\W*(?:(?:written|posted|reported|words|story|text|edited|article|post|reviewed)\s+by|by|von|par|por|di|"
    r"door|af|av|od|autor(?:in)?|author|"
    r"auteur|автор|текст|from|a cura di|oleh|penulis|yazar|作者|記者|记者|文|بقلم|نویسنده|लेखक|โดย|"
    r"제공)\s*(?:[:：]\s*|\s+)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(
    r"(?:\s*[,|(–—-]\s*(?:published|updated|posted|on|md|phd|rd|mba|cpa|ph\.d|m\.d|staff|senior|editor|"
    r"reporter|correspondent|contributor|writer)\b.*"
    r"|\s+(?:기자|記者|记者|特派員)|\s*@\w+|\s*\(?[\w.+-]+@[\w.-]+\)?)$",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(
    r"https?:|www\.|@|^(?:image|images|photo|photos|source|quelle|content|design|code|credit)\s*:|\d{3}|"
    r"[<>{}=#]|\b(?:published|updated|posted|comments?|min read|share|read more|follow|"
    r"subscribe|view all|all posts|"
    r"about the author|contributor page|learn more|email|unknown|undefined|null|none|n/a|admin|administrator|"
    r"guest|author|"
    r"anonymous)\b",
    re.IGNORECASE,
)
_NAME_END = re.compile(
    r"\d|[|·•⋅‧–—/(\n]|\s-\s|,\s*(?=[a-z])|\b(?:updated|published|posted|last|modified|min|mins|comments?|"
    r"senior|staff writer|writer|editor|"
    r"reporter|contributor|correspondent|head of|founder|ceo|director|is|was|in|on|for|"
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|"
    r"mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b(?![a-z])",
    re.IGNORECASE,
)
_LOWER_CASE = (
    "de da do dos das del della di du van von der den la le el al bin ibn ben y e i och und and the zu ter ten"
)
_PARTICLES = frozenset(_LOWER_CASE.split())
_ORGANISATION = re.compile(
    r"\b(?:team|staff|desk|editors?|editorial|newsroom|news|press|agency|agencies|media|magazine|times|post|"
    r"herald|tribune|journal|daily|radio|tv|"
    r"online|group|inc|llc|ltd|gmbh|ag|university|institute|foundation|association|council|ministry|"
    r"department|reuters|afp|dpa|apa|sda|efe|ansa|"
    r"ap|pti|ani|xinhua|bloomberg|tass|redaktion|redaktionsnetzwerk|redaction|rédaction|redacción|redacao|"
    r"redação|redazione|redakcja|redactie|"
    r"redakce|redakcia|redaksi|agence|agencia|agência|agenzia|zeitung|nachrichten|редакция|редакція|агентство|"
    r"новости|haber|ajans[ıi]|ntb|tt|ritzau|"
    r"stt|belga|anp|mti|pap|ctk|čtk|tasr|company|service|services|bureau|network|report|reports|club|blog|"
    r"guide)\b|\.(?:com|org|net|de|fr|co|be|ch|at|it|es|nl|se|no|dk|pl|cz|ru|tv|info)\b"
    r"|編集部|新聞|通信|新华社|新華社|报|報|社|网|網|편집|뉴스|وكالة|خبرگزاری|تحریریه|فريق|डेस्क|ब्यूरो",
    re.IGNORECASE,
)


def looks_like_a_name(text: str) -> bool:
    """Few words, each with a capital (or in a script without them), particles aside."""
    parts = text.split()
    if not 1 <= len(parts) <= 6:
        return False
    return all(
        p[0].isupper() or not p[0].isalpha() or p[0].lower() == p[0].upper() or p in _PARTICLES for p in parts
    ) and (parts[-1] not in _PARTICLES)


def name_in(line: str) -> str:
    """The beginning of a line up to where a name ends: a date, a separator, a job."""
    return _NAME_END.split(_PREFIX.sub("", line.strip()), maxsplit=1)[0].strip(" ,:;.-–—|")


def authors_named(values: Iterable[str], sites: set[str], kind: AuthorKind | None = None) -> list[Author]:
    """The authors in declared or printed values, each of which may name several.

    Args:
        values: As declared or printed.
        sites: What the site calls itself, squeezed: such an author is an organisation.
        kind: What they are, where that was said.
    """
    found: list[Author] = []
    for value in values:
        for piece in _pieces(value, kind):
            name = _name(piece)
            if name:
                found.append(Author(name=name, kind=kind or _kind(name, sites)))
    return distinct(found)


def _pieces(value: str, kind: AuthorKind | None) -> list[str]:
    text = _PREFIX.sub("", clean(value))
    if kind is AuthorKind.ORGANISATION:
        return [text]
    return _SPLIT.split(text)


def _name(piece: str) -> str | None:
    name = _SUFFIX.sub("", _PREFIX.sub("", piece)).strip(" .,:;-–—|•·*\"'“”()[]/")
    if not 2 <= len(name) <= MAX_NAME or _NOT_A_NAME.search(name) or not any(c.isalpha() for c in name):
        return None
    if len(name.split()) > 8:
        return None
    if name.isupper() and len(name) > 5 and " " in name:
        name = name.title()
    return name


def _kind(name: str, sites: set[str]) -> AuthorKind:
    key = squeeze(name)
    if key in sites or any(len(s) >= 5 and s in key for s in sites) or _ORGANISATION.search(name):
        return AuthorKind.ORGANISATION
    return AuthorKind.PERSON


def distinct(authors: Iterable[Author]) -> list[Author]:
    """Each name once, in the order given."""
    seen: dict[str, Author] = {}
    for author in authors:
        seen.setdefault(squeeze(author.name), author)
    return list(seen.values())[:MAX_AUTHORS]
