"""Files larger than memory: import streams."""

import json
import random
import subprocess
from pathlib import Path

import pytest

from tests.support import cli, pages, warcs

MIB = 2**20
WHOLE = 1024 * MIB
LIMIT = 400 * MIB


def resident(pid):
    """Resident bytes of a process and all below it."""
    total = 0
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total = int(line.split()[1]) * 1024
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += sum(resident(int(child)) for child in (task / "children").read_text().split())
    except (FileNotFoundError, ProcessLookupError):
        return total  # it has ended meanwhile
    return total


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("packing", ["members", "plain"])
def test_a_gigabyte_is_imported_in_bounded_memory(tmp_path, packing):
    """Pictures, pages and one answer of 200 MiB, 1 GiB in all: less than 400 MiB, extractor process included."""
    path = tmp_path / ("large.warc.gz" if packing == "members" else "large.warc")
    write = warcs.members if packing == "members" else warcs.plain
    chance = random.Random(7)
    stories = pictures = 0
    with path.open("wb") as handle:
        handle.write(write(warcs.info()))
        handle.write(write(warcs.response("http://a.example/film.mp4", chance.randbytes(200 * MIB), mime="video/mp4")))
        while handle.tell() < WHOLE:
            for _ in range(50):
                pictures += 1
                url = f"http://a.example/{pictures}.jpg"
                handle.write(write(warcs.response(url, chance.randbytes(60_000), mime="image/jpeg")))
            stories += 1
            text = " ".join(
                chance.choices(
                    ["wall", "harbour", "stone", "boat", "winter", "storm", "barge", "ferry", "town", "council"], k=90
                )
            )
            url = f"http://a.example/posts/{stories}"
            handle.write(write(warcs.response(url, pages.article(f"Story {stories}", more=f"{text} {stories}."))))
    command = cli.command(tmp_path / "archive", "import", "--json")
    peak = 0
    with subprocess.Popen([*command, "--workers", "1", str(path)], stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            try:
                process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
        report = json.loads(process.stdout.read())
    assert process.returncode == 0
    assert report["captures_new"] == stories + pictures + 1
    assert sum(report["page_kinds"].values()) == stories
    assert peak < LIMIT
