"""Server with two listeners in one process, the reading room and the replay origin, and a graceful shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from talkscraper.errors import UsageError
from talkscraper.replay.rewriter import shared
from talkscraper.web.connection_pool import Readers
from talkscraper.web.connections import BACKLOG, KEEP_ALIVE_S, BoundedProtocol
from talkscraper.web.origins import Origins
from talkscraper.web.reading_room import reading_room
from talkscraper.web.replay_app import replay_app
from talkscraper.web.serve_options import ServeOptions

MAX_DESCRIPTORS = 4096
GRACE_S = 10
"""Seconds after SIGTERM for responses in progress."""
CLEARED_S = 10.0
"""Seconds for those that were cut off then to return what they hold: connections, temporary files."""


class _GracefulServer(uvicorn.Server):
    """Uvicorn's server without signal handlers: two servers in one process would replace each other's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signal handlers unchanged."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End; responses that take longer than ``GRACE_S`` are cut off, and clear up before the loop is closed."""
        await super().shutdown(sockets)
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=CLEARED_S)


def serve(options: ServeOptions, say: Callable[[str, str], None]) -> None:
    """Serve until SIGTERM or SIGINT. ``say`` is called with the two addresses, once both ports are bound.

    Raises:
        UsageError: a port is in use, or the host isn't an address of this machine.
    """
    _allow_descriptors()
    room_socket = _bind(options.host, options.port, "--port")
    with (
        contextlib.closing(room_socket),
        contextlib.closing(_bind(options.host, options.replay_port, "--replay-port")) as replay_socket,
    ):
        origins = Origins(
            port=room_socket.getsockname()[1],
            replay_port=replay_socket.getsockname()[1],
            replay_url=options.replay_url,
            room_url=options.room_url and options.room_url.rstrip("/"),
            base_path=options.base_path,
        )
        readers = Readers(options.folder.database, *(each.database for each in options.others))
        room = reading_room(options, origins, readers)
        replay = replay_app(options, origins, readers)
        shown = f"[{options.host}]" if ":" in options.host else options.host
        say(f"http://{shown}:{origins.port}{origins.base_path}/", f"http://{shown}:{origins.replay_port}/")
        try:
            asyncio.run(
                _run(
                    (_GracefulServer(configured(room)), room_socket),
                    (_GracefulServer(configured(replay)), replay_socket),
                )
            )
        finally:
            readers.close()
            shared.close()


def _allow_descriptors() -> None:
    """Raise the limit of file descriptors to what all connections may need, as far as the system permits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(MAX_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def configured(app: Any, protocol: type[BoundedProtocol] = BoundedProtocol) -> uvicorn.Config:
    """Return the uvicorn configuration of one application."""
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        log_config=None,  # its log lines are made printable like all others (talkscraper.printable)
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_S,
        proxy_headers=False,
    )


async def _run(*servers: tuple[_GracefulServer, socket.socket]) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server, _ in servers:
            server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await asyncio.gather(*(server.serve(sockets=[bound]) for server, bound in servers))


def _bind(host: str, port: int, option: str) -> socket.socket:
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    # with the protocol named, asyncio disables Nagle's algorithm: otherwise each response waits 40 ms for an ACK
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((bare, port))
        # from here on clients can connect to the printed address
        bound.listen(BACKLOG)
    except OSError as e:
        bound.close()
        raise UsageError(f"can't listen on {host}:{port} ({e.strerror or e}): choose another with {option}") from e
    return bound
