"""How often the day of publication is right, wrong or absent, over a corpus of real pages.

    python benchmarks/dates.py CORPUS [--source fundus] [--strip] [--half a|b] [--show] [--no-url]

CORPUS is a folder with ``truth.jsonl`` (id, source, url, captured_at, published_at) and ``pages/<id>.html.gz``.
Right: the same day as the truth's, as the page declares or prints it. Wrong: another day.

``--strip`` removes every machine-readable date first, leaving what a reader sees: all scripts (JSON-LD among them),
``<meta>`` whose name or content is a date; datetime, content, title, itemprop and data-* of all other elements.
The URL stays, because a capture always has one; ``--no-url`` takes the URL's path away too.
``--half`` keeps the pages whose id's SHA-256 is even (a) or odd (b): weights are set on a and confirmed on b.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import pathlib
import re
import time
from collections import Counter
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from talkscraper.extraction.dates import DateFindings, find_dates
from talkscraper.extraction.page import Page

UNKNOWN_CAPTURE = datetime(2026, 4, 1, tzinfo=UTC)
"""Stands in where the corpus doesn't say when a page was captured; no truth of it is later."""
_DATED_NAME = re.compile(
    r"date|time|pub|modif|updat|created|issued|release|parsely|sailthru|dc\.|dcterms", re.IGNORECASE
)
_DATED_VALUE = re.compile(r"(?:19|20)\d\d[-/.]?[01]?\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\b(?:19|20)\d\d\b")


def strip(tree: HtmlElement) -> None:
    """Take every machine-readable date out of a tree."""
    for element in list(tree.iter()):
        if element.tag in ("script", "template"):
            parent = element.getparent()
            if parent is not None:
                element.drop_tree()
            continue
        if element.tag == "meta":
            name = " ".join(element.get(a, "") for a in ("name", "property", "itemprop"))
            if _DATED_NAME.search(name) or _DATED_VALUE.search(element.get("content", "")):
                element.drop_tree()
            continue
        for attribute in list(element.attrib):
            if attribute in ("datetime", "content", "title", "pubdate", "itemprop") or attribute.startswith("data-"):
                del element.attrib[attribute]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--source")
    parser.add_argument("--strip", action="store_true")
    parser.add_argument("--no-url", action="store_true")
    parser.add_argument("--half", choices=("a", "b"))
    parser.add_argument("--show", action="store_true", help="print each page that isn't right")
    options = parser.parse_args()
    counts: dict[str, Counter[str]] = {}
    for line in (options.corpus / "truth.jsonl").open(encoding="utf-8"):
        truth = json.loads(line)
        if not truth["published_at"] or (options.source and truth["source"] != options.source):
            continue
        if options.half and "ab"[int(hashlib.sha256(truth["id"].encode()).hexdigest(), 16) % 2] != options.half:
            continue
        found, seconds = _find(options, truth)
        day = found.published.day.isoformat() if found.published else None
        verdict = "none" if day is None else "right" if day == truth["published_at"][:10] else "wrong"
        count = counts.setdefault(truth["source"], Counter())
        count[verdict] += 1
        rule = (found.published_rule or "none").partition(" ")[0]
        count[f"{rule} {verdict}"] += 1
        count["microseconds declared" if rule.startswith(("jsonld", "meta", "micro")) else "microseconds"] += int(
            seconds * 1e6
        )
        count["declared" if rule.startswith(("jsonld", "meta", "micro")) else "looked for"] += 1
        if options.show and verdict != "right":
            changed = found.modified.day.isoformat() if found.modified else None
            raw = (found.published.raw or "")[:40] if found.published else ""
            print(verdict, truth["id"], truth["url"][:90], "truth", truth["published_at"][:16], "found", day)
            print(
                f"     rule {found.published_rule} | {raw!r} | modified {changed} {found.modified_rule} | "
                f"rivals {[(r.value, r.rule) for r in found.rivals[:5]]}"
            )
    for source, count in sorted(counts.items()):
        total = count["right"] + count["wrong"] + count["none"]
        right, wrong = count["right"] / total, count["wrong"] / total
        print(f"{source}: {total} pages, right {right:.3f}, wrong {wrong:.3f}, none {count['none']}")
        for rule in sorted({k.rpartition(" ")[0] for k in count if k.endswith((" right", " wrong"))}):
            print(f"   {rule:16} right {count[rule + ' right']:4} wrong {count[rule + ' wrong']:4}")
        print(
            f"   ms a page: declared {count['microseconds declared'] / 1000 / max(1, count['declared']):.2f}, "
            f"looked for {count['microseconds'] / 1000 / max(1, count['looked for']):.2f}"
        )


def _find(options: argparse.Namespace, truth: dict[str, str]) -> tuple[DateFindings, float]:
    body = gzip.decompress((options.corpus / "pages" / f"{truth['id']}.html.gz").read_bytes())
    captured = UNKNOWN_CAPTURE
    if truth.get("captured_at"):
        captured = datetime.fromisoformat(truth["captured_at"])
        captured = captured if captured.tzinfo else captured.replace(tzinfo=UTC)
    url = truth["url"] or "https://example.org/"
    if options.no_url:
        parts = urlsplit(url)
        url = f"{parts.scheme}://{parts.netloc}/"
    page = Page.read(body, url, captured, {"content-type": "text/html; charset=utf-8"})
    if options.strip:
        strip(page.tree)
        from lxml import html

        page = Page.read(
            html.tostring(page.tree, encoding="utf-8"), url, captured, {"content-type": "text/html; charset=utf-8"}
        )
    language = (page.html_lang or "")[:2].lower() or None
    start = time.process_time()
    found = find_dates(page, language, None)
    return found, time.process_time() - start


if __name__ == "__main__":
    main()
