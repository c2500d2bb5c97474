"""The article's pictures with caption and credit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from lxml.html import HtmlElement

from talkscraper.extraction.blocks import Block, Blocks, Box, Picture, squeeze
from talkscraper.extraction.box_names import Mark, marks_of_name
from talkscraper.extraction.page import Page
from talkscraper.extraction.text import clean, strings
from talkscraper.html import srcset as srcsets
from talkscraper.html.address_attributes import LAZY
from talkscraper.lexicon import Expressions, alternatives
from talkscraper.model import Image
from talkscraper.urls.resolution import resolved
from talkscraper.urls.validity import is_address

MAX_IMAGES = 100
_SMALL = frozenset(
    ("text-xs", "text-sm", "italic", "font-italic", "fst-italic", "small", "text-muted", "has-small-font-size")
)
"""Utility classes of Tailwind, Bootstrap and WordPress for text that is smaller than a paragraph's, or slanted."""
_CAPTION_LINE = 220
"""Characters of a caption that is only an emphasised line under its picture."""
_LEAST_CAPTION = 8
_UNDER = 2
"""Blocks after a picture of which one may be its caption."""
_TOO_SMALL = 60
_NOT_OURS = (
    Mark.NAV | Mark.RELATED | Mark.AD | Mark.BIO | Mark.ASIDE | Mark.FORM | Mark.COMMENT | Mark.NEWSLETTER
    | Mark.SHARE | Mark.FOOTER | Mark.TAGS | Mark.PROMO | Mark.BYLINE | Mark.CONSENT
)  # fmt: skip
_NOT_PICTURES = re.compile(
    r"(?:^|[/_.-])(?:pixel|spacer|blank|logo|icon|avatar|sprite|gravatar|emoji|tracking|1x1|loader|"
    r"placeholder)(?:[/_.-]|$)",
    re.IGNORECASE,
)
_STAND_IN = re.compile(
    r"(?:^|[/_.-])(?:1px|1x1|blank|gr[ae]y|loader|loading|spacer|spinner|tiny|transparent)[/_.-]|blur|lqip|placeholder|low[-_]?(?:res|quality)|[?&/;,](?:w|width|h|height|q|quality)[=_-]\d{1,2}(?!\d)|[-_/]\d{1,2}x\d{1,2}(?!\d)",
    re.IGNORECASE,
)
"""In the address of a picture that is shown until the article's own is loaded."""
MAX_NAME = 400
"""Last characters of an address that are looked at."""
_FILE = re.compile(r"\.(?:jpe?g|png|webp|avif|gif|svg)(?:\?[^\s,{}]{0,200})?$", re.IGNORECASE)
_CREDIT = re.compile(
    rf"(?:\(|\[|^|[.|–—-]\s*|\s)(?:(?:{alternatives(Expressions.PHOTO_CREDIT)})"
    r"(?: credit| by| courtesy(?: of)?)?\s*[:：/|]\s*|©\s*|\(c\)\s*|photo by |courtesy of )"
    r"([^()\[\]]{2,80})[)\]]?\s*$",
    re.IGNORECASE,
)


def find_images(
    page: Page,
    blocks: Blocks,
    kept: Sequence[Block],
    insets: Sequence[Block],
    headline: int | None,
    title: str | None,
) -> tuple[Image, ...]:
    """Pictures between the headline and the last paragraph, in page order; else the declared one.

    Args:
        page: The page.
        blocks: Its blocks and pictures.
        kept: The article's paragraphs.
        insets: Blocks of advertisements and lists of other articles among them.
        headline: The index of the block that shows the headline.
        title: The headline: a picture above it with the same words is the article's.
    """
    declared = _declared(page)
    lead = _same_picture(declared.url) if declared else None
    images: list[Image] = []
    seen: set[str] = set()
    if kept:
        first = min(kept[0].index, headline if headline is not None else kept[0].index)
        last = kept[-1].index + 1
        homes = {id(b) for b in kept[len(kept) // 2].box.lineage()}
        common = kept[0].marks
        for block in kept[1:]:
            common &= block.marks
        own = {id(box) for block in kept for box in block.box.lineage()}
        foreign = {id(box) for block in insets for box in block.box.lineage()} - own
        for picture in blocks.pictures:
            if any(id(box) in foreign for box in picture.box.lineage()):
                continue
            if not first - 4 <= picture.before <= last or (picture.box.marks & _NOT_OURS & ~common):
                continue
            image = _image(page, picture, blocks, len(images))
            if image and picture.before < first and not (_in_hero(picture, homes) or _is_lead(image, lead, title)):
                continue
            if image and _same_picture(image.url) not in seen:
                seen.add(_same_picture(image.url))
                images.append(image)
            if len(images) >= MAX_IMAGES:
                break
    if not images and declared:
        images.append(declared)
    return tuple(images)


def captions(blocks: Blocks) -> list[str]:
    """The alternative texts of pictures that the line under them repeats: that line is a caption."""
    found: list[str] = []
    for picture in blocks.pictures:
        said = picture.element.get("alt") or ""
        if len(said) > _LEAST_CAPTION:
            said = clean(said)
            key = squeeze(said)
            if any(block.key == key for block in blocks.text[picture.before : picture.before + _UNDER]):
                found.append(said)
    return found


def _in_hero(picture: Picture, homes: set[int]) -> bool:
    """Above the headline, but in a box with the article."""
    return any(id(box) in homes and box.depth > 3 for box in picture.box.lineage()[:4])


def _is_lead(image: Image, declared: str | None, title: str | None) -> bool:
    """The page declares it as the article's picture, or describes it with the headline."""
    return _same_picture(image.url) == declared or bool(image.alt and title and squeeze(image.alt) == squeeze(title))


def _image(page: Page, picture: Picture, blocks: Blocks, position: int) -> Image | None:
    element = picture.element
    url = picture_url(page, element)
    if (
        url is None
        or _tiny(element)
        or _is_beacon(element, url)
        or _NOT_PICTURES.search(urlsplit(url).path.rsplit("/", 1)[-1])
    ):
        return None
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if marks_of_name(names) & (Mark.BIO | Mark.AD):
        return None
    caption, credit = _caption(picture, blocks)
    return Image(
        url=url, alt=clean(element.get("alt") or "") or None, caption=caption, credit=credit, position=position
    )


def picture_url(page: Page, element: HtmlElement) -> str | None:
    """The picture's own address: lazy loading, srcset and resizing services looked through."""
    shown = element.get("src") or ""
    later = next((s for a in LAZY["srcset"] if (s := element.get(a))), "")
    stand_in = bool(later) or _is_stand_in(shown)
    candidates = [
        *(value for a in LAZY["src"] if (value := element.get(a)) and not _is_stand_in(value)),
        None if stand_in else shown,
        _largest(later),
        _largest(element.get("srcset") or ""),
    ]
    parent = element.getparent()
    if parent is not None and parent.tag == "picture":
        for source in parent.iter("source"):
            candidates += (_largest(source.get(a) or "") for a in (*LAZY["srcset"], "srcset"))
    if stand_in or not shown or shown.startswith("data:"):
        candidates += (v for name, v in element.items() if name.startswith("data-") and _FILE.search(v[-MAX_NAME:]))
    candidates += (element.get(a) for a in (*LAZY["src"], "src"))
    for candidate in candidates:
        if not candidate or candidate.startswith(("data:", "blob:", "about:")):
            continue
        url = _unwrapped(page.url, candidate)
        if url is not None and is_address(url):
            return url
    return None


def _is_stand_in(address: str) -> bool:
    return _STAND_IN.search(address[-MAX_NAME:]) is not None


def _largest(srcset: str) -> str | None:
    best: tuple[float, str] | None = None
    for address, size in srcsets.candidates(srcset):
        try:
            width = float(size.rstrip("wx") or 1)
        except ValueError:
            width = 1.0
        if best is None or width > best[0]:
            best = (width, address)
    return best[1] if best else None


def _unwrapped(base: str, written: str) -> str | None:
    """The absolute URL of a picture; ``/_next/image?url=…`` and the like → the picture behind it."""
    url = resolved(base, written)
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.path.endswith(("/_next/image", "/_next/image/", "/_vercel/image", "/_ipx/image")):
        inner = parse_qs(parts.query).get("url")
        if inner:
            return resolved(base, inner[0])
    return url


def _is_beacon(element: HtmlElement, url: str) -> bool:
    """Whether an image for browsers without scripts only counts them: without description or file name."""
    if next(element.iterancestors("noscript"), None) is None:
        return False
    return not element.get("alt") and _FILE.search(urlsplit(url).path) is None


def _tiny(element: HtmlElement) -> bool:
    for name in ("width", "height"):
        size = re.match(r"\d+", element.get(name) or "")
        if size and int(size.group(0)[:6]) < _TOO_SMALL:
            return True
    return False


def _same_picture(url: str) -> str:
    return urlsplit(url).path


def _figure(box: Box) -> Box | None:
    """The box that holds the picture and its caption."""
    for candidate in box.lineage()[:5]:
        if candidate.tag == "figure":
            return candidate
    for candidate in box.lineage()[:3]:
        if candidate.own & (Mark.FIGURE | Mark.CAPTION):
            return candidate
    return None


def _caption(picture: Picture, blocks: Blocks) -> tuple[str | None, str | None]:
    figure = _figure(picture.box)
    if figure is None:
        return _line_below(picture, blocks)
    texts: list[str] = []
    credited: list[str] = []
    for block in blocks.text[max(0, picture.before - 4) : picture.before + 6]:
        lineage = block.box.lineage()
        if figure not in lineage[:6]:
            continue
        inside = Mark.NONE
        for box in lineage:
            if box is figure:
                break
            inside |= box.own
        if (inside | block.inline) & Mark.CREDIT and len(block.text) <= 120:
            credited.append(block.text)
        elif len(block.text) <= 600 and (
            figure.tag == "figure" or inside & Mark.CAPTION or block.inline & Mark.CAPTION
        ):
            texts.append(block.text)
    caption = " ".join(dict.fromkeys(texts)) or None
    return caption, _credit(credited[0] if credited else None, caption)


def _line_below(picture: Picture, blocks: Blocks) -> tuple[str | None, str | None]:
    """The emphasised line right under a picture, where the page has no box for captions."""
    below = blocks.text[picture.before] if picture.before < len(blocks.text) else None
    if below is None or not is_caption_line(below):
        return None, None
    return below.text, _credit(None, below.text)


def is_caption_line(block: Block) -> bool:
    """A short paragraph right after a picture, all of it emphasised: ``<p><em>…</em></p>``."""
    size = len(block.text)
    return (
        block.after_image
        and size <= _CAPTION_LINE
        and (block.emphasised >= 0.9 * size or _set_small(block))
        and block.tag in ("p", "div", "td")
        and not block.marks & Mark.QUOTE
    )


def _set_small(block: Block) -> bool:
    """Whether its classes set it small or slanted, and it is no sentence of the story."""
    looks = (block.box.element.get("class") or "").lower().split()
    return any(name in _SMALL for name in looks) and len(block.text) <= _CAPTION_LINE // 2


def _credit(credit: str | None, caption: str | None) -> str | None:
    if credit is None and caption:
        match = _CREDIT.search(caption)
        if match:
            credit = match.group(1).strip(" .)")
    if credit:
        credit = (
            re.sub(
                r"^(?:photo|image|credit|foto|bild|crédit|©)\s*(?:credit|by|photo)?\s*[:：]?\s*",
                "",
                credit,
                flags=re.IGNORECASE,
            ).strip()
            or None
        )
    return credit


def _declared(page: Page) -> Image | None:
    node = page.article_node or {}
    value = node.get("image")
    first = value[0] if isinstance(value, list) and value else value
    first = page.resolve(first)
    address, caption, credit = None, None, None
    if isinstance(first, str):
        address = first
    elif isinstance(first, dict):
        address = first.get("url") or first.get("contentUrl")
        caption = next(iter(strings(first.get("caption"))), None)
        credit = next(iter(strings(first.get("creditText"))), None)
    address = address if isinstance(address, str) else page.first("og:image", "og:image:url", "twitter:image")
    if not address:
        return None
    url = _unwrapped(page.url, address)
    if url is None or not is_address(url):
        return None
    alt = page.first("og:image:alt")
    return Image(url=url, alt=clean(alt) or None if alt else None, caption=caption, credit=credit)
