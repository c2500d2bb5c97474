"""``manifest-sha256.txt`` in the archive's folder: the SHA-256 of each finished WARC, outside the database.

``sha256sum --check manifest-sha256.txt`` checks it without talkscraper. It is replaced whole; a line whose digest
differs from the row's is kept until somebody with a reason (``changed``) replaces it, so that it can testify.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import write_whole
from talkscraper.errors import StorageError
from talkscraper.store.database import select

if TYPE_CHECKING:
    from sqlite_utils import Database

_HEX = frozenset("0123456789abcdef")
_DIGEST = 64


def read_manifest(folder: ArchiveFolder) -> dict[str, str]:
    """Return the digests by path, relative to the archive's folder; lines that aren't one are left out.

    Raises:
        StorageError: it can't be read.
    """
    try:
        data = folder.manifest.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as e:
        raise StorageError(f"can't read {folder.manifest}: {e.strerror or e}") from e
    found: dict[str, str] = {}
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        escaped = line.startswith("\\")
        digest, _, path = line.removeprefix("\\").partition("  ")
        if len(digest) == _DIGEST and _HEX.issuperset(digest) and path:
            found[_unescaped(path) if escaped else path] = digest
    return found


def place_of(name: str, path: str | None) -> str:
    """Return the path by which a WARC stands in the manifest: in warc/, or where it was imported."""
    return path or f"warc/{name}"


def write_manifest(folder: ArchiveFolder, db: Database, *, changed: Collection[str] = ()) -> bool:
    """Bring the manifest up to date with ``warc_files``; return whether it changed.

    ``changed``: names of files that were rewritten or accepted, whose lines may get another digest.

    Raises:
        StorageError: it can't be written.
    """
    before = read_manifest(folder)
    after: dict[str, str] = {}
    rows = select(db, "select name, path, sha256, sha256_before from warc_files where closed_at is not null")
    for row in rows:
        if row["sha256"] is None:
            continue
        place = place_of(row["name"], row["path"])
        noted = before.get(place)
        # a takedown that was interrupted before the manifest was written had this digest before
        renewed = noted is None or row["name"] in changed or noted == row["sha256_before"]
        after[place] = row["sha256"] if renewed or noted is None else noted
    # files that the database doesn't know: it may be new
    after |= {
        place: digest for place, digest in before.items() if place not in after and (folder.root / place).is_file()
    }
    if after == before:
        return False
    try:
        write_whole(folder.manifest, [manifest_lines(after)])
    except OSError as e:
        raise StorageError(f"can't write {folder.manifest}: {e.strerror or e}") from e
    return True


def manifest_lines(digests: Mapping[str, str]) -> bytes:
    """Return the manifest's content, as sha256sum writes it: sorted by path."""
    lines = []
    for place, digest in sorted(digests.items()):
        written = place.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
        lines.append(f"{chr(92) if written != place else ''}{digest}  {written}\n")
    return "".join(lines).encode("utf-8", "surrogateescape")


def _unescaped(path: str) -> str:
    out, pending = [], False
    for character in path:
        if pending:
            out.append({"n": "\n", "r": "\r"}.get(character, character))
            pending = False
        elif character == "\\":
            pending = True
        else:
            out.append(character)
    return "".join(out)
