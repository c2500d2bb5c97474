"""What accepts connections and is no scheduler ends within the time, and in one line."""

from __future__ import annotations

import socket
import threading

import pytest

distributed = pytest.importorskip("distributed")

from talkscraper.cluster.handshake import shake_hands  # noqa: E402  it is of no use without Dask


def served(server: socket.socket, word: bytes) -> list[socket.socket]:
    """Accept one connection, on a thread, and say a word; the connection stays open."""
    held: list[socket.socket] = []

    def answer() -> None:
        held.append(server.accept()[0])
        held[0].sendall(word)

    threading.Thread(target=answer, daemon=True).start()
    return held


def test_a_scheduler_that_hangs_is_told_from_one_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = served(server, b"")
        with pytest.raises(OSError, match="it accepts connections, and says nothing"):
            shake_hands(distributed, f"tcp://127.0.0.1:{server.getsockname()[1]}", 0.5)
        held[0].close()


def test_a_server_of_another_kind_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = served(server, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        with pytest.raises(Exception):  # noqa: B017  whatever Dask makes of it
            shake_hands(distributed, f"tcp://127.0.0.1:{server.getsockname()[1]}", 5)
        held[0].close()
