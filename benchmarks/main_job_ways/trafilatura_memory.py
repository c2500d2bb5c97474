"""trafilatura alone, with metadata, on all cores, over pages in memory: ``trafilatura_memory.py URLS PAGES OUT``.

PAGES is a folder of the pages as files; they are read before the work begins, and by each worker only its own.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from pathlib import Path

from trafilatura import extract


def article(task: tuple[str, bytes]) -> str | None:
    """The article of one page, as JSON."""
    url, body = task
    return extract(body, url=url, output_format="json", with_metadata=True)


def main(urls: str, pages: str, out: str) -> None:
    """Extract all pages."""
    tasks = [(url, (Path(pages) / url.rpartition("/")[2]).read_bytes()) for url in Path(urls).read_text().split()]
    with multiprocessing.Pool(len(os.sched_getaffinity(0))) as pool, (Path(out) / "articles.jsonl").open("w") as file:
        for found in pool.imap_unordered(article, tasks, chunksize=8):
            if found is not None and json.loads(found)["text"]:
                file.write(found + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
