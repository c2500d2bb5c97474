"""The parser under Twisted's HTTP/1.1 client: ``warc.response_reader`` decides what is a response, and where it ends.

Twisted's own parser refuses responses that browsers show (a space in a header's name, a line of 16 KiB, an unknown
transfer coding), and then neither page nor record is complete. This one keeps Twisted's protocol of deferreds, pausing
and connections, and relies on the same private classes as ``protocol``.
"""

# Twisted has no types, and these are its private parts
# ruff: noqa: SLF001
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import (
    BODY,
    DONE,
    HTTPClientParser,
    Response,
    ResponseFailed,
    ResponseNeverReceived,
)
from twisted.web.http import PotentialDataLoss, _DataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH

from talkscraper.warc.http import HttpHead
from talkscraper.warc.response_reader import ResponseReader, usable_headers

QUIET_S = 5.0
"""Seconds of silence after which a response whose end nothing tells is over, though the connection is still open."""
_VERSION = re.compile(r"(?i)HTTP/([0-9])(?:\.([0-9]))?")


class LenientParser(HTTPClientParser):
    """Replaces the class of a parser that Twisted has just created; ``begin`` completes it."""

    reader: ResponseReader
    transport: Any
    _quiet: Any = None

    def begin(self) -> None:
        """Prepare for the response to the parser's request."""
        self.reader = ResponseReader(self.request.method.decode("ascii", "replace"))

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  Twisted's name
        """Pass received bytes to the reader, and its payload to the response.

        Raises:
            UnreadableResponse: this isn't HTTP; the protocol closes the connection.
        """
        self._everReceivedData = True
        self._stop_waiting()
        known = self.reader.head
        payload = b"".join(self.reader.feed(data))
        head = self.reader.head
        if head is None:
            return
        if known is None:
            self._announce(head)
        if self.state == DONE:
            return
        if payload:
            self.response._bodyDataReceived(payload)
        if self.reader.ended:
            self._finish()
        elif self.reader.may_be_over:
            from twisted.internet import reactor

            clock: Any = reactor
            self._quiet = clock.callLater(QUIET_S, self._quieted)

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: N802  Twisted's name
        """End the response with the connection."""
        self._stop_waiting()
        if self.state == DONE:
            return
        if self.reader.head is None:
            failure = ResponseFailed if self._everReceivedData else ResponseNeverReceived
            self._responseDeferred.errback(Failure(failure([reason])))
            del self._responseDeferred
            return
        held, missing = self.reader.close()
        with suppress(RuntimeError):  # the protocol is being aborted
            if held:
                self.response._bodyDataReceived(held)
            if missing:
                self._lose(reason)
            else:
                self._finished(b"")
                self.response._bodyDataFinished(Failure(PotentialDataLoss()))

    def _announce(self, head: HttpHead) -> None:
        """Create the response and hand it on; its body follows."""
        for name, value in usable_headers(head):
            key = name.lower().encode("ascii")
            target = self.connHeaders if self.isConnectionControlHeader(key) else self.headers
            target.addRawHeader(name.encode("ascii"), value.encode("latin-1"))
        version = _VERSION.match(head.version)
        numbers = (int(version[1]), int(version[2] or 0)) if version else (1, 0)
        self.response = Response._construct(
            (b"HTTP", *numbers), head.status, head.reason.encode("latin-1"), self.headers, self.transport, self.request
        )
        length = self.reader.declared_length
        self.response.length = UNKNOWN_LENGTH if length is None else length
        if length == 0:
            # nobody will wait for its body
            self._finish()
        else:
            # few bytes are buffered until somebody reads them
            self.transport.pauseProducing()
            self.state = BODY
        # last: it hands the response to code that may change any state
        self._responseDeferred.callback(self.response)
        del self._responseDeferred

    def _finish(self) -> None:
        if not self.reader.reusable:
            self.connHeaders = Headers({b"Connection": [b"close"]})
        self._finished(self.reader.surplus)
        self.response._bodyDataFinished()

    def _lose(self, reason: Failure | None) -> None:
        self.state = DONE
        self.response._bodyDataFinished(Failure(ResponseFailed([reason, Failure(_DataLoss())], self.response)))

    def _quieted(self) -> None:
        """End a response after which nothing came."""
        self._quiet = None
        held, missing = self.reader.close()
        if held:
            self.response._bodyDataReceived(held)
        if missing:
            self._lose(Failure(ConnectionDone("nothing more came")))
            self.transport.loseConnection()
        else:
            self._finish()

    def _stop_waiting(self) -> None:
        if self._quiet is not None and self._quiet.active():
            self._quiet.cancel()
        self._quiet = None
