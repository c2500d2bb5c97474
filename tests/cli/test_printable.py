"""What servers, pages and addresses say doesn't drive the terminal, whichever command prints or logs it."""

import io
import json
import logging
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.crawl.logs import JsonLines, PlainLines
from talkscraper.printable import PrintableLines, escaped, one_line, printable
from tests.support import cli
from tests.support.raw_server import Answer, RawServer

EVIL = "\x1b]0;PWNED\x07\x1b[31m\x9b31m\r\n2026-01-01T00:00:00Z ERROR faked\u202e"
ON_THE_WIRE = b"\x1b]0;PWNED\x07\x1b[31m\x9b31m"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

pytestmark = pytest.mark.timeout(400)  # each command is a process of its own


def _page(body, reason=b"OK"):
    return (
        b"HTTP/1.1 200 " + reason + b"\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
        b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
    )


@pytest.fixture(scope="module")
def hostile():
    """A newsroom that answers with escape sequences in every place that is printed."""
    names = [b"status-line", b"reason", b"no-http", b"location", b"header", b"length", b"encoding", b"fine"]
    links = b"".join(b"<li><a href='/posts/%s'>A story %s of it</a></li>" % (name, ON_THE_WIRE) for name in names)
    feeds = b"<link rel='alternate' type='application/rss+xml' href='/feed'><link rel='stylesheet' href='/a.css'>"
    front = b"<html><head><title>" + ON_THE_WIRE + b"</title>" + feeds + b"</head><ul>" + links + b"</ul></html>"
    text = b"<p>The wall of the harbour was mended in spring, and the boats came back before the storms.</p>" * 8
    story = b"<html><head><title>" + ON_THE_WIRE + b" A story</title></head><article><h1>A story</h1>" + text
    answers = {
        b"/": _page(front, ON_THE_WIRE),
        b"/feed": _page(ON_THE_WIRE),
        b"/robots.txt": b"HTTP/1.1 404 " + ON_THE_WIRE + b"\r\nContent-Length: 0\r\n\r\n",
        b"/posts/status-line": b"HTTP/" + ON_THE_WIRE + b" 200 OK\r\n\r\n",
        b"/posts/reason": _page(story, ON_THE_WIRE).replace(b" 200 ", b" 500 "),
        b"/posts/no-http": ON_THE_WIRE + b"\r\n\r\n",
        b"/posts/location": b"HTTP/1.1 302 " + ON_THE_WIRE + b"\r\nLocation: http://a" + ON_THE_WIRE + b"/\r\n\r\n",
        b"/posts/header": b"HTTP/1.1 200 OK\r\n" + ON_THE_WIRE + b"\r\n\r\n",
        b"/posts/length": b"HTTP/1.1 200 OK\r\nContent-Length: " + ON_THE_WIRE + b"\r\n\r\n",
        b"/posts/encoding": b"HTTP/1.1 200 OK\r\nContent-Encoding: " + ON_THE_WIRE + b"\r\nTransfer-Encoding: "
        + ON_THE_WIRE + b"\r\n\r\nx",
        b"/posts/fine": _page(story, ON_THE_WIRE),
        b"/broken": ON_THE_WIRE + b"\r\n\r\n",
    }  # fmt: skip
    with RawServer(otherwise=Answer([b"HTTP/1.1 404 " + ON_THE_WIRE + b"\r\n\r\n"], "close")) as server:
        server.answers = {path.decode(): Answer([data], "close") for path, data in answers.items()}
        yield server.base


@pytest.fixture(scope="module")
def archive(hostile, tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile")
    (root / "sources.toml").write_text(
        f'contact = "https://example.org/us"\n[sources.quay]\nhomepage = "{hostile}/"\nallow_private = true\n'
        'delay = 0\narticle_urls = ["/posts/"]\n'
    )
    return root


def _run(archive, *arguments):
    done = cli.run(archive, *arguments, env={"PYTHONIOENCODING": "utf-8"}, text=False)
    return (done.stdout + done.stderr).decode("utf-8", "surrogateescape")


def test_no_command_prints_what_a_server_sent_as_it_is(hostile, archive):
    """Crawls in every form of log, and the commands that tell of it afterwards; status lines that aren't HTTP too."""
    commands = [
        ("sources", "add", f"{hostile}/broken", "--allow-private", "--id", "broken"),
        ("sources", "check"),
        ("sources", "check", "--json"),
        ("crawl", "--verbose"),
        ("crawl", "quay", "--log-json", "--verbose"),
        ("crawl", "quay", "--json"),
        ("status",),
        ("status", "--json"),
        ("status", "--completeness"),
        ("search", "harbour"),
        ("show", f"{hostile}/posts/fine"),
        ("show", f"{hostile}/posts/fine", "--html"),
        ("show", f"{hostile}/posts/\x1b]0;PWNED\x07"),
        ("search", "\x1b]0;PWNED\x07("),
        ("\x1b]0;PWNED\x07",),
    ]
    seen = 0
    for command in commands:
        text = _run(archive, *command)
        seen += "PWNED" in text
        found = OBEYED.search(text)
        assert found is None, (command, text[max(0, found.start() - 200) : found.start() + 50])
        if "--verbose" in command:
            (archive / "talkscraper.db").unlink()  # so that the next crawl asks for everything again
    assert seen >= 6


def test_a_log_line_is_one_line_in_every_form(hostile):
    """Message and traceback; a faked second line is indented, or inside the JSON."""
    for formatter in (PlainLines(), JsonLines(), PrintableLines()):
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter)
        try:
            raise ValueError(EVIL)
        except ValueError:
            record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "about %s", (EVIL,), sys.exc_info())
        handler.handle(record)
        text = stream.getvalue()
        assert not OBEYED.search(text)
        first, *rest = text.splitlines()
        assert "about" in first
        assert all(line.startswith("  ") for line in rest)
        if isinstance(formatter, JsonLines):
            assert json.loads(text)["message"] == f"about {EVIL}"


def test_what_is_logged_without_a_log_and_what_nobody_caught_is_made_safe():
    """Warnings of libraries in any command, and Python's own tracebacks, also of threads."""
    code = (
        "import logging, threading\nfrom talkscraper.printable import guard_stderr\nguard_stderr()\n"
        f"evil = {EVIL!r}\nlogging.getLogger('x').warning('%s', evil)\n"
        "def fail(): raise ValueError(evil)\n"
        "thread = threading.Thread(target=fail)\nthread.start()\nthread.join()\nfail()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    text = done.stderr.decode("utf-8", "surrogateescape")
    assert done.returncode == 1
    assert text.count("PWNED") == 3
    assert not OBEYED.search(text)


@given(st.text())
def test_what_is_printable_stays_and_can_be_written(text):
    """Nothing that a terminal obeys; what is harmless isn't touched, and JSON means what it meant."""
    assert not OBEYED.search(printable(text))
    assert len(one_line(text).splitlines()) <= 1
    printable(text).encode()
    if not OBEYED.search(text):
        assert printable(text) == text
    assert json.loads(escaped(json.dumps(text, ensure_ascii=False))) == text
