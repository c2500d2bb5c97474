"""The archive that the demo leaves, made once for all tests of what is shown to people."""

import fcntl
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from talkscraper.store.article_rows import article_id_of


def _run(script, folder):
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONIOENCODING": "utf-8",
    }
    environment.pop("TALKSCRAPER_ARCHIVE", None)
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="session")
def run():
    """Type a line into a shell whose environment is active."""
    return _run


@pytest.fixture(scope="session")
def demo(tmp_path_factory, worker_id):
    """A folder in which 'talkscraper demo' has run, and what it printed; the first worker that needs it makes it."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder, printed = shared / "demo", shared / "demo.txt"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            folder.mkdir(exist_ok=True)
            done = _run("talkscraper demo", folder)
            assert done.returncode == 0, done.stderr
            printed.write_text(done.stdout, encoding="utf-8")
    return folder, printed.read_text("utf-8")


@pytest.fixture
def as_here(demo):
    """A text of ours with the ids and ports of this demo, which takes other ports where its own are taken."""
    folder, _ = demo
    with sqlite3.connect(folder / "demo-archive" / "talkscraper.db") as connection:
        articles = dict(connection.execute("select url, id from articles"))
        (talk,) = connection.execute("select homepage from sources where id = 'talkofharbours'").fetchone()
    port = re.search(r":(\d+)/", talk)[1]

    def adapted(text):
        for url, key in articles.items():
            usual = article_id_of(url.replace(f":{port}/", ":8461/"))
            text = text.replace(usual, key).replace(usual[:8], key[:8])
        return text.replace(":8461/", f":{port}/")

    return adapted
