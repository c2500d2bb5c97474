"""What the names that pages give their boxes mean.

Class names and ids are cut into words (``article-body__figCaption`` → article, body, fig, caption), so that *ad* is
found in ``ad-slot`` but not in ``headline`` or ``gradient``. A name is a hint, never a verdict.
"""

from __future__ import annotations

import re
from enum import IntFlag, auto
from functools import lru_cache


class Mark(IntFlag):
    """What a box calls itself, by its tag, role, class and id."""

    NONE = 0
    NAV = auto()
    FOOTER = auto()
    HEADER = auto()
    ASIDE = auto()
    FORM = auto()
    AD = auto()
    NEWSLETTER = auto()
    SHARE = auto()
    RELATED = auto()
    TAGS = auto()
    BIO = auto()
    COMMENT = auto()
    PROMO = auto()
    CAPTION = auto()
    FIGURE = auto()
    BYLINE = auto()
    DATE = auto()
    TOC = auto()
    HIDDEN = auto()
    LEAD = auto()
    BODY = auto()
    CONSENT = auto()
    PAYWALL = auto()
    TITLE = auto()
    KICKER = auto()
    BREADCRUMB = auto()
    QUOTE = auto()
    LIST = auto()
    TABLE = auto()
    EMBED = auto()
    HEADING = auto()
    META = auto()
    CREDIT = auto()
    PRE = auto()
    VEILED = auto()
    """Maybe not shown at first: enough to distrust what trafilatura left out, not what it took."""


_WORDS: dict[Mark, str] = {
    Mark.NAV: "nav navbar navigation subnav menu pagination pager prevnext",
    Mark.FOOTER: "footer",
    Mark.ASIDE: "sidebar rail aside",
    Mark.FORM: "form search login signin register",
    Mark.AD: "ad ads adv advert adverts advertisement advertising advertise adslot adunit adbox adsense adsbygoogle "
    "dfp gpt sponsor sponsored sponsors publicidad publicidade publicite werbung anzeige reklama reklame reklam "
    "taboola outbrain criteo mgid billboard leaderboard skyscraper commercial affiliate",
    Mark.NEWSLETTER: "newsletter newsletters subscribe subscription signup optin mailinglist abo mailchimp hubspot",
    Mark.SHARE: "share shares sharing sharer social socials sociable sharedaddy addthis addtoany follow whatsapp "
    "facebook bookmark bookmarks",
    Mark.RELATED: "related relateds similar recommended recommend recommendation recommendations recirc recirculation "
    "readmore alsoread alsolike mostread mostpopular popular trending teaser teasers upnext crosslink crosslinks "
    "morefrom moreon onward",
    Mark.TAGS: "tags taglist tagcloud topics keywords tag topic hashtags",
    Mark.BIO: "bio authorbox authorbio aboutauthor biography authorinfo",
    Mark.COMMENT: "comment comments commentlist disqus respond",
    Mark.PROMO: "promo promotion promos cta teaser banner marketing upsell campaign infobox factbox donate donation "
    "support",
    Mark.CAPTION: "caption captions figcaption legend legende imgcaption imagecaption wpcaption bildunterschrift bu",
    Mark.CREDIT: "credit credits copyright courtesy photographer photocredit source",
    Mark.FIGURE: "figure gallery slideshow carousel slider lightbox slide slides photo photos image images picture "
    "media",
    Mark.BYLINE: "byline author authors writer reporter autor auteur autore dateline",
    Mark.DATE: "date dates datetime time timestamp published pubdate updated lastmodified posted",
    Mark.TOC: "toc contents tableofcontents",
    Mark.HIDDEN: "invisible visuallyhidden screenreader",
    Mark.LEAD: "lead lede standfirst subtitle subhead subheadline dek deck intro introduction summary "
    "abstract excerpt chapo entradilla bajada sommario sottotitolo vorspann ingress manchet perex sapo ozet spot",
    Mark.BODY: "articlebody storybody entrycontent postcontent articlecontent bodytext",
    Mark.CONSENT: "cookie cookies consent gdpr privacy",
    Mark.PAYWALL: "paywall premium regwall metered piano",
    Mark.TITLE: "headline title heading",
    Mark.KICKER: "kicker eyebrow overline category section rubric",
    Mark.BREADCRUMB: "breadcrumb breadcrumbs crumbs",
    Mark.QUOTE: "pullquote blockquote",
    Mark.EMBED: "embed embeds twitter tweet instagram tiktok youtube iframe video player audio podcast",
    Mark.VEILED: "hidden hide collapsed collapse expandable dropdown modal popup popover placeholder overlay tooltip "
    "lightbox toggle premium locked print",
    Mark.META: "meta infos info postmeta byinfo toolbar tools actions utility",
}
_BY_WORD: dict[str, Mark] = {}
for _mark, _words in _WORDS.items():
    for _word in _words.split():
        _BY_WORD[_word.lower()] = _BY_WORD.get(_word.lower(), Mark.NONE) | _mark

_PAIRS: dict[tuple[str, str], Mark] = {
    ("article", "body"): Mark.BODY,
    ("story", "body"): Mark.BODY,
    ("entry", "content"): Mark.BODY,
    ("post", "content"): Mark.BODY,
    ("article", "content"): Mark.BODY,
    ("article", "text"): Mark.BODY,
    ("body", "text"): Mark.BODY,
    ("author", "box"): Mark.BIO,
    ("author", "bio"): Mark.BIO,
    ("about", "author"): Mark.BIO,
    ("author", "info"): Mark.BIO,
    ("author", "description"): Mark.BIO,
    ("read", "more"): Mark.RELATED,
    ("read", "next"): Mark.RELATED,
    ("read", "also"): Mark.RELATED,
    ("also", "read"): Mark.RELATED,
    ("see", "also"): Mark.RELATED,
    ("more", "from"): Mark.RELATED,
    ("more", "on"): Mark.RELATED,
    ("most", "read"): Mark.RELATED,
    ("most", "popular"): Mark.RELATED,
    ("more", "stories"): Mark.RELATED,
    ("you", "may"): Mark.RELATED,
    ("up", "next"): Mark.RELATED,
    ("sign", "up"): Mark.NEWSLETTER,
    ("opt", "in"): Mark.NEWSLETTER,
    ("mailing", "list"): Mark.NEWSLETTER,
    ("table", "contents"): Mark.TOC,
    ("table", "of"): Mark.TOC,
    ("screen", "reader"): Mark.HIDDEN,
    ("visually", "hidden"): Mark.HIDDEN,
    ("sr", "only"): Mark.HIDDEN,
    ("call", "to"): Mark.PROMO,
    ("img", "desc"): Mark.CAPTION,
    ("image", "description"): Mark.CAPTION,
    ("photo", "description"): Mark.CAPTION,
    ("media", "description"): Mark.CAPTION,
}

_TAG_MARKS: dict[str, Mark] = {
    "nav": Mark.NAV,
    "menu": Mark.NAV,
    "footer": Mark.FOOTER,
    "header": Mark.HEADER,
    "aside": Mark.ASIDE,
    "form": Mark.FORM,
    "dialog": Mark.HIDDEN,
    "figure": Mark.FIGURE,
    "figcaption": Mark.CAPTION,
    "caption": Mark.CAPTION,
    "blockquote": Mark.QUOTE,
    "ul": Mark.LIST,
    "ol": Mark.LIST,
    "dl": Mark.LIST,
    "table": Mark.TABLE,
    "pre": Mark.PRE,
    "time": Mark.DATE,
    "address": Mark.BYLINE,
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), Mark.HEADING),
}
_ROLES: dict[str, Mark] = {
    "navigation": Mark.NAV,
    "banner": Mark.HEADER,
    "contentinfo": Mark.FOOTER,
    "complementary": Mark.ASIDE,
    "search": Mark.FORM,
    "dialog": Mark.HIDDEN,
    "alertdialog": Mark.HIDDEN,
    "menu": Mark.NAV,
    "figure": Mark.FIGURE,
}

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SPLIT = re.compile(r"[^a-z0-9]+")
_NUMBER = re.compile(r"\d+(?:x\d+)?$")
_MAX_NAME = 400


@lru_cache(maxsize=8192)
def marks_of_name(name: str) -> Mark:
    """The marks in a class or id attribute."""
    found = Mark.NONE
    for token in name[:_MAX_NAME].split():
        # utility classes (tailwind's ``md:hidden``, ``w-[80%]``) say how a box looks, not what it is
        if ":" in token or "[" in token:
            continue
        words = _SPLIT.split(_CAMEL.sub("-", token).lower())
        previous = ""
        for raw in words:
            word = _NUMBER.sub("", raw)
            # letters mixed with digits are a hash (``ad3b79e1``), not a name
            if not word or not word.isalpha():
                continue
            found |= _BY_WORD.get(word, Mark.NONE)
            if previous:
                found |= _PAIRS.get((previous, word), Mark.NONE)
            previous = word
    return found


def marks_of_tag(tag: str, role: str | None) -> Mark:
    """The marks of a tag and its ARIA role."""
    return _TAG_MARKS.get(tag, Mark.NONE) | (_ROLES.get(role, Mark.NONE) if role else Mark.NONE)
