"""Versions of what benchmarks compare: here, in the environments of peers, and on the system."""

from __future__ import annotations

import contextlib
import importlib.metadata
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HERE = (
    *("talkscraper", "Scrapy", "Twisted", "trafilatura", "lxml", "warcio", "fastwarc", "sqlite-utils"),
    *("datasette", "distributed"),
)
"""What is compared, or decides how fast it is, in the environment of the benchmarks."""
PEERS = ".venv-peers-"
"""How the folders of peers' environments begin (``peers.environment``)."""
BESIDE_PEERS = ("Scrapy", "Twisted", "lxml")
"""What a peer needs and others have in another version."""


def versions() -> dict[str, str]:
    """The versions by name, those of peers in the environments that there are."""
    found = dict(_installed(HERE))
    for folder in sorted(ROOT.glob(f"{PEERS}*")):
        peer = folder.name.removeprefix(PEERS)
        sites = [str(site) for site in folder.glob("lib/python*/site-packages")]
        known = dict(_installed((peer, *BESIDE_PEERS), sites))
        if peer in known:
            rest = ", ".join(f"{name} {version}" for name, version in known.items() if name != peer)
            found[peer] = f"{known[peer]} with {rest}" if rest else known[peer]
    found["SQLite"] = sqlite3.sqlite_version
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run(["wget", "--version"], capture_output=True, text=True, check=True).stdout.split()
        found["wget"] = said[2]
    return found


def _installed(names: tuple[str, ...], sites: list[str] | None = None) -> Iterator[tuple[str, str]]:
    for name in names:
        options = {} if sites is None else {"path": sites}
        for each in importlib.metadata.distributions(name=name, **options):
            yield name, each.version
            break
