"""Check of network addresses: which ones a request may connect to, and for which source it is made.

A page can name any URL, and any name can resolve to any address. So the rule is applied twice: to every address that
a name resolves to, before a connection is tried (``GuardedResolver``), and to the connected peer, before the first
byte of a request is sent (``download_handler``). Both happen at every hop. Twisted connects to the very addresses that
pass here: there is no second look-up that a hostile name server could answer differently (DNS rebinding).

The methods of Twisted's zope interfaces can't be type-checked, so their parameters are typed as Any.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from talkscraper.errors import TalkscraperError
from talkscraper.sources.permission import Permission

if TYPE_CHECKING:
    from typing import Self


class AddressRefused(TalkscraperError):
    """A request was directed at an address that this source may not connect to."""


@dataclass(slots=True)
class Lookup:
    """A name look-up in progress: the permission that applies, and why an address was refused."""

    permission: Permission
    refusal: str | None = None


current_lookup: ContextVar[Lookup | None] = ContextVar("talkscraper_lookup", default=None)
"""The look-up of the current request."""


@implementer(IResolutionReceiver)
class _FilteringReceiver:
    def __init__(self, receiver: Any, host: str, lookup: Lookup) -> None:
        self._receiver = receiver
        self._host = host
        self._lookup = lookup

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802  Twisted's name
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802  Twisted's name
        refusal = self._lookup.permission.refusal(self._host, str(getattr(address, "host", "")))
        if refusal is None:
            self._receiver.addressResolved(address)
        else:
            self._lookup.refusal = refusal

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
        lookup = current_lookup.get()
        receiver = resolutionReceiver
        if lookup is not None:
            receiver = _FilteringReceiver(resolutionReceiver, hostName, lookup)
        return self._inner.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)
