"""Data dictionary: the meaning of every table and column, for docs/schema.md, releases and Datasette.

A test compares it with the database, and docs/schema.md with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from talkscraper.fields import CHANGE_KINDS, FIELDS, TIME, Field


@dataclass(frozen=True, slots=True)
class TableMeaning:
    """The meaning of a table's rows and of its columns, in the order of the database."""

    row: str
    columns: dict[str, str]


ARTICLES = TableMeaning(
    "the current state of an article: what its newest capture shows",
    {each.name: f"{each.meaning}, JSON list" if each.kind == "list" else each.meaning for each in FIELDS},
)

CAPTURES = TableMeaning(
    "a response, resource or revisit record on disk",
    {
        "seq": "row number",
        "id": "WARC-Record-ID with its angle brackets",
        "url": "WARC-Target-URI",
        "urlkey": "SURT form, by which captures are looked up",
        "captured_at": f"WARC-Date; {TIME}; NULL where it is missing, before 1990, or later than a day after its file "
        "was finished: such a record is in no index, shows no article, and is found by its id only",
        "status": "HTTP status; NULL where the record has none",
        "mime": "media type as sent",
        "payload_digest": "WARC-Payload-Digest",
        "record_type": "response, revisit or resource",
        "truncated": "WARC-Truncated: length, time, disconnect, unspecified; `segmented`: its block goes on in other "
        "records, which aren't joined; NULL when it is whole",
        "method": "request method",
        "warc_file": "the file, `warc_files.name`",
        "warc_offset": "byte at which the record's gzip member begins",
        "warc_length": "bytes of that member",
        "page_capture_id": "the page for which this requisite was fetched; NULL for pages. All pages that "
        "need it are in `requisites`",
        "run_id": "the crawl or import that brought it, `runs.id`",
        "source_id": "the newsroom, `sources.id`",
        "ip": "WARC-IP-Address",
        "refers_to": "WARC-Refers-To of a revisit",
        "refers_to_url": "WARC-Refers-To-Target-URI of a revisit",
        "refers_to_date": f"WARC-Refers-To-Date of a revisit; {TIME}",
        "redirect_to": "absolute target of a redirect",
        "etag": "ETag as sent",
        "last_modified": "Last-Modified as sent",
        "page_kind": "what the page turned out to be: article, listing, live, gallery, paywall-stub, blocked, consent, "
        "not-found, empty, not-html; NULL when it wasn't read",
        "page_reason": "why it is of that kind",
        "article_id": "the article that it shows, `articles.id`",
        "extractor": "name and version of what read it",
        "content_digest": "equal for captures that show the same title, authors, published date and text",
        "content_modified_at": f"modified time that the page showed; {TIME}",
        "asked_as": "what the crawl expected behind the address: `article`, or a kind of seed (sources.md); "
        "NULL for requisites, and for records of other makers",
        "lost_at": f"when `repair` found that its bytes are gone; {TIME}; NULL while they are there",
        "lost_why": "what became of them; NULL while they are there",
        "refresh_to": "absolute target of a page that leads on by a refresh within seconds or its only frame",
        "content_truncated": "1: it shows only the part before a paywall; never a revision once a full text is known",
        "gone_article_id": "the article that it says is gone, `articles.id`",
    },
)

TABLES = {
    "sources": TableMeaning(
        "a newsroom",
        {
            "id": "its name in sources.toml",
            "name": "its name for people",
            "homepage": "where it begins",
            "language": "BCP 47 tag from sources.toml",
            "timezone": "IANA name from sources.toml",
            "last_crawled_at": f"end of the last crawl that looked at it; {TIME}",
            "paused_reason": "why it isn't crawled now",
            "hosts": "JSON list of further hosts of its pages, from sources.toml",
            "settings": "digest of what sources.toml says of it, as the last crawl read it; "
            "`disabled` or `removed` while it is, `enabled` until it is crawled again; when it changes, "
            "all its seeds are fetched again",
            "removed_at": f"when a crawl first found it no longer in sources.toml; {TIME}; NULL while it is there",
            "hours": "time windows from sources.toml, outside which nothing is fetched",
        },
    ),
    "runs": TableMeaning(
        "a crawl, import or other run that wrote",
        {
            "id": "number",
            "command": "crawl, import, extract …",
            "started_at": TIME,
            "finished_at": f"{TIME}; NULL while running, or when it was killed",
            "exit_code": "as the process ended",
            "reason": "why it ended",
            "pid": "process id",
            "host": "machine",
            "version": "talkscraper's version",
            "summary": "the run's JSON summary",
        },
    ),
    "run_sources": TableMeaning(
        "one source in one run",
        {
            "run_id": "`runs.id`",
            "source_id": "`sources.id`",
            "found": "addresses named by feeds, sitemaps and listings that were new",
            "fetched": "requests answered",
            "new": "new articles",
            "revised": "articles with a new revision",
            "unchanged": "articles that were as before",
            "failed": "addresses that gave no usable answer",
            "skipped": "addresses left out (robots.txt, budget, policy)",
            "bytes": "bytes received",
            "page_kinds": "how many pages of each kind, JSON object",
            "min_gap_s": "shortest gap between two requests to one host, seconds",
            "median_gap_s": "median gap, seconds",
            "delay_s": "the gap that was to be kept, seconds",
            "diagnosis": "ok, quiet, blocked, moved … and the evidence for it",
            "left_out": "addresses that its pages named and that weren't taken, because a cap was reached",
            "capped": "the caps that were reached (docs/crawling.md), and what they left out; NULL where none was",
        },
    ),
    "fetch_failures": TableMeaning(
        "an address that gave no usable answer in a run",
        {
            "id": "number",
            "run_id": "`runs.id`",
            "source_id": "`sources.id`",
            "url": "the address",
            "failed_at": TIME,
            "error": "kind of failure",
            "detail": "what happened",
        },
    ),
    "urls": TableMeaning(
        "an address and when it is due",
        {
            "id": "number",
            "url": "the address",
            "urlkey": "SURT form",
            "source_id": "`sources.id`",
            "kind": "`article`, or a kind of seed (sources.md)",
            "state": "due, leased, done, gone, failed, refused",
            "next_due": f"{TIME}; NULL if it is not to be fetched again",
            "priority": "higher ones first",
            "lease_until": f"given to a run until then; {TIME}",
            "lease_run": "the run, `runs.id`",
            "etag": "ETag of the last answer",
            "last_modified": "Last-Modified of the last answer",
            "payload_digest": "digest of the last payload",
            "lying_validators": "1: the site said 'not modified' of a changed page; it is fetched without validators",
            "interval_s": "present interval of a feed, sitemap or listing, seconds",
            "failures": "failures in a row",
            "last_status": "HTTP status of the last answer",
            "last_fetched_at": TIME,
            "last_changed_at": TIME,
            "discovered_at": TIME,
            "discovered_via": "the feed, sitemap or page that named it first",
            "last_listed_at": f"when something named it last; {TIME}",
            "declared_at": f"publication time that a feed or sitemap gave; {TIME}",
            "gone_at": TIME,
            "reason": "why it is in its state: `not-an-address` for one that can't be requested at all",
            "article_id": "the article it led to, `articles.id`",
            "requisites_pending": "1: requisites of the page are still to be captured",
            "full_fetch_at": f"last fetch without validators; {TIME}",
            "named": "articles that this homepage, feed, sitemap or listing named when it was last read",
        },
    ),
    "shards": TableMeaning(
        "a group of sources that a worker of a cluster was given to crawl, and what was merged of it",
        {
            "token": "fencing token: a larger one is a later one, none is given twice",
            "run_id": "`runs.id`",
            "name": "folder in the archive's `shards/`",
            "sources": "`sources.id` of the group, JSON list",
            "hosts": "hosts of the group, JSON list",
            "owner": "the worker's machine and process, when it had begun",
            "leased_at": TIME,
            "expires_at": f"when it counts as left behind, unless it is renewed before; {TIME}",
            "state": "leased, merged, or released: nothing was there to merge",
            "entries": "how many of its changes were merged",
            "ended_at": f"when it was merged or released; {TIME}",
        },
    ),
    "requests_by_hand": TableMeaning(
        "an address given to a run by hand (`talkscraper crawl URL`)",
        {
            "id": "number, in the order given",
            "run_id": "`runs.id`",
            "url": "as given",
            "url_id": "`urls.id`; NULL if it is never fetched",
            "source_id": "`sources.id`; `inbox` if its host is of no source",
            "asked_at": TIME,
            "done_at": f"{TIME}; NULL while it is due",
            "outcome": "new, revised, unchanged, read (a feed, sitemap, section or homepage), captured (no article), "
            "same (as another of the run), failed; NULL while it is due",
            "detail": "why, or what it is",
            "article_id": "the article there, `articles.id`",
        },
    ),
    "request_days": TableMeaning(
        "requests sent to a host on a day, where a source limits them",
        {
            "day": "UTC day",
            "host": "host, and port if it isn't the scheme's",
            "requests": "number of requests, of all sources and runs",
        },
    ),
    "intake": TableMeaning(
        "how many addresses a source's pages named on a day, against the caps",
        {
            "source_id": "`sources.id`",
            "day": "UTC day",
            "taken": "addresses of articles that became known on this day",
            "taken_bytes": "bytes of these addresses",
            "left_out": "addresses named on this day that weren't taken because a cap was reached; "
            "what names them is read again on the next day",
            "dropped": "addresses that were known on this day, had never been fetched, and made room for newer ones",
            "why": "the caps that were reached",
        },
    ),
    "backfills": TableMeaning(
        "a door of a source's backfill: a sitemap, paged list or archive by date that names older articles",
        {
            "id": "number",
            "source_id": "`sources.id`",
            "kind": "sitemap, listing, dates (an archive by date)",
            "url": "its first address; of an archive by date a pattern with `{year}`, `{month}`, `{day}`",
            "via": "the page that named it; NULL where sources.toml or a crawl did",
            "since": "the first day of the backfill",
            "until": "its last day, or NULL",
            "first_day": "the first day that the sitemap's address names",
            "last_day": "the last such day; the newest are walked first",
            "rank": "doors are walked in this order",
            "state": "open, done, failed",
            "why": "why it ended (since, end, repeats, empty, covered), or failed last",
            "cursor": "the address that is walked next",
            "day": "of an archive by date: the first day of the period that is walked next",
            "page": "number of the last page read",
            "pages": "how many pages were read",
            "found": "how many articles it named that weren't known",
            "fetched": "how many of these were fetched",
            "older": "how many articles of the last page are older than the first day",
            "stale": "how many pages in a row named nothing new",
            "failures": "consecutive failures",
            "oldest": "the oldest day that it reached",
            "started_at": TIME,
            "retry_at": f"when it is tried again after a failure; {TIME}",
            "finished_at": TIME,
        },
    ),
    "backfill_pages": TableMeaning(
        "a page that a backfill read of a door that is open, by which repeated pages are recognised",
        {
            "backfill_id": "`backfills.id`",
            "address": "digest of its address",
            "names": "digest of the articles that it names",
            "walked_at": TIME,
        },
    ),
    "backfill_urls": TableMeaning(
        "an article's address that a door of a backfill named",
        {
            "source_id": "`sources.id`",
            "url": "the address",
            "backfill_id": "`backfills.id`",
            "page": "number of the page that named it first",
            "declared_at": f"the published time beside the link; {TIME}",
            "state": "waiting, taken (it is in `urls`), done, seen (it was known already)",
            "day": "the day of the article, where known",
        },
    ),
    "mentions": TableMeaning(
        "an article's address named by a feed, sitemap or listing on a day, for completeness (a view of `urls`)",
        {
            "source_id": "`sources.id`",
            "day": "UTC day",
            "url": "the address",
            "via": "what named it",
            "first_seen_at": TIME,
        },
    ),
    "signals": TableMeaning(
        "a rights signal: robots.txt, TDM reservation, noai, noarchive",
        {
            "id": "number",
            "source_id": "`sources.id`",
            "scope": "site or page",
            "url": "what it is about",
            "signal": "its name",
            "value": "as found",
            "first_seen_at": TIME,
            "last_seen_at": TIME,
            "capture_id": "the record that carries it, `captures.id`",
        },
    ),
    "host_notes": TableMeaning(
        "what runs remember of a host",
        {
            "host": "host or origin",
            "blocked_until": f"no requests until then, as the host demanded; {TIME}",
            "crawl_delay_s": "Crawl-delay of its robots.txt, seconds",
            "last_fetch_at": TIME,
            "robots_status": "how its robots.txt was answered",
            "robots_checked_at": TIME,
            "robots_body": "its robots.txt",
        },
    ),
    "warc_files": TableMeaning(
        "a WARC file",
        {
            "name": "file name",
            "path": "its path, when it isn't in the archive's warc/",
            "size": "bytes",
            "sha256": "of the closed file, base16",
            "records": "records in it",
            "opened_at": TIME,
            "closed_at": f"{TIME}; NULL while it is being written",
            "verified_at": f"last verification; {TIME}",
            "verdict": "its outcome",
            "origin": "`crawl`: a run of this archive wrote it; `import`: it is somebody else's, or names sources that "
            "it can't be of",
            "sha256_before": "of the file from which an import copied, or a takedown or `prune` rewrote, this one",
            "prefix_size": "while a later run continues the file: its bytes when it was last finished; else NULL",
            "prefix_sha256": "SHA-256 of these bytes, base16",
            "index_size": "bytes of its index, as the last crawl found it; NULL until then",
            "location": "the URL of its object in a store, by `offload`; read there when it isn't in warc/; NULL "
            "when it is only on disk",
            "location_etag": "what the store told of the object when its bytes were checked there: S3's ETag, a "
            "file's time",
        },
    ),
    "stored_objects": TableMeaning(
        "an object that `offload` has put into a store, as long as it may be there",
        {
            "location": "its URL",
            "warc_file": "`warc_files.name`; also for the index of that file",
            "sha256": "of its bytes, base16",
            "stored_at": f"when its bytes were checked there; {TIME}",
            "unwanted_since": f"since when it is to be deleted, because a takedown or `prune` rewrote the file; "
            f"{TIME}; NULL: it stays",
        },
    ),
    "captures": CAPTURES,
    "requisites": TableMeaning(
        "a picture, style, font, script or frame that a captured page needs to be shown, also where it was captured "
        "for another page",
        {
            "page_capture_id": "the page, `captures.id`; for a revisit of it, see there: `captures.refers_to`",
            "capture_id": "what it needs, `captures.id`: of its address, the newest capture when the page was captured",
        },
    ),
    "acceptances": TableMeaning(
        "a WARC that differs from what was recorded when it was finished, and that a person accepted as it is",
        {
            "id": "number",
            "warc_file": "`warc_files.name`",
            "accepted_at": f"when `repair --accept` was run; {TIME}",
            "accepted_by": "the user and the machine that ran it",
            "size_before": "bytes that it had when it was finished",
            "sha256_before": "its SHA-256 then, base16",
            "size": "bytes that it has now",
            "sha256": "its SHA-256 now, base16",
            "lost": "captures that aren't in it any more, JSON list of objects with `id` and `url`",
            "damage": "what else was wrong with it, JSON list of lines as `verify` prints them",
        },
    ),
    "notifications": TableMeaning(
        "what was told of a source by one channel of `[notify]`",
        {
            "channel": "`email` or `webhook`",
            "source_id": "`sources.id`; empty for the runs themselves",
            "told": "the last diagnosis that was told, or `ok`",
            "told_at": f"when; NULL before the first message; {TIME}",
            "state": "the diagnosis of the last run that looked at it, or `ok`",
            "state_since": f"since when it is bad, or well; {TIME}",
            "changes": "number of messages about it since it was last steady for six hours",
        },
    ),
    "alert_states": TableMeaning(
        "a saved search of alerts.toml and one of its targets",
        {
            "alert": "its name in alerts.toml",
            "target": "`mail`, `webhook`, `file` or an e-mail address",
            "since": f"articles indexed at this time or later are looked at next; {TIME}",
            "told_at": f"when something was told last, if at the last look; {TIME}",
        },
    ),
    "alert_articles": TableMeaning(
        "an article that was told by an alert",
        {
            "alert": "its name in alerts.toml",
            "target": "`mail`, `webhook`, `file` or an e-mail address",
            "article_id": "`articles.id`",
            "told_at": TIME,
        },
    ),
    "joined_files": TableMeaning(
        "a WARC that `compact` joined into another, byte for byte",
        {
            "name": "its file name",
            "joined_into": "the file that holds it now, `warc_files.name`",
            "joined_offset": "byte at which it begins there: a record's place in it plus this is its place now, "
            "unless the other was rewritten since",
            "size": "bytes",
            "sha256": "its SHA-256, base16; that of this part of the other file",
            "joined_at": TIME,
        },
    ),
    "pruned": TableMeaning(
        "a capture that `prune` removed, by the retention of its source",
        {
            "id": "its WARC-Record-ID with its angle brackets",
            "url": "WARC-Target-URI",
            "urlkey": "SURT form",
            "captured_at": TIME,
            "source_id": "`sources.id`",
            "rule": "the key of `retention`: requisites, unchanged or listings",
            "pruned_at": TIME,
        },
    ),
    "verdicts": TableMeaning(
        "a verdict on a WARC, the history of `warc_files.verdict`",
        {
            "id": "number",
            "warc_file": "`warc_files.name`",
            "verified_at": TIME,
            "verified_by": "the user and the machine",
            "command": "`verify` or `repair`",
            "verdict": "ok, damaged, mendable or missing",
            "size": "bytes that the file had",
            "sha256": "its SHA-256, base16; NULL when it was missing",
            "findings": "number of faults",
            "worst": "the first of the worst ones, as printed",
        },
    ),
    "takedowns": TableMeaning(
        "an address that was taken down",
        {
            "id": "number",
            "url": "the address",
            "urlkey": "SURT form",
            "depth": "hide, delete or rewrite",
            "reason": "as given",
            "taken_at": TIME,
            "receipt": "what was done, JSON",
        },
    ),
    "articles": ARTICLES,
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
        "a word or value that so many articles have that it has bitmaps, which timelines count; derived from"
        " `articles_fts`, like all tables of bitmaps",
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
"""Every table, in the order of the data flow."""


def as_markdown() -> str:
    """Return the tables as Markdown, as in docs/schema.md (``docs/tables.py`` writes them there)."""
    parts = []
    for name, table in TABLES.items():
        lines = [f"### {name}", "", f"A row is {table.row}.", ""]
        if name == "articles":
            lines += ["| column | meaning | found by | searched by | exported |", "| --- | --- | --- | --- | --- |"]
            lines += [_article_field(field, table.columns[field.name]) for field in FIELDS]
        else:
            lines += ["| column | meaning |", "| --- | --- |"]
            lines += [f"| `{column}` | {meaning} |" for column, meaning in table.columns.items()]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _article_field(field: Field, meaning: str) -> str:
    searched = []
    for each in field.filters:
        searched += [f"`{word}:`" for word in each.words]
        if each.label:
            searched.append(f"`{each.option}`")
    exported = "yes" if field.exported else ""
    return f"| `{field.name}` | {meaning} | {field.found} | {' '.join(searched)} | {exported} |"
