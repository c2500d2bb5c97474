"""Writes exchanges without end, rows into SQLite, until it is killed."""

from __future__ import annotations

import random
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.exchange import Exchange
from talkscraper.capture.writer import WarcWriter


def main() -> None:
    folder = ArchiveFolder(Path(sys.argv[1])).make()
    seeded = random.Random(sys.argv[2])
    rows = sqlite3.connect(folder.database, check_same_thread=False, isolation_level=None)
    rows.execute("pragma journal_mode = wal")
    rows.execute("create table if not exists captures (id text, file text, at integer, length integer)")

    def commit(captures):
        rows.execute("begin")
        rows.executemany(
            "insert into captures values (?, ?, ?, ?)",
            [(each.id, each.warc_file, each.warc_offset, each.warc_length) for each in captures],
        )
        rows.execute("commit")
        print(len(captures), flush=True)  # noqa: T201  the parent counts

    writer = WarcWriter(folder, commit=commit, rotate_bytes=200_000)
    number = 0
    while True:
        exchange = Exchange(url=f"http://news.example/{number}", started_at=datetime.now(UTC))
        attempt = exchange.new_attempt("192.0.2.7")
        attempt.request += b"GET / HTTP/1.1\r\n\r\n"
        attempt.received(b"HTTP/1.1 200 OK\r\n\r\n" + seeded.randbytes(seeded.randrange(1, 9000)))
        exchange.seal(None)
        writer.submit(exchange)
        number += 1


if __name__ == "__main__":
    main()
