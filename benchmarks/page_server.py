"""A news site of many article pages on loopback, for the programs that ``main_job.py`` compares.

    python benchmarks/page_server.py PAGES [CORPUS]

The pages are those of a corpus where one is given (``corpus.py``), else invented ones (``invented_pages.py``).
Where more are asked for than there are, further ones are made of the same pages with the words of their texts in
another order, so that no two have the same text. Each is at ``/story-NUMBER.html``, packed for who accepts gzip.

Prints its port, then serves until its stdin closes. All responses are made before the first request.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from corpus import Corpus
from invented_pages import invented_pages

INVENTED = 400
_TEXT = re.compile(rb">([^<>]{60,})<")
_OPAQUE = re.compile(rb"(?is)(<script\b.*?</script>|<style\b.*?</style>|<!--.*?-->)")


def bodies(count: int, corpus: Path | None) -> list[bytes]:
    """Return ``count`` pages, no two alike."""
    found = [page.body for page in Corpus(corpus).pages()] if corpus is not None else invented_pages(INVENTED)
    made: list[bytes] = []
    for turn in itertools.count():
        for body in found:
            if len(made) == count:
                return made
            made.append(b"".join(_reordered(body, turn)) if turn else body)
    raise AssertionError


def _reordered(body: bytes, turn: int) -> Iterator[bytes]:
    """Yield a page's pieces, with the words of longer texts in the ``turn``-th other order."""

    def order(match: re.Match[bytes]) -> bytes:
        words = match[1].split(b" ")
        step = turn + 1
        return b">" + b" ".join(word for start in range(step) for word in reversed(words[start::step])) + b"<"

    for number, piece in enumerate(_OPAQUE.split(body)):
        yield piece if number % 2 else _TEXT.sub(order, piece)


class PageConnection(asyncio.Protocol):
    """Answers requests for ``/story-NUMBER.html`` of one connection, as they come."""

    def __init__(
        self, body: Callable[[int], bytes | None], packed: Callable[[int], bytes | None] | None = None
    ) -> None:
        """Take what makes a page of its number: as it is, and packed by gzip; None: there is no such page."""
        self._body = body
        self._packed = packed
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer what is complete."""
        self._data += data
        while b"\r\n\r\n" in self._data:
            head, _, self._data = self._data.partition(b"\r\n\r\n")
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        asked = re.match(rb"GET \S*?/story-(\d+)\.html", head)
        packs = self._packed is not None and re.search(rb"(?im)^accept-encoding:[^\r\n]*gzip", head) is not None
        make = self._packed if packs and self._packed is not None else self._body
        body = make(int(asked[1])) if asked is not None else None
        status = "404 Not Found" if body is None else "200 OK"
        coding = "Content-Encoding: gzip\r\n" if packs and body is not None else ""
        start = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{coding}Content-Length: {len(body or b'')}\r\n\r\n"
        self._transport.write(start.encode() + (body or b""))


async def listen(connection: Callable[[], PageConnection], *said: int) -> None:
    """Serve until stdin closes; prints the port, and what else is to be said."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], *said, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


async def serve(count: int, corpus: Path | None) -> None:
    """Serve that many pages; says their median size and their sum too."""
    plain = bodies(count, corpus)
    packed = [gzip.compress(body, 6, mtime=0) for body in plain]
    of = dict(enumerate(plain)).get
    of_packed = dict(enumerate(packed)).get
    sizes = sorted(len(body) for body in plain)
    await listen(lambda: PageConnection(of, of_packed), sizes[len(sizes) // 2], sum(sizes))


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
