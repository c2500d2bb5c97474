"""What an address that is only known costs: ``python benchmarks/frontier.py [COUNT [LENGTH]]`` prints bytes a row.

A sitemap's addresses are noted as a crawl does it, day after day as the caps allow, until COUNT are known.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from talkscraper.discovery.model import Link
from talkscraper.frontier import additions
from talkscraper.store.database import open_writer

SITEMAP = "https://quay.example/sitemap-posts-3.xml"
BEGAN = datetime(2025, 11, 24, 9, tzinfo=UTC)
AT_ONCE = 40_000


def link(number: int, length: int) -> Link:
    """An address of an old article, with its day."""
    url = f"https://quay.example/2024/05/{number % 28 + 1:02}/{number:07}-the-harbour-wall-and-"
    return Link(
        url=url.ljust(length, "x"),
        kind="article",
        via=SITEMAP,
        declared_at=BEGAN - timedelta(days=30 + number % 900),
    )


def main() -> None:
    """Measure."""
    count, length = (int(text) for text in (*sys.argv[1:3], *("100000", "100")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        db = open_writer(Path(folder) / "talkscraper.db")
        db.execute("insert into sources (id, name, homepage) values ('quay', 'The Quay', 'https://quay.example/')")
        db.conn.commit()
        before = db.execute("pragma page_count").fetchone()[0]
        known = days = 0
        while known < count:
            links = [link(number, length) for number in range(known, min(count, known + AT_ONCE))]
            with db.conn:
                found = additions.note_links(
                    db, "quay", links, via=SITEMAP, now=BEGAN + timedelta(days=days), lists_old=True
                )
            known, days = known + found.new, days + 1
            if not found.new:
                break
        size = (db.execute("pragma page_count").fetchone()[0] - before) * 4096
        print(f"{known} addresses of {length} characters on {days} days: {size} bytes, {size / known:.0f} each")
        db.close()


if __name__ == "__main__":
    main()
