"""Proxies on loopback: HTTP (forwarding and CONNECT) and SOCKS 5, which know names that DNS doesn't."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import struct
import threading
from typing import Self
from urllib.parse import urlsplit


class _Proxy:
    """A proxy on 127.0.0.1. Use as a context manager.

    Args:
        names: what a host and port leads to, as ``{"quay.example": server_port}``; what isn't there isn't connected to.
        login: user and password that are wanted, or None.

    Attributes:
        asked: what it was asked for, in order: ``host:port`` of tunnels, URLs of forwarded requests.
    """

    def __init__(
        self, names: dict[str, int], *, login: tuple[str, str] | None = None, context: ssl.SSLContext | None = None
    ) -> None:
        self.names = names
        self.login = login
        self.asked: list[str] = []
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self._open.append(connection)
                threading.Thread(target=self._guarded, args=(connection,), daemon=True).start()

    def _guarded(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError, IndexError):
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            self.serve(connection)
        with contextlib.suppress(OSError):
            connection.close()

    def serve(self, connection: socket.socket) -> None:
        raise NotImplementedError

    def reach(self, host: str) -> socket.socket | None:
        """A connection to what a name leads to."""
        port = self.names.get(host)
        if port is None:
            return None
        onward = socket.create_connection(("127.0.0.1", port))
        self._open.append(onward)
        return onward

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        for each in (self._listening, *self._open):
            with contextlib.suppress(OSError):
                each.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class HttpProxy(_Proxy):
    """Forwards ``http:`` URLs and opens tunnels; with ``status`` it answers everything with that."""

    status: int | None = None
    silent = False
    """Whether it never answers."""

    def serve(self, connection: socket.socket) -> None:
        while (head := _head(connection)) is not None:
            line, *fields = head.decode("latin-1").split("\r\n")
            method, target, _ = line.split(" ", 2)
            headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in fields)}
            self.asked.append(target)
            if self.silent:
                connection.recv(1)
                return
            if self.status is not None:
                connection.sendall(f"HTTP/1.1 {self.status} No\r\nContent-Length: 0\r\n\r\n".encode())
                continue
            if self.login is not None:
                wanted = base64.b64encode(":".join(self.login).encode()).decode()
                if headers.get("proxy-authorization") != f"Basic {wanted}":
                    connection.sendall(
                        b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n"
                        b"Content-Length: 0\r\n\r\n"
                    )
                    continue
            host = (target.rpartition(":")[0] if method == "CONNECT" else urlsplit(target).hostname) or ""
            onward = self.reach(host)
            if onward is None:
                connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                continue
            if method == "CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _join(connection, onward)
                return
            kept = [each for each in fields if each and not each.lower().startswith(("proxy-", "connection:"))]
            path = target.split("/", 3)
            onward.sendall(
                "\r\n".join(
                    [f"{method} /{path[3] if len(path) > 3 else ''} HTTP/1.1", *kept, "Connection: close", "", ""]
                ).encode("latin-1")
            )
            while data := onward.recv(65536):
                connection.sendall(data)
            onward.close()
            # the origin's end is the response's
            return


class SocksProxy(_Proxy):
    """SOCKS 5, with CONNECT to names and IPv4 addresses."""

    def serve(self, connection: socket.socket) -> None:
        _, count = _exactly(connection, 2)
        methods = _exactly(connection, count)
        if self.login is None:
            connection.sendall(b"\x05\x00")
        elif 2 in methods:
            connection.sendall(b"\x05\x02")
            _, size = _exactly(connection, 2)
            user = _exactly(connection, size).decode()
            password = _exactly(connection, _exactly(connection, 1)[0]).decode()
            good = (user, password) == self.login
            connection.sendall(b"\x01\x00" if good else b"\x01\x01")
            if not good:
                return
        else:
            connection.sendall(b"\x05\xff")
            return
        _, _, _, kind = _exactly(connection, 4)
        if kind == 3:
            host = _exactly(connection, _exactly(connection, 1)[0]).decode()
        else:
            host = socket.inet_ntoa(_exactly(connection, 4))
        (port,) = struct.unpack("!H", _exactly(connection, 2))
        self.asked.append(f"{host}:{port}")
        onward = self.reach(host)
        if onward is None:
            connection.sendall(b"\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00")
            return
        # in pieces, as a slow network brings it
        connection.sendall(b"\x05\x00\x00")
        connection.sendall(b"\x01\x00\x00\x00\x00\x00\x00")
        _join(connection, onward)


def _head(connection: socket.socket) -> bytes | None:
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(65536)
        if not data:
            return None
        head += data
    return head.partition(b"\r\n\r\n")[0]


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise OSError("closed")
        data += piece
    return data


def _join(left: socket.socket, right: socket.socket) -> None:
    """Pass bytes both ways until one side ends."""

    def one_way(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    other = threading.Thread(target=one_way, args=(right, left), daemon=True)
    other.start()
    one_way(left, right)
    other.join(10)
