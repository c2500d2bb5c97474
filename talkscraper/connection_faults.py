"""Errors of names, connections and TLS in words, for logs and reports: what happened, without class names.

It knows the exceptions of the standard library, and those of Twisted, pyOpenSSL and Scrapy by their names, since the
commands that only check a source import none of these.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

MAX_CAUSES = 20
"""Maximum number of exceptions behind one that are looked at."""
CERTIFICATE_FAULTS = {
    9: "its certificate isn't valid yet",
    10: "its certificate has expired",
    18: "its certificate is self-signed",
    19: "its certificate is of an unknown authority, which signed itself",
    20: "its certificate is of an unknown authority, or an intermediate certificate is missing",
    21: "its certificate is of an unknown authority, or an intermediate certificate is missing",
    23: "its certificate was revoked",
    62: "its certificate is for another host",
    64: "its certificate is for another host",
}
"""By OpenSSL's code of verification (X509_V_ERR)."""
_INVALID_CERTIFICATE = "its certificate is invalid"
_REFUSED = "the connection was refused"
_RESET = "the connection was reset"
_CLOSED = "the connection was closed before the response was complete"
_NO_CONNECTION = "no connection in time"
_NO_NAME = "its name isn't found in DNS"
_NO_ROUTE = "there is no route to it"
_BY_NAME = {
    "VerificationError": CERTIFICATE_FAULTS[62],
    "ConnectionRefusedError": _REFUSED,
    "DNSLookupError": _NO_NAME,
    "ConnectionResetError": _RESET,
    "BrokenPipeError": _RESET,
    "ConnectionLost": _RESET,
    "ConnectionDone": _CLOSED,
    "ConnectionAborted": _CLOSED,
    "RemoteDisconnected": _CLOSED,
    "TCPTimedOutError": _NO_CONNECTION,
    "NoRouteError": _NO_ROUTE,
}
_BY_ERRNO = {
    errno.ECONNREFUSED: _REFUSED,
    errno.ECONNRESET: _RESET,
    errno.EPIPE: _RESET,
    errno.ENETUNREACH: _NO_ROUTE,
    errno.EHOSTUNREACH: _NO_ROUTE,
    errno.ETIMEDOUT: _NO_CONNECTION,
}


def in_words(error: BaseException, verification: int | None = None) -> str | None:
    """Return what an error of the network means; None for one that isn't known.

    Args:
        error: The exception; its causes are looked at too, the first that is known counts.
        verification: OpenSSL's result of the certificate's verification, where the exception doesn't hold it.
    """
    for cause in _causes(error):
        words = _words(cause, verification)
        if words is not None:
            return words
    return None


def _words(error: BaseException, verification: int | None) -> str | None:
    name, module = type(error).__name__, type(error).__module__
    if isinstance(error, ssl.SSLCertVerificationError):
        return CERTIFICATE_FAULTS.get(error.verify_code, _INVALID_CERTIFICATE)
    if isinstance(error, ssl.SSLError):
        return _handshake((error.reason or "").replace("_", " ").lower(), verification)
    if module.startswith("OpenSSL"):
        reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
        return _handshake(str(reasons[-1][-1]) if reasons else "", verification)
    if isinstance(error, socket.gaierror):
        return "its name can't be looked up just now" if error.errno == socket.EAI_AGAIN else _NO_NAME
    if name == "TimeoutError" and module.startswith("twisted"):
        return _NO_CONNECTION
    if name in _BY_NAME:
        return _BY_NAME[name]
    number = getattr(error, "osError", None) or (error.errno if isinstance(error, OSError) else None)
    return _BY_ERRNO.get(number) if isinstance(number, int) else None


def _handshake(reason: str, verification: int | None) -> str:
    if "certificate verify failed" in reason:
        return CERTIFICATE_FAULTS.get(verification or 0, _INVALID_CERTIFICATE)
    if "wrong version number" in reason or "http request" in reason:
        return "the TLS handshake failed: it doesn't speak TLS on this port"
    if "unexpected eof" in reason:
        return _CLOSED
    return f"the TLS handshake failed: {reason[:100]}" if reason else "the TLS handshake failed"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception, those that Twisted wrapped in it, and its causes."""
    waiting, seen = [error], 0
    while waiting and seen < MAX_CAUSES:
        seen += 1
        current = waiting.pop(0)
        yield current
        reasons = getattr(current, "reasons", None)
        if isinstance(reasons, list):
            waiting += [each.value for each in reasons if isinstance(getattr(each, "value", None), BaseException)]
        if current.__cause__ is not None:
            waiting.append(current.__cause__)
