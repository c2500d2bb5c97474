"""The tee: Twisted's HTTP/1.1 client, which also keeps what it writes and what it is given.

It sits on private classes of Scrapy 2.19 and Twisted (hence the pin in pyproject.toml): ``HTTP11DownloadHandler``
installs its own protocol class through the pool's ``_factory``, and so do we, one subclass further down. Nothing
above TLS is lost here; one layer up, head and framing are gone.

Which exchange a connection serves is told by a context variable: ``agent.request`` asks the pool for a connection in
the same synchronous call, so it is always the right one. Never by connection or URL: both are reused.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory, _LenientHTTP11ClientProtocol
from twisted.web.client import HTTPConnectionPool

from talkscraper.errors import CaptureError

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.web.iweb import IResponse

    from talkscraper.capture.exchange import Attempt, Exchange


class Call:
    """A download that is under way: its exchange, who checks the peer, and how much it may receive."""

    __slots__ = ("check_peer", "exchange", "limit")

    def __init__(self, exchange: Exchange, check_peer: Callable[[str], None], limit: int) -> None:
        self.exchange = exchange
        self.check_peer = check_peer
        self.limit = limit
        """Bytes on the wire, heads and chunk framing included; 0: any number."""


current: ContextVar[Call | None] = ContextVar("talkscraper_call", default=None)
"""The download on whose behalf a connection is being asked for."""


class _Tee:
    """A transport that also keeps what a request writes to it."""

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
    """One connection; one request at a time, since nobody pipelines."""

    _attempt: Attempt | None = None
    _limit = 0

    def request(self, request: Any) -> Deferred[IResponse]:
        """Send a request of Twisted's, keeping its bytes; the peer is checked before the first of them."""
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
            return super().request(request)
        finally:
            del request.writeTo

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  Twisted's name
        """Keep the plaintext, then let it be parsed."""
        attempt = self._attempt
        if attempt is not None and not attempt.sealed:
            if not attempt.response.size:
                self._read_tls(attempt)
            attempt.received(data)
            if self._limit and attempt.response.size > self._limit:
                # endless heads, interim answers or one-byte chunks: Scrapy counts payload only
                attempt.over = attempt.sealed = True
                transport: Any = self.transport
                transport.abortConnection()
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def _finishResponse(self, rest: bytes) -> None:  # noqa: N802  Twisted's name
        if self._attempt is not None:
            self._attempt.finish(len(rest))
        super()._finishResponse(rest)

    def _read_tls(self, attempt: Attempt) -> None:
        # when the request is written the handshake isn't over yet, so these facts are read with the first answer
        transport: Any = self.transport
        handle: Any = transport.getHandle() if hasattr(transport, "getHandle") else None
        if hasattr(handle, "get_cipher_name"):
            attempt.tls = handle.get_protocol_version_name()
            attempt.cipher = handle.get_cipher_name()


class _TeeFactory(_LenientHTTP11ClientFactory):
    noisy = False

    def buildProtocol(self, addr: Any) -> TeeProtocol:  # noqa: ARG002, N802  Twisted's name
        return TeeProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _Bound:
    """A connection, fresh or pooled, that serves one call. Twisted's own repetition keeps the binding."""

    def __init__(self, connection: Any, call: Call | None) -> None:
        self._connection = connection
        self._call = call

    def request(self, request: Any) -> Any:
        request.talkscraper_call = self._call
        return self._connection.request(request)


class TeePool(HTTPConnectionPool):
    """A pool whose connections record what passes through them."""

    _factory = _TeeFactory

    def getConnection(self, key: Any, endpoint: Any) -> Any:  # noqa: N802  Twisted's name
        """A connection bound to the call in whose context it is asked for."""
        call = current.get()
        return super().getConnection(key, endpoint).addCallback(_Bound, call)
