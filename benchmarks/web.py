"""How fast the reading room answers at size, beside Datasette on the same file in the same run.

    python benchmarks/web.py /tmp/million            (made by benchmarks/million.py)
    python benchmarks/web.py /tmp/million --without-datasette

Both are real servers on loopback, asked over HTTP by one client, one request at a time; then fifty clients at once,
also while another process stores articles (which are taken out again). Times are those of whole answers (page made,
sent and read), in milliseconds.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import random
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlencode

ROUNDS = 3
READERS = 50
RANKED = (
    "select a.id, a.title, a.published_at from articles_fts join articles a on a.seq = articles_fts.rowid "
    "where articles_fts match :q order by rank limit 20"
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("archive", type=Path)
    arguments.add_argument("--without-datasette", action="store_true")
    arguments.add_argument("--json", type=Path, help="also write the figures here")
    arguments.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.write:
        write_steadily(chosen.archive)
        return
    database = chosen.archive / "talkscraper.db"
    words, ids = sample(database)
    figures: dict[str, dict[str, float]] = {}
    paths = cases(words, ids)
    # the reading room remembers answers until the next commit: each round asks a server that has just started
    fresh: dict[str, list[float]] = {name: [] for name in paths}
    for number in range(ROUNDS + 1):
        with room(chosen.archive) as port:
            times = {name: visit(port, each) for name, each in paths.items()}
            if number:  # the first round warms the system's file cache
                for name, found in times.items():
                    fresh[name] += found
    with room(chosen.archive) as port:
        figures["50 readers at once, nothing remembered"] = crowd(
            port, [each for some in paths.values() for each in some]
        )
        for name, each in paths.items():
            visit(port, each)
            figures[name] = {**spread(fresh[name]), "remembered p50": statistics.median(visit(port, each))}
        every = [each for some in paths.values() for each in some]
        figures["50 readers at once"] = crowd(port, every)
        with writing(chosen.archive):
            figures["50 readers at once, while a crawl writes"] = crowd(port, every)
            figures["the same, a second between their pages"] = crowd(port, every, pause_s=1.0)
    best = [each for name in paths if name.startswith("best first") for each in fresh[name]]
    figures["best first, all of these"] = spread(best)
    for name, found in figures.items():
        report(name, found)
    if not chosen.without_datasette:
        with datasette(database) as port:
            for kind, name in (("common", "common words"), ("middle", "middling words"), ("rare", "rare words")):
                asked = [theirs(word, RANKED) for word in words[kind]]
                visit(port, asked, first="/")
                times = visit(port, asked, first="/")
                figures[f"Datasette, ranked (SQL), {name}"] = spread(times)
                report(f"Datasette, ranked (SQL), {name}", spread(times))
                faster = statistics.mean(times) / statistics.mean(fresh[f"best first, {name}"])
                print(f"    the reading room needs 1/{faster:.1f} of that for its whole page")
            asked = [theirs(word, None) for word in words["common"]]
            figures["Datasette, search box, common words"] = spread(visit(port, asked, first="/"))
            report("Datasette, search box, common words", figures["Datasette, search box, common words"])
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n")


def sample(database: Path) -> tuple[dict[str, list[str]], list[str]]:
    """Words by how many articles have them, and some articles, always the same ones."""
    chance = random.Random(6)
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        low, high = connection.execute("select min(seq), max(seq) from articles").fetchone()
        texts, ids = [], []
        for _ in range(60):
            row = connection.execute(
                "select id, text from articles where seq >= ? limit 1", [chance.randint(low, high)]
            ).fetchone()
            ids.append(row[0])
            texts.append(row[1])
        seen = sorted({word.lower() for text in texts for word in re.findall(r"[a-z]{4,}", text)})
        chance.shuffle(seen)
        counted = []
        for word in ["government", "people", "harbour", "water", *seen[:60]]:
            number = connection.execute(
                "select count(*) from articles_fts where articles_fts match ?", [f'"{word}"']
            ).fetchone()[0]
            counted.append((number, word))
    counted.sort(reverse=True)
    common, rare = [word for _, word in counted[:8]], [word for _, word in counted[-8:]]
    middle = [word for _, word in counted[8:-8]][::6][:8]
    print("words:", ", ".join(f"{word} {number:,}" for number, word in counted[:8]), "… rare:", ", ".join(rare[:3]))
    return {"common": common, "middle": middle, "rare": rare, "all": [*common, *middle, *rare]}, ids


def cases(words: dict[str, list[str]], ids: list[str]) -> dict[str, list[str]]:
    """Addresses of the reading room, by what they measure."""

    def searched(some: list[str], **more: str) -> list[str]:
        return ["/?" + urlencode({"q": word, **more}) for word in some]

    pairs = [f"{one} {other}" for one, other in zip(words["common"], words["middle"], strict=False)]
    phrases = [f'"{one}"' for one in ("of the", "said government", "the harbour", "people and")]
    return {
        "best first, common words": searched(words["common"]),
        "best first, middling words": searched(words["middle"]),
        "best first, rare words": searched(words["rare"]),
        "best first, pairs and phrases": searched([*pairs, *phrases]),
        "newest first": searched(words["all"], order="newest"),
        "one source and year, common words": searched(
            words["common"], source="source07", since="2020-01-01", until="2020-12-31"
        ),
        "article": [f"/article/{each}" for each in ids[:30]],
        "timeline by month": [f"/timeline?unit=month&q={quote(word)}" for word in words["all"]],
        "timeline of three terms": [
            "/timeline?" + urlencode({"unit": "month", "q": list(some)}, doseq=True)
            for some in zip(words["common"], words["middle"], words["rare"], strict=False)
        ],
        "timeline of three phrases": ["/timeline?" + urlencode({"unit": "month", "q": phrases[:3]}, doseq=True)],
        "timeline by source, three common words": [
            "/timeline?" + urlencode({"unit": "month", "by": "source", "q": words["common"][:3]}, doseq=True)
        ],
        "words with wildcards": searched(["*ness", "gov?rnment", "har*"]),
        "keywords in context": [f"/kwic?q={quote(word)}" for word in words["all"]],
        "feed of a search": [f"/feed.atom?q={quote(word)}" for word in words["all"]],
        "API, search": [f"/api/search?q={quote(word)}" for word in words["all"]],
        "API, timeline": [f"/api/timeline?unit=month&q={quote(word)}" for word in words["all"]],
        "changes, by page, feed and API": ["/changes", "/changes.atom", "/api/changes"],
        "export of rare words": [f"/export.csv?q={quote(word)}" for word in words["rare"]],
        "page for operators": ["/sources"],
        "front page": ["/"],
    }


def theirs(word: str, sql: str | None) -> str:
    """The same search in Datasette."""
    if sql is not None:
        return "/talkscraper.json?" + urlencode({"sql": sql, "q": f'"{word}"', "_shape": "array"})
    return "/talkscraper/articles?" + urlencode({"_search": word, "_size": 20})


def visit(port: int, paths: list[str], first: str = "/help") -> list[float]:
    """Milliseconds of each answer, one after the other on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        ask(connection, first)
        return [ask(connection, path) for path in paths]
    finally:
        connection.close()


def spread(times: list[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum."""
    ordered = sorted(times)
    return {
        "p50": statistics.median(ordered),
        "p95": ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
        "max": ordered[-1],
    }


def ask(connection: http.client.HTTPConnection, path: str) -> float:
    """Milliseconds of one request."""
    begun = time.perf_counter()
    connection.request("GET", path)
    reply = connection.getresponse()
    body = reply.read()
    if reply.status != 200:
        raise SystemExit(f"{path}: {reply.status} {body[:300]!r}")
    return (time.perf_counter() - begun) * 1000


def crowd(port: int, paths: list[str], *, pause_s: float = 0.0) -> dict[str, float]:
    """Fifty clients with a connection each, each asking for ten pages; ``pause_s``: how long a page is looked at."""

    def one(number: int) -> list[float]:
        chance = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        try:
            times = []
            for _ in range(10):
                time.sleep(pause_s * chance.uniform(0.5, 1.5))
                times.append(ask(connection, chance.choice(paths)))
            return times
        finally:
            connection.close()

    with ThreadPoolExecutor(READERS) as pool:
        return spread([each for times in pool.map(one, range(READERS)) for each in times])


WRITTEN = "https://written.example/"


def write_steadily(archive: Path) -> None:
    """Store new articles as a busy crawl does, twenty a second, a transaction each, until SIGTERM."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from million import Words
    from store import page

    from talkscraper.store import captures
    from talkscraper.store.articles import store_extraction
    from talkscraper.store.writer import ArchiveWriter

    def add(db, capture, found) -> None:
        captures.add_captures(db, [capture])
        store_extraction(db, capture, found, source_id=None, now=capture.captured_at)

    words, writer = Words(int(time.time())), ArchiveWriter(archive / "talkscraper.db")
    number = int(time.time() * 1000)
    print("writing", flush=True)
    while True:
        number += 1
        capture, found = page(words, number, datetime.now(UTC))
        url = f"{WRITTEN}{number}"
        capture = replace(capture, url=url, urlkey=url)
        writer.run(add, capture, replace(found, article=replace(found.article, url=url)))
        time.sleep(0.05)


@contextlib.contextmanager
def writing(archive: Path):
    """Another process that writes into the archive; what it wrote is taken out again."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(archive), "--write"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    process.stdout.readline()
    try:
        yield
    finally:
        process.terminate()
        process.wait()
        take_out(archive)


def take_out(archive: Path) -> None:
    """Remove what ``write_steadily`` stored."""
    from talkscraper.store import fulltext
    from talkscraper.store.database import open_writer

    db = open_writer(archive / "talkscraper.db")
    with db.conn:
        rows = list(db.query("select * from articles where url >= ? and url < ?", [WRITTEN, WRITTEN + "~"]))
        for row in rows:
            fulltext.unindex(db, row)
            for table in ("provenance", "images", "aliases", "address_keys", "revisions"):
                db.execute(f"delete from {table} where article_id = ?", [row["id"]])
            db.execute("delete from articles where id = ?", [row["id"]])
            db.execute("update article_days set articles = articles - 1 where day = ?", [row["day"]])
        db.execute("delete from captures where url >= ? and url < ?", [WRITTEN, WRITTEN + "~"])
    db.conn.close()
    print(f"    {len(rows)} articles were written meanwhile", flush=True)


@contextlib.contextmanager
def room(archive: Path):
    """``talkscraper serve`` over the archive; gives its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "talkscraper", "--archive", str(archive), "serve", "--port", "0", "--replay-port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield int(re.search(r":(\d+)/", process.stdout.readline())[1])
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def datasette(database: Path):
    """Datasette over the same file; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "datasette", str(database), "-p", str(port), "--setting", "sql_time_limit_ms", "600000"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait()


def report(name: str, found: dict[str, float]) -> None:
    """One line of figures."""
    print(f"{name:40}" + "  ".join(f"{key} {value:8.1f}" for key, value in found.items()) + "  ms", flush=True)


if __name__ == "__main__":
    main()
