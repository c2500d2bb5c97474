"""A mail server on loopback that keeps what it gets: plain, with STARTTLS or TLS, with user and password."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


@dataclass
class MailTrap:
    """A mail server on 127.0.0.1. Use as a context manager.

    Args:
        tls: offer STARTTLS with this context, and insist on it.
        login: the only user and password that may send.
        refuse: the answer to every message, as ``554 no``.
    """

    tls: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    refuse: str | None = None
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:
        if self.refuse is not None:
            return self.refuse
        self.letters.append(BytesParser(policy=default).parsebytes(envelope.content))
        self.recipients.append(envelope.rcpt_tos)
        return "250 kept"

    def _may_send(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        same = self.login is not None and (given.login.decode(), given.password.decode()) == self.login
        return AuthResult(success=same, handled=False)

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return int(self._controller.server.sockets[0].getsockname()[1])

    def __enter__(self) -> Self:
        class AnyPort(Controller):
            def _trigger_server(self) -> None:
                """Connect to the port that was chosen, not to 0."""
                with socket.create_connection(self.server.sockets[0].getsockname(), 30) as connection:
                    connection.recv(1024)

        self._controller = AnyPort(
            self, hostname="127.0.0.1", port=0, tls_context=self.tls, require_starttls=self.tls is not None,
            authenticator=self._may_send, auth_required=self.login is not None,
            auth_require_tls=self.tls is not None,
        )  # fmt: skip
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop(no_assert=True)
