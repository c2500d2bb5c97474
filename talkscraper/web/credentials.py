"""Who may read: users with hashed passwords from a file like htpasswd's, or one token."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from talkscraper.errors import StorageError, UsageError
from talkscraper.extras import ExtraMissing

MAX_FILE = 1024 * 1024
MAX_REMEMBERED = 1000
MAX_HEADER = 4096
_N, _R, _P, _LENGTH = 2**14, 8, 1, 32
_SCRYPT = re.compile(r"\$scrypt\$([A-Za-z0-9+/]{22}==)\$([A-Za-z0-9+/]{43}=)")
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}")


@dataclass(slots=True)
class Credentials:
    """The readers who are let in; passwords are only known by their hashes."""

    users: dict[str, str] = field(default_factory=dict, repr=False)
    """Hashes by user."""
    token: str | None = field(default=None, repr=False)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _known: OrderedDict[bytes, None] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def accept(self, header: str | None) -> bool:
        """Whether the value of an ``Authorization`` header is one of a reader's; slow for one that is new."""
        if not header or len(header) > MAX_HEADER:
            return False
        scheme, _, value = header.strip().partition(" ")
        if scheme.lower() == "bearer":
            return self.token is not None and _same(value.strip(), self.token)
        if scheme.lower() != "basic":
            return False
        try:
            user, colon, password = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return False
        if not colon:
            return False
        if self.token is not None and _same(password, self.token):
            return True
        return self._is_user(user, password)

    def _is_user(self, user: str, password: str) -> bool:
        # a hash is slow on purpose; what was right once is remembered, by a key of this process
        mark = hmac.digest(self._key, f"{user}:{password}".encode("utf-8", "surrogatepass"), "sha256")
        with self._lock:
            if mark in self._known:
                self._known.move_to_end(mark)
                return True
        # an unknown user takes as long as a wrong password
        stored = self.users.get(user)
        right = matches(password, stored if stored is not None else _DUMMY) and stored is not None
        if right:
            with self._lock:
                self._known[mark] = None
                if len(self._known) > MAX_REMEMBERED:
                    self._known.popitem(last=False)
        return right


def read_users(path: Path) -> dict[str, str]:
    """Return the hashes by user of a file with a line ``user:hash`` for each.

    Raises:
        StorageError: the file can't be read.
        UsageError: a line is of no known form; the message says which, without the line.
    """
    try:
        raw = path.read_bytes()
    except OSError as e:
        raise StorageError(f"can't read {path}: {e.strerror}") from e
    if len(raw) > MAX_FILE:
        raise UsageError(f"{path}: larger than {MAX_FILE // 1024} KiB")
    users: dict[str, str] = {}
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        user, _, stored = line.strip().partition(":")
        if not user or not (_SCRYPT.fullmatch(stored) or _BCRYPT.fullmatch(stored)):
            raise UsageError(
                f"{path}:{number}: not 'user:hash' with bcrypt ('htpasswd -B') or 'talkscraper serve --hash-password'"
            )
        if _BCRYPT.fullmatch(stored) and find_spec("bcrypt") is None:
            raise ExtraMissing(
                f"{path}:{number}: a bcrypt hash needs",
                "bcrypt",
                "; 'talkscraper serve --hash-password' writes one that doesn't",
            )
        if user in users:
            raise UsageError(f"{path}:{number}: this user is there already")
        users[user] = stored
    if not users:
        raise UsageError(f"{path} names no user: nobody could read")
    return users


def hashed(password: str) -> str:
    """Return a password's hash, for a line of the file."""
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=_N, r=_R, p=_P, dklen=_LENGTH)
    return f"$scrypt${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def matches(password: str, stored: str) -> bool:
    """Whether a password has this hash; compared in constant time."""
    given = password.encode("utf-8", "surrogatepass")
    if (parts := _SCRYPT.fullmatch(stored)) is not None:
        salt, expected = base64.b64decode(parts[1]), base64.b64decode(parts[2])
        return hmac.compare_digest(hashlib.scrypt(given, salt=salt, n=_N, r=_R, p=_P, dklen=_LENGTH), expected)
    import bcrypt

    # bcrypt reads 72 bytes, and no further than a NUL
    if b"\0" in given:
        return False
    return bcrypt.checkpw(given[:72], stored.encode("ascii"))


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


_DUMMY = f"$scrypt${base64.b64encode(bytes(16)).decode()}${base64.b64encode(bytes(_LENGTH)).decode()}"
"""A hash that no password has."""
