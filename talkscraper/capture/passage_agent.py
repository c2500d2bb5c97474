"""Scrapy's agent with what a source's passage adds: headers, cookies, client certificate, proxy.

They are added to what is sent, not to Scrapy's request: no callback, log line or repeated request gets to see them. The
connections are those of the recording pool; a tunnel's bytes are recorded within it, as its origin gets them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import _BindAddressAgent, _ScrapyAgent
from scrapy.utils._download_handlers import normalize_bind_address
from twisted.internet.endpoints import wrapClientTLS
from twisted.internet.ssl import Certificate, PrivateCertificate, optionsForClientTLS
from twisted.web.client import URI
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer  # type: ignore[import-untyped]

from talkscraper.capture.proxy_endpoint import ProxyEndpoint
from talkscraper.sources.proxy_handshake import handshake, proxy_authorization

if TYPE_CHECKING:
    from scrapy import Request
    from twisted.web.client import Agent

    from talkscraper.sources.access import ClientCertificate, Passage


class PassageAgent(_ScrapyAgent):
    """Sends one request by its source's passage."""

    def __init__(self, *, passage: Passage, **options: Any) -> None:
        super().__init__(**options)
        self._passage = passage

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        from twisted.internet import reactor

        policy: Any = self._contextFactory
        if self._passage.certificate is not None:
            policy = _WithCertificate(policy, self._passage.certificate)
        return _Agent(
            reactor,
            policy,
            timeout,
            normalize_bind_address(request.meta.get("bindaddress") or self._bindAddress),
            self._pool,
            passage=self._passage,
        )


class _Agent(_BindAddressAgent):
    def __init__(self, reactor: Any, policy: Any, timeout: float, bind: Any, pool: Any, *, passage: Passage) -> None:
        super().__init__(reactor, policy, timeout, bind, pool)
        self._policy = policy
        self._passage = passage

    def request(self, method: bytes, uri: bytes, headers: Any = None, bodyProducer: Any = None) -> Any:  # noqa: N803
        url, proxy = uri.decode("ascii"), self._passage.proxy
        brought = b"; ".join(headers.getRawHeaders(b"Cookie", ())).decode("latin-1")
        for name, value in self._passage.headers_for(url, brought).items():
            headers.setRawHeaders(name.encode("ascii"), [value.encode("latin-1")])
        if proxy is None or not proxy.forwards(url):
            return super().request(method, uri, headers, bodyProducer)
        authorization = proxy_authorization(proxy)
        if authorization is not None:
            headers.setRawHeaders(b"Proxy-Authorization", [authorization.encode("ascii")])
        parsed = URI.fromBytes(uri)  # type: ignore[no-untyped-call]
        return self._requestWithEndpoint(
            key=(parsed.scheme, parsed.host, parsed.port),
            endpoint=ProxyEndpoint(self._reactor, proxy, None),
            method=method,
            parsedURI=parsed,
            headers=headers,
            bodyProducer=bodyProducer,
            requestPath=uri,
        )

    def _getEndpoint(self, uri: Any) -> Any:  # noqa: N802  Twisted's name
        proxy = self._passage.proxy
        if proxy is None:
            return super()._getEndpoint(uri)  # type: ignore[no-untyped-call]
        host = uri.host.decode("ascii").strip("[]")
        tunnel: Any = ProxyEndpoint(self._reactor, proxy, partial(handshake, proxy, host, uri.port))
        if uri.scheme != b"https":
            return tunnel
        return wrapClientTLS(self._policy.creatorForNetloc(uri.host, uri.port), tunnel)

    def _requestWithEndpoint(self, key: Any, *args: Any, **more: Any) -> Any:  # noqa: N802  Twisted's name
        # connections through a proxy, or with a certificate, are one source's
        return super()._requestWithEndpoint((*key, self._passage.source_id), *args, **more)


@implementer(IPolicyForHTTPS)
class _WithCertificate:
    """Scrapy's TLS policy with a client certificate."""

    def __init__(self, policy: Any, certificate: ClientCertificate) -> None:
        self._policy = policy
        self._certificate = certificate

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: ARG002, N802  Twisted's name
        own, *chain = _certificates(self._certificate.certificate)
        both = PrivateCertificate.loadPEM(self._certificate.key + b"\n" + own)  # type: ignore[no-untyped-call]
        options = self._policy._get_cert_options_kwargs()  # noqa: SLF001
        return optionsForClientTLS(
            hostname.decode("ascii"),
            extraCertificateOptions={
                **options,
                "privateKey": both.privateKey.original,
                "certificate": both.original,
                "extraCertChain": [Certificate.loadPEM(each).original for each in chain],
            },
        )


def _certificates(pem: bytes) -> list[bytes]:
    """Return the certificates of a PEM file, the client's own first."""
    end = b"-----END CERTIFICATE-----"
    begin = b"-----BEGIN CERTIFICATE-----"
    return [piece[piece.index(begin) :] + end + b"\n" for piece in pem.split(end) if begin in piece]
