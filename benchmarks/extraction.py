"""How good the extraction is, and what it costs, over a corpus of real pages, beside trafilatura in the same run.

    python benchmarks/extraction.py [CORPUS] [--source fundus] [--half a|b] [--most N]
                                    [--only accuracy|visible|cost|peers]
                                    [--peers] [--peer NAME] [--rounds 2]
                                    [--predictions FILE] [--show FIELD] [--json FILE]

Accuracy: ``talkscraper.extract(body, url, captured_at)``, scored by the corpus' own ``score.py``, each source apart;
pages that become no article count as empty and are listed. Visible: the same with every machine-readable date taken
out of the pages first (``dates.strip``). Cost: process CPU time of ``extract`` over that of
``trafilatura.bare_extraction(with_metadata=True)``, page by page in random order in one process, the two taking turns
at who goes first. Peers (``--peers``): other extractors over the same pages, each in ``.venv-peers-NAME``, made when
it isn't there; what can't be installed is named. ``--peer trafilatura`` runs this one alone. fundus isn't among them:
it reads the newspapers that it has a module for, and the right answers for the pages called ``fundus`` are its own.

Without a corpus it says so and ends well.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from corpus import HALVES, Corpus, CorpusPage, tables
from dates import strip
from peers import NEEDS, run_all

import talkscraper
from talkscraper.model import Extraction

COLUMNS = ("pages", "f1", "precision", "recall", "exact", "title", "date", "date wrong", "authors", "ms")
GOALS: dict[str, dict[str, float]] = {
    "fundus": {"f1": 0.965, "exact": 0.28, "title": 0.82, "date": 0.99, "date wrong": 0.005, "authors": 0.84},
    "wcxb": {"f1": 0.942, "exact": 0.22, "title": 0.88, "date": 0.88, "date wrong": 0.09, "authors": 0.70},
}
VISIBLE_GOALS = {"date": 0.90, "date wrong": 0.06}
COST_GOAL = 0.75
LOST_GOAL = 0.005


def predict(page: CorpusPage, body: bytes | None = None) -> tuple[dict[str, Any], Extraction]:
    """What the extraction says about a page, as ``score.py`` reads it."""
    start = time.process_time()
    found = talkscraper.extract(page.body if body is None else body, page.url, page.captured_at)
    spent = time.process_time() - start
    guess: dict[str, Any] = {"id": page.id, "ms": spent * 1000}
    if found.article is not None:
        article = found.article
        guess |= {
            "text": article.text,
            "title": article.title,
            "published_at": article.published_at.isoformat() if article.published_at else None,
            "authors": [author.name for author in article.authors],
        }
    return guess, found


def stripped(page: CorpusPage) -> bytes:
    """The page without its machine-readable dates."""
    from lxml import html

    from talkscraper.extraction.page import Page

    tree = Page.read(page.body, page.url, page.captured_at, {"content-type": "text/html; charset=utf-8"}).tree
    strip(tree)
    return html.tostring(tree, encoding="utf-8")


def cost(pages: list[CorpusPage], rounds: int) -> dict[str, Any]:
    """CPU seconds of both over the same pages, and their ratio in each round."""
    import trafilatura

    order = random.Random(7)
    ratios, ours_all, theirs_all = [], 0.0, 0.0
    for _ in range(rounds):
        ours = theirs = 0.0
        shuffled = pages[:]
        order.shuffle(shuffled)
        for number, page in enumerate(shuffled):
            text = page.body.decode("utf-8", errors="replace")

            def peer(page: CorpusPage = page, text: str = text) -> None:
                trafilatura.bare_extraction(text, url=page.url, with_metadata=True)

            def own(page: CorpusPage = page) -> None:
                talkscraper.extract(page.body, page.url, page.captured_at)

            for run in (own, peer) if number % 2 else (peer, own):
                start = time.process_time()
                run()
                spent = time.process_time() - start
                if run is own:
                    ours += spent
                else:
                    theirs += spent
        ratios.append(ours / theirs)
        ours_all += ours
        theirs_all += theirs
    count = rounds * len(pages)
    return {
        "ratio": statistics.fmean(ratios),
        "rounds": ratios,
        "ms": ours_all / count * 1000,
        "trafilatura ms": theirs_all / count * 1000,
    }


def show_table(title: str, table: dict[str, dict[str, float]], goals: dict[str, dict[str, float]]) -> None:
    print(f"\n{title}\n{'':22}" + "".join(f"{c:>11}" for c in COLUMNS))
    for key, row in sorted(table.items()):
        cells = (f"{row[c]:>11.3f}" if c in row and c != "pages" else f"{row.get(c, '-'):>11}" for c in COLUMNS)
        print(f"{key:22}" + "".join(cells))
        goal = goals.get(key)
        if goal:
            print(f"{'  goal':22}" + "".join(f"{_goal(c, goal, row):>11}" for c in COLUMNS))


def _goal(column: str, goal: dict[str, float], row: dict[str, float]) -> str:
    if column not in goal or column not in row:
        return ""
    reached = row[column] <= goal[column] if column == "date wrong" else row[column] >= goal[column]
    return f"{'' if reached else 'missed '}{goal[column]:g}"


def show_worst(scorer: Any, pages: list[CorpusPage], guesses: dict[str, dict[str, Any]], field: str) -> None:
    """The pages that a field is wrong on, worst first; texts aren't printed, only how they differ."""
    rows = []
    for page in pages:
        score = scorer.page_score(page.truth, guesses[page.id])
        if field == "text":
            p, r = score.get("precision", 1.0), score.get("recall", 1.0)
            value = 2 * p * r / (p + r) if p + r else 0.0
            rows.append((value, page.id, f"precision {p:.3f} recall {r:.3f}"))
        elif field in score and not score[field]:
            name = "published_at" if field == "date" else field
            rows.append((0.0, page.id, f"truth {page.truth[name]!r} found {guesses[page.id].get(name)!r}"))
    for value, identity, told in sorted(rows):
        print(f"{value:.3f} {identity} {told}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--source")
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--most", type=int, help="take this many of the pages, by chance but always the same ones")
    parser.add_argument("--only", choices=("accuracy", "visible", "cost", "peers"))
    parser.add_argument("--peers", action="store_true", help="install and run the other extractors too")
    parser.add_argument("--peer", action="append", choices=NEEDS, help="only this one of them (again for more)")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of the cost measurement")
    parser.add_argument("--predictions", type=Path, help="write what was found here, as score.py reads it")
    parser.add_argument("--show", choices=("text", "title", "date", "authors"), help="list the pages that are wrong")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    corpus = Corpus.find(options.corpus)
    if corpus is None:
        return
    pages = list(corpus.pages(options.source, options.half))
    if options.most and options.most < len(pages):
        pages = random.Random(7).sample(pages, options.most)
    scorer = corpus.scorer()
    truths = [page.truth for page in pages]
    result: dict[str, Any] = {}

    def wanted(part: str) -> bool:
        return options.only in (None, part)

    talkscraper.extract(b"<p>warm", "https://warm.invalid/", pages[0].captured_at)
    if wanted("accuracy"):
        found = [predict(page) for page in pages]
        guesses = [guess for guess, _ in found]
        result["accuracy"] = tables(scorer.score, truths, guesses)
        show_table("talkscraper.extract, each source apart", result["accuracy"], GOALS)
        lost = [
            (page.id, extraction)
            for page, (_, extraction) in zip(pages, found, strict=True)
            if extraction.article is None
        ]
        kinds = Counter(extraction.page_kind.value for _, extraction in found)
        result["lost"] = len(lost) / len(pages)
        print(
            f"\n{len(lost)} of {len(pages)} article pages lost ({result['lost']:.2%}; goal {LOST_GOAL:.1%}); "
            + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        )
        for identity, extraction in lost:
            print(f"  {identity}: {extraction.page_kind.value}, {extraction.reason}")
        if options.predictions:
            with options.predictions.open("w", encoding="utf-8") as out:
                out.writelines(json.dumps(guess, ensure_ascii=False) + "\n" for guess in guesses)
        if options.show:
            show_worst(scorer, pages, {guess["id"]: guess for guess in guesses}, options.show)
    if wanted("visible"):
        chosen = [page for page in pages if page.truth["source"] == "fundus"]
        guesses = [predict(page, stripped(page))[0] for page in chosen]
        table = tables(scorer.score, [page.truth for page in chosen], guesses)
        result["visible"] = {key: {m: row[m] for m in ("date", "date wrong", "pages")} for key, row in table.items()}
        show_table("visible dates alone", result["visible"], {"fundus": VISIBLE_GOALS})
    if wanted("cost"):
        result["cost"] = cost(pages, options.rounds)
        print(
            f"\nCPU per page: {result['cost']['ratio']:.3f} of trafilatura's (goal {COST_GOAL}); rounds "
            + ", ".join(f"{ratio:.3f}" for ratio in result["cost"]["rounds"])
            + f"; {result['cost']['ms']:.1f} ms beside {result['cost']['trafilatura ms']:.1f} ms"
        )
    if options.peers or options.peer or options.only == "peers":
        result["peers"] = run_all(corpus, pages, scorer, options.peer)
        for name, table in result["peers"].items():
            show_table(name, table, {})
    if options.json:
        options.json.write_text(json.dumps(result, indent=1), encoding="utf-8")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
