"""From nothing to the first answered query: what is typed, what must be written, and how long it takes.

talkscraper's commands are run as they stand, in an environment of their own, on a newsroom on loopback. Of the others
it is told what they need; the programs that must be written first are those of ``main_job_ways/``, counted in lines.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from install import install, wheel
from main_job import WAYS_FOLDER
from processes import spent

from talkscraper.fixture_site import FixtureSite

COMMANDS = (
    "talkscraper init --contact https://example.org/us",
    "talkscraper sources add HOMEPAGE",
    "talkscraper crawl example",
    "talkscraper search harbour",
)
LIMIT_S = 600.0
DONE, REST_IS_DUE = 0, 4
"""Exit codes of a crawl: all is fetched, or its budget ended it."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What somebody does who wants the same from another program."""

    commands: tuple[str, ...]
    program: str | None
    """The file of ``main_job_ways/`` that they write first."""
    answer: str
    """What the query is asked of."""

    @property
    def lines(self) -> int:
        """Lines of the program, without empty ones."""
        if self.program is None:
            return 0
        return sum(1 for line in (WAYS_FOLDER / self.program).read_text().splitlines() if line.strip())


PEERS = {
    "news-please": Peer(
        ("pip install", "python", "grep"), "news_please.py", "a JSON file for each article, no captures"
    ),
    "newspaper4k": Peer(("pip install", "python", "grep"), "newspaper4k.py", "a JSON file, no captures"),
    "scrapy-webarchive": Peer(("pip install", "python", "zgrep"), "webarchive.py", "WACZ, no articles"),
    "Scrapy, trafilatura, warcio, sqlite-utils": Peer(
        ("pip install", "python", "sqlite-utils enable-fts", "sqlite-utils search"),
        "plain_script.py",
        "captures and rows; no second look, no revisions, no replay",
    ),
}


def measured(folder: Path) -> tuple[float, float, str]:
    """Install talkscraper and type its commands; CPU and wall-clock seconds of both, and the last line printed."""
    environment = folder / "environment"
    cost, _ = install((wheel(folder / "dist"),), environment)
    env = {"PATH": f"{environment / 'bin'}:/usr/bin:/bin", "HOME": str(folder)}
    printed = ""
    with FixtureSite() as newsroom, spent() as typed:
        for command in COMMANDS:
            # what a public newsroom doesn't need: a name of its own, and that loopback is allowed
            words = shlex.split(command.replace("HOMEPAGE", f"{newsroom.talk_url} --id example --allow-private"))
            done = subprocess.run(
                words, cwd=folder, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False
            )
            if done.returncode not in (DONE, REST_IS_DUE):
                raise SystemExit(f"{command}: exit {done.returncode}: {done.stderr}")
            printed = done.stdout
    return cost.cpu_s + typed.cpu_s, cost.wall_s + typed.wall_s, printed.strip().splitlines()[-1]


def main() -> int:
    """Measure, and print the table."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    with tempfile.TemporaryDirectory(prefix="talkscraper-first-query-") as place:
        cpu_s, wall_s, answer = measured(Path(place))
    print("| | commands | lines to write first | the query is asked of |\n| --- | ---: | ---: | --- |")
    print(f"| talkscraper | {1 + len(COMMANDS)} | 0 | captures, articles, revisions, full text |")
    for name, peer in PEERS.items():
        print(f"| {name} | {len(peer.commands)} | {peer.lines} | {peer.answer} |")
    print(f"\ntalkscraper: {cpu_s:.0f} s of CPU, {wall_s:.0f} s, installation included; the answer: {answer}")
    return 0


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    sys.exit(main())
