"""Detection of renamed or exchanged WARC files by their recorded SHA-256."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve.check.verdicts import FileVerdict, WarcState
from talkscraper.preserve.findings import Finding, Kind, Level


def moves_of(folder: ArchiveFolder, connection: sqlite3.Connection, verdicts: Sequence[FileVerdict]) -> dict[str, str]:
    """Return the current and the correct names of files in ``warc/``, from the verdicts on all of them.

    An unknown file that has the name of another is given the name that becomes free.
    """
    rows = connection.execute("select name, sha256, path from warc_files where closed_at is not null").fetchall()
    recorded = {row["name"]: row["sha256"] for row in rows}
    outside = {row["name"] for row in rows if row["path"]}
    there = {
        each.name: each.sha256
        for each in verdicts
        if each.sha256 is not None and each.name not in outside and (folder.warc / each.name).is_file()
    }
    right = {name for name, sha256 in there.items() if recorded.get(name) == sha256}
    owners = {
        sha256: name
        for name, sha256 in recorded.items()
        if sha256 is not None and name not in right and name not in outside
    }
    moves: dict[str, str] = {}
    for name, sha256 in there.items():
        owner = owners.pop(sha256, None) if name not in right else None
        if owner is not None:
            moves[name] = owner
    origin = {new: old for old, new in moves.items()}
    for new in list(moves.values()):
        if new in there and new not in moves:
            free = new
            while free in origin:
                free = origin[free]
            moves[new] = free
    return moves


def tell_misplaced(
    folder: ArchiveFolder, connection: sqlite3.Connection, verdicts: Sequence[FileVerdict]
) -> list[FileVerdict]:
    """Return the verdicts, reduced to this one finding for files with exchanged names: ``repair`` renames them."""
    moves = moves_of(folder, connection, verdicts)
    recorded = dict(connection.execute("select name, sha256 from warc_files").fetchall())
    known = {old: new for old, new in moves.items() if recorded.get(new) is not None}
    arriving = {new: old for old, new in moves.items()}
    told = []
    for each in verdicts:
        owner = known.get(each.name)
        if owner is not None and recorded[owner] == each.sha256:
            told.append(_mendable(each, f"it is {owner} under another name"))
        elif each.verdict is WarcState.MISSING and each.name in arriving:
            told.append(_mendable(each, f"it is there under the name {arriving[each.name]}"))
        else:
            told.append(each)
    return told


def _mendable(verdict: FileVerdict, message: str) -> FileVerdict:
    finding = Finding(file=verdict.name, kind=Kind.MISPLACED, message=message, level=Level.MENDABLE)
    return replace(verdict, verdict=WarcState.MENDABLE, findings=(finding,), uncounted=0, lost=(), found_again=())
