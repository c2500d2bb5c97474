"""Archives that commands run over, and crawls in processes of their own (a reactor runs once)."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import cli, sql
from tests.support.servers import SiteServer


@dataclass
class CrawlRun:
    """A crawl that has ended."""

    code: int
    summary: dict[str, Any]
    stdout: str
    stderr: str

    def source(self, name: str = "quay") -> dict[str, Any]:
        """One source's part of the summary."""
        return self.summary["sources"][name]


class CrawlArchive:
    """An archive folder that a test crawls into."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def write_sources(self, text: str) -> None:
        """Write sources.toml."""
        (self.root / "sources.toml").write_text(text, encoding="utf-8")

    def sources_for(
        self, site: SiteServer, *, extra: str = "", top: str = 'contact = "https://example.org/bot"'
    ) -> None:
        """One source, quay, on loopback, with no delay."""
        delay = "" if "delay" in extra else "delay = 0\n"
        self.write_sources(
            f'{top}\n[sources.quay]\nname = "The Quay"\nhomepage = "{site.base}/"\n'
            f"article_urls = ['/posts/[^/?#]+$']\nallow_private = true\n{delay}{extra}\n"
        )

    def command(self, *arguments: str) -> list[str]:
        """The command line of talkscraper on this archive."""
        return cli.command(self.root, *arguments)

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return cli.run(self.root, *arguments, env=env)

    def crawl(self, *arguments: str, env: dict[str, str] | None = None) -> CrawlRun:
        """Crawl to the end; the summary is what ``--json`` printed."""
        done = self.run("crawl", "--json", *arguments, env=env)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        return CrawlRun(done.returncode, json.loads(lines[-1]) if lines else {}, done.stdout, done.stderr)

    def crawl_at(self, moment: str, *sources: str) -> CrawlRun:
        """Crawl by a clock that stands at ``moment``, an instant such as ``2026-03-02T09:00:00+00:00``."""
        done = subprocess.run(
            [sys.executable, "-c", _CRAWL_AT, str(self.root), moment, *sources],
            capture_output=True, text=True, timeout=cli.TIMEOUT_S, check=False,
        )  # fmt: skip
        summary = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
        return CrawlRun(summary.get("exit_code", done.returncode), summary, done.stdout, done.stderr)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        return sql.rows(self.root, query, *values)


_CRAWL_AT = """
import json, sys
from datetime import datetime
from pathlib import Path
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.run import crawl
from talkscraper.archive_folder import ArchiveFolder
moment = datetime.fromisoformat(sys.argv[2])
report = crawl(ArchiveFolder(Path(sys.argv[1])), CrawlOptions(clock=lambda: moment, sources=tuple(sys.argv[3:])))
print(json.dumps(report.summary()))
"""
