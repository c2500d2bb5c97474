"""The reading room and replay on loopback ports, in this process."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import threading
from dataclasses import dataclass
from typing import Self

import uvicorn


@dataclass
class WebReply:
    """One response, with its bytes untouched."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class ServedArchive:
    """Two running servers, and a client that follows nothing and decodes nothing. Use as a context manager, or ``stop`` it."""

    def __init__(self, folder, *, protocol=None, **options):
        from talkscraper.web.connection_pool import Readers
        from talkscraper.web.origins import Origins
        from talkscraper.web.reading_room import reading_room
        from talkscraper.web.replay_app import replay_app
        from talkscraper.web.serve_options import ServeOptions
        from talkscraper.web.server import configured

        self.options = ServeOptions(folder=folder, port=0, replay_port=0, **options)
        sockets = [socket.create_server(("127.0.0.1", 0), backlog=256) for _ in range(2)]
        self.port, self.replay_port = (each.getsockname()[1] for each in sockets)
        origins = Origins(
            port=self.port, replay_port=self.replay_port, replay_url=self.options.replay_url,
            room_url=self.options.room_url, base_path=self.options.base_path,
        )  # fmt: skip
        self.readers = Readers(folder.database, *(each.database for each in self.options.others))
        apps = [reading_room(self.options, origins, self.readers), replay_app(self.options, origins, self.readers)]
        self._servers = [uvicorn.Server(configured(app, protocol) if protocol else configured(app)) for app in apps]
        self._threads = [
            threading.Thread(target=lambda s=server, k=bound: asyncio.run(s.serve(sockets=[k])), daemon=True)
            for server, bound in zip(self._servers, sockets, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def room(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def replay(self) -> str:
        return f"http://127.0.0.1:{self.replay_port}"

    def get(self, path: str, *, replay: bool = False, method: str = "GET", **headers: str) -> WebReply:
        port = self.replay_port if replay else self.port
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return WebReply(response.status, response.headers, response.read())

    def protocols(self) -> list:
        """The connections that are open."""
        return [each for server in self._servers for each in list(server.server_state.connections)]

    def play(self, path: str, **headers: str) -> WebReply:
        return self.get(path, replay=True, **headers)

    def stop(self) -> None:
        for server in self._servers:
            server.should_exit = True
        for thread in self._threads:
            thread.join(30)
        self.readers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Running:
    """Any ASGI application on a loopback port, in a thread of its own. Use as a context manager."""

    def __init__(self, app) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._server.serve(sockets=[listening])), daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(30)


class ReverseProxy:
    """A reverse proxy for GET on a loopback port; the upstream may be set later. Use as a context manager.

    Args:
        path: what is passed on; the rest is 404.
        strips: whether the path is taken off.
    """

    def __init__(self, path: str, *, strips: bool) -> None:
        self.path, self.strips, self.port = path, strips, 0

        async def app(scope, receive, send) -> None:  # uvicorn takes a bound method for an older kind of application
            await self._answer(scope, receive, send)

        self._running = Running(app)
        self.base = self._running.base

    async def _answer(self, scope, receive, send) -> None:
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import Response

        target = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        if not target.startswith(f"{self.path}/"):
            await Response("not here", 404)(scope, receive, send)
            return
        if self.strips:
            target = target.removeprefix(self.path)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}

        def ask():
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
                connection.request("GET", target, headers=headers | {"connection": "close"})
                response = connection.getresponse()
                return response.status, response.getheaders(), response.read()

        status, answered, body = await run_in_threadpool(ask)
        dropped = {"transfer-encoding", "connection", "content-length"}
        kept = {name: value for name, value in answered if name.lower() not in dropped}
        await Response(body, status, kept)(scope, receive, send)

    def __enter__(self) -> Self:
        self._running.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.__exit__()
