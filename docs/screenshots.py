"""Make the pictures of the README: the reading room over an archive.

    python docs/screenshots.py demo-archive docs/pictures

Needs playwright, Debian's Chromium (``make browser-tools``) and pngquant: the wheel carries the pictures, and with 256
colours they are a third as large. Pictures are of the same archive and sizes each time.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

WIDE = (1160, 780)
FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--no-first-run"]


def main(archive: Path, out: Path) -> None:
    """Serve the archive and take the pictures."""
    out.mkdir(parents=True, exist_ok=True)
    article, url = most_revised(archive)
    process = subprocess.Popen(
        [sys.executable, "-m", "talkscraper", "--archive", str(archive), "serve", "--port", "0", "--replay-port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    room, replay = (process.stdout.readline().split()[-1].rstrip("/") for _ in range(2))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            for name, size, path in (
                ("search", WIDE, "/?q=harbour+OR+港"),
                ("article", (1400, 780), f"/article/{article}"),
                ("timeline", WIDE, "/timeline?q=harbour+OR+港&unit=day"),
                ("replay", WIDE, f"{replay}/web/{url}"),
            ):
                take(browser, path if path.startswith("http") else room + path, out / f"{name}.png", size)
                print(out / f"{name}.png")  # noqa: T201  a script's report
            browser.close()
    finally:
        process.terminate()
        process.wait()


def take(browser: Browser, address: str, out: Path, size: tuple[int, int]) -> None:
    """One picture of what a reader sees first."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=1,
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=out)
    subprocess.run(["pngquant", "--force", "--nofs", "--strip", "--output", out, "256", out], check=True)
    context.close()


def most_revised(archive: Path) -> tuple[str, str]:
    """The article with the most revisions: its id and address."""
    with sqlite3.connect(f"file:{archive / 'talkscraper.db'}?mode=ro", uri=True) as connection:
        row = connection.execute(
            "select id, url from articles where hidden_at is null order by revision_count desc, id limit 1"
        ).fetchone()
    if row is None:
        sys.exit(f"{archive} has no articles: run 'talkscraper demo' first")
    return str(row[0]), str(row[1])


if __name__ == "__main__":
    if len(sys.argv) != 3 or not re.fullmatch(r"[^-].*", sys.argv[1]):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
