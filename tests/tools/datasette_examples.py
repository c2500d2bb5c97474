"""Asks a running Datasette, over HTTP, everything that docs/datasette.md shows: DOCS DATABASE; by smoke.sh.

Runs in the environment where the wheel is installed, and needs nothing else: no pytest, nothing of this repository.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

DATASETTE = Path(sys.executable).with_name("datasette")


def main(docs: Path, database: Path) -> None:
    """Check it; ends with an ``AssertionError`` where an answer is wrong."""
    blocks = re.findall(r"(?:^    .*\n)+", docs.read_text("utf-8"), re.MULTILINE)
    command = next(block for block in blocks if "datasette archive/talkscraper.db" in block)
    assert "pip install 'talkscraper[datasette]'" in command, "the docs say otherwise how it is installed"
    queries = [block.strip() for block in blocks if block.strip().startswith("select")]
    queries += re.findall(r'"(select (?:(?!\.parquet)[^"])+)"', docs.read_text("utf-8"))
    assert len(queries) >= 3, "the docs show no SQL any more?"
    metadata = next(block for block in blocks if '"room_url"' in block)

    loaded = subprocess.run(
        [sys.executable, "-c", "import talkscraper.datasette, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    heavy = {"scrapy", "twisted", "trafilatura", "lxml"} & set(loaded)
    assert not heavy, f"the plugin loads {heavy}"

    with served(database) as ask:
        plugins = json.loads(ask("/-/plugins.json"))
        assert "talkscraper" in {plugin["name"] for plugin in plugins}, "the plugin isn't loaded"
        for sql in queries:
            rows = json.loads(ask("/talkscraper.json?" + urlencode({"sql": sql, "_shape": "array"})))
            assert rows, f"no rows: {sql}"
        names = [query["name"] for query in json.loads(ask("/talkscraper.json"))["queries"]]
        assert "search" in names, "there are no queries to begin with"
        for name in names:
            assert "rows" in json.loads(ask(f"/talkscraper/{name}.json?q=harbour")), name
        forms = query_forms(docs.with_name("searching.md"))
        for form in forms:
            assert "rows" in json.loads(ask("/talkscraper/search.json?" + urlencode({"q": form}))), form
        assert "first 16 base16 digits" in ask("/talkscraper/articles"), "columns aren't explained"
        page = ask("/talkscraper/articles")
        assert 'href="http://127.0.0.1:8000/article/' in page, "articles aren't linked to the reading room"
        assert 'href="http://127.0.0.1:8000/capture/' in page, "records aren't linked to the reading room"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "metadata.json"
        path.write_text(metadata, "utf-8")
        with served(database, "--metadata", str(path)) as ask:
            page = ask("/talkscraper/articles")
            assert 'href="http://127.0.0.1:9000/article/' in page, "room_url isn't heeded"
    sys.stdout.write(
        f"{len(queries)} statements, {len(names)} queries, {len(forms)} ways to search, links and explanations: all as the docs say\n"
    )


def query_forms(searching: Path) -> list[str]:
    """What the table of docs/searching.md shows that can be written into a query."""
    table = searching.read_text("utf-8").partition("| query | finds |")[2].partition("\n\n")[0]
    found = [form for line in table.splitlines()[2:] for form in re.findall(r"`([^`]+)`", line.split("|")[1])]
    assert len(found) > 15, "the docs show no queries any more?"
    return found


@contextmanager
def served(database: Path, *arguments: str):
    """``datasette DATABASE`` on a free port; gives a function that asks it for a path's text."""
    with subprocess.Popen(
        [DATASETTE, str(database), "--port", "0", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stderr is not None
            told: list[str] = []
            for line in server.stderr:
                told.append(line)
                if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", line):
                    break
            else:
                raise AssertionError("Datasette didn't start: " + "".join(told))

            def ask(path: str) -> str:
                try:
                    with urlopen(found[1] + path, timeout=60) as answer:
                        return answer.read().decode()
                except HTTPError as e:
                    raise AssertionError(f"{path}: {e.code}: {e.read().decode()[:500]}") from e

            yield ask
        finally:
            server.terminate()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
