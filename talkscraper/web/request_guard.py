"""Guard of every request: host and method are checked, and the security headers are added to the response.

A page on the web can make its own name resolve to 127.0.0.1 and then read what listens there (DNS rebinding). It
can't choose the Host header, so unknown names are refused; a bare IP address can't be rebound.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-DNS-Prefetch-Control": "off",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
}
_OWN = frozenset({"same-origin", "none"})
"""Values of ``Sec-Fetch-Site`` for requests from own pages, and for typed addresses."""


def comes_from_elsewhere(headers: Headers, *, from_site: bool = False) -> bool:
    """Whether another site's page caused the request; programs that don't send the header are permitted.

    Any page on the web can make a browser repeat expensive requests, without seeing the response.

    Args:
        headers: of the request.
        from_site: permit pages of other ports and names of this site too.
    """
    fetched_by = headers.get("sec-fetch-site")
    if fetched_by is not None:
        return fetched_by not in (_OWN | {"same-site"} if from_site else _OWN)
    written = headers.get("origin") or headers.get("referer")
    if written is None:
        return False
    try:
        host = urlsplit(written).netloc.rpartition("@")[2]
    except ValueError:
        return True
    if from_site:
        return host_name(host) != host_name(headers.get("host", ""))
    return host.lower() != headers.get("host", "").strip().lower()


def comes_from_here(headers: Headers) -> bool:
    """Whether one of this origin's own pages caused the request, for requests that change something.

    Unlike ``comes_from_elsewhere``, a request that doesn't say where it comes from is refused: a browser sends the
    reader's password along with whatever page makes it send a form.
    """
    fetched_by = headers.get("sec-fetch-site")
    if fetched_by is not None:
        return fetched_by == "same-origin"
    # over plain HTTP browsers send only this one
    try:
        host = urlsplit(headers.get("origin", "")).netloc
    except ValueError:
        return False
    return bool(host) and host.lower() == headers.get("host", "").strip().lower()


class Guard:
    """ASGI middleware around the application of one origin."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        host_names: Iterable[str],
        headers: Callable[[Scope], dict[str, str]],
        writable: Iterable[str] = (),
    ) -> None:
        """``writable``: the paths that accept POST."""
        self._app = app
        self._writable = frozenset(writable)
        self._names = frozenset(name.lower() for name in host_names) | {"localhost"}
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        extra = {**COMMON_HEADERS, **self._headers(scope)}

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in extra.items():
                    headers.setdefault(name, value)
                if "set-cookie" in headers:
                    del headers["set-cookie"]
            await send(message)

        await (self._refusal(scope) or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        host = Headers(scope=scope).get("host", "")
        if not self.is_ours(host):
            return PlainTextResponse(
                f"This server doesn't answer to the name {host[:100]!r}. If it is yours, start it with --host-name.\n",
                status_code=421,
            )
        if scope["method"] == "POST" and scope["path"] in self._writable:
            return None
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Only GET and HEAD.\n", status_code=405, headers={"Allow": "GET, HEAD"})
        return None

    def is_ours(self, host: str) -> bool:
        """Whether a Host header names this server: a bare IP address, localhost, or a configured name."""
        name = host_name(host)
        if name in self._names or name.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port, in lower case."""
    lowered = host.strip().lower()
    if lowered.startswith("["):
        return lowered.partition("]")[0] + "]"
    return lowered.partition(":")[0].rstrip(".")
