"""Make an archive of invented articles as large as one likes, to measure search and the reading room on.

    python benchmarks/million.py /tmp/million --articles 1000000

The words follow Zipf's law (the commonest stands in nearly every text, the rarest in one), the days span ten years,
three in a hundred texts are Japanese. Rows are written as the store writes them (same columns, same index), only
without captures on disk. The same arguments make the same archive.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from datetime import date, timedelta
from hashlib import sha1
from pathlib import Path

from vocabulary import Vocabulary

from talkscraper.store import fulltext
from talkscraper.store.article_rows import article_id_of
from talkscraper.store.bitmaps import build
from talkscraper.store.content import text_digest
from talkscraper.store.database import open_writer
from talkscraper.store.row_numbers import PER_DAY, SLOTS

FIRST_DAY = date(2016, 1, 1)
DAYS = 3650
SOURCES = [f"source{number:02}" for number in range(40)]
LANGUAGES = ["en", "en", "en", "de", "fr", "sw"]
SECTIONS = ["politics", "business", "world", "sport", "culture", "science", "health", "travel", "opinion", "local"]
COMMON = ["the", "of", "and", "to", "in", "said", "government", "people", "year", "city", "market", "harbour", "water"]
BATCH = 5_000
HASH_BYTES = 64 * 1024 * 1024


class Words:
    """A vocabulary, and sentences and texts made of it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        syllables = [a + b for a in "bcdfghjklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er", "il", "or")]
        made = {"".join(self.chance.choices(syllables, k=self.chance.choice((2, 2, 3, 3, 4)))) for _ in range(120_000)}
        tail = sorted(made)
        self.chance.shuffle(tail)
        self.vocabulary = Vocabulary([*COMMON, *tail])
        self.sentences = [self.sentence() for _ in range(60_000)]
        kanji = [chr(code) for code in range(0x4E00, 0x5200)]
        pairs = ["経済", "政府", "東京", "市場", *("".join(self.chance.choices(kanji, k=2)) for _ in range(900))]
        self.japanese = ["".join(self.chance.choices(pairs, k=9)) + "。" for _ in range(3_000)]

    def sentence(self) -> str:
        """About 18 words."""
        return self.vocabulary.sentence(self.chance)

    def rare(self) -> str:
        """A word that hardly any other text has."""
        return self.chance.choice(self.vocabulary.words) + self.chance.choice(self.vocabulary.words)

    def text(self, *, japanese: bool) -> str:
        """About 4 KB in paragraphs."""
        if japanese:
            return "\n\n".join("".join(self.chance.choices(self.japanese, k=5)) for _ in range(8))
        paragraphs = [" ".join(self.chance.choices(self.sentences, k=4)) for _ in range(8)]
        return "\n\n".join([*paragraphs, f"{self.rare()} {self.rare()} {self.sentence()}"])


def make(folder: Path, count: int, *, seed: int = 1, revisions: bool = True, copied: float = 0.0) -> Path:
    """Write the archive; returns the database's path. ``copied`` is the share of texts that are another one's."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "talkscraper.db"
    path.unlink(missing_ok=True)
    db = open_writer(path)
    connection = db.conn
    # a write-ahead log of this size would be searched for every page; nobody misses a half-made archive
    connection.execute("pragma journal_mode = off")
    connection.execute("pragma synchronous = off")
    connection.execute("pragma cache_size = -1000000")
    # postings are gathered in memory before they are written: half the time, the same words in the same index
    connection.execute("insert into articles_fts (articles_fts, rank) values ('hashsize', ?)", [HASH_BYTES])
    words = Words(seed)
    connection.execute("insert into warc_files (name) values ('made.warc.gz')")
    connection.executemany(
        "insert into sources (id, name, homepage) values (?, ?, ?)",
        [(each, each.title(), f"https://{each}.example/") for each in SOURCES],
    )
    connection.commit()
    began = time.perf_counter()
    for start in range(0, count, BATCH):
        rows = [_row(words, number, count) for number in range(start, min(start + BATCH, count))]
        if copied:
            _copy(words.chance, rows, copied)
        for row in rows:
            row["marks"] = fulltext.marks_of({**dict.fromkeys(fulltext.MARKED), **row})
        _insert(connection, "articles", rows)
        for row in rows:
            fulltext.index(db, row)
        _insert(connection, "captures", [_capture(row) for row in rows])
        if revisions:
            _insert(connection, "revisions", [_revision(row) for row in rows])
        connection.commit()
        done = start + len(rows)
        rate = done / (time.perf_counter() - began)
        print(f"\r{done} articles, {rate:.0f}/s", end="", file=sys.stderr, flush=True)
    connection.execute(
        "insert into article_days (source_id, day, articles)"
        " select source_id, day, count(*) from articles group by source_id, day"
    )
    connection.execute("delete from articles_fts_config where k = 'hashsize'")
    connection.commit()
    build.refresh(lambda change, *values: (change(db, *values), connection.commit())[0])
    connection.execute("pragma analysis_limit = 1000")
    connection.execute("analyze")
    connection.commit()
    connection.execute("pragma journal_mode = wal")
    connection.close()
    print(f"\n{path}: {path.stat().st_size / 1e9:.2f} GB in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return path


def _copy(chance: random.Random, rows: list[dict], share: float) -> None:
    """Make this share of the rows copies of one of the thirty before them, in one cluster with it."""
    for at in range(1, len(rows)):
        rows[at]["cluster_id"] = None
        if chance.random() < share:
            other = rows[max(0, at - chance.randint(1, 30))]
            other["cluster_id"] = other.get("cluster_id") or other["id"]
            rows[at] |= {name: other[name] for name in ("text", "text_digest", "title", "language", "cluster_id")}
    rows[0].setdefault("cluster_id", None)


def _row(words: Words, number: int, count: int) -> dict:
    chance = words.chance
    day_number = number * DAYS // count
    day = FIRST_DAY + timedelta(days=day_number)
    minute = (number * 7) % 1440
    source = chance.choice(SOURCES)
    japanese = chance.random() < 0.03
    text = words.text(japanese=japanese)
    url = f"https://{source}.example/{day:%Y/%m}/{number}"
    language = "ja" if japanese else chance.choice(LANGUAGES)
    section = chance.choice(SECTIONS)
    moment = f"{day.isoformat()}T{minute // 60:02}:{minute % 60:02}:00Z"
    title = "東京の経済と政府" if japanese else words.sentence()[:70].strip()
    in_day = number - -(-day_number * count // DAYS)
    epoch_day = day.toordinal() - date(1970, 1, 1).toordinal()
    return {
        "seq": epoch_day * PER_DAY + in_day * max(1, min(SLOTS, (PER_DAY - 1) // (count // DAYS + 2))),
        "id": article_id_of(url),
        "source_id": source,
        "url": url,
        "title": title,
        "authors": json.dumps([f"Writer Number{number % 500}"]),
        "published_at": moment,
        "published_precision": "minute",
        "published_day": day.isoformat(),
        "published_offset": 0,
        "language": language,
        "section": section,
        "text": text,
        "text_digest": text_digest(text),
        "word_count": len(text.split()),
        "first_captured_at": moment,
        "last_captured_at": moment,
        "last_changed_at": moment,
        "indexed_at": moment,
        "capture_id": f"<urn:uuid:{number}>",
        "extractor": "made",
        "day": day.isoformat(),
        "author_kinds": '["person"]',
    }


def _capture(row: dict) -> dict:
    return {
        "id": row["capture_id"],
        "url": row["url"],
        "urlkey": row["url"],
        "captured_at": row["first_captured_at"],
        "status": 200,
        "mime": "text/html",
        "payload_digest": "sha1:" + sha1(row["id"].encode()).hexdigest(),
        "record_type": "response",
        "warc_file": "made.warc.gz",
        "warc_offset": int(row["capture_id"][10:-1]),
        "warc_length": 1,
        "page_kind": "article",
        "article_id": row["id"],
        "extractor": "made",
        "content_digest": row["text_digest"][7:39],
    }


def _revision(row: dict) -> dict:
    return {
        "article_id": row["id"],
        "number": 1,
        "capture_id": row["capture_id"],
        "captured_at": row["first_captured_at"],
        **{name: row[name] for name in ("title", "authors", "published_at", "text", "text_digest", "word_count")},
        "change": "first",
        "extractor": "made",
        "content_digest": row["text_digest"][7:39],
        "published_precision": "minute",
    }


def _insert(connection, table: str, rows: list[dict]) -> None:
    names = list(rows[0])
    connection.executemany(
        f"insert into {table} ({', '.join(names)}) values ({', '.join('?' * len(names))})",
        [tuple(row.values()) for row in rows],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--without-revisions", action="store_true", help="half the size; search is the same")
    parser.add_argument("--copies", type=float, default=0.0, help="share of texts that are another one's: 0.2")
    arguments = parser.parse_args()
    make(
        arguments.folder,
        arguments.articles,
        revisions=not arguments.without_revisions,
        copied=arguments.copies,
    )


if __name__ == "__main__":
    main()
