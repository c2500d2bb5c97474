"""The file of a collection, ``collections/NAME.toml``, which people may read and edit."""

from __future__ import annotations

import fcntl
import json
import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import write_whole
from talkscraper.collections.model import CollectedArticle, Collection
from talkscraper.errors import NotFound, StorageError, UsageError

SUFFIX = ".toml"
MAX_BYTES = 64 * 1024 * 1024
MAX_ARTICLES = 100_000
MAX_NOTE = 10_000
"""Characters of a note."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_ID = re.compile(r"[0-9a-f]{16}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HEAD = "# A collection of articles; change it with 'talkscraper collection'\n"


def checked_name(name: str) -> str:
    """Return a collection's name.

    Raises:
        UsageError: it can't be one: it is a file's name, and part of an address.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name[:80]!r} can't name a collection: write small letters, digits and hyphens, at most 64")
    return name


def checked_note(note: str | None) -> str | None:
    """Return a note without the characters that no text file holds; None if it is empty.

    Raises:
        UsageError: it is too long.
    """
    if note is None:
        return None
    kept = note.replace("\r\n", "\n").encode("utf-8", "replace").decode()
    kept = "".join(c for c in kept if c in "\n\t" or c.isprintable()).strip()
    if len(kept) > MAX_NOTE:
        raise UsageError(f"a note has at most {MAX_NOTE:,} characters, this one {len(kept):,}")
    return kept or None


def folder_of(folder: ArchiveFolder) -> Path:
    """Return the folder of an archive's collections; it may not exist yet."""
    return folder.root / "collections"


def names(folder: ArchiveFolder) -> list[str]:
    """Return the names of all collections."""
    where = folder_of(folder)
    found = (path.stem for path in where.glob(f"*{SUFFIX}")) if where.is_dir() else ()
    return sorted(name for name in found if _NAME.fullmatch(name))


def read(folder: ArchiveFolder, name: str) -> Collection | None:
    """Return a collection; None if there is no such file.

    Raises:
        UsageError: the name can't be one; the file isn't a collection's.
        StorageError: the file can't be read.
    """
    path = folder_of(folder) / (checked_name(name) + SUFFIX)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path} is larger than {MAX_BYTES // 2**20} MiB")
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as e:
        raise UsageError(f"{path} can't be read: {e}") from e
    except OSError as e:
        raise StorageError(f"can't read {path}: {e.strerror or e}") from e
    try:
        return _collection(name, data)
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        raise UsageError(f"{path} isn't a collection: {e}") from e


def require(folder: ArchiveFolder, name: str) -> Collection:
    """Return a collection.

    Raises:
        NotFound: there is none of this name.
        UsageError, StorageError: as for ``read``.
    """
    found = read(folder, name)
    if found is None:
        known = ", ".join(names(folder)[:20]) or "none"
        raise NotFound(f"there is no collection {name!r}: the archive has {known}")
    return found


def write(folder: ArchiveFolder, found: Collection) -> None:
    """Write a collection's file, whole or not at all.

    Raises:
        UsageError: the collection is too large.
        StorageError: the file can't be written.
    """
    if len(found.articles) > MAX_ARTICLES:
        raise UsageError(f"a collection has at most {MAX_ARTICLES:,} articles")
    path = folder_of(folder) / (checked_name(found.name) + SUFFIX)
    try:
        write_whole(path, [_text(found).encode()])
    except OSError as e:
        raise StorageError(f"can't write {path}: {e.strerror or e}") from e


@contextmanager
def changing(folder: ArchiveFolder) -> Iterator[None]:
    """Hold the lock of the collections while one is read, changed and written; others wait for a moment.

    Raises:
        StorageError: the folder can't be made or written.
    """
    where = folder_of(folder)
    try:
        where.mkdir(exist_ok=True)
        handle = os.open(where / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as e:
        raise StorageError(f"can't change {where}: {e.strerror or e}") from e
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _collection(name: str, data: dict[str, Any]) -> Collection:
    articles = data.get("articles", [])
    if len(articles) > MAX_ARTICLES:
        raise ValueError(f"more than {MAX_ARTICLES:,} articles")
    found = {str(each["id"]): _article(each) for each in articles}
    return Collection(
        name=name,
        id=_matching(_ID, data["id"]),
        created_at=_moment(data["created_at"]),
        articles=tuple(found.values()),
    )


def _article(data: dict[str, Any]) -> CollectedArticle:
    note = data.get("note")
    return CollectedArticle(
        id=_matching(_ID, data["id"]),
        revision=int(data["revision"]),
        text_digest=_matching(_DIGEST, data["text_digest"]),
        added_at=_moment(data["added_at"]),
        note=checked_note(str(note)) if note is not None else None,
    )


def _matching(pattern: re.Pattern[str], text: object) -> str:
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise ValueError(f"{str(text)[:80]!r} isn't of the form {pattern.pattern}")
    return text


def _moment(value: object) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _text(found: Collection) -> str:
    lines = [f"{_HEAD}id = {_quoted(found.id)}\ncreated_at = {_time(found.created_at)}\n"]
    for each in found.articles:
        lines.append(
            f"\n[[articles]]\nid = {_quoted(each.id)}\nrevision = {each.revision}\n"
            f"text_digest = {_quoted(each.text_digest)}\nadded_at = {_time(each.added_at)}\n"
        )
        if each.note:
            lines.append(f"note = {_quoted(each.note)}\n")
    return "".join(lines)


def _quoted(text: str) -> str:
    # a string of JSON is a basic string of TOML, but for one character
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"
