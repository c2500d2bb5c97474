"""Which of a corpus' article pages would be lost, and to what.

    python benchmarks/kinds.py CORPUS

CORPUS is a folder with ``truth.jsonl`` (id, source, url, captured_at) and ``pages/<id>.html.gz``; every page in it is
an article. The whole extraction runs over each; what gets no article is printed with its kind and reason.
"""

from __future__ import annotations

import argparse
import gzip
import json
import pathlib
from collections import Counter
from datetime import UTC, datetime

from talkscraper.extraction.article import extract_page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    options = parser.parse_args()
    kinds: Counter[str] = Counter()
    lost = 0
    for line in (options.corpus / "truth.jsonl").open(encoding="utf-8"):
        truth = json.loads(line)
        body = gzip.decompress((options.corpus / "pages" / f"{truth['id']}.html.gz").read_bytes())
        url = truth["url"] or "https://example.org/"
        found = extract_page(body, url, datetime(2026, 4, 1, tzinfo=UTC), {"Content-Type": "text/html; charset=utf-8"})
        kinds[found.page_kind.value] += 1
        if found.article is None:
            lost += 1
            print(f"{truth['id']}  {found.page_kind.value}: {found.reason}  {url}")
    total = kinds.total()
    print(f"{total} pages, lost {lost} ({lost / total:.2%}); " + ", ".join(f"{k} {n}" for k, n in kinds.most_common()))


if __name__ == "__main__":
    main()
