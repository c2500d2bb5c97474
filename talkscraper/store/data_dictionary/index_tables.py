"""Meaning of the tables that are derived from articles: counts, sketches, the full-text index, bitmaps."""

from __future__ import annotations

from talkscraper.store.data_dictionary.meaning import TableMeaning

INDEXES = {
    "article_days": TableMeaning(
        "how many visible articles a source has on a day; keeps timelines fast",
        {
            "source_id": "`sources.id`, empty for none",
            "day": "`articles.day`",
            "articles": "how many full texts",
            "truncated": "how many of which only the part before a paywall was captured",
        },
    ),
    "sketches": TableMeaning(
        "what is kept of an article's text to find its copies; derived from `articles.text`",
        {
            "number": "its row number",
            "article_id": "`articles.id`",
            "keys": "the smallest hashes of its runs of six words, six bytes each; empty: too short, or a free part",
        },
    ),
    "sketch_keys": TableMeaning(
        "the hashes of `sketches.keys`, to find the articles that share one",
        {
            "key": "a hash",
            "number": "`sketches.number`",
        },
    ),
    "sketch_pass": TableMeaning(
        "how far articles of an older archive were compared for copies; without a row when all were",
        {
            "after_seq": "`articles.seq` of the last one",
        },
    ),
    "space_pass": TableMeaning(
        "how far second copies of texts were removed from an older archive; without a row when all were",
        {
            "after_seq": "`articles.seq` of the last one",
        },
    ),
    "articles_fts": TableMeaning(
        "the full-text index (FTS5) over `articles`, joined by `rowid = articles.seq`",
        {
            "text": "words of the text",
            "title": "words of the title",
            "authors": "names of the byline",
            "marks": "words that stand for the values of the exact filters (source, language, section …), and symbols",
        },
    ),
    "bitmap_terms": TableMeaning(
        "a word, phrase of two words or value that so many articles have that it has bitmaps, which timelines count;"
        " derived from `articles_fts`, like all tables of bitmaps",
        {
            "number": "its number in `bitmaps.id`",
            "term": "the expression by which `articles_fts` finds it",
            "chosen_of": "how many articles the archive had when it was chosen",
        },
    ),
    "bitmap_months": TableMeaning(
        "a month whose articles have bits, in the order of `articles.seq`; each day begins with a new byte",
        {
            "month": "twelve times the year, plus the month, from 0",
            "articles": "how many articles have a bit",
            "counts": "how many on each day, 31 numbers of four bytes, the lowest byte first",
            "offsets": "`articles.seq` of each, less the lowest possible of the month; in the same form",
        },
    ),
    "bitmap_stale": TableMeaning(
        "a day whose bits don't hold since an article of it was added, changed or removed; counted without them",
        {
            "day": "its number, counted from 1 January 1970",
        },
    ),
    "bitmap_values": TableMeaning(
        "the values of a column in a month",
        {
            "month": "`bitmap_months.month`",
            "field": "the column of `articles`",
            "names": "its values, a JSON list",
            "codes": "for each bit the place of its value in the list, from 1: one byte, or four for a long list",
        },
    ),
    "bitmaps": TableMeaning(
        "the bits of a term in a month",
        {
            "id": "`bitmap_terms.number` times 2^20, plus `bitmap_months.month`",
            "bits": "1 for each article that has it, the lowest bit of a byte first",
        },
    ),
    "articles_words": TableMeaning(
        "a word of `articles_fts`, folded (without accents and case); read by searches with `*` and `?` inside a word",
        {
            "term": "the word",
            "doc": "how many articles have it",
            "cnt": "how often it is there",
        },
    ),
}
