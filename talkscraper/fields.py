"""The fields of an article, each declared once.

The table ``articles``, what ``talkscraper.Archive`` returns, exports, filters, ``show``, the reading room and
docs/schema.md read these declarations. CONTRIBUTING.md, "Add a field to articles", says how to add one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from dataclasses import fields as attributes
from datetime import date
from typing import Literal, TypedDict

Kind = Literal["text", "integer", "time", "day", "list", "json"]
"""Type of a field: ``time`` and ``day`` are ISO 8601 text; ``list`` is a JSON list of strings, ``json`` any other."""

TIME = "UTC, ISO 8601"


CHANGE_KINDS = {
    "correction": "a correction note appeared",
    "quote-removed": "words in quotation marks are gone",
    "number": "a figure was replaced by another",
    "headline": "the headline changed",
    "rewrite": "less than half of the words stayed",
    "addition": "text was only added",
    "removal": "text was only removed",
    "edit": "another change of the text",
    "typo": "only single words were respelt",
    "authors": "the byline changed",
    "dates": "the printed day or time changed",
    "boring": "only spaces, punctuation or capitals",
    "gone": "the page was gone: 404, 410 or a redirect to the homepage",
    "back": "the page was there again",
}
"""The kinds of change, the most significant first. A revision may be of several."""


def by_significance(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return kinds of change, each once, the most significant first."""
    order = list(CHANGE_KINDS)
    return tuple(sorted(set(kinds), key=order.index))


CHANGE_ALIASES = {
    "quote": "quote-removed", "quotes": "quote-removed", "numbers": "number", "date": "dates", "author": "authors",
    "title": "headline", "headlines": "headline", "corrections": "correction", "minor": "boring",
}  # fmt: skip
"""Other words for kinds of change, in commands, addresses and queries."""
ACCESS_VALUES = ("open", "metered", "paywalled")
"""Values of ``access``, as ``model.Access`` has them."""
KINDS_OF_ARTICLES = ("article", "live", "gallery", "paywall-stub")
"""Values of ``page_kind``: the kinds of page that become rows."""
NO = "no"
"""The value of a filter for the articles whose field is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFields:
    """Fields that pass unchanged from the page to the row and to the reader: a part of ``Article``, ``StoredArticle``.

    A field that isn't known is None (or an empty tuple), never a guess.
    """

    language: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    lead: str | None = None
    description: str | None = None
    site_name: str | None = None
    publisher: str | None = None
    breadcrumbs: tuple[str, ...] = ()
    canonical_url: str | None = None
    """rel=canonical as declared, also when it points to another site (then it isn't believed)."""
    amp_url: str | None = None
    licence: str | None = None
    corrections: tuple[str, ...] = ()


Values = str | Sequence[str] | None
"""The value of a filter; of several, an article must have one."""


class Filters(TypedDict, total=False):
    """The filters of a search, as keyword arguments; each is declared in ``FIELDS`` as a ``Filter`` with a label.

    Several filters narrow each other; several values of one filter widen it.
    """

    source: Values
    since: str | date | None
    until: str | date | None
    language: Values
    section: Values
    author: Values
    title: Values
    tag: Values
    agency: Values
    access: Values
    type: Values
    byline: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """How articles are found by a field."""

    words: tuple[str, ...]
    """Its words in the query language (``author:``); the first is also its name in Python and in addresses."""
    how: Literal["words", "exact", "since", "until", "number"]
    """``words`` of a column of the full-text index, an ``exact`` value, a first or last day, a range of numbers."""
    example: str
    """A value, for messages."""
    mark: str = ""
    """For ``exact``: the prefix of its words in ``articles.marks``, any ASCII letters that no other filter has."""
    place: int = 0
    """Its place among options and in the form; a new one comes last."""
    label: str | None = None
    """Its label in the reading room's form; None: only in the query language, without an option or a parameter."""
    abbreviation: str = ""
    """The name of its option where that isn't the first word."""
    metavar: str = ""
    help: str = ""
    """Help text of the option."""
    placeholder: str = ""
    """Placeholder in the form."""
    values: Mapping[str, str] = field(default_factory=dict)
    """For ``exact``: the only values, and other words for them (word → value); empty: any value. ``NO``: none."""
    periods: bool = False
    """For ``exact`` and a day or time: found by day, month or year, and by ``yes`` (it has one) and ``no``."""
    counted: str | None = None
    """For ``periods``: the field with the number that ``>1`` is about."""
    facet: bool = False
    """Whether search results are counted by its values; the index ``articles_facets`` must hold the column."""

    @property
    def is_many(self) -> bool:
        """Whether it takes several values, of which an article must have one."""
        return self.how in ("words", "exact")

    @property
    def name(self) -> str:
        """The filter's name in Python and in addresses."""
        return self.words[0]

    @property
    def option(self) -> str:
        """Its option of ``search``, ``export`` and ``wacz``."""
        return f"--{self.abbreviation or self.name}"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of ``articles``, or one that an export joins to it."""

    name: str
    meaning: str
    kind: Kind = "text"
    _: KW_ONLY
    found: str = ""
    """Where extraction finds it on a page, in the order in which the rules are believed; for docs/schema.md."""
    exported: int | None = None
    """Its place among the columns of an export; None: isn't exported. A new one comes last."""
    sql: str = ""
    """For a joined column: its expression. ``a`` is the article, ``c`` its capture, ``s`` its source."""
    filters: tuple[Filter, ...] = ()
    label: str | None = None
    """Its label in ``talkscraper show``; None: shown in another way, or only with ``--json``."""
    precision: str | None = None
    """The field that says how exactly this time is known."""
    left_out_of: tuple[Literal["show", "web"], ...] = ()
    """The JSON documents that don't have it: of ``show --json``, and of the reading room."""

    @property
    def declaration(self) -> str:
        """The column as SQL declares it when it is added to a table."""
        if self.kind in ("list", "json"):
            return f"{self.name} text not null default '[]'"
        return f"{self.name} {'integer' if self.kind == 'integer' else 'text'}"

    @property
    def is_list(self) -> bool:
        """Whether its column holds a JSON list."""
        return self.kind in ("list", "json")


FIELDS = (
    Field(
        "seq",
        "row number of the full-text index; grows with the printed time (see `day`), changes when that does",
        "integer",
        left_out_of=("show", "web"),
    ),
    Field("id", "first 16 base16 digits of the SHA-256 of `url`; the same in every archive", exported=1, label="id"),
    Field(
        "source_id",
        "the newsroom, `sources.id`; NULL for imported pages of no known source",
        exported=2,
        label="source",
        filters=(
            Filter(
                words=("source",), how="exact", mark="s", example="talkofnations", facet=True,
                place=1, label="Source", metavar="SOURCE", help="Only this source (its name in sources.toml).",
            ),
        ),
    ),
    Field("url", "canonical address", exported=4, label="url"),
    Field(
        "title",
        "headline",
        exported=5,
        filters=(
            Filter(
                words=("title",), how="words", example="harbour",
                place=7, label="Title", metavar="WORDS", help="Words in the title.",
            ),
        ),
    ),
    Field(
        "authors",
        "names of the byline",
        "list",
        exported=6,
        label="authors",
        filters=(
            Filter(
                words=("author", "authors"), how="words", example="reed",
                place=6, label="Author", metavar="WORDS", help="Words in the byline.",
            ),
            Filter(
                words=("byline",), how="exact", mark="byline", example='"Ann Reed"', facet=True,
                place=12, label="Full name in the byline", metavar="NAME",
                help="A whole name in the byline, as it is printed there.",
            ),
        ),
    ),
    Field(
        "published_at",
        f"when the page says it was published; {TIME}; midnight UTC when only a day is known",
        "time",
        exported=7,
        label="published",
        precision="published_precision",
    ),
    Field("published_precision", "how exactly: second, minute, hour, day, month, year", exported=8),
    Field("published_day", "the day as printed, in the newsroom's own time", "day", exported=9),
    Field("published_offset", "minutes east of UTC of the printed time; NULL where none was printed", "integer"),
    Field("modified_at", f"when the page says it was changed; {TIME}", "time", exported=10, label="modified"),
    Field(
        "language",
        "BCP 47 tag, such as en or pt-BR",
        exported=11,
        label="language",
        filters=(
            Filter(
                words=("language", "lang"), how="exact", mark="l", example="en", facet=True, placeholder="en",
                place=4, label="Language", abbreviation="lang", metavar="LANGUAGE",
                help="Only this language, such as en or pt-BR.",
            ),
        ),
    ),
    Field(
        "section",
        "section or rubric",
        exported=12,
        label="section",
        filters=(
            Filter(
                words=("section",), how="exact", mark="c", example="politics", facet=True,
                place=5, label="Section", metavar="SECTION", help="Only this section.",
            ),
        ),
    ),
    Field(
        "tags",
        "keywords",
        "list",
        exported=13,
        label="tags",
        found="article:tag, keywords, links to tag or search pages that search for just what they say",
        filters=(
            Filter(
                words=("tag",), how="exact", mark="tag", example="fisheries", facet=True,
                place=8, label="Tag", metavar="TAG", help="Only this keyword of the page.",
            ),
        ),
    ),
    Field("lead", "standfirst, where the page sets one apart"),
    Field(
        "description",
        "the page's own summary for other sites",
        exported=14,
        found="meta description, og:description, JSON-LD, twitter:description, Dublin Core",
    ),
    Field(
        "site_name",
        "name of the site",
        exported=15,
        found="og:site_name, JSON-LD WebSite and publisher, application-name, the end (or beginning) of `<title>` that "
        "the host confirms, the host",
    ),
    Field(
        "publisher",
        "publisher, where declared apart from the site",
        found="JSON-LD publisher and organisation, meta publisher",
    ),
    Field(
        "text",
        "its own paragraphs, separated by a blank line; nothing else",
        exported=16,
        filters=(Filter(words=("text",), how="words", example="harbour"),),
    ),
    Field("text_digest", "`sha256:` and base16 over the UTF-8 text", exported=17),
    Field(
        "word_count",
        "words of the text",
        "integer",
        exported=18,
        label="words",
        filters=(Filter(words=("words",), how="number", example=">500"),),
    ),
    Field(
        "access",
        "what the page declares: open, metered, paywalled",
        exported=19,
        label="access",
        found='JSON-LD and meta isAccessibleForFree, article:content_tier; "metered" is believed before "not free"; '
        "paywalled where only a part is shown",
        filters=(
            Filter(
                words=("access",), how="exact", mark="access", example="paywalled", facet=True,
                place=10, label="Access", metavar="ACCESS", help="open, metered or paywalled.",
                values={each: each for each in ACCESS_VALUES},
            ),
        ),
    ),
    Field(
        "truncated",
        "1: no capture shows more than the part before a paywall; not counted as a full text",
        "integer",
        exported=20,
        filters=(
            Filter(
                words=("truncated",), how="exact", mark="cut", example="1",
                values={"1": "1", "yes": "1", "0": NO, "no": NO},
            ),
        ),
    ),
    Field(
        "page_kind",
        "article, live, gallery or paywall-stub",
        exported=21,
        filters=(
            Filter(
                words=("type", "kind"), how="exact", mark="type", example="live", facet=True,
                place=11, label="Kind of page", metavar="KIND", help="article, live, gallery or paywall-stub.",
                values={each: each for each in KINDS_OF_ARTICLES},
            ),
        ),
    ),
    Field("breadcrumbs", "path of sections above it", "list", left_out_of=("web",)),
    Field("headlines", "other genuine headlines on the page, JSON list of {value, rule}", "json", left_out_of=("web",)),
    Field("canonical_url", "rel=canonical as declared, also when it points to another site (then it isn't believed)"),
    Field("amp_url", "rel=amphtml as declared"),
    Field(
        "licence",
        "licence as declared",
        exported=22,
        found="JSON-LD license, rel=license",
    ),
    Field("first_captured_at", f"first capture; {TIME}", "time", exported=25),
    Field("last_captured_at", f"newest capture that shows it; {TIME}", "time", exported=26),
    Field("last_changed_at", f"capture that began the last revision; {TIME}", "time"),
    Field(
        "indexed_at",
        f"when it became new, changed or visible in this archive; {TIME}; for `--since-indexed`",
        "time",
        exported=29,
    ),
    Field("revision_count", "how many rows in `revisions`", "integer", exported=27),
    Field("capture_id", "the newest record whose own bytes hold this text, `captures.id`", exported=31),
    Field("extractor", "name and version of what derived the text", exported=30),
    Field(
        "gone_at",
        f"when it was found to be gone; {TIME}; NULL while it is there",
        "time",
        exported=28,
        filters=(Filter(words=("gone",), how="exact", mark="gone", periods=True, example="yes"),),
    ),
    Field("gone_reason", "404, 410, or what came instead"),
    Field(
        "hidden_at",
        f"when a takedown hid it; {TIME}; hidden rows aren't in search, exports or counts",
        "time",
        left_out_of=("web",),
    ),
    Field(
        "wire_agency",
        "news agency named by dateline, byline or last line, such as AP or dpa",
        exported=23,
        label="agency",
        filters=(
            Filter(
                words=("agency",), how="exact", mark="agency", example="dpa", facet=True,
                place=9, label="Agency", metavar="AGENCY", help="Only this news agency, such as AP.",
            ),
        ),
    ),
    Field(
        "cluster_id",
        "smallest id of the articles with nearly the same text; NULL when there is no other",
        exported=24,
    ),
    Field("cluster_why", "how near it is to the one that gives the id; of that one, to the next"),
    Field(
        "simhash",
        "not written any more (earlier versions found copies by it); see `sketches`",
        "integer",
        left_out_of=("show", "web"),
    ),
    Field(
        "day",
        "the day it counts under: `published_day`, else the day of the first capture",
        "day",
        exported=39,
        left_out_of=("show",),
        filters=(
            Filter(
                words=("since", "after"), how="since", example="2025-10-28", place=2, label="From",
                metavar="DAY", help="Printed on this day or later: 2025-10-28, 2025-10 or 2025.",
            ),
            Filter(
                words=("until", "before"), how="until", example="2025-10-28", place=3, label="To",
                metavar="DAY", help="Printed on this day or earlier.",
            ),
        ),
    ),
    Field(
        "marks",
        "words of the full-text index that stand for the values of the exact filters (source, language, section …)",
        left_out_of=("show",),
    ),
    Field("author_kinds", "person or organisation for each of `authors`, JSON list", "json"),
    Field(
        "change_kinds",
        "kinds of change that its revisions and captures show (docs/changes.md)",
        "list",
        filters=(
            Filter(
                words=("change",), how="exact", mark="change", example="number",
                values={each: each for each in CHANGE_KINDS} | CHANGE_ALIASES,
            ),
        ),
    ),
    Field(
        "revised_days",
        "UTC days of the captures that began its second and later revisions",
        "list",
        filters=(
            Filter(
                words=("revised",), how="exact", mark="revised", periods=True, counted="revision_count",
                example="2025-10",
            ),
        ),
    ),
    Field(
        "corrections",
        "corrections that the page declares apart from its text",
        "list",
        exported=40,
        label="corrections",
        found="JSON-LD correction and CorrectionComment (text, not an address)",
    ),
)  # fmt: skip
"""The columns of ``articles`` in the order of the database; a new one comes last."""

JOINED = (
    Field("source_name", "the newsroom's name", exported=3, sql="s.name"),
    Field("captured_url", "address of that record", exported=32, sql="c.url"),
    Field("captured_at", f"WARC-Date of that record; {TIME}", "time", exported=33, sql="c.captured_at"),
    Field("payload_digest", "WARC-Payload-Digest", exported=34, sql="c.payload_digest"),
    Field("warc_file", "the WARC file with that record", exported=35, sql="c.warc_file"),
    Field("warc_offset", "byte at which the record's gzip member begins", "integer", exported=36, sql="c.warc_offset"),
    Field("warc_length", "bytes of that member", "integer", exported=37, sql="c.warc_length"),
    Field(
        "lost_at",
        f"when it was found that the record's bytes are gone; {TIME}; empty while they are there",
        "time",
        exported=38,
        sql="c.lost_at",
    ),
)
"""Columns of other tables that an export has beside those of ``articles``."""

FIELD = {each.name: each for each in FIELDS}
PAGE_FIELDS = tuple(FIELD[each.name] for each in attributes(PageFields))
EXPORTED = tuple(sorted((each for each in (*FIELDS, *JOINED) if each.exported), key=lambda each: each.exported or 0))
"""The columns of an export, in their order."""
FILTERED = tuple(
    sorted(((each, filter_) for each in FIELDS for filter_ in each.filters), key=lambda pair: pair[1].place)
)
"""Each filter with its field; those of the query language alone come first."""
FILTERS = tuple(filter_ for _, filter_ in FILTERED if filter_.label)
"""The filters that are options and parameters, in their order."""
