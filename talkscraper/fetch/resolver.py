"""Name resolution that never answers with an address the asking request may not speak to.

The addresses that pass are the very ones Twisted then connects to: there is no second look-up that a hostile name
server could answer differently (DNS rebinding).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from talkscraper.fetch.guard import Question, asking

if TYPE_CHECKING:
    from typing import Self

    from twisted.internet.base import ReactorBase


@implementer(IResolutionReceiver)
class _FilteringReceiver:
    def __init__(self, receiver: IResolutionReceiver, host: str, question: Question) -> None:
        self._receiver = receiver
        self._host = host
        self._question = question

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802  Twisted's name
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802  Twisted's name
        refusal = self._question.permission.refusal(self._host, str(getattr(address, "host", "")))
        if refusal is None:
            self._receiver.addressResolved(address)
        else:
            self._question.refusal = refusal

    def resolutionComplete(self) -> None:  # noqa: N802  Twisted's name
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedResolver:
    """Wraps the reactor's resolver; a look-up outside of a guarded request passes unchanged."""

    def __init__(self, inner: IHostnameResolver) -> None:
        self._inner = inner
        self._reactor: ReactorBase | None = None

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: ReactorBase) -> Self:  # noqa: ARG003  Scrapy's signature
        """Made by Scrapy's crawler process, for the setting TWISTED_DNS_RESOLVER."""
        resolver = cls(reactor.nameResolver)
        resolver._reactor = reactor
        return resolver

    def install_on_reactor(self) -> None:
        """Become the reactor's resolver."""
        assert self._reactor is not None
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802  Twisted's name
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """Resolve, and pass on the permitted addresses only."""
        question = asking.get()
        receiver = resolutionReceiver
        if question is not None:
            receiver = _FilteringReceiver(resolutionReceiver, hostName, question)
        return self._inner.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)
