"""What every request passes first: the health check, the base path, and who may read."""

from __future__ import annotations

import sqlite3

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from talkscraper.errors import TalkscraperError
from talkscraper.printable import one_line
from talkscraper.web.connection_pool import Readers
from talkscraper.web.serve_options import ServeOptions

HEALTH = "/healthz"
HEALTH_LIMIT_S = 2.0
_NOT_CACHED = {"Cache-Control": "no-store"}


class FrontDoor:
    """ASGI middleware around the guarded application of one origin."""

    def __init__(self, app: ASGIApp, *, options: ServeOptions, readers: Readers, base_path: str = "") -> None:
        self._app = app
        self._base = base_path
        self._credentials = options.credentials
        self._readers = readers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the health check, refuse strangers, and pass the others on without the base path."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        inner = self._without_base(scope)
        if inner["path"] == HEALTH and inner["method"] in ("GET", "HEAD"):
            await (await run_in_threadpool(self._health))(inner, receive, send)
        elif not await self._may_read(Headers(scope=scope)):
            await self._refusal()(inner, receive, send)
        else:
            await self._app(inner, receive, send)

    def _without_base(self, scope: Scope) -> Scope:
        """Return the request as it would be without the base path; a proxy may have removed that already."""
        base, path = self._base, scope["path"]
        if not base or not (path == base or path.startswith(f"{base}/")):
            return scope
        raw = scope.get("raw_path") or path.encode()
        return {**scope, "path": path[len(base) :] or "/", "raw_path": raw.removeprefix(base.encode()) or b"/"}

    def _health(self) -> PlainTextResponse:
        try:
            with self._readers.lease(time_limit_s=HEALTH_LIMIT_S) as connection:
                connection.execute("select 1 from sources limit 1").fetchone()
        except (TalkscraperError, sqlite3.Error, OSError) as e:
            return PlainTextResponse(f"{one_line(str(e))}\n", 503, _NOT_CACHED)
        return PlainTextResponse("ok\n", headers=_NOT_CACHED)

    async def _may_read(self, headers: Headers) -> bool:
        if self._credentials is None:
            return True
        return await run_in_threadpool(self._credentials.accept, headers.get("authorization"))

    @staticmethod
    def _refusal() -> PlainTextResponse:
        return PlainTextResponse(
            "This archive asks for a user and a password.\n",
            401,
            {**_NOT_CACHED, "WWW-Authenticate": 'Basic realm="talkscraper", charset="UTF-8"'},
        )
