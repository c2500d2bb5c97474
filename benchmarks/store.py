"""Search, facets, timeline and article on an archive of benchmarks/million.py, beside Datasette 0.65's SQL.

    python benchmarks/store.py FOLDER [--rounds 5] [--without-datasette]

Prints the 50th and 95th percentile in milliseconds of each kind of question, each asked several times with other
words, in one process and one run; then how fast articles go in, and what the archive weighs. ``--articles N`` makes the
archive first.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from million import COMMON, LANGUAGES, SOURCES, Words, make

from talkscraper.model import (
    Article,
    Author,
    Capture,
    Extraction,
    FieldProvenance,
    PageKind,
    Precision,
    PublishedDate,
    RecordType,
)
from talkscraper.store import captures
from talkscraper.store.article_lookup import find_article
from talkscraper.store.articles import store_extraction
from talkscraper.store.database import open_reader
from talkscraper.store.facets import facets
from talkscraper.store.match import SearchRequest
from talkscraper.store.periods import UNITS
from talkscraper.store.search import search
from talkscraper.store.timeline import timeline
from talkscraper.store.timeline_counts import BYS
from talkscraper.store.writer import ArchiveWriter

TITLE = (
    "| question | p50 ms | p95 ms | worst ms | CPU p50 ms | CPU p95 ms | asked |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
)
Time = tuple[float, float]
"""Milliseconds by the clock, and of this thread's processor time: what remains of it on a busy machine."""


def questions(words: Words, chance: random.Random, rounds: int) -> dict[str, list[SearchRequest]]:
    """Requests as readers ask them: single words from the commonest to the rarest, several, phrases, filters."""
    common = COMMON
    middle = words.words[50:2_000]
    rare = words.words[20_000:]
    sentences = [sentence.rstrip(".").lower().split() for sentence in words.sentences]

    def phrase() -> str:
        sentence = chance.choice([each for each in chance.choices(sentences, k=20) if len(each) > 6])
        at = chance.randrange(len(sentence) - 3)
        return f'"{" ".join(sentence[at : at + 3])}"'

    def ask(text: Callable[[], str], **fields: object) -> list[SearchRequest]:
        return [SearchRequest(text=text(), **fields) for _ in range(rounds)]  # type: ignore[arg-type]

    def source() -> str:
        return chance.choice(SOURCES)

    return {
        "a rare word": ask(lambda: chance.choice(rare)),
        "a middling word": ask(lambda: chance.choice(middle)),
        "a common word": ask(lambda: chance.choice(common)),
        "two common words": ask(lambda: " ".join(chance.sample(common, 2))),
        "common and middling": ask(lambda: f"{chance.choice(common)} {chance.choice(middle)}"),
        "either of two": ask(lambda: f"{chance.choice(middle)} OR {chance.choice(middle)}"),
        "one without another": ask(lambda: f"{chance.choice(middle)} -{chance.choice(middle)}"),
        "a phrase": ask(phrase),
        "a phrase of common words": ask(lambda: f'"{" ".join(chance.sample(common[:6], 2))}"'),
        "a prefix": ask(lambda: f"{chance.choice(rare)[:5]}*"),
        "in the title": ask(lambda: f"title:{chance.choice(middle)}"),
        "Japanese": ask(lambda: chance.choice(["経済", "東京", "政府", "市場", "経済と政府"])),
        "of a source": [SearchRequest(text=chance.choice(common), source=source()) for _ in range(rounds)],
        "of a language": ask(lambda: chance.choice(middle), language=chance.choice(LANGUAGES)),
        "of a year": ask(lambda: chance.choice(common), since="2019", until="2019"),
    }


def newest_first(request: SearchRequest) -> SearchRequest:
    """The same in another order."""
    return SearchRequest(text=request.text, order="newest", **dict(request.filters))  # type: ignore[arg-type]


def clock(call: Callable[[], object]) -> Time:
    """How long a call takes."""
    began, used = time.perf_counter(), time.thread_time()
    call()
    return (time.perf_counter() - began) * 1000, (time.thread_time() - used) * 1000


def warm(call: Callable[[], object]) -> Time:
    """Milliseconds of the second call."""
    call()
    return clock(call)


def line(name: str, times: list[Time]) -> str:
    """A row of the table."""
    walls, used = sorted(wall for wall, _ in times), sorted(cpu for _, cpu in times)
    at = min(len(times) - 1, round(0.95 * (len(times) - 1)))
    return (
        f"| {name} | {statistics.median(walls):.1f} | {walls[at]:.1f} | {walls[-1]:.1f}"
        f" | {statistics.median(used):.1f} | {used[at]:.1f} | {len(times)} |"
    )


def measure(folder: Path, rounds: int, *, datasette: bool) -> None:
    """Ask everything and print the table."""
    path = folder / "talkscraper.db"
    reader = open_reader(path)
    words, chance = Words(1), random.Random(7)
    asked = questions(words, chance, rounds)
    for requests in asked.values():  # one of each first, so that the file's cache is as on a machine in use
        search(reader, requests[0])
    print(TITLE)
    best: list[Time] = []
    for name, requests in asked.items():
        times = [clock(lambda request=request: search(reader, request)) for request in requests]
        best += times
        print(line(f"{name}, best first", times), flush=True)
    newest = [
        clock(lambda request=request: search(reader, newest_first(request)))
        for requests in asked.values()
        for request in requests
    ]
    every = [request for requests in asked.values() for request in requests]
    print(line("**all, best first**", best))
    print(line("**all, newest first**", newest))
    print(line("facets", [clock(lambda request=request: facets(reader, request)) for request in every]))
    months = [clock(lambda request=request: timeline(reader, [request], unit="month")) for request in every]
    print(line("timeline by month", months), flush=True)
    triples = [list(each) for each in zip(every, every[1:], every[2:], strict=False)]
    compared = [clock(lambda some=some: timeline(reader, some, unit="month")) for some in triples]
    print(line("timeline by month, three terms", compared), flush=True)
    timelines(reader, words, chance, rounds)
    ids = [row[0] for row in reader.execute("select id from articles where seq % 997 = 0 limit 200")]
    print(line("an article with its revisions", [clock(lambda key=key: _article(reader, key)) for key in ids]))
    if datasette:
        beside(path, asked)
    reader.close()


def timelines(reader: sqlite3.Connection, words: Words, chance: random.Random, rounds: int) -> None:
    """Timelines of the words that most articles have, and divided by a field."""

    def drawn(name: str, asked: list[list[str]], **options: Any) -> None:
        times = [
            clock(lambda some=some: timeline(reader, [SearchRequest(text=each) for each in some], **options))
            for some in asked
        ]
        print(line(f"timeline {name}", times), flush=True)

    ones = [[word] for word in chance.sample(COMMON, min(rounds, len(COMMON)))]
    threes = [chance.sample(COMMON, 3) for _ in range(rounds)]
    middle = [[word] for word in chance.sample(words.words[50:2_000], rounds)]
    for unit in UNITS:
        drawn(f"by {unit}, a common word", ones, unit=unit)
        drawn(f"by {unit}, three common words", threes, unit=unit)
    for by in BYS:
        drawn(f"by {by}, a common word", ones, by=by, unit="month")
        drawn(f"by {by}, a middling word", middle, by=by, unit="month")
    drawn("by source, three common words", threes, by="source", unit="month")


def _article(reader: sqlite3.Connection, key: str) -> None:
    row = find_article(reader, key)
    reader.execute("select * from revisions where article_id = ?", [row["id"]]).fetchall()
    reader.execute("select * from captures where id = ?", [row["capture_id"]]).fetchone()


def beside(path: Path, asked: dict[str, list[SearchRequest]]) -> None:
    """What Datasette 0.65 asks the same file for the same words: its table page with ?_search=, and ranked.

    Everything is asked once before it is measured, so that nobody pays for the other's cold file.
    """
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    page = (
        "select * from articles where seq in (select rowid from articles_fts where articles_fts match ?)"
        " order by seq limit 101"
    )
    total = "select count(*) from articles where seq in (select rowid from articles_fts where articles_fts match ?)"
    ranked = (
        "select a.*, f.rank from articles a join articles_fts f on a.seq = f.rowid where f.articles_fts match ?"
        " order by f.rank limit 20"
    )
    kinds = ("a rare word", "a middling word", "a common word", "two common words", "common and middling")
    for name in kinds:
        texts = [" ".join(f'"{word}"' for word in request.text.split()) for request in asked[name]]
        ours = [warm(lambda request=request: search(open_once(path), request)) for request in asked[name]]
        print(line(f"{name}: ours", ours))
        table = [
            clock(
                lambda text=text: (
                    connection.execute(page, [text]).fetchall(),
                    connection.execute(total, [text]).fetchone(),
                )
            )
            for text in texts
        ]
        print(line(f"{name}: Datasette's table page (unranked)", table), flush=True)
        sql = [warm(lambda text=text: connection.execute(ranked, [text]).fetchall()) for text in texts]
        print(line(f"{name}: SQL, ranked", sql), flush=True)
    connection.close()


_OPEN: dict[Path, sqlite3.Connection] = {}


def open_once(path: Path) -> sqlite3.Connection:
    """One reader for the whole run."""
    if path not in _OPEN:
        _OPEN[path] = open_reader(path)
    return _OPEN[path]


def writing(count: int) -> None:
    """How many articles a second go in by the whole path: rows, revision, index, provenance, cluster."""
    words = Words(3)
    began_at = datetime(2025, 10, 28, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as folder:
        writer = ArchiveWriter(Path(folder) / "talkscraper.db")
        writer.run(captures.open_warc_file, "made.warc.gz", began_at)
        pages = [page(words, number, began_at) for number in range(count)]

        def store(db, capture: Capture, found: Extraction) -> None:
            captures.add_captures(db, [capture])
            store_extraction(db, capture, found, source_id=None, now=began_at)

        took = clock(lambda: [writer.run(store, *page) for page in pages])
        print(
            f"\n{count} new articles, one transaction each: {count / took[0] * 1000:.0f}/s,"
            f" {took[1] / count * 1000:.0f} µs of processor time each"
        )
        again = [
            (
                replace(
                    capture,
                    id=f"<urn:uuid:again{at}>",
                    warc_offset=count + at,
                    captured_at=began_at + timedelta(days=9),
                ),
                found,
            )
            for at, (capture, found) in enumerate(pages)
        ]
        took = clock(lambda: [writer.run(store, *page) for page in again])
        print(f"{count} looks at the same articles, unchanged: {count / took[0] * 1000:.0f}/s")
        writer.close()


def page(words: Words, number: int, at: datetime) -> tuple[Capture, Extraction]:
    url = f"https://source.example/{number}"
    text = words.text(japanese=False)
    what = Article(
        url=url,
        title=words.sentence()[:70],
        text=text,
        word_count=len(text.split()),
        text_digest=f"sha256:{sha256(text.encode()).hexdigest()}",
        language="en",
        authors=(Author(name="Ann Reed"),),
        published=PublishedDate(instant=at, precision=Precision.MINUTE, day=at.date(), offset_minutes=0),
    )
    found = Extraction(
        page_kind=PageKind.ARTICLE,
        article=what,
        provenance=tuple(FieldProvenance(field=name, value="x", rule="made") for name in ("title", "text", "authors")),
        extractor="made",
    )
    capture = Capture(
        id=f"<urn:uuid:{number}>", url=url, urlkey=url, captured_at=at, status=200, mime="text/html",
        payload_digest=f"sha1:{number}", record_type=RecordType.RESPONSE, warc_file="made.warc.gz", warc_offset=number,
        warc_length=1,
    )  # fmt: skip
    return capture, found


def weigh(folder: Path) -> None:
    """What the archive weighs."""
    path = folder / "talkscraper.db"
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    articles, text = connection.execute("select count(*), sum(length(cast(text as blob))) from articles").fetchone()
    index = connection.execute("select sum(length(block)) from articles_fts_data").fetchone()[0]
    connection.close()
    print(
        f"{articles} articles: {path.stat().st_size / 1e9:.2f} GB in all; texts {text / 1e9:.2f} GB,"
        f" full-text index {index / 1e9:.2f} GB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, help="make the archive first, with so many articles")
    parser.add_argument("--rounds", type=int, default=5, help="how many questions of each kind")
    parser.add_argument("--written", type=int, default=1_000, help="how many articles to store for the rate")
    parser.add_argument("--without-datasette", action="store_true")
    arguments = parser.parse_args()
    if arguments.articles:
        make(arguments.folder, arguments.articles)
    measure(arguments.folder, arguments.rounds, datasette=not arguments.without_datasette)
    writing(arguments.written)
    weigh(arguments.folder)


if __name__ == "__main__":
    main()
