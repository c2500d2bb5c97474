"""newspaper4k, its own download, in threads: ``newspaper4k.py URLS PAGES OUT``."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from newspaper import Article, Config

THREADS = 8


def main(urls: str, _pages: str, out: str) -> None:
    """Fetch and extract all; pictures aren't fetched."""
    config = Config()
    config.fetch_images = False

    def read(url: str) -> Article | None:
        article = Article(url, config=config)
        try:
            article.download()
            article.parse()
        except Exception as error:  # noqa: BLE001 - of one page: newspaper.mthreading.fetch_news would lose all others
            print(f"{url}: {error}", file=sys.stderr)
            return None
        return article

    with (Path(out) / "articles.jsonl").open("w") as file, ThreadPoolExecutor(THREADS) as threads:
        for article in threads.map(read, Path(urls).read_text().split()):
            if article is not None and article.text:
                file.write(json.dumps({"url": article.url, "title": article.title, "text": article.text}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
