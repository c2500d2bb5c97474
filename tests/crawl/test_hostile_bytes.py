"""Bytes that break their reader: each costs itself, and neither them nor a stop is waited for.

What a page does to its reader stands in it (``of_page:hang``): the worker processes get a ``sitecustomize`` that does
it, so that the tests need no page that really finds a fault in a parser.
"""

from __future__ import annotations

import signal
import subprocess
import time

import pytest

from tests.support import pages
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(900)

PATIENCE_S = 120.0
SABOTAGE = """
import sys
if any("talkscraper.pool.worker" in each for each in sys.orig_argv):
    import functools, importlib, os, re, signal

    def _match():
        # in C, and with the interpreter's lock held: nothing in the process can end it
        re.fullmatch("(a|aa)*b", "a" * 100)

    def _tell():
        open(os.environ["TOLD"], "w").close()
        _match()

    _ODD = {
        b"hang": _match,
        b"tell": _tell,
        b"eat": lambda: bytearray(1 << 32),
        b"die": lambda: os.kill(os.getpid(), signal.SIGKILL),
    }

    def _sabotage(module, name):
        owner = importlib.import_module(module)
        original = getattr(owner, name)

        @functools.wraps(original)
        def odd(*args, **kwargs):
            body = next(getattr(each, "body", each) for each in args if isinstance(getattr(each, "body", each), bytes))
            found = re.search(name.encode() + b":([a-z]+)", body)
            if found:
                _ODD[found[1]]()
            return original(*args, **kwargs)

        setattr(owner, name, odd)

    _sabotage("talkscraper.fetch.requisites", "of_page")
    _sabotage("talkscraper.fetch.requisites", "of_css")
    _sabotage("talkscraper.crawl.seed_reader", "read_seed")
    _sabotage("talkscraper.extraction.pool", "extract_payload")
    _sabotage("talkscraper.discovery.rights", "of_tdmrep")
    _sabotage("talkscraper.discovery.seed_format", "read_document")
"""


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Sabotages the worker processes; a file that is there when one is at its task."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "sitecustomize.py").write_text(SABOTAGE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    path = tmp_path / "told"
    monkeypatch.setenv("TOLD", str(path))
    return path


def test_bytes_that_break_their_reader_cost_themselves(archive, quay, told):
    """Pictures that can't be found, a page, a feed, a style, a tdmrep.json: each is named, and the rest is archived."""
    paths = [f"/posts/{name}-story-of-the-quay" for name in ("sound", "hanging", "hungry", "styled")]
    sound, hanging, hungry, styled = paths
    quay.add("/", pages.listing(*paths))
    quay.add("/feed.xml", pages.feed(quay.base) + b"<!-- read_seed:die -->")
    quay.add("/.well-known/tdmrep.json", b'["of_tdmrep:die"]', content_type="application/json")
    quay.add(sound, pages.article("Sound", head="<link rel=icon href=/sound.png>"))
    quay.add(hanging, pages.article("Hanging", head="<!-- of_page:hang --><link rel=icon href=/never.png>"))
    quay.add(hungry, pages.article("Hungry", head="<!-- extract_payload:eat -->"))
    quay.add(styled, pages.article("Styled", head="<link rel=stylesheet href=/a.css>"))
    quay.add("/a.css", b"/* of_css:die */ p { background: url(/never.png) }", content_type="text/css")
    for picture in ("/sound.png", "/never.png"):
        quay.add(picture, b"picture", content_type="image/png")
    archive.sources_for(quay, extra=f'feeds = ["{quay.base}/feed.xml"]\ntdm = "skip"')
    run = archive.crawl()
    assert run.code == 3, run.stderr
    assert "Traceback" not in run.stderr
    titles = {row[0] for row in archive.rows("select title from articles")}
    assert titles == {"Sound", "Hanging", "Styled"}
    failures = dict(archive.rows("select url, error from fetch_failures"))
    assert failures == {f"{quay.base}/feed.xml": "unreadable", f"{quay.base}{hungry}": "extraction"}
    for line in (
        f"{quay.base}/feed.xml: the worker process ended by signal 9",
        f"{quay.base}{hungry}: it needs more memory than a page may have",
        f"{quay.base}{hanging}: no result after 10 s; it is kept without what it names",
        f"{quay.base}/a.css: the worker process ended by signal 9; it is kept without what it names",
        f"{quay.base}/.well-known/tdmrep.json: the worker process ended by signal 9; it says nothing",
    ):
        assert run.stderr.count(line) == 1, run.stderr
    assert "/sound.png" in quay.paths()
    assert "/never.png" not in quay.paths()
    assert archive.rows("select count(*) from urls where state = 'leased' or requisites_pending") == [(0,)]


@pytest.mark.parametrize(
    ("reader", "how"),
    [("read_seed", "sigterm"), ("extract_payload", "sigterm"), ("of_page", "sigterm"), ("read_seed", "max-time")],
)
def test_a_stop_does_not_wait_for_a_page_that_is_being_read(archive, quay, told, reader, how):
    """Its process is in C and never gives way: the run ends all the same, and the page stays due."""
    mark = f"<!-- {reader}:tell -->"
    story = "/posts/a-story-of-the-quay"
    quay.add("/", pages.listing(story) + (mark.encode() if reader == "read_seed" else b""))
    quay.add(story, pages.article("A story", head=mark))
    archive.sources_for(quay)
    more = ("--max-time", "20") if how == "max-time" else ()
    with subprocess.Popen(archive.command("crawl", *more), stderr=subprocess.PIPE, text=True) as run:
        wait_until(told.exists, process=run)  # until a process is at the page
        began = time.monotonic()
        if how == "sigterm":
            run.send_signal(signal.SIGTERM)
        _, err = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 4, err
    assert time.monotonic() - began < 60, "the reader's own time wasn't waited for"
    assert "Traceback" not in err
    assert archive.rows("select reason, exit_code from runs") == [(how, 4)]
    pending = "requisites_pending" if reader == "of_page" else "state = 'due'"
    url = quay.base + ("/" if reader == "read_seed" else story)
    assert archive.rows(f"select count(*) from urls where url = ? and {pending}", url) == [(1,)]
    assert archive.rows("select count(*) from urls where state = 'leased'") == [(0,)]


def test_a_check_names_a_feed_that_breaks_its_reader(archive, quay, told):
    """``sources check`` reads in the pool too: the feed is a problem, and the check goes on."""
    story = "/posts/a-story-of-the-quay"
    quay.add("/", pages.listing(story))
    quay.add("/feed.xml", pages.feed(quay.base, story) + b"<!-- read_document:die -->")
    archive.sources_for(quay, extra=f'feeds = ["{quay.base}/feed.xml"]')
    done = archive.run("sources", "check")
    assert f"{quay.base}/feed.xml: the worker process ended by signal 9" in done.stdout
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, "its front page names articles"
