"""Lines that aren't the article's by what they say: labels, credits, bylines, "read more", calls to action."""

from __future__ import annotations

from talkscraper.extraction import phrases
from talkscraper.extraction.block_selection import ITEM_TAGS, Selection
from talkscraper.extraction.blocks import Block, squeeze
from talkscraper.extraction.images import is_caption_line


def foreign_words(block: Block, chosen: Selection) -> str | None:
    """Why a line isn't the article's, or None where its words are no reason."""
    text, size = block.text, len(block.text)
    if not block.key:
        return "no words"
    if block.key in chosen.caption_keys:
        return "caption"
    if size <= 160 and (phrases.ADVERTISEMENT.fullmatch(text) or phrases.SHARE.fullmatch(text)):
        return "advertisement or share label"
    if size <= 60 and (phrases.MINUTES.fullmatch(text) or phrases.COMMENTS.fullmatch(text)):
        return "reading time or comment count"
    if size <= 200 and (phrases.CREDIT.fullmatch(text) or phrases.RIGHTS.fullmatch(text)):
        return "credit"
    if size <= 220 and phrases.TAGS.fullmatch(text):
        return "tags"
    if size <= 700 and phrases.EMBEDDED.match(text):
        return "in place of what another site shows"
    if size <= 120 and phrases.RATING.match(text):
        return "rating"
    if size <= 40 and phrases.CONTENTS.fullmatch(text):
        return "table of contents"
    if size <= 110 and phrases.DATED.fullmatch(text) and phrases.NUMBERED.search(text):
        return "date line"
    if size <= 100 and _is_byline(block, chosen):
        return "byline"
    if (
        size <= 220
        and block.tag != "li"
        and phrases.READ_MORE.match(text)
        and (block.linked > 0.3 * size or (size < 40 and text.endswith(":")))
    ):
        return "read more"
    if (
        size <= 240
        and phrases.CALL_TO_ACTION.match(text)
        and (block.linked or size < 80 or block.emphasised > 0.8 * size)
    ):
        return "call to action"
    if block.tag not in ITEM_TAGS and block.linked >= 0.85 * size and (block.strong >= 0.85 * size or text.isupper()):
        return "line that is one link"
    if is_caption_line(block):
        return "emphasised line under an image"
    return None


def _is_byline(block: Block, chosen: Selection) -> bool:
    if block.key in chosen.author_keys:
        return True
    match = phrases.BYLINE.fullmatch(block.text)
    if not match or (block.text.rstrip().endswith((".", "?", "!", ":")) and not chosen.author_keys):
        return False
    who = squeeze(match.group("who"))
    return len(block.text) < 90 and any(a in who for a in chosen.author_keys)
