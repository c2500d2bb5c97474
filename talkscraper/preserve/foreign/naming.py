"""The name under which a file is in the archive: its own, unless another file has it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.folder import ArchiveFolder
from talkscraper.preserve.places import index_path

if TYPE_CHECKING:
    from sqlite_utils import Database

_STEM = re.compile(r"^(.*?)((?:\.warc|\.arc)?(?:\.gz)?)$", re.DOTALL)
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\]+")
_LONGEST = 180


def free_name(db: Database, folder: ArchiveFolder, wanted: str, sha256: str) -> str:
    """``wanted``, or with the beginning of the file's digest where another file has the name, or the index of it."""
    stem, ending = split(_NOT_IN_NAMES.sub("_", wanted))
    stem = stem[:_LONGEST] or "file"
    taken = {row[0] for row in db.execute("select name from warc_files").fetchall()}
    indexes = {index_path(folder, name) for name in taken}
    for candidate in (stem, *(f"{stem}-{sha256[:length]}" for length in (8, 16, 64))):
        name = candidate + ending
        if name not in taken and index_path(folder, name) not in indexes and not (folder.warc / name).exists():
            return name
    raise ValueError(f"every name for {wanted!r} is taken")


def split(name: str) -> tuple[str, str]:
    """A file's name before and from ``.warc``, ``.warc.gz``, ``.arc`` or ``.arc.gz``."""
    match = _STEM.match(name)
    assert match is not None
    return match[1], match[2]


def is_inside(folder: ArchiveFolder, path: Path) -> bool:
    """Whether a file lies in the archive's own warc/."""
    return path.parent.resolve() == folder.warc.resolve()
