"""Manifest of an instalment, with which the instalment begins to exist: its bounds, its files and their digests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from talkscraper.errors import ArchiveError

FOLDER = "_instalments"
"""The lake's folder of manifests; readers of Parquet folders skip names that begin with an underscore."""
FORMAT = "talkscraper lake 1"
_NAME = re.compile(r"(\d{6})\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeFile:
    """A Parquet file of an instalment."""

    path: str
    """Relative to the lake."""
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """An instalment."""

    instalment: int
    made_at: str
    talkscraper: str
    selection: Mapping[str, Any]
    """The search whose articles the lake holds, the same for all its instalments."""
    since: str | None
    """The ``until`` of the instalment before."""
    until: str | None
    """The newest ``indexed_at`` of the lake."""
    new: int
    changed: int
    removed: int
    moved: int
    """Articles whose partition changed; they are among ``changed``."""
    files: tuple[LakeFile, ...]
    keys: LakeFile
    """Which articles the instalment has written and removed, without their texts."""

    def to_json(self) -> bytes:
        """Return the manifest as it is stored."""
        return (json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1) + "\n").encode()


def manifest_path(number: int) -> str:
    """Return where the manifest of an instalment is, relative to the lake."""
    return f"{FOLDER}/{number:06d}.json"


def number_of(name: str) -> int | None:
    """Return the instalment whose manifest a file of ``FOLDER`` is; None if it is none."""
    found = _NAME.fullmatch(name)
    return int(found[1]) if found else None


def read_manifest(content: bytes, where: str) -> Manifest:
    """Return a stored manifest.

    Raises:
        ArchiveError: it is damaged, or of another version of the lake.
    """
    try:
        values = json.loads(content)
        if values.pop("format") != FORMAT:
            raise ArchiveError(f"{where} isn't of a lake that this version of talkscraper writes")
        files = tuple(LakeFile(**each) for each in values.pop("files"))
        return Manifest(files=files, keys=LakeFile(**values.pop("keys")), **values)
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise ArchiveError(f"{where} is no manifest of an instalment: restore it, or begin a lake elsewhere") from e
