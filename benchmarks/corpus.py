"""The corpus of real pages that accuracy is measured on, and its score.

A folder with ``truth.jsonl`` (id, source, url, captured_at, title, published_at, authors, text), the pages as
``pages/<id>.html.gz``, and ``score.py``, which says what right means. It is no part of the repository: the pages are
their publishers'. It is looked for where ``TALKSCRAPER_CORPUS`` says, then in ``../shared/corpus``.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

UNKNOWN_CAPTURE = datetime(2026, 4, 1, tzinfo=UTC)
"""Stands in where the corpus doesn't say when a page was captured; no truth of it is later."""
HALVES = ("a", "b")
_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "corpus"


@dataclass(frozen=True, slots=True)
class CorpusPage:
    """One page with its truth."""

    truth: dict[str, Any]
    body: bytes

    @property
    def id(self) -> str:
        """Its name in the corpus."""
        return str(self.truth["id"])

    @property
    def url(self) -> str:
        """Where it was fetched from."""
        return self.truth["url"] or "https://example.org/"

    @property
    def captured_at(self) -> datetime:
        """When; the stand-in where the corpus doesn't say."""
        said = self.truth.get("captured_at")
        if not said:
            return UNKNOWN_CAPTURE
        at = datetime.fromisoformat(said)
        return at if at.tzinfo else at.replace(tzinfo=UTC)


class Corpus:
    """A corpus folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def find(cls, given: Path | None) -> Corpus | None:
        """The corpus that was named, or the one that is there, or None with a word on stderr."""
        named = given or (Path(os.environ["TALKSCRAPER_CORPUS"]) if os.environ.get("TALKSCRAPER_CORPUS") else None)
        folder = named or _BESIDE
        if (folder / "truth.jsonl").is_file():
            return cls(folder)
        print(
            f"skipped: no corpus in {folder} (truth.jsonl, pages/, score.py); name one as argument or in "
            "TALKSCRAPER_CORPUS",
            file=sys.stderr,
        )
        return None

    def pages(self, source: str | None = None, half: str | None = None) -> Iterator[CorpusPage]:
        """Its pages.

        Args:
            source: Only those of this set.
            half: Only those whose id's SHA-256 is even (a) or odd (b): rules are made on a and confirmed on b.
        """
        for line in (self.folder / "truth.jsonl").open(encoding="utf-8"):
            truth = json.loads(line)
            if source and truth["source"] != source:
                continue
            if half and HALVES[int(hashlib.sha256(truth["id"].encode()).hexdigest(), 16) % 2] != half:
                continue
            body = gzip.decompress((self.folder / "pages" / f"{truth['id']}.html.gz").read_bytes())
            yield CorpusPage(truth, body)

    def scorer(self) -> ModuleType:
        """``score.py`` of the corpus."""
        spec = importlib.util.spec_from_file_location("score", self.folder / "score.py")
        if spec is None or spec.loader is None:
            raise SystemExit(f"{self.folder}: no score.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def tables(score: Callable[..., Any], truths: list[dict[str, Any]], guesses: list[dict[str, Any]]) -> dict[str, Any]:
    """The score of each source; without the row over all, which mixes sets that aren't alike."""
    table = dict(score(truths, guesses))
    table.pop("all", None)
    return table
