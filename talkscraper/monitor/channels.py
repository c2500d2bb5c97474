"""The ways by which ``[notify]`` tells: an e-mail, and a POST of JSON. Each is bounded in time, and shows no secret."""

from __future__ import annotations

import base64
import http.client
import json
import smtplib
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from talkscraper.connection_faults import in_words
from talkscraper.errors import TalkscraperError
from talkscraper.printable import one_line, printable
from talkscraper.sources.notify_settings import EmailSettings, NotifySettings, WebhookSettings
from talkscraper.sources.secrets import Secret
from talkscraper.sources.values import ValueRefused, checked_url

TIMEOUT_S = 10.0
"""Seconds for each step of a connection."""
SEND_S = 30.0
"""Seconds for a whole message; a server that goes on slowly doesn't hold up the run."""

Send = Callable[[str, str, Mapping[str, object]], None]
"""Sends subject, text and JSON."""


class NotSent(TalkscraperError):
    """A message that couldn't be sent; the text says why, without any secret."""


def channels(settings: NotifySettings, folder: Path) -> dict[str, Send]:
    """Return the configured ways of telling, by name; ``folder`` is the archive's, for files of secrets."""
    found: dict[str, Send] = {}
    email, webhook = settings.email, settings.webhook
    if email is not None:
        found["email"] = lambda subject, text, _json: _in_time(lambda: _mail(email, folder, subject, text))
    if webhook is not None:
        found["webhook"] = lambda _subject, _text, document: _in_time(lambda: _post(webhook, folder, document))
    return found


def _in_time(send: Callable[[], None]) -> None:
    """Call ``send`` in a thread that isn't waited for longer than ``SEND_S``.

    Raises:
        NotSent: it failed, or took too long.
    """
    errors: list[BaseException] = []

    def run() -> None:
        try:
            send()
        except BaseException as e:  # noqa: BLE001  handed to the caller
            errors.append(e)

    thread = threading.Thread(target=run, name="talkscraper-notify", daemon=True)
    thread.start()
    thread.join(SEND_S)
    if thread.is_alive():
        raise NotSent(f"no answer within {SEND_S:.0f} s")
    if errors:
        error = errors[0]
        if isinstance(error, NotSent):
            raise error
        raise NotSent(str(error) if isinstance(error, TalkscraperError) else type(error).__name__)


def _mail(settings: EmailSettings, folder: Path, subject: str, text: str) -> None:
    password = None if settings.password is None else settings.password.resolve(folder)
    place = f"{settings.host}:{settings.port}"
    try:
        with _connected(settings) as server:
            if settings.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.user is not None and password is not None:
                server.login(settings.user, password)
            refused = server.send_message(_letter(settings, subject, text), settings.sender, settings.recipients)
            if refused:
                raise NotSent(f"{place}: it refused {', '.join(refused)}")
    except (OSError, smtplib.SMTPException, ValueError) as e:
        raise NotSent(f"{place}: {_without(_mail_fault(e), settings.user, password)}") from None


def _connected(settings: EmailSettings) -> smtplib.SMTP:
    # named, or smtplib would look its own name up in DNS
    here = "[127.0.0.1]"
    if settings.tls == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(settings.host, settings.port, here, timeout=TIMEOUT_S, context=context)
    return smtplib.SMTP(settings.host, settings.port, here, timeout=TIMEOUT_S)


def _letter(settings: EmailSettings, subject: str, text: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = settings.sender
    letter["To"] = ", ".join(settings.recipients)
    letter["Subject"] = one_line(subject)[:200]
    letter["Date"] = formatdate()
    letter["Message-ID"] = make_msgid(domain=settings.sender.rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(printable(text))
    return letter


def _mail_fault(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"it refused {', '.join(error.recipients)}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"it refused user and password ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
        return f"it answered {error.smtp_code} {one_line(said)[:200]}"
    if isinstance(error, smtplib.SMTPException):
        return one_line(str(error))[:200] or type(error).__name__
    return in_words(error) or type(error).__name__


def _without(text: str, *values: str | None) -> str:
    """Return a message without secrets that a server may have repeated, also not in base64."""
    for value in values:
        if value:
            encoded = base64.b64encode(value.encode()).decode().rstrip("=")
            text = text.replace(value, "***").replace(encoded, "***")
    return text


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: a token is for the address that was given."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """Refuse."""


def _post(settings: WebhookSettings, folder: Path, document: Mapping[str, object]) -> None:
    url = settings.url.resolve(folder) if isinstance(settings.url, Secret) else settings.url
    headers = {"Content-Type": "application/json", "User-Agent": "talkscraper"}
    if settings.token is not None:
        headers["Authorization"] = f"Bearer {settings.token.resolve(folder)}"
    try:
        checked_url(url)
    except ValueRefused:
        raise NotSent("its url isn't an http or https URL") from None
    # the address itself is often the secret: only its host is named
    place = urlsplit(url).netloc
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310  the scheme was checked
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT_S) as answer:
            answer.read(1)
    except urllib.error.HTTPError as e:
        e.close()
        raise NotSent(f"{place}: it answered {e.code}") from None
    except (OSError, http.client.HTTPException, ValueError) as e:
        reason = e.reason if isinstance(e, urllib.error.URLError) else e
        words = in_words(reason) if isinstance(reason, BaseException) else None
        timed_out = isinstance(reason, TimeoutError)
        raise NotSent(f"{place}: {words or ('no answer in time' if timed_out else type(reason).__name__)}") from None
