"""BagIt bag (RFC 8493) of an archive's finished WARCs, indexes, sources.toml and receipts, for handing over."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import datetime
from pathlib import Path

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import replacing
from talkscraper.errors import StorageError, UsageError
from talkscraper.object_store.remote_warc import PLACE_COLUMNS, WarcPlace, located
from talkscraper.store.warc_manifest import manifest_lines
from talkscraper.version import __version__

PAYLOAD = "data"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
_COPY_BYTES = 1024 * 1024


def write_bag(connection: sqlite3.Connection, folder: ArchiveFolder, out: Path, *, made_at: datetime) -> int:
    """Write the bag into the folder ``out``; return the number of WARCs in it.

    Each file is digested while it is copied; a WARC that isn't the finished one is refused. The manifests are written
    last, so that an interrupted bag is no valid one.

    Raises:
        UsageError: the folder isn't empty; a WARC isn't the one that was finished.
        StorageError: a file is missing, or a write failed.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} isn't empty: a bag is written once, into a folder of its own")
    digests: dict[str, str] = {}
    total = 0
    rows = connection.execute(
        f"select {PLACE_COLUMNS} from warc_files where closed_at is not null and sha256 is not null order by name"
    ).fetchall()
    try:
        for row in rows:
            digest, size = _copy(located(folder, row), out / PAYLOAD / "warc" / row["name"])
            if digest != row["sha256"]:
                raise UsageError(f"{row['name']} isn't the file that was finished: 'talkscraper verify' says more")
            digests[f"{PAYLOAD}/warc/{row['name']}"] = digest
            total += size
        beside = [*sorted(folder.index.glob("*.cdxj")), *sorted(folder.reports.glob("takedown-*.json"))]
        if folder.sources_toml.is_file():
            beside.append(folder.sources_toml)
        for path in beside:
            place = f"{PAYLOAD}/{path.relative_to(folder.root).as_posix()}"
            digests[place], size = _copy(path, out / place)
            total += size
    except OSError as e:
        raise StorageError(f"can't write {out}: {e.strerror or e}") from e
    tags = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": (
            f"Bagging-Date: {made_at:%Y-%m-%d}\nBag-Software-Agent: talkscraper {__version__}\n"
            f"Payload-Oxum: {total}.{len(digests)}\n"
        ).encode(),
        MANIFEST: _lines(digests),
    }
    tags[TAG_MANIFEST] = _lines({name: hashlib.sha256(data).hexdigest() for name, data in tags.items()})
    for name, data in tags.items():
        with replacing(out / name) as part:
            part.write_bytes(data)
    return len(rows)


def _lines(digests: dict[str, str]) -> bytes:
    """Return a manifest; RFC 8493 §2.1.3 encodes line ends and percent signs, not as sha256sum does."""
    encoded = {
        path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D"): digest for path, digest in digests.items()
    }
    if any("\\" in path for path in encoded):
        return "".join(f"{digest}  {path}\n" for path, digest in sorted(encoded.items())).encode()
    return manifest_lines(encoded)


def _copy(source: WarcPlace, target: Path) -> tuple[str, int]:
    """Copy a file; return its SHA-256 and its size."""
    target.parent.mkdir(parents=True, exist_ok=True)
    copied = hashlib.sha256()
    with source.open("rb") as reading, replacing(target) as part, part.open("wb") as writing:
        while data := reading.read(_COPY_BYTES):
            copied.update(data)
            writing.write(data)
    digest = copied.hexdigest()
    with target.open("rb") as reading:
        if hashlib.file_digest(reading, "sha256").hexdigest() != digest:
            raise StorageError(f"{target} isn't what was written")
    return digest, target.stat().st_size
