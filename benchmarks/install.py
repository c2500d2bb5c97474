"""What an installation costs: packages, megabytes and seconds, beside what people would use instead.

Each is installed by pip into an empty environment of its own, in every round; pip's cache is filled before the first,
so that the network isn't measured. Packages and MiB are what the installation adds to the empty environment, with the
bytecode that pip compiles, and without pip itself, which sqlite-utils requires and every environment has.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from peers import CRAWLERS, NEEDS
from processes import spent

ROOT = Path(__file__).resolve().parents[1]
MAX_PACKAGES, MAX_MEBIBYTES = 80, 200e6 / 2**20
"""The goals for what talkscraper without extras brings."""
LIMIT_S = 1200.0
PEERS: dict[str, tuple[str, ...]] = {
    "news-please": NEEDS["news-please"],
    "fundus": ("fundus==0.5.7",),
    "newspaper4k": NEEDS["newspaper4k"],
    "scrapy-webarchive": CRAWLERS["scrapy-webarchive"],
    "Scrapy + trafilatura + warcio + sqlite-utils": ("scrapy", "trafilatura", "warcio", "sqlite-utils"),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """One installation; the package that was asked for isn't counted, its size is."""

    packages: int
    mebibytes: float
    cpu_s: float
    wall_s: float
    version: str = ""
    """That of the package, or of all that were asked for."""


def install(needs: tuple[str, ...], folder: Path) -> tuple[Cost, str]:
    """Install into a new environment; the cost, and what pip warned of."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    empty = size_of(folder)
    with spent() as cost:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "--python", python, "install", "--disable-pip-version-check", *needs],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise RuntimeError(next((line for line in lines if line.startswith("ERROR")), lines[-1]))
    for path in folder.glob("lib/python*/site-packages/pip*"):
        shutil.rmtree(path)
    installed = dict(
        each.name[: -len(".dist-info")].rsplit("-", 1) for each in folder.glob("lib/python*/site-packages/*.dist-info")
    )
    warned = "\n".join(line for line in done.stderr.splitlines() if "does not provide the extra" in line)
    size = (size_of(folder) - empty) / 2**20
    return Cost(len(installed) - 1, size, cost.cpu_s, cost.wall_s, _versions(needs, installed)), warned


def _versions(needs: tuple[str, ...], installed: dict[str, str]) -> str:
    """The version of the first package that is asked for; of all, where none is asked for in one version."""
    names = [str(re.findall(r"^[\w-]+?(?=-\d|[=<>\[]|$)", Path(each).name)[0]) for each in needs]
    versions = {name.lower().replace("_", "-"): version for name, version in installed.items()}
    asked = names if names == list(needs) else names[:1]
    return ", ".join(versions.get(name.lower().replace("_", "-"), "?") for name in asked)


def size_of(folder: Path) -> int:
    """Bytes on disk of a tree, in whole blocks as ``du`` counts them."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))


def wheel(folder: Path) -> str:
    """Build talkscraper's wheel; its path."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True)
    return str(next(folder.glob("*.whl")))


def extras() -> list[str]:
    """Names of talkscraper's extras."""
    return sorted(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])


def main() -> int:
    """Install, measure, print; 1 if the core is larger than its goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cached", action="store_true", help="pip's cache is full already: no round to fill it")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this one (again for more)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="talkscraper-install-") as place:
        built = wheel(Path(place) / "dist")
        all_of_it = {
            "talkscraper": (built,),
            "talkscraper, all extras": (f"{built}[{','.join(extras())}]",),
            **PEERS,
        }
        ways = {name: needs for name, needs in all_of_it.items() if not options.only or name in options.only}
        costs: dict[str, list[Cost]] = {name: [] for name in ways}
        failed: list[str] = []
        for number in range(int(options.cached), options.rounds + 1):
            for name, needs in list(ways.items()):
                folder = Path(place) / f"{number}-{len(costs[name])}-{os.urandom(3).hex()}"
                try:
                    cost, warned = install(needs, folder)
                except (RuntimeError, subprocess.SubprocessError) as error:
                    print(f"{name}: left out: {error}", file=sys.stderr)
                    failed.append(name)
                    del ways[name]
                    continue
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
                if warned and not costs[name]:
                    print(f"{name}: {warned}", file=sys.stderr)
                if number:  # the first round fills pip's cache
                    costs[name].append(cost)
    return told(costs, failed, as_json=options.json)


def told(costs: dict[str, list[Cost]], failed: list[str], *, as_json: bool) -> int:
    """Print the medians; the exit code."""
    medians = {
        name: Cost(
            each[0].packages,
            *(statistics.median(getattr(cost, what) for cost in each) for what in ("mebibytes", "cpu_s", "wall_s")),
            each[0].version,
        )
        for name, each in costs.items()
        if each
    }
    if as_json:
        print(json.dumps({name: {what: getattr(c, what) for what in Cost.__slots__} for name, c in medians.items()}))
    else:
        print("| | version | packages besides it | MiB | CPU s | wall-clock s |")
        print("| --- | --- | ---: | ---: | ---: | ---: |")
        for name, cost in medians.items():
            figures = f"{cost.packages} | {cost.mebibytes:.1f} | {cost.cpu_s:.1f} | {cost.wall_s:.1f}"
            print(f"| {name} | {cost.version} | {figures} |")
        for name in failed:
            print(f"| {name} | can't be installed | | | | |")
    core = medians.get("talkscraper")
    if core and (core.packages > MAX_PACKAGES or core.mebibytes > MAX_MEBIBYTES):
        print(f"larger than the goal of {MAX_PACKAGES} packages and {MAX_MEBIBYTES:.1f} MiB", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
