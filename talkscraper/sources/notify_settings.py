"""``[notify]`` of sources.toml: whom to tell what became bad or well, by e-mail or a webhook."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from talkscraper.sources.secrets import Secret, read_secret
from talkscraper.sources.values import ValueRefused, checked_host, checked_url

TLS_MODES = ("starttls", "tls", "none")
DEFAULT_PORTS = {"starttls": 587, "tls": 465, "none": 25}
MAX_RECIPIENTS = 50
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_USER = re.compile(r"[^\x00-\x1f\x7f]{1,256}")

_HERE = re.compile(r"localhost|127(\.\d{1,3}){3}")

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSettings:
    """``[notify.email]``: a mail server, and whom to write to."""

    host: str
    port: int
    tls: str
    """``starttls``, ``tls`` (from the first byte on) or ``none``."""
    sender: str
    recipients: tuple[str, ...]
    user: str | None = None
    password: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """``[notify.webhook]``: an address to which JSON is posted."""

    url: str | Secret
    token: Secret | None = None
    """Sent as ``Authorization: Bearer``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """``[notify]``; with neither, nobody is told."""

    email: EmailSettings | None = None
    webhook: WebhookSettings | None = None


class Refuse(Protocol):
    """Raises an error that names the file and the line of a key."""

    def __call__(self, path: Path, message: str) -> NoReturn:
        """Refuse the value at ``path``."""


def read_notify(value: object, refuse: Refuse, where: Callable[[Path], str]) -> NotifySettings:
    """Return the settings of the table ``[notify]``.

    Args:
        value: the table.
        refuse: called with what is wrong, and where.
        where: the file and line of a key, for the errors of secrets.
    """
    return _Reader(refuse, where).notify(value)


class _Reader:
    def __init__(self, refuse: Refuse, where: Callable[[Path], str]) -> None:
        self._refuse = refuse
        self._where = where

    def notify(self, value: object) -> NotifySettings:
        table = self._table(("notify",), value, ("email", "webhook"))
        return NotifySettings(
            email=self._email(table["email"]) if "email" in table else None,
            webhook=self._webhook(table["webhook"]) if "webhook" in table else None,
        )

    def _email(self, value: object) -> EmailSettings:
        path = ("notify", "email")
        table = self._table(path, value, ("host", "port", "tls", "user", "password", "from", "to"))
        for needed in ("host", "from", "to"):
            if needed not in table:
                self._refuse(path, f"[notify.email] has no {needed}")
        host = self._text((*path, "host"), table["host"])
        try:
            checked_host(host)
        except ValueRefused as e:
            self._refuse((*path, "host"), f"host: {e}")
        tls = self._text((*path, "tls"), table.get("tls", "none" if _is_here(host) else "starttls"))
        if tls not in TLS_MODES:
            self._refuse((*path, "tls"), f"tls: {tls!r} is none of {', '.join(TLS_MODES)}")
        port = table.get("port", DEFAULT_PORTS[tls])
        if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
            self._refuse((*path, "port"), "port must be a number from 1 to 65535")
        user = self._text((*path, "user"), table["user"]) if "user" in table else None
        if user is not None and not _USER.fullmatch(user):
            self._refuse((*path, "user"), "user holds a control character, or is empty")
        password = self._secret((*path, "password"), table["password"]) if "password" in table else None
        if (user is None) != (password is None):
            self._refuse(path, "[notify.email] needs both of user and password, or neither")
        if password is not None and tls == "none" and not _is_here(host):
            self._refuse((*path, "tls"), 'tls: with "none" the password would be sent in the clear')
        return EmailSettings(
            host=host,
            port=port,
            tls=tls,
            sender=self._address((*path, "from"), table["from"]),
            recipients=self._recipients((*path, "to"), table["to"]),
            user=user,
            password=password,
        )

    def _webhook(self, value: object) -> WebhookSettings:
        path = ("notify", "webhook")
        table = self._table(path, value, ("url", "token"))
        if "url" not in table:
            self._refuse(path, "[notify.webhook] has no url")
        url: str | Secret
        if isinstance(table["url"], str):
            url = table["url"]
            try:
                checked_url(url)
            except ValueRefused as e:
                self._refuse((*path, "url"), f"url: {e}")
        else:
            url = self._secret((*path, "url"), table["url"])
        token = self._secret((*path, "token"), table["token"]) if "token" in table else None
        return WebhookSettings(url=url, token=token)

    def _table(self, path: Path, value: object, known: tuple[str, ...]) -> dict[str, Any]:
        name = ".".join(path)
        if not isinstance(value, dict):
            self._refuse(path, f"{path[-1]} must be a table: write [{name}] above its keys")
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
                hint = f"did you mean {near[0]!r}?" if near else f"known there: {', '.join(known)}"
                self._refuse((*path, key), f"unknown key {key!r} in [{name}]; {hint}")
        return value

    def _text(self, path: Path, value: object) -> str:
        if not isinstance(value, str):
            self._refuse(path, f"{path[-1]} must be a text in quotes")
        return value

    def _secret(self, path: Path, value: object) -> Secret:
        try:
            return read_secret(value, f"{self._where(path)}: {path[-1]}", literal=False)
        except ValueRefused as e:
            self._refuse(path, f"{path[-1]}: {e}")

    def _address(self, path: Path, value: object) -> str:
        text = self._text(path, value)
        if not _ADDRESS.fullmatch(text):
            self._refuse(path, f"{path[-1]}: {text!r} is not an e-mail address")
        return text

    def _recipients(self, path: Path, value: object) -> tuple[str, ...]:
        listed = value if isinstance(value, list) else [value]
        if not 0 < len(listed) <= MAX_RECIPIENTS:
            self._refuse(path, f"to: name 1 to {MAX_RECIPIENTS} addresses")
        return tuple(self._address(path, each) for each in listed)


def _is_here(host: str) -> bool:
    """Whether the mail server is on this machine, where nothing crosses a network."""
    return _HERE.fullmatch(host) is not None
