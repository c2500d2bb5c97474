"""Archives and foreign files made by hand, and the commands run over them."""

from __future__ import annotations

import gzip
import importlib.util
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from talkscraper.model import RecordType
from talkscraper.warc.records import HTTP_RESPONSE, NewRecord, build_request, build_response, build_warcinfo

PARAGRAPHS = (
    (
        "The harbour office said on Tuesday that the wall would be raised by a metre before the winter storms, and that"
        " the fishing boats would have to leave the inner basin for three weeks while the stones are brought in by barge."
    ),
    (
        "Residents of the lower town have asked for the work since the flood of the year before last, when water stood in"
        " the market hall for two days and the ferry could not land at all; the council set money aside in the spring."
    ),
    (
        "An engineer who has inspected the old wall called it sound but too low. Divers will look at its foot in the coming"
        " days, and the plans will be shown in the library, where anybody may write a comment into the book on the table."
    ),
)


def at(text: str) -> datetime:
    """An instant from ``2025-10-28`` or ``2025-10-28T10:00:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def page(title: str, *, more: str = "", head: str = "") -> bytes:
    """An article's page."""
    text = "".join(f"<p>{each}</p>" for each in (*PARAGRAPHS, *([more] if more else [])))
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{head}'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
        f'<meta property="article:published_time" content="2025-10-20T08:00:00+00:00"></head>'
        f"<body><main><article><h1>{title}</h1>{text}</article></main></body></html>"
    ).encode()


def response(
    url: str,
    body: bytes,
    *,
    when: str = "2025-10-21T10:00:00",
    status: str = "HTTP/1.1 200 OK",
    mime: str = "text/html; charset=utf-8",
    more: str = "",
    digest: str | None = None,
    record_id: str | None = None,
) -> NewRecord:
    """A response record."""
    head = f"{status}\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return build_response(
        url=url, date=at(when), block=head.encode() + body, payload_digest=digest, record_id=record_id
    )


def request(url: str, answer: NewRecord, method: str = "GET", referer: str | None = None) -> NewRecord:
    """The request record of a response."""
    more = f"Referer: {referer}\r\n" if referer else ""
    block = f"{method} / HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode()
    return build_request(url=url, date=answer.date, block=block, concurrent_to=answer.record_id)


def info(software: str = "a crawler/1.0") -> NewRecord:
    """A warcinfo record."""
    return build_warcinfo(date=at("2025-10-21"), filename="x.warc.gz", pairs=(("software", software),))


def members(*records: NewRecord) -> bytes:
    """One gzip member for each record."""
    return b"".join(b"".join(record.member()) for record in records)


def plain(*records: NewRecord) -> bytes:
    """No compression."""
    return b"".join(b"".join(record.chunks()) for record in records)


def one_member(*records: NewRecord) -> bytes:
    """One gzip member for all."""
    return gzip.compress(plain(*records), mtime=0)


def run(root: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command on an archive."""
    command = [sys.executable, "-m", "talkscraper", "--archive", str(root), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)


def run_json(root: Path, *arguments: object, code: int = 0) -> Any:
    """Run a command with --json; its document."""
    done = run(root, *arguments, "--json")
    assert done.returncode == code, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """What records and files are made with (a helper module can't be imported from tests)."""
    return SimpleNamespace(
        at=at, page=page, response=response, request=request, info=info, members=members, plain=plain,
        one_member=one_member, run=run, run_json=run_json, paragraphs=PARAGRAPHS, RecordType=RecordType,
        HTTP_RESPONSE=HTTP_RESPONSE,
    )  # fmt: skip


@pytest.fixture(scope="session")
def crawling() -> Any:
    """tests/crawl/conftest.py: newspapers on loopback, and crawls of them."""
    path = Path(__file__).parents[2] / "crawl" / "conftest.py"
    spec = importlib.util.spec_from_file_location("tests_crawl_conftest", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
