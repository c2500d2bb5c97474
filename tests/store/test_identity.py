"""One article, one row: measured on a made set of pairs of pages."""

import random
import zlib
from datetime import timedelta
from pathlib import Path

from tests.support.row_archives import START, article

PAIRS = Path(__file__).with_name("pairs.tsv")
MIN_PAIRS = 300
PRECISION = 0.99
RECALL = 0.95

_WORDS = [
    "harbour", "wall", "ferry", "tide", "council", "boat", "crane", "market", "rope", "sail", "storm", "flood",
    "stone", "barge", "diver", "lamp", "pier", "gull", "net", "salt", "chart", "winch", "fog", "bell",
    "slip", "dock", "mast", "keel", "plank", "tar", "oar", "cod", "crab", "shoal", "creek", "sluice",
    "gate", "pump", "mill", "quay", "yard", "crew", "mate", "pilot", "clerk", "mayor", "baker", "smith",
    "nurse", "child", "dog", "cat",
]  # fmt: skip


def story(seed: str, words: int = 180) -> str:
    """An invented text, the same for the same seed: sentences of words of the coast."""
    chance = random.Random(zlib.crc32(seed.encode()))
    found: list[str] = []
    while len(found) < words:
        sentence = [chance.choice(_WORDS) for _ in range(chance.randint(7, 14))]
        found += [sentence[0].title(), *sentence[1:-1], sentence[-1] + "."]
    lines = [" ".join(found[at : at + 45]) for at in range(0, len(found), 45)]
    return "\n\n".join(lines)


def texts(how: str, seed: str) -> tuple[str, str]:
    """Two texts: the ``same``, ``near`` (a paragraph more), ``edit`` (a third rewritten), ``template``, ``other``."""
    first = story(seed)
    if how == "same":
        return first, first
    if how == "near":
        return first, first + "\n\n" + story(f"{seed} addition", 20)
    if how == "edit":
        kept = first.split("\n\n")
        return first, "\n\n".join([*kept[:-1], story(f"{seed} rewritten", 60)])
    if how == "template":
        chance = random.Random(zlib.crc32(seed.encode()))
        figures = [[str(chance.randint(1, 999)) for _ in range(60)] for _ in range(2)]
        one, other = (
            " ".join(f"{word} {figure}" if at % 3 == 0 else word for at, (word, figure) in enumerate(zip(first.split(), (row * 9)[:180], strict=False)))
            for row in figures
        )  # fmt: skip
        return one, other
    return first, story(f"{seed} other")


def store(archive, number: int, url: str, text: str, *, canonical: str | None, title: str) -> str:
    """Capture a page and store it; the id of the article that it is."""
    what = article(
        canonical or url,
        text,
        title=title,
        canonical_url=canonical,
        language=None,
        authors=(),
        published=None,
        images=(),
    )
    stored = archive.store(archive.capture(url, START + timedelta(minutes=number)), what)
    assert stored.article_id is not None
    return stored.article_id


def test_pages_are_merged_only_when_they_are_one_article(archive):
    """Each pair is stored in both orders, in one archive with all others: precision ≥ 0.99, recall ≥ 0.95."""
    right = wrong = missed = pairs = stored = 0
    faults = []
    for number, line in enumerate(PAIRS.read_text("utf-8").splitlines()):
        if line.startswith("#"):
            continue
        pairs += 1
        expected, how, *addresses, what = line.split("\t")
        for turn, order in enumerate(((0, 1), (1, 0))):
            # hosts of its own for each pair, so that pairs don't meet; the texts differ from pair to pair as well
            hosted = [_on_its_own(each, number * 2 + turn) for each in addresses]
            pages = [(hosted[0], hosted[1]), (hosted[2], hosted[3])]
            words = texts(how, f"{number} {turn}")
            ids = {}
            for at in order:
                url, canonical = pages[at]
                title = _title(url, what)
                stored += 1
                canonical = None if canonical == "-" else canonical
                ids[at] = store(archive, stored, url, words[at], canonical=canonical, title=title)
            merged = ids[0] == ids[1]
            right += merged and expected == "same"
            wrong += merged and expected == "other"
            missed += not merged and expected == "same"
            if merged != (expected == "same"):
                faults.append(f"{expected}: {what} ({how}), {'second first' if turn else 'first first'}: {pages}")
    assert pairs >= MIN_PAIRS
    assert right / (right + wrong) >= PRECISION, "\n".join(faults)
    assert right / (right + missed) >= RECALL, "\n".join(faults)


def _on_its_own(url, number):
    for host in ("quay.example", "morning-tide.example", "quay.co.uk", "tide.co.uk"):
        url = url.replace(host, host.replace(".", f"{number}.", 1))
    for host in ("one.blogspot", "two.blogspot", "alice.github", "bob.github"):
        url = url.replace(host, host.replace(".", f"{number}.", 1))
    return url.replace("127.0.0.1:80", f"127.0.{number // 200}.{number % 200 + 1}:80")


def _title(url, what):
    if "slug" in what and "another section" not in what:
        return "Harbour news of the day"
    slug = url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    return slug.replace("-", " ") if "template's" in what else "Harbour news of the day"
