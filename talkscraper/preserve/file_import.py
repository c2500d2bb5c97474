"""The import of one file: it is known, refused, registered where it is, copied, or rewritten into the archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.preserve.archive_files import Progress, free_name, free_name_without_digest, is_inside, locate, split
from talkscraper.preserve.file_stamp import FileStamp
from talkscraper.preserve.import_copies import copy_whole, inner_warcs, is_packed_by_zstd, rewrite, room_for
from talkscraper.preserve.import_formats import Format, NotImportable, format_of
from talkscraper.preserve.import_notes import Notes
from talkscraper.preserve.import_report import ImportedFile
from talkscraper.preserve.ranged_scan import RangedScans
from talkscraper.preserve.registration import ChangedMeanwhile, Registration, SharedMembers, reserve
from talkscraper.store.writer import ArchiveWriter
from talkscraper.warc.scan import scanned

if TYPE_CHECKING:
    from sqlite_utils import Database

_SHARED = "its records share gzip members, so that none of them opens alone"


class FileImport:
    """Imports files into an archive whose lock is held."""

    def __init__(
        self,
        folder: ArchiveFolder,
        writer: ArchiveWriter,
        newsrooms: Newsrooms,
        clock: Callable[[], datetime],
        *,
        copy: bool,
        progress: Progress | None,
        scans: RangedScans,
    ) -> None:
        self._folder = folder
        self._writer = writer
        self._newsrooms = newsrooms
        self._clock = clock
        self._copy = copy
        self._progress = progress
        self._scans = scans

    def prepare(self, paths: Sequence[Path]) -> None:
        """Have the files that are new scanned by workers, if there are any, while ``take`` is called for one by one.

        Raises:
            ClusterError: the cluster is lost.
        """
        if not self._scans.by_workers:
            return
        sizes = {path: path.stat().st_size for path in paths if path.is_file()}
        counts = Counter(sizes.values())
        digests = self._scans.read_digests(
            [path for path, size in sizes.items() if counts[size] > 1 or self._writer.run(_may_be_known, size)]
        )
        known = {path for path, sha256 in digests.items() if self._writer.run(_rows_of, sha256)}
        self._scans.begin([path for path in sizes if path not in known and self._is_read_in_place(path)])

    def _is_read_in_place(self, path: Path) -> bool:
        """Whether the file as it is, and not what is in it, becomes a WARC of the archive."""
        try:
            form = format_of(path)
        except NotImportable:
            return False
        if form is Format.WACZ or _why_rewritten(path, form) is not None:
            return False
        return not self._copy or split(path.name)[1].endswith(".gz")

    def take(self, path: Path) -> list[ImportedFile]:
        """Import one file; a WACZ contains several."""
        try:
            form = format_of(path)
            if form is Format.WACZ:
                return self._wacz(path)
            return [self._file(path, form)]
        except NotImportable as e:
            return [ImportedFile(path=path, state="refused", reason=str(e))]

    def _wacz(self, path: Path) -> list[ImportedFile]:
        done = []
        for inner in inner_warcs(path):
            with inner.unpacked(self._folder) as temporary:
                try:
                    result = self._file(temporary, format_of(temporary), wanted=inner.name)
                except NotImportable as e:
                    result = ImportedFile(path=path, state="refused", reason=str(e))
            done.append(replace(result, path=path / inner.entry.filename))
        return done

    def _file(self, path: Path, form: Format, *, wanted: str | None = None) -> ImportedFile:
        """Import one WARC or ARC; ``wanted`` is the name of a temporary unpacked file."""
        stamp = FileStamp.of(path)
        reason = _why_rewritten(path, form)
        inside = wanted is None and is_inside(self._folder, path)
        stays = wanted is None and (inside or not self._copy)
        # read once: its digest is known when its rows are
        if reason is None and stays and (free := self._free_name(path, stamp.size, inside=inside)) is not None:
            try:
                return self._registered(path, free, path, stamp)
            except SharedMembers:
                reason = _SHARED
        sha256 = self._scans.sha256_of(path)
        known = self._known(path, sha256, temporary=wanted is not None)
        if known is not None:
            return known
        if inside and self._writer.run(_is_finished, path.name):
            raise NotImportable(
                "it isn't the file of this name that was finished: put a copy of that back, or take this one as it is"
                f" by 'talkscraper repair --accept {path.name}'"
            )
        name = wanted or path.name
        if reason is None:
            try:
                if stays:
                    return self._registered(path, name if inside else self._named(name, sha256, path), path, stamp)
                if split(name)[1].endswith(".gz"):
                    return self._copied(path, name, sha256, stamp)
            except SharedMembers:
                reason = _SHARED
        return self._rewritten(path, form, name, sha256, reason, stamp)

    def _free_name(self, path: Path, size: int, *, inside: bool) -> str | None:
        """Return the name of a file that stays where it is, if it is certainly new, and its name is free."""

        def find(db: Database) -> str | None:
            if _may_be_known(db, size):
                return None
            if inside:
                return None if _is_finished(db, path.name) else path.name
            begun = db.execute(
                "select name from warc_files where closed_at is null and path = ?", [str(path.absolute())]
            ).fetchone()
            return str(begun[0]) if begun is not None else free_name_without_digest(db, self._folder, path.name)

        return self._writer.run(find)

    def _copied(self, path: Path, wanted: str, sha256: str, stamp: FileStamp) -> ImportedFile:
        name = self._named(wanted, sha256)
        room_for(self._folder, path.stat().st_size)
        self._writer.run(reserve, name, None, sha256)
        copy_whole(path, self._folder.warc / name)
        try:
            return self._registered(path, name, self._folder.warc / name, stamp, came_from=sha256)
        except SharedMembers:
            (self._folder.warc / name).unlink()
            raise

    def _rewritten(
        self, path: Path, form: Format, wanted: str, sha256: str, reason: str | None, stamp: FileStamp
    ) -> ImportedFile:
        if is_inside(self._folder, path) and reason is not None:
            raise NotImportable(f"{reason}: move it out of {self._folder.warc}, and import it from there")
        name = self._named(split(wanted)[0] + ".warc.gz", sha256)
        target = self._folder.warc / name
        self._writer.run(reserve, name, None, sha256)
        notes = Notes()
        findings = rewrite(path, form, target, sha256=sha256, notes=notes)
        result = self._registered(path, name, target, stamp, came_from=sha256, same_bytes=False)
        return replace(result, reason=reason, findings=(*findings, *result.findings), notes=notes + result.notes)

    def _registered(
        self,
        path: Path,
        name: str,
        where: Path,
        stamp: FileStamp,
        *,
        came_from: str | None = None,
        same_bytes: bool = True,
    ) -> ImportedFile:
        registration = Registration(
            self._folder,
            self._writer,
            self._newsrooms,
            name=name,
            path=where,
            now=self._clock(),
            came_from=came_from,
            progress=self._progress,
            # a copy that has other bytes is another file
            scanner=self._scans.scanner(path) if same_bytes else scanned,
            is_unchanged=lambda: stamp.is_still_of(path),
        )
        try:
            return replace(registration.run(), path=path, copied=where != path)
        except ChangedMeanwhile:
            if where != path:
                where.unlink(missing_ok=True)
            raise NotImportable("it was changed while it was read: import it again when its writer is done") from None

    def _known(self, path: Path, sha256: str, *, temporary: bool) -> ImportedFile | None:
        """Handle a file that is already in the archive, here or elsewhere."""
        for row in self._writer.run(_rows_of, sha256):
            name = str(row["name"])
            there = locate(self._folder, name, row)
            if there.exists():
                return ImportedFile(path=path, name=name, state="known")
            if temporary or row["sha256"] != sha256:
                continue
            place = None if is_inside(self._folder, path) and path.name == name else str(path.absolute())
            self._writer.run(_move, name, place)
            return ImportedFile(path=path, name=name, state="moved")
        return None

    def _named(self, wanted: str, sha256: str, path: Path | None = None) -> str:
        """Return the name of a file at ``path``, or of a copy."""

        def change(db: Database) -> str:
            # an interrupted import has the name already
            row = db.execute(
                "select name from warc_files where closed_at is null and (path = ? or (path is null"
                " and sha256_before = ?))",
                [str(path.absolute()) if path is not None else None, sha256],
            ).fetchone()
            return str(row[0]) if row is not None else free_name(db, self._folder, wanted, sha256)

        return self._writer.run(change)


def _may_be_known(db: Database, size: int) -> bool:
    """Whether a file of this size may be one that is in the archive, or was copied into it under a name not finished.

    The size of a file whose records were written anew isn't recorded.
    """
    row = db.execute(
        "select 1 from warc_files where case when closed_at is not null"
        " then size = ? or size is null or (sha256_before is not null and sha256_before is not sha256)"
        " else path is null and sha256_before is not null end limit 1",
        [size],
    ).fetchone()
    return row is not None


def _why_rewritten(path: Path, form: Format) -> str | None:
    """Return why a file can't be a WARC of the archive as it is; None if it may be one."""
    if form is Format.ARC:
        return "ARC files are kept as WARC"
    return "each record has to be a gzip member" if is_packed_by_zstd(path) else None


def _rows_of(db: Database, sha256: str) -> list[dict[str, object]]:
    """Return the rows of finished files with these bytes, or made of a file with these."""
    return list(
        db.query("select * from warc_files where closed_at is not null and ? in (sha256, sha256_before)", [sha256])
    )


def _is_finished(db: Database, name: str) -> bool:
    """Whether a file of this name in the archive's warc/ was finished, with its digest recorded."""
    row = db.execute(
        "select 1 from warc_files where name = ? and path is null and closed_at is not null and sha256 is not null",
        [name],
    ).fetchone()
    return row is not None


def _move(db: Database, name: str, place: str | None) -> None:
    db.execute("update warc_files set path = ? where name = ?", [place, name])
