"""Archives in memory, and pages whose texts agree as much as a test wants."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from talkscraper.model import Article, Capture, Extraction, PageKind, RecordType
from talkscraper.store import captures
from talkscraper.store.articles import store_extraction
from talkscraper.store.writer import ArchiveWriter
from talkscraper.urls.canonical import urlkey

START = datetime(2025, 10, 28, 9, 0, tzinfo=UTC)
WARC = "made-20251028090000000-00000-test.warc.gz"
_WORDS = [
    "harbour",
    "wall",
    "ferry",
    "tide",
    "council",
    "boat",
    "crane",
    "market",
    "rope",
    "sail",
    "storm",
    "flood",
    "stone",
    "barge",
    "diver",
    "lamp",
    "pier",
    "gull",
    "net",
    "salt",
    "chart",
    "winch",
    "fog",
    "bell",
    "slip",
    "dock",
    "mast",
    "keel",
    "plank",
    "tar",
    "oar",
    "cod",
    "crab",
    "shoal",
    "creek",
    "sluice",
    "gate",
    "pump",
    "mill",
    "quay",
    "yard",
    "crew",
    "mate",
    "pilot",
    "clerk",
    "mayor",
    "baker",
    "smith",
    "nurse",
    "child",
    "dog",
    "cat",
]


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


class Made:
    """A small archive and short ways to fill it."""

    def __init__(self, path: Path) -> None:
        self.writer = ArchiveWriter(path)
        self.writer.run(captures.open_warc_file, WARC, START)
        self._count = 0

    def page(
        self, url: str, text: str, *, canonical: str | None = None, title: str = "Harbour wall raised", **fields: object
    ) -> str:
        """Capture a page and store it; the id of the article that it is."""
        self._count += 1
        at = START + timedelta(minutes=self._count)
        capture = Capture(
            id=f"<urn:uuid:{sha256(f'{url}{self._count}'.encode()).hexdigest()}>",
            url=url,
            urlkey=urlkey(url),
            captured_at=at,
            status=200,
            mime="text/html",
            payload_digest=f"sha1:{self._count}",
            record_type=RecordType.RESPONSE,
            warc_file=WARC,
            warc_offset=self._count * 1000,
            warc_length=900,
        )
        article = Article(
            url=canonical or url,
            title=title,
            text=text,
            word_count=len(text.split()),
            text_digest=f"sha256:{sha256(text.encode()).hexdigest()}",
            canonical_url=canonical,
            **fields,
        )
        extraction = Extraction(page_kind=PageKind.ARTICLE, article=article, extractor="test 1")
        self.writer.run(captures.add_captures, [capture])
        stored = self.writer.run(store_extraction, capture, extraction, source_id=None, now=at)
        assert stored.article_id is not None
        return stored.article_id

    def rows(self, query: str, *values: object) -> list[dict]:
        """Rows of a query."""
        return self.writer.run(lambda db: list(db.query(query, list(values))))

    def aliases(self) -> dict[str, str]:
        """All aliases with their reasons."""
        return {row["url"]: row["why"] for row in self.rows("select url, why from aliases")}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Made]:
    """An empty archive."""
    made = Made(tmp_path / "talkscraper.db")
    yield made
    made.writer.close()


@pytest.fixture(name="story")
def _story() -> Callable[..., str]:
    return story


@pytest.fixture(name="texts")
def _texts() -> Callable[[str, str], tuple[str, str]]:
    return texts
