"""The reading room and replay on loopback ports, in this process, over an archive made by hand."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import importlib.util
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

if "replay_building" not in sys.modules:
    _file = Path(__file__).parents[1] / "replay/building.py"
    _spec = importlib.util.spec_from_file_location("replay_building", _file)
    _module = importlib.util.module_from_spec(_spec)
    sys.modules["replay_building"] = _module
    _spec.loader.exec_module(_module)
building = sys.modules["replay_building"]


@dataclass
class Reply:
    """One answer, with its bytes untouched."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Served:
    """Two running servers and a client that follows nothing and decodes nothing."""

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
        origins = Origins(port=self.port, replay_port=self.replay_port)
        self.readers = Readers(folder.database)
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

    def get(self, path: str, *, replay: bool = False, method: str = "GET", **headers: str) -> Reply:
        port = self.replay_port if replay else self.port
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())

    def protocols(self) -> list:
        """The connections that are open."""
        return [each for server in self._servers for each in list(server.server_state.connections)]

    def play(self, path: str, **headers: str) -> Reply:
        return self.get(path, replay=True, **headers)

    def stop(self) -> None:
        for server in self._servers:
            server.should_exit = True
        for thread in self._threads:
            thread.join(30)
        self.readers.close()


@pytest.fixture
def built(tmp_path):
    """An empty archive to write records into."""
    made = building.Built(tmp_path / "archive")
    yield made
    made.db.conn.close()


@pytest.fixture
def serve():
    """Starts the two servers over a folder; stops them afterwards."""
    running = []

    def start(folder, **options):
        served = Served(folder, **options)
        running.append(served)
        return served

    yield start
    for served in running:
        served.stop()


@pytest.fixture
def reader(built):
    """Opens a read-only connection on the archive."""
    from talkscraper.store.database import open_reader

    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(contextlib.closing(open_reader(built.folder.database)))
