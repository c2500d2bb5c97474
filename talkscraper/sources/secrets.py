"""Secrets of sources.toml: a text, ``{ env = "NAME" }`` or ``{ file = "path" }``, read at the time of use.

A secret's value is in no ``repr``, message, log line or row: messages name the variable or the file.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from talkscraper.errors import SourcesError
from talkscraper.sources.values import ValueRefused

MAX_SECRET = 64 * 1024
"""Bytes of a secret's file."""

_FORBIDDEN = re.compile("[\r\n\x00]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
WORLD_READABLE = stat.S_IROTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """Where a secret's value comes from: exactly one of ``literal``, ``env`` and ``file``.

    Raises:
        ValueRefused: none or several are given, or what is given is invalid.
    """

    literal: str | None = field(default=None, repr=False)
    """The value itself, as it stands in sources.toml."""
    env: str | None = None
    """Name of an environment variable."""
    file: str | None = None
    """Path of a file, relative to the archive's folder; ``~`` is the user's home."""
    where: str = field(default="sources.toml", compare=False)
    """Where it is asked for, at the head of error messages: ``sources.toml:12: password``."""

    def __post_init__(self) -> None:
        if sum(each is not None for each in (self.literal, self.env, self.file)) != 1:
            raise ValueRefused('give one of "…", { env = "NAME" } and { file = "path" }')
        if self.literal is not None and (fault := _fault(self.literal)):
            raise ValueRefused(f"the value {fault}")
        if self.env is not None and not _NAME.fullmatch(self.env):
            raise ValueRefused(f"{self.env!r} can't name an environment variable")
        if self.file is not None and (not self.file.strip() or _FORBIDDEN.search(self.file)):
            raise ValueRefused(f"{self.file!r} is not the path of a file")

    def __str__(self) -> str:
        """Return where it comes from; never its value."""
        if self.env is not None:
            return f"${self.env}"
        return self.file if self.file is not None else "***"

    def resolve(self, folder: Path) -> str:
        """Return the value; ``folder`` is the archive's, to which a file's path is relative.

        Raises:
            SourcesError: the variable isn't set, or the file is missing or readable by everyone, or the value is
                empty or of several lines; the message names ``where``, and never the value.
        """
        if self.literal is not None:
            return self.literal
        value = self._from_environment() if self.env is not None else self._from_file(folder)
        if fault := _fault(value):
            raise SourcesError(f"{self.where}: the value of {self} {fault}")
        return value

    def text(self, folder: Path, *, most: int = MAX_SECRET) -> str:
        """Return the whole text of a secret's file, of any number of lines and at most ``most`` bytes.

        Raises:
            SourcesError: as for ``resolve``.
        """
        return self._from_file(folder, most)

    def _from_environment(self) -> str:
        assert self.env is not None
        value = os.environ.get(self.env)
        if value is None:
            raise SourcesError(f"{self.where}: the environment variable {self.env} isn't set")
        return value

    def _from_file(self, folder: Path, most: int = MAX_SECRET) -> str:
        assert self.file is not None
        try:
            path = folder / Path(self.file).expanduser()
        except RuntimeError as e:
            raise SourcesError(f"{self.where}: {self.file}: there is no such home folder") from e
        try:
            # opened once: what is checked is what is read; a pipe without a writer doesn't hold it up
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as e:
            raise SourcesError(f"{self.where}: the file {path} doesn't exist") from e
        except OSError as e:
            raise SourcesError(f"{self.where}: can't read {path}: {e.strerror}") from e
        try:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode):
                raise SourcesError(f"{self.where}: {path} is not a file")
            if state.st_mode & WORLD_READABLE:
                raise SourcesError(f"{self.where}: everyone can read {path}: run 'chmod 600 {path}'")
            # a regular file is read in one call up to its end
            raw = os.read(handle, most + 1)
        except OSError as e:
            raise SourcesError(f"{self.where}: can't read {path}: {e.strerror}") from e
        finally:
            os.close(handle)
        if len(raw) > most:
            raise SourcesError(f"{self.where}: {path} is larger than {most // 1024} KiB")
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as e:
            raise SourcesError(f"{self.where}: {path} is not UTF-8") from e
        return text.removesuffix("\n").removesuffix("\r")


def read_secret(value: object, where: str, *, literal: bool = True) -> Secret:
    """Return the secret that a TOML value describes; ``literal`` allows the value itself in sources.toml.

    Raises:
        ValueRefused: it describes none; the message doesn't contain the value.
    """
    if isinstance(value, str):
        if not literal:
            raise ValueRefused('a secret doesn\'t stand in sources.toml: write { env = "NAME" } or { file = "path" }')
        return Secret(literal=value, where=where)
    if not isinstance(value, Mapping):
        raise ValueRefused('write "…", { env = "NAME" } or { file = "path" }')
    if len(value) != 1 or next(iter(value)) not in ("env", "file"):
        raise ValueRefused('write { env = "NAME" } or { file = "path" }')
    ((key, text),) = value.items()
    if not isinstance(text, str):
        raise ValueRefused(f"{key} must be a text in quotes")
    return Secret(env=text, where=where) if key == "env" else Secret(file=text, where=where)


def _fault(value: str) -> str | None:
    if not value:
        return "is empty"
    if _FORBIDDEN.search(value):
        return "has more than one line, or a NUL"
    return None
