"""Name resolution that returns only addresses that the current request may connect to.

The methods of Twisted's zope interfaces can't be type-checked, so their parameters are typed as Any.

Twisted connects to the very addresses that pass here: there is no second look-up that a hostile name server could
answer differently (DNS rebinding).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from talkscraper.fetch.address_guard import Question, current_question

if TYPE_CHECKING:
    from typing import Self


@implementer(IResolutionReceiver)
class _FilteringReceiver:
    def __init__(self, receiver: Any, host: str, question: Question) -> None:
        self._receiver = receiver
        self._host = host
        self._question = question

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802  Twisted's name
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802  Twisted's name
        refusal = self._question.permission.refusal(self._host, str(getattr(address, "host", "")))
        if refusal is None:
            self._receiver.addressResolved(address)
        else:
            self._question.refusal = refusal

    def resolutionComplete(self) -> None:  # noqa: N802  Twisted's name
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedResolver:
    """Wraps the reactor's resolver; a look-up outside a guarded request passes unchanged."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._reactor: Any = None

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> Self:  # noqa: ARG003  Scrapy's signature
        """Create the resolver; called by Scrapy's crawler process for the setting TWISTED_DNS_RESOLVER."""
        resolver = cls(reactor.nameResolver)
        resolver._reactor = reactor
        return resolver

    def install_on_reactor(self) -> None:
        """Install this object as the reactor's resolver."""
        assert self._reactor is not None
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802  Twisted's name
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Any = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Resolve a name, and pass on the permitted addresses only."""
        question = current_question.get()
        receiver = resolutionReceiver
        if question is not None:
            receiver = _FilteringReceiver(resolutionReceiver, hostName, question)
        return self._inner.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)
