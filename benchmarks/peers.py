"""Other extractors over the same pages, each installed in an environment of its own when it is first asked for."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpus import Corpus, CorpusPage, tables

ROOT = Path(__file__).resolve().parents[1]
NEEDS: dict[str, tuple[str, ...]] = {
    "trafilatura": (),
    "trafilatura-fast": (),
    "trafilatura-precision": (),
    "newspaper4k": ("newspaper4k==0.9.6", "lxml_html_clean"),
    "news-please": ("news-please==1.6.16", "lxml_html_clean"),
    "readability-lxml": ("readability-lxml==0.9", "lxml_html_clean"),
    "goose3": ("goose3==3.1.22",),
    "resiliparse": ("resiliparse==2.0.1",),
}
"""What each extractor needs; the trafilaturas run where talkscraper does."""
CRAWLERS: dict[str, tuple[str, ...]] = {"scrapy-webarchive": ("scrapy-webarchive==0.5.2", "w3lib<2.2", "twisted<24.7")}
"""What others need that extract nothing. The Scrapy 2.11 that this one asks for needs older w3lib and Twisted."""
LIMIT_S = 3600.0


def run_all(corpus: Corpus, pages: list[CorpusPage], scorer: Any, only: Sequence[str] | None = None) -> dict[str, Any]:
    """``{peer: {source: figures}}``; a peer that can't be installed or that dies is named and left out."""
    found: dict[str, Any] = {}
    truths = [page.truth for page in pages]
    with tempfile.TemporaryDirectory() as folder:
        ids = Path(folder) / "ids.json"
        ids.write_text(json.dumps([page.id for page in pages]), encoding="utf-8")
        for name, needs in NEEDS.items():
            if only and name not in only:
                continue
            out = Path(folder) / f"{name}.jsonl"
            try:
                python = environment(name, needs)
                subprocess.run(
                    [python, str(ROOT / "benchmarks" / "peer_run.py"), name, str(corpus.folder), str(ids), str(out)],
                    check=True,
                    timeout=LIMIT_S,
                )
            except (subprocess.SubprocessError, OSError) as error:
                print(f"{name}: left out: {error}", file=sys.stderr)
                print(f"\n{name}: failed: {type(error).__name__}", flush=True)
                continue
            guesses = [json.loads(line) for line in out.open(encoding="utf-8")]
            found[name] = tables(scorer.score, truths, guesses)
    return found


def environment(name: str, needs: tuple[str, ...]) -> str:
    """Return the Python of a peer's environment, made when it is first asked for."""
    if not needs:
        return sys.executable
    folder = ROOT / f".venv-peers-{name}"
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *needs], check=True)
        (folder / ".ready").touch()
    return str(python)
