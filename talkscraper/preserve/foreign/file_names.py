"""Names of imported files in the archive: their own, unless another file has it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve.archive_files import CDXJ_SUFFIX, index_name

if TYPE_CHECKING:
    from sqlite_utils import Database

_STEM = re.compile(r"^(.*?)((?:\.warc|\.arc)?(?:\.gz)?)$", re.DOTALL)
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]+")
MAX_STEM_BYTES = 150
"""Maximum length in bytes: file systems allow 255, including a digest in front of the suffix and the suffix of an
unfinished file.
"""


def free_name(db: Database, folder: ArchiveFolder, wanted: str, sha256: str) -> str:
    """Return ``wanted``, or with the beginning of the file's digest if another file has the name, or its index."""
    stem, ending = split(_NOT_IN_NAMES.sub("_", wanted))
    stem = stem.encode()[:MAX_STEM_BYTES].decode("utf-8", "ignore") or "file"
    for candidate in (stem, *(f"{stem}-{sha256[:length]}" for length in (8, 16, 64))):
        name = candidate + ending
        if not _is_taken(db, name) and not (folder.warc / name).exists():
            return name
    raise ValueError(f"every name for {wanted!r} is taken")


def _is_taken(db: Database, name: str) -> bool:
    """Whether a file of the archive has this name, or one with the same index name."""
    stem = index_name(name).removesuffix(CDXJ_SUFFIX)
    names = [name, *(stem + ending for ending in ("", ".gz", ".warc", ".warc.gz"))]
    # looked up, not listed: an import of thousands of files does this for each
    return db.execute("select 1 from warc_files where name in (?, ?, ?, ?, ?)", names).fetchone() is not None


def split(name: str) -> tuple[str, str]:
    """Split a file's name before ``.warc``, ``.warc.gz``, ``.arc`` or ``.arc.gz``."""
    match = _STEM.match(name)
    assert match is not None
    return match[1], match[2]


def is_inside(folder: ArchiveFolder, path: Path) -> bool:
    """Whether a file is in the archive's own warc/."""
    return path.parent.resolve() == folder.warc.resolve()
