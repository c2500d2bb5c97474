"""Meaning of the tables of articles: their rows, revisions, and what was read of their pages."""

from __future__ import annotations

from talkscraper.fields import CHANGE_KINDS, FIELDS, TIME
from talkscraper.store.data_dictionary.meaning import TableMeaning

ARTICLES = {
    "articles": TableMeaning(
        "the current state of an article: what its newest capture shows",
        {each.name: f"{each.meaning}, JSON list" if each.kind == "list" else each.meaning for each in FIELDS},
    ),
    "revisions": TableMeaning(
        "a text that an article once had (a view over `revision_rows`, which can be written to like a table)",
        {
            "article_id": "`articles.id`",
            "number": "from 1, in the order of capture",
            "capture_id": "first capture that shows it, `captures.id`",
            "captured_at": f"of that capture; {TIME}",
            "title": "headline",
            "authors": "names of the byline, JSON list",
            "published_at": f"as printed then; {TIME}",
            "modified_at": f"as printed then; {TIME}",
            "text": "its paragraphs, separated by a blank line",
            "text_digest": "`sha256:` and base16 over the UTF-8 text",
            "word_count": "words of the text",
            "change": f"what changed most: first, {', '.join(list(CHANGE_KINDS)[:-2])} (docs/changes.md)",
            "extractor": "name and version of what derived it",
            "content_digest": "equal for the same title, authors, published date and text",
            "published_precision": "how exactly `published_at` was printed",
            "kinds": "all kinds of what changed, JSON list; the first is `change`",
        },
    ),
    "revision_rows": TableMeaning(
        "a row of `revisions` as it is stored: what it shares with its article is NULL",
        {
            "article_id": "`articles.id`",
            "number": "as in `revisions`",
            "capture_id": "as in `revisions`",
            "captured_at": f"as in `revisions`; {TIME}",
            "title": "as in `revisions`; NULL too where `text` is NULL",
            "authors": "as in `revisions`; NULL where `text` is NULL",
            "published_at": f"as in `revisions`; {TIME}",
            "modified_at": f"as in `revisions`; {TIME}",
            "text": "as in `revisions`; NULL if title, byline and text are those of the article's row",
            "text_digest": "as in `revisions`; NULL where `text` is NULL",
            "word_count": "as in `revisions`; NULL where `text` is NULL",
            "change": "as in `revisions`",
            "extractor": "as in `revisions`",
            "content_digest": "as in `revisions`",
            "published_precision": "as in `revisions`",
            "kinds": "as in `revisions`",
        },
    ),
    "article_events": TableMeaning(
        "an article was found to be gone, or back",
        {
            "article_id": "`articles.id`",
            "at": f"of the capture that shows it; {TIME}",
            "kind": "gone, back",
            "capture_id": "that capture, `captures.id`",
            "reason": "404, 410, or what came instead; NULL for `back`",
        },
    ),
    "images": TableMeaning(
        "a picture in an article",
        {
            "article_id": "`articles.id`",
            "position": "from 0, in the order of the page",
            "url": "absolute address",
            "alt": "alternative text",
            "caption": "caption",
            "credit": "photographer or agency",
        },
    ),
    "provenance": TableMeaning(
        "where a field of an article came from",
        {
            "article_id": "`articles.id`",
            "field": "the field",
            "value": "what won",
            "rule": "the rule that found it",
            "rivals": "what other rules offered, JSON list of {value, rule}",
        },
    ),
    "aliases": TableMeaning(
        "another address of an article",
        {
            "url": "the address",
            "article_id": "`articles.id`",
            "why": "why it is the same article",
            "first_seen_at": TIME,
        },
    ),
    "address_keys": TableMeaning(
        "something that an address of an article shares with its variants, by which a variant finds its article",
        {
            "key": "the bare host with the path, an identifier, or a slug and its dates",
            "url": "the address",
            "article_id": "`articles.id`",
        },
    ),
    "extractions": TableMeaning(
        "a pass of `talkscraper extract` that hasn't come to its end, and goes on when it is run again",
        {
            "key": "what is being derived: source, extractor and selectors",
            "captured_at": f"of the last capture whose page was stored; {TIME}",
            "capture_id": "the last capture whose page was stored",
            "pages": "how many pages were stored",
            "noted_at": TIME,
        },
    ),
}
