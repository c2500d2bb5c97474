"""docs/citing.md, "How a stranger checks a citation": its commands are run as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from talkscraper.cite import reference, render
from talkscraper.store.database import open_reader
from tests.cite.conftest import URL, page
from tests.support.web_servers import ServedArchive

PAGE = (Path(__file__).parents[2] / "docs/citing.md").read_text("utf-8")
STEPS = re.findall(r"^ {7}(\S.*)$", PAGE.partition("## How a stranger")[2], re.MULTILINE)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page uses curl")
def test_a_stranger_needs_one_record_and_the_reference(kept, tmp_path):
    kept.crawl(page(), coding="gzip")
    folder = kept.done()
    connection = open_reader(folder.database)
    try:
        cited = reference(connection, URL)
    finally:
        connection.close()
    desk = tmp_path / "stranger"
    desk.mkdir()
    (desk / "paper.txt").write_text(render(cited, "ris"))
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    printed = []
    with ServedArchive(folder) as room:
        for written in STEPS:
            typed = written.replace("http://127.0.0.1:8000", room.room).replace("ARTICLE", cited.article_id)
            typed = typed.replace("RECORD", cited.record_id.removeprefix("<urn:uuid:").rstrip(">"))
            done = subprocess.run(
                ["bash", "-ec", typed],
                check=False,
                cwd=desk,
                env=environment,
                capture_output=True,
                text=True,
                timeout=500,
            )
            assert done.returncode == 0, (typed, done.stdout, done.stderr)
            printed.append(done.stdout)
    assert len(STEPS) == 6
    assert "digest pass" in printed[1]
    assert "holds" in printed[4] and "1 checked, 0 broken" in printed[4]
    assert printed[5].strip() == cited.text_digest.removeprefix("sha256:")
