"""Connections through a proxy, for Twisted's agents: the handshakes of ``sources.proxy_handshake`` over a transport."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DownloadFailedError
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import optionsForClientTLS
from twisted.python.failure import Failure
from zope.interface import implementer  # type: ignore[import-untyped]

from talkscraper.capture.protocol import verification_of
from talkscraper.connection_faults import in_words
from talkscraper.sources.proxy_handshake import MAX_HANDSHAKE_S, Connect, ProxyFailed, Socks5

if TYPE_CHECKING:
    from talkscraper.sources.proxy import Proxy


class ProxyUnusable(DownloadFailedError):
    """A source's proxy doesn't work, or refuses; the message names it, without its password."""


@implementer(IStreamClientEndpoint)
class ProxyEndpoint:
    """Connects to a proxy and opens a tunnel; without ``handshake`` the proxy itself is talked to."""

    def __init__(self, reactor: Any, proxy: Proxy, handshake: Callable[[], Connect | Socks5] | None) -> None:
        self._reactor = reactor
        self._proxy = proxy
        self._handshake = handshake

    def connect(self, protocolFactory: Any) -> Any:  # noqa: N803  Twisted's name
        """Return a Deferred of the factory's protocol, connected."""
        proxy = self._proxy
        base: Any = HostnameEndpoint(self._reactor, proxy.host, proxy.port, timeout=MAX_HANDSHAKE_S)
        if proxy.scheme == "https":
            base = wrapClientTLS(optionsForClientTLS(proxy.host), base)
        if self._handshake is None:
            return base.connect(protocolFactory).addErrback(self._fail)
        opening = _Opening(self._reactor, proxy, self._handshake(), protocolFactory)
        connecting = base.connect(_One(opening))
        connecting.addErrback(self._fail)
        # the tunnel is open later than the connection
        connecting.addCallback(lambda _: opening.opened)
        return connecting

    def _fail(self, failure: Failure) -> None:
        error = failure.value
        assert error is not None
        raise _unusable(self._proxy, error) from error


class _One(Factory):
    """Builds one protocol."""

    noisy = False

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    def buildProtocol(self, addr: Any) -> Protocol:  # noqa: ARG002, N802  Twisted's name
        return self._protocol


class _Opening(Protocol):
    """Speaks with the proxy until the tunnel is open, then passes everything to the protocol behind it."""

    def __init__(self, reactor: Any, proxy: Proxy, handshake: Connect | Socks5, factory: Any) -> None:
        self._reactor = reactor
        self._proxy = proxy
        self._handshake = handshake
        self._factory = factory
        self._inner: Any = None
        self._late: Any = None
        self.opened: Deferred[Any] = Deferred(self._cancelled)

    def connectionMade(self) -> None:  # noqa: N802  Twisted's name
        transport: Any = self.transport
        self._late = self._reactor.callLater(MAX_HANDSHAKE_S, self._give_up)
        transport.write(self._handshake.begin())

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  Twisted's name
        if self._inner is not None:
            self._inner.dataReceived(data)
            return
        transport: Any = self.transport
        try:
            answer = self._handshake.receive(data)
        except ProxyFailed as e:
            self._end(ProxyUnusable(str(e)))
            transport.abortConnection()
            return
        if answer:
            transport.write(answer)
        if self._handshake.done and not self.opened.called:
            self._open(transport)

    def _open(self, transport: Any) -> None:
        self._late.cancel()
        try:
            inner = self._factory.buildProtocol(transport.getPeer())
        except Exception:  # noqa: BLE001  whatever a factory raises is its caller's
            self.opened.errback(Failure())  # type: ignore[no-untyped-call]
            transport.abortConnection()
            return
        self._inner = inner
        inner.makeConnection(transport)
        self.opened.callback(inner)
        if self._handshake.rest:
            inner.dataReceived(self._handshake.rest)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802  Twisted's name
        if self._inner is not None:
            self._inner.connectionLost(reason)
            return
        self._end(_unusable(self._proxy, reason.value, verification_of(self.transport)))

    def _give_up(self) -> None:
        transport: Any = self.transport
        self._end(ProxyUnusable(f"the proxy {self._proxy} didn't answer in time"))
        transport.abortConnection()

    def _end(self, error: Exception) -> None:
        if self._late is not None and self._late.active():
            self._late.cancel()
        if not self.opened.called:
            self.opened.errback(Failure(error))  # type: ignore[no-untyped-call]

    def _cancelled(self, _deferred: Any) -> None:
        if self._late is not None and self._late.active():
            self._late.cancel()
        transport: Any = self.transport
        if transport is not None:
            transport.abortConnection()


def _unusable(proxy: Proxy, error: BaseException, verification: int | None = None) -> ProxyUnusable:
    """Return the error of a proxy that isn't reached or hangs up."""
    words = in_words(error, verification) or "it can't be reached"
    return ProxyUnusable(f"the proxy {proxy}: {words}")
