"""Copies of texts: how many are found, how many unrelated texts are taken for copies, and what finding them costs.

    python benchmarks/copies.py [--texts 2000] [--pass 20000] [--corpus FOLDER]

Invented texts of 120 to 900 words, and those of a corpus if there is one, are stored; of each a copy is made as papers
make them of an agency's story: the end cut off, another headline, another lead, an agency's line, additions of their
own, all of that at once. A copy counts as found if it and its original have the same ``cluster_id``. A false pair is
two texts in one cluster that aren't copies; forms filled in anew (weather, markets, results, a ticker) count as such.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from million import Words

from talkscraper.store import clusters, sketch_pass
from talkscraper.store.database import open_writer

CHUNK = 20
_COLUMNS = (
    "id, url, text, text_digest, word_count, first_captured_at, last_captured_at, last_changed_at, indexed_at,"
    " capture_id, extractor, day"
)


class Texts:
    """Texts to copy from."""

    def __init__(self, seed: int) -> None:
        self.words = Words(seed)
        self.chance = self.words.chance

    def invented(self) -> str:
        """Paragraphs of three sentences, 120 to 900 words."""
        length, paragraphs, words = self.chance.randint(120, 900), [], 0
        while words < length:
            paragraphs.append(" ".join(self.words.sentence() for _ in range(3)))
            words += len(paragraphs[-1].split())
        return "\n\n".join(paragraphs)

    def paragraph(self) -> str:
        """About 35 words."""
        return f"{self.words.sentence()} {self.words.sentence()}"

    def kinds(self) -> dict[str, Callable[[str], str]]:
        """How a copy is made of a text, by what it is called."""
        return {
            "cut to 98 %": lambda text: cut(text, 0.98),
            "cut to 95 %": lambda text: cut(text, 0.95),
            "cut to 90 %": lambda text: cut(text, 0.90),
            "cut to 80 %": lambda text: cut(text, 0.80),
            "cut to 50 %": lambda text: cut(text, 0.50),
            "another headline": lambda text: f"{self.words.sentence()}\n\n{text}",
            "another lead": self.led,
            "an agency's line": lambda text: f"BERLIN (dpa) – {text}\n\n© dpa",
            "additions of its own": self.added,
            "all at once": lambda text: self.led(f"BERLIN (dpa) – {self.added(cut(text, 0.8))}"),
            "every 25th word changed": lambda text: edited(text, 25, self.words.rare),
            "every 10th word left out": lambda text: edited(text, 10, lambda: ""),
        }

    def led(self, text: str) -> str:
        """The text with another first paragraph."""
        first, _, rest = text.partition("\n\n")
        return f"{self.paragraph()}\n\n{rest}" if len(rest) > len(first) else f"{self.paragraph()} {text}"

    def added(self, text: str) -> str:
        """The text with a paragraph more inside and one at its end."""
        parts = text.split("\n\n")
        parts.insert(len(parts) // 2, self.paragraph())
        return "\n\n".join([*parts, self.paragraph()])

    def forms(self, number: int) -> list[str]:
        """Reports that an editor's form makes of each day's figures or names: no copies."""
        c = self.chance
        town, other = self.words.rare().title(), self.words.rare().title()
        weather = " ".join(
            f"On {day} the temperature will be {c.randint(-5, 35)} degrees with {c.choice(['sun', 'rain', 'cloud'])}"
            f" and a wind of {c.randint(5, 80)} kilometres an hour from the {c.choice(['north', 'south', 'west'])}."
            for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
        )
        market = (
            f"The leading index of the stock exchange closed at {c.randint(9000, 19000)} points, a change of"
            f" {c.random() * 3:.2f} percent from the close before. The index of medium companies stood at"
            f" {c.randint(20000, 30000)} points. The euro was traded at {1 + c.random() / 5:.4f} dollars at night."
            f" The yield of ten-year federal bonds was {c.random() * 4:.2f} percent. A barrel of oil cost"
            f" {c.randint(60, 110)} dollars and {c.randint(1, 99)} cents. An ounce of gold cost {c.randint(1500, 2900)}"
            f" dollars. Traders spoke of {c.choice(['calm', 'nervous', 'thin', 'lively'])} business before the figures."
        )
        result = (
            f"{town} beat {other} by {c.randint(1, 5)} to 0 on matchday {c.randint(1, 34)}. {self.words.rare().title()}"
            f" scored in minute {c.randint(1, 45)}, {self.words.rare().title()} in minute {c.randint(46, 90)}."
            f" {c.randint(900, 60000)} spectators saw the match. {town} is now in place {c.randint(1, 18)} of the table"
            f" with {c.randint(1, 80)} points, {other} in place {c.randint(1, 18)} with {c.randint(1, 80)} points."
        )
        police = (
            f"Police in {town} ask for witnesses of an accident in {self.words.rare().title()} Street. According to"
            f" the police, a {c.randint(18, 90)}-year-old {c.choice(['woman', 'man'])} from {other} was hurt when a car"
            f" {self.words.sentence().lower()} The driver is said to have left. Damage: {c.randint(1, 90)}00 euros."
            f" Whoever saw anything is asked to call {c.randint(10000, 99999)}."
        )
        ticker = f"{c.randint(0, 23)}:{c.randint(10, 59)} {self.paragraph()} {c.randint(0, 23)}:{c.randint(10, 59)} "
        return [weather, market, result, police, ticker + self.paragraph() + f" Update {number}."]


def cut(text: str, share: float) -> str:
    """The first part of a text, by its words; half of the letters if there are no spaces."""
    words = text.split(" ")
    if len(words) < CHUNK:
        return text[: int(len(text) * share)]
    return " ".join(words[: int(len(words) * share)])


def edited(text: str, every: int, word: Callable[[], str]) -> str:
    """The text with every so many-th word replaced."""
    words = text.split(" ")
    return " ".join(word() if at % every == every - 1 else each for at, each in enumerate(words))


def insert(db, texts: list[tuple[str, str]]) -> None:
    """Write rows of articles with these ids and texts, as far as clusters need them."""
    moment = "2025-10-28T09:00:00Z"
    db.conn.executemany(
        f"insert into articles ({_COLUMNS}) values (?, ?, ?, '', 1, ?, ?, ?, ?, '', '', '2025-10-28')",
        [(name, name, text, moment, moment, moment, moment) for name, text in texts],
    )


def corpus_texts(folder: Path | None) -> list[str]:
    """The texts of a corpus that aren't copies of each other already."""
    if folder is None or not (folder / "truth.jsonl").is_file():
        return []
    with (folder / "truth.jsonl").open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] or "" for line in lines]
    return [text for text in texts if len(text) > 600]


def accuracy(texts: Texts, originals: list[str], named: str, folder: Path) -> None:
    """Print how many copies of these texts are found, by kind, and the false pairs."""
    db = open_writer(folder / f"{named}.db")
    rows: list[tuple[str, str]] = []
    story: dict[str, str] = {}
    kind_of: dict[str, str] = {}

    def add(text: str, of: str | None, kind: str) -> None:
        name = f"{texts.chance.getrandbits(64):016x}"
        rows.append((name, text))
        story[name], kind_of[name] = of or name, kind

    kinds = texts.kinds()
    for at, text in enumerate(originals):
        add(text, None, "original")
        of = rows[-1][0]
        # one copy of each original, so that no chain of copies joins the ends
        kind = list(kinds)[at % len(kinds)]
        add(kinds[kind](text), of, kind)
    for number in range(max(20, len(originals) // 20)):
        for form in texts.forms(number):
            add(form, None, "form")
    texts.chance.shuffle(rows)
    insert(db, rows)
    db.conn.commit()
    for name, _ in rows:
        clusters.place(db, name)
    db.conn.commit()
    cluster = dict(db.execute("select id, coalesce(cluster_id, id) from articles").fetchall())
    asked, found = Counter(kind_of.values()), Counter()
    for name, of in story.items():
        if name != of and cluster[name] == cluster[of]:
            found[kind_of[name]] += 1
    print(f"\n{named}: {len(originals)} texts\n\n| copy | found | of |\n| --- | ---: | ---: |")
    for kind in kinds:
        if asked[kind]:
            print(f"| {kind} | {found[kind] / asked[kind]:.3f} | {asked[kind]} |")
    members = defaultdict(list)
    for name, joined in cluster.items():
        members[joined].append(name)
    false, forms = 0, 0
    for group in members.values():
        for at, one in enumerate(group):
            for other in group[:at]:
                if story[one] != story[other]:
                    both = {kind_of[one], kind_of[other]} == {"form"}
                    forms, false = forms + both, false + (not both)
    pairs = len(rows) * (len(rows) - 1) // 2
    of_forms = asked["form"] * (asked["form"] - 1) // 2
    print(f"| false pairs per 100,000 | {false / (pairs - of_forms) * 100_000:.4f} | {pairs - of_forms} |")
    print(f"| forms taken for copies per 100,000 pairs of forms | {forms / of_forms * 100_000:.4f} | {of_forms} |")
    db.conn.close()


def cost(texts: Texts, count: int, folder: Path) -> None:
    """Print processor time and bytes per article, one in five a copy of another."""
    db = open_writer(folder / "cost.db")
    rows: list[tuple[str, str]] = []
    known: list[str] = []
    for number in range(count):
        if known and number % 5 == 0:
            text = texts.added(texts.chance.choice(known))
        else:
            text = texts.words.text(japanese=number % 33 == 0)
            known = [*known[-500:], text]
        rows.append((f"{texts.chance.getrandbits(64):016x}", text))
    insert(db, rows)
    db.execute("insert into sketch_pass select seq - 1 from articles order by seq limit 1")
    db.conn.commit()
    before = _pages(db)
    began = time.process_time()

    def run(change):
        with db.conn:
            return change(db)

    sketch_pass.finish(run)
    took = time.process_time() - began
    size = (_pages(db) - before) / count
    words = sum(len(text.split()) for _, text in rows) / count
    print(f"\n{count} articles of {words:.0f} words, the pass over an older archive:")
    print(f"{took / count * 1000:.2f} ms of processor time an article ({took / count * 100_000:.0f} s per 100,000)")
    print(f"{size:.0f} bytes an article")
    db.conn.close()


def _pages(db) -> int:
    return db.execute("pragma page_count").fetchone()[0] * db.execute("pragma page_size").fetchone()[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=2_400)
    parser.add_argument("--pass", type=int, default=20_000, dest="passed", help="articles of the pass that is timed")
    parser.add_argument("--corpus", type=Path, help="a folder with truth.jsonl")
    arguments = parser.parse_args()
    texts = Texts(11)
    with tempfile.TemporaryDirectory() as folder:
        accuracy(texts, [texts.invented() for _ in range(arguments.texts)], "invented", Path(folder))
        if real := corpus_texts(arguments.corpus):
            # each text is copied in several ways, a round for each
            kinds = len(texts.kinds())
            for turn in range(3):
                turned = real[turn * (kinds // 3) :] + real[: turn * (kinds // 3)]
                accuracy(texts, turned, f"corpus, round {turn + 1}", Path(folder))
        cost(texts, arguments.passed, Path(folder))


if __name__ == "__main__":
    main()
