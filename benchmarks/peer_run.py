"""One extractor over the corpus, in its own environment: nothing of talkscraper is imported here.

    python benchmarks/peer_run.py NAME CORPUS IDS.json OUT.jsonl

IDS.json is a list of page ids. A page on which the extractor raises counts as empty, and the error is noted.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Found = dict[str, Any]


def _trafilatura(**options: bool) -> Callable[[str, str], Found]:
    from trafilatura import bare_extraction

    def run(html: str, url: str) -> Found:
        found = bare_extraction(html, url=url, with_metadata=True, include_comments=False, **options)
        if found is None:
            return {}
        authors = (found.author or "").split("; ") if found.author else []
        return {"text": found.text, "title": found.title, "published_at": found.date, "authors": authors}

    return run


def _newspaper4k() -> Callable[[str, str], Found]:
    from newspaper import Article, Config

    config = Config()
    config.fetch_images = False

    def run(html: str, url: str) -> Found:
        article = Article(url, config=config)
        article.download(input_html=html)
        article.parse()
        day = article.publish_date.isoformat() if article.publish_date else None
        return {"text": article.text, "title": article.title, "published_at": day, "authors": article.authors}

    return run


def _news_please() -> Callable[[str, str], Found]:
    from newsplease import NewsPlease

    def run(html: str, url: str) -> Found:
        article = NewsPlease.from_html(html, url=url, fetch_images=False)
        day = article.date_publish.isoformat() if article.date_publish else None
        return {"text": article.maintext, "title": article.title, "published_at": day, "authors": article.authors}

    return run


def _readability() -> Callable[[str, str], Found]:
    from lxml.html import fromstring
    from readability import Document

    def run(html: str, url: str) -> Found:
        document = Document(html, url=url)
        body = fromstring(document.summary(html_partial=True))
        text = "\n\n".join(" ".join(e.text_content().split()) for e in body.iter("p", "h2", "h3", "li", "blockquote"))
        return {"text": text, "title": document.short_title()}

    return run


def _goose3() -> Callable[[str, str], Found]:
    from goose3 import Goose

    goose = Goose({"enable_image_fetching": False})

    def run(html: str, url: str) -> Found:
        article = goose.extract(url=url, raw_html=html)
        day = str(article.publish_date) if article.publish_date else None
        # a JSON-LD list of names comes out as a list in the list
        authors = [
            name for a in article.authors for name in (a if isinstance(a, list) else [a]) if isinstance(name, str)
        ]
        return {"text": article.cleaned_text, "title": article.title, "published_at": day, "authors": authors}

    return run


def _resiliparse() -> Callable[[str, str], Found]:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    def run(html: str, url: str) -> Found:  # noqa: ARG001 - one shape for all
        tree = HTMLTree.parse(html)
        return {"text": extract_plain_text(tree, main_content=True), "title": tree.title}

    return run


MAKERS: dict[str, Callable[[], Callable[[str, str], Found]]] = {
    "trafilatura": _trafilatura,
    "trafilatura-fast": lambda: _trafilatura(fast=True),
    "trafilatura-precision": lambda: _trafilatura(favor_precision=True),
    "newspaper4k": _newspaper4k,
    "news-please": _news_please,
    "readability-lxml": _readability,
    "goose3": _goose3,
    "resiliparse": _resiliparse,
}


def main() -> None:
    name, corpus, ids, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
    wanted = set(json.loads(ids.read_text(encoding="utf-8")))
    extract = MAKERS[name]()
    failed = 0
    with out.open("w", encoding="utf-8") as lines:
        for line in (corpus / "truth.jsonl").open(encoding="utf-8"):
            truth = json.loads(line)
            if truth["id"] not in wanted:
                continue
            page = gzip.decompress((corpus / "pages" / f"{truth['id']}.html.gz").read_bytes()).decode(
                "utf-8", "replace"
            )
            start = time.process_time()
            try:
                found = extract(page, truth["url"] or "https://example.org/")
            except Exception as error:  # noqa: BLE001 - a peer that fails on a page has no answer for it
                failed += 1
                found = {"error": repr(error)[:200]}
            spent = time.process_time() - start
            lines.write(json.dumps({**found, "id": truth["id"], "ms": spent * 1000}, ensure_ascii=False) + "\n")
    print(f"{name}: {failed} of {len(wanted)} pages raised", file=sys.stderr)


if __name__ == "__main__":
    main()
