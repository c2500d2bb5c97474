"""Meaning of the tables of what is on disk and in stores: files, captures, and what was done to them."""

from __future__ import annotations

from talkscraper.fields import TIME
from talkscraper.store.data_dictionary.meaning import TableMeaning

FILES = {
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
            "warc_file": "`warc_files.name`; also for the index of that file; after `compact` that of the joined file",
            "sha256": "of its bytes, base16",
            "stored_at": f"when its bytes were checked there; {TIME}",
            "unwanted_since": f"since when it is to be deleted, because a takedown or `prune` rewrote the file; "
            f"{TIME}; NULL: it stays",
        },
    ),
    "captures": TableMeaning(
        "a response, resource or revisit record on disk",
        {
            "seq": "row number",
            "id": "WARC-Record-ID with its angle brackets",
            "url": "WARC-Target-URI",
            "urlkey": "SURT form, by which captures are looked up",
            "captured_at": f"WARC-Date; {TIME}; NULL where it is missing, before 1990, or later than a day after its "
            "file was finished: such a record is in no index, shows no article, and is found by its id only",
            "status": "HTTP status; NULL where the record has none",
            "mime": "media type as sent",
            "payload_digest": "WARC-Payload-Digest",
            "record_type": "response, revisit or resource",
            "truncated": "WARC-Truncated: length, time, disconnect, unspecified; `segmented`: its block goes on in "
            "other records, which aren't joined; NULL when it is whole",
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
            "page_kind": "what the page turned out to be: article, listing, live, gallery, paywall-stub, blocked, "
            "consent, not-found, empty, not-html; NULL when it wasn't read",
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
            "content_truncated": "1: it shows only the part before a paywall; never a revision once a full text is "
            "known",
            "gone_article_id": "the article that it says is gone, `articles.id`",
        },
    ),
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
}
