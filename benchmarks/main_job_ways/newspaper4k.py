"""newspaper4k, its own download in threads: ``newspaper4k.py URLS PAGES OUT``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from newspaper import Article, Config
from newspaper.mthreading import fetch_news

BATCH = 100


def main(urls: str, _pages: str, out: str) -> None:
    """Fetch and extract all; pictures aren't fetched."""
    config = Config()
    config.fetch_images = False
    listed = Path(urls).read_text().split()
    with (Path(out) / "articles.jsonl").open("w") as file:
        for start in range(0, len(listed), BATCH):
            for article in fetch_news(
                [Article(url, config=config) for url in listed[start : start + BATCH]], threads=8
            ):
                try:
                    article.parse()
                except Exception as error:  # noqa: BLE001 - for one page: a language whose package isn't installed
                    print(f"{article.url}: {error}", file=sys.stderr)
                    continue
                if article.text:
                    file.write(json.dumps({"url": article.url, "title": article.title, "text": article.text}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
