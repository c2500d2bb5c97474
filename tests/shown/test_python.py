"""docs/python.md: each example runs as it stands, on the archive that the demo leaves."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from talkscraper.fixture_site import FixtureSite

PAGE = (Path(__file__).parent.parent.parent / "docs" / "python.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def python(code, folder):
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


def test_the_page_explains_every_public_name():
    import talkscraper

    assert [
        name for name in talkscraper.__all__ if name[0] != "_" and f"`{name}`" not in PAGE.replace("`talkscraper.", "`")
    ] == []


@pytest.mark.parametrize("number", [n for n, code in enumerate(EXAMPLES) if "import scrapy" not in code])
def test_the_example_runs(number, demo, as_here):
    folder, _ = demo
    done = python(as_here(EXAMPLES[number]), folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_scrapy_example_fills_an_archive(tmp_path, run):
    (code,) = [code for code in EXAMPLES if "import scrapy" in code]
    with FixtureSite() as newsroom:
        done = python(code.replace("http://127.0.0.1:8461/", newsroom.talk_url), tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (
        "The Night the Harbour Wall Held"
        in run("talkscraper --archive another-archive search harbour", tmp_path).stdout
    )
    assert run("talkscraper --archive another-archive verify", tmp_path).returncode == 0
