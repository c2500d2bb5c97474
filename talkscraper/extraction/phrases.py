"""Lines that aren't part of an article, recognised by what they say.

Every pattern is matched against a whole line, and only against short ones, because each of these phrases may also begin
a sentence of an article. The words are in ``talkscraper.lexicon``.
"""

from __future__ import annotations

import re

from talkscraper.lexicon import Expressions, alternatives


def _pattern(template: str, key: Expressions) -> re.Pattern[str]:
    """A template with a list's alternatives in place of ``WORDS``."""
    return re.compile(template.replace("WORDS", f"(?:{alternatives(key)})"), re.IGNORECASE)


# the beginning of a line, for ``match``
EMBEDDED = _pattern(r"\W*WORDS", Expressions.EMBEDDED_CONTENT)
RATING = _pattern(r"\W*WORDS", Expressions.RATING)
READ_MORE = _pattern(r"\W*WORDS", Expressions.READ_MORE)
CALL_TO_ACTION = _pattern(r"\W*WORDS", Expressions.CALL_TO_ACTION)

# a whole line, for ``fullmatch``
ADVERTISEMENT = _pattern(r"\W*WORDS\W*", Expressions.ADVERTISEMENT)
ADVERTISEMENT_LABEL = _pattern(
    rf"\W*WORDS(?:\s*[·•|:–—-]\s*.{{1,60}}|\s+(?:{alternatives(Expressions.ADVERTISER)})\s.{{1,60}})?",
    Expressions.ADVERTISEMENT,
)
"""The first line of an advertisement's box: "Ad · Harbour Mutual", "Sponsored by …"."""
CREDIT = _pattern(r"[\s(\[（【]*WORDS\s*[:：/|©(=＝].{0,120}", Expressions.CREDIT)
RIGHTS = _pattern(r"\W*WORDS.{0,200}", Expressions.RIGHTS_RESERVED)
SHARE = _pattern(r"\W*WORDS\W*", Expressions.SHARE)
MINUTES = _pattern(
    r"\W*(?:(?:\w+\s+){0,2}|(?:\w+\s+){0,3}\w+\s*[:：]\s*)\d{1,3}\s*[-–]?\s*WORDS\b[\w\s.'’]{0,25}", Expressions.MINUTES
)
DATED = _pattern(r"\W*(?:first |last |originally )?WORDS\b.{0,100}", Expressions.DATED)
TAGS = re.compile(
    rf"\W*(?:{alternatives(Expressions.TAG_LABEL)})\s*[:：].{{0,200}}|\W*(?:{alternatives(Expressions.TAG_HEADING)})\W*",
    re.IGNORECASE,
)
BYLINE = _pattern(r"\W*WORDS\b[\s:：]*(?P<who>.{2,80})", Expressions.BYLINE)
COMMENTS = _pattern(r"\W*\d{0,6}\s*WORDS\W*\d{0,6}\W*", Expressions.COMMENT_COUNT)
CONTENTS = _pattern(r"\W*WORDS\s*(?:hide|show|expand|\[\w+\])?\W*", Expressions.CONTENTS_HEADING)
SOURCES = _pattern(r"\W*WORDS\s*[:：]?\W*", Expressions.SOURCES_HEADING)
RELATED = _pattern(r"\W*WORDS\W*", Expressions.RELATED_HEADING)

ADDRESS = re.compile(r"(?<!\S)[\w.+-]{1,40}@[\w-]{1,40}\.[\w.]{2,20}(?!\S)")
"""An e-mail address."""
NUMBERED = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}\b|[۰-۹٠-٩]{4}|\d{1,2}月\d{1,2}日")
"""A time, a year or a day."""
_SENTENCE_ENDS = frozenset(".!?…。！？؟।။։:;”\"»“')]")


def ends_sentence(text: str) -> bool:
    """Whether a line ends as sentences do, in any script: with a mark, or a quotation mark or bracket after it."""
    return text.rstrip()[-1:] in _SENTENCE_ENDS
