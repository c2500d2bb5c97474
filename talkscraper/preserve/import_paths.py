"""The files that an import is to read: those named, and those with a fitting name in folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath

from talkscraper.archive_folder import OPEN_SUFFIX
from talkscraper.errors import UsageError
from talkscraper.preserve.import_formats import WARC_ENDINGS

MAX_ENDING = 12
"""Maximum number of characters of a name's ending in the counts of other files."""
_PACKED_ENDINGS = (".xz", ".bz2", ".7z", ".zip", ".lzma", ".lz4", ".br")


def expanded(paths: Sequence[Path], passed_over: Counter[str]) -> list[Path]:
    """Return the files, and for folders all files with an importable or unfinished name; each once.

    Args:
        paths: Files or folders.
        passed_over: Counts the other files in the folders, by the ending of their names.

    Raises:
        UsageError: a path doesn't exist, or there is nothing to import in a folder.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            there = sorted(each for each in path.rglob("*") if each.is_file())
            inside = [each for each in there if _is_wanted(each.name.lower())]
            if not inside:
                raise UsageError(f"there is no WARC, ARC or WACZ file in {path}")
            found.update(dict.fromkeys(inside))
            passed_over.update(_ending(each.name) for each in there if not _is_wanted(each.name.lower()))
        elif path.is_file():
            found[path] = None
        else:
            raise UsageError(f"there is no file {path}")
    return list(found)


def _is_wanted(name: str) -> bool:
    """Whether a file in a folder is imported, or refused with a reason."""
    return name.endswith(WARC_ENDINGS) or name.removesuffix(OPEN_SUFFIX).endswith(WARC_ENDINGS) or _packed(name)


def _packed(name: str) -> bool:
    return name.endswith(_PACKED_ENDINGS) and name.rpartition(".")[0].endswith((".warc", ".arc"))


def _ending(name: str) -> str:
    """Return the ending of a name as it is counted."""
    return PurePath(name).suffix[:MAX_ENDING].lower() or "no ending"
