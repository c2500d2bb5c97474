"""The tee: Twisted's HTTP/1.1 client protocol, recording the bytes it writes and receives.

It relies on private classes of Scrapy 2.19 and Twisted (hence the pin in pyproject.toml): ``HTTP11DownloadHandler``
installs its own protocol class through the pool's ``_factory``; this module replaces it with a subclass. Nothing above
TLS is lost here; one layer up, the head's bytes and the framing are gone.

A context variable tells which exchange a connection serves: ``agent.request`` asks the pool for a connection in the
same synchronous call, so the variable always refers to the right exchange. Connection and URL can't serve as a key,
since both are reused.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory, _LenientHTTP11ClientProtocol
from twisted.web.client import HTTPConnectionPool

from talkscraper.capture.lenient_parser import LenientParser
from talkscraper.errors import CaptureError

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.web.iweb import IResponse

    from talkscraper.capture.exchange import Attempt, Exchange


class Call:
    """A download in progress: its exchange, the check of its peer, and its maximum size."""

    __slots__ = ("check_peer", "exchange", "limit")

    def __init__(self, exchange: Exchange, check_peer: Callable[[str], None], limit: int) -> None:
        self.exchange = exchange
        self.check_peer = check_peer
        self.limit = limit
        """Maximum number of bytes on the wire, including heads and chunk framing; 0 means unlimited."""


current: ContextVar[Call | None] = ContextVar("talkscraper_call", default=None)
"""The download for which a connection is being requested."""


class _Tee:
    """A transport that also records what a request writes to it."""

    def __init__(self, transport: Any, kept: bytearray) -> None:
        self._transport = transport
        self._kept = kept

    def write(self, data: bytes) -> None:
        self._kept += data
        self._transport.write(data)

    def writeSequence(self, pieces: list[bytes]) -> None:  # noqa: N802  Twisted's name
        for piece in pieces:
            self._kept += piece
        self._transport.writeSequence(pieces)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class TeeProtocol(_LenientHTTP11ClientProtocol):
    """One connection; it carries one request at a time, since there is no pipelining."""

    _attempt: Attempt | None = None
    _limit = 0

    def request(self, request: Any) -> Deferred[IResponse]:
        """Send a Twisted request and record its bytes; the peer is checked before the first byte is sent."""
        call: Call | None = getattr(request, "talkscraper_call", None)
        transport: Any = self.transport
        if call is None:
            raise CaptureError("a request was sent past the recording pool")
        ip = str(getattr(transport.getPeer(), "host", "")).partition("%")[0]
        try:
            call.check_peer(ip)
        except Exception:
            transport.abortConnection()
            raise
        self._limit = call.limit
        attempt = self._attempt = call.exchange.new_attempt(ip or None)
        write = request.writeTo
        request.writeTo = lambda transport: write(_Tee(transport, attempt.request))
        try:
            answered: Deferred[IResponse] = super().request(request)
        finally:
            del request.writeTo
        parser: Any = self._parser
        if parser is not None:
            parser.__class__ = LenientParser
            parser.begin()
            attempt.reader = parser.reader
        return answered

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  Twisted's name
        """Record the received plaintext, then pass it to the parser."""
        attempt = self._attempt
        if attempt is not None and not attempt.sealed:
            if not attempt.response.size:
                self._read_tls(attempt)
            attempt.received(data)
            if self._limit and attempt.response.size > self._limit:
                # guards against endless heads, interim answers or one-byte chunks: Scrapy counts payload bytes only
                attempt.over = attempt.sealed = True
                transport: Any = self.transport
                transport.abortConnection()
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802  Twisted's name
        """Note why a certificate was refused, which the reason doesn't tell."""
        if self._attempt is not None and not self._attempt.response.size:
            self._attempt.verification = verification_of(self.transport)
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def _finishResponse(self, rest: bytes) -> None:  # noqa: N802  Twisted's name
        if self._attempt is not None:
            self._attempt.finish(len(rest))
        super()._finishResponse(rest)

    def _read_tls(self, attempt: Attempt) -> None:
        # the handshake may be unfinished when the request is written, so these facts are read with the first response
        # bytes
        transport: Any = self.transport
        handle: Any = transport.getHandle() if hasattr(transport, "getHandle") else None
        if hasattr(handle, "get_cipher_name"):
            attempt.tls = handle.get_protocol_version_name()
            attempt.cipher = handle.get_cipher_name()


def verification_of(transport: Any) -> int | None:
    """Return OpenSSL's result of a certificate's verification; None without TLS, or if it can't be asked for."""
    try:
        connection = transport.getHandle()
        # pyOpenSSL has no public function for it
        library: Any = sys.modules[type(connection).__module__]
        return int(library._lib.SSL_get_verify_result(connection._ssl))  # noqa: SLF001
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


class _TeeFactory(_LenientHTTP11ClientFactory):
    noisy = False

    def buildProtocol(self, addr: Any) -> TeeProtocol:  # noqa: ARG002, N802  Twisted's name
        return TeeProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _Bound:
    """A connection, new or pooled, bound to one call. Twisted's own retries keep the binding."""

    def __init__(self, connection: Any, call: Call | None) -> None:
        self._connection = connection
        self._call = call

    def request(self, request: Any) -> Any:
        request.talkscraper_call = self._call
        return self._connection.request(request)


class TeePool(HTTPConnectionPool):
    """A connection pool whose connections record their traffic."""

    _factory = _TeeFactory

    def getConnection(self, key: Any, endpoint: Any) -> Any:  # noqa: N802  Twisted's name
        """Return a connection bound to the call of the current context."""
        call = current.get()
        return super().getConnection(key, endpoint).addCallback(_Bound, call)
