"""news-please in library mode, its own download and extractors: ``news_please.py URLS PAGES OUT``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from newsplease import NewsPlease


def main(urls: str, _pages: str, out: str) -> None:
    """Fetch and extract all; pictures aren't fetched."""
    found = NewsPlease.from_urls(Path(urls).read_text().split(), request_args={"timeout": 60}, fetch_images=False)
    with (Path(out) / "articles.jsonl").open("w") as file:
        for article in found.values():
            if article and article.maintext:
                file.write(json.dumps(article.get_serializable_dict()) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
