"""``import``: WARC, ARC and WACZ files from any writer become part of the archive, in place or as copies.

First each file's captures get their rows and its index (``registration``), file by file, so that an interrupted import
is resumed where it stopped; then the pages among them are extracted, all files together in the order of their capture
(``ingest.derivation``). For a file or page that is already in the archive only the digest is compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.ingest.derivation import Derivation
from talkscraper.ingest.site_signals import newest_capture, read_site_signals
from talkscraper.preserve.archive_files import Progress
from talkscraper.preserve.file_import import FileImport
from talkscraper.preserve.import_paths import expanded
from talkscraper.preserve.import_report import ImportedFile, ImportReport
from talkscraper.preserve.ranged_scan import RangedScans
from talkscraper.preserve.receipts import apply_receipts
from talkscraper.store.database import open_reader
from talkscraper.store.warc_manifest import write_manifest
from talkscraper.store.writer import ArchiveWriter

if TYPE_CHECKING:
    from talkscraper.ingest.sharded_pages import ShardedPages


def import_files(
    folder: ArchiveFolder,
    paths: Sequence[Path],
    *,
    clock: Callable[[], datetime],
    copy: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    page_progress: Progress | None = None,
    cluster: ShardedPages | None = None,
) -> ImportReport:
    """Import files, and all WARC, ARC and WACZ files in folders.

    Args:
        folder: The archive; created if there is none.
        paths: Files or folders.
        clock: Returns the time, for new rows.
        copy: Copy files into the archive's warc/ instead of leaving them in place.
        workers: Number of extractor processes.
        progress: Called with the number of bytes read.
        page_progress: Called with the number of pages extracted.
        cluster: Has the pages read by the workers of a cluster.

    Raises:
        ArchiveLocked: a run is active.
        ClusterError: the cluster is lost, or can't do its work.
        NotAnArchive: the folder holds something else.
        StorageError: a write failed.
        UsageError: a path doesn't exist, or sources.toml is invalid.
    """
    passed_over: Counter[str] = Counter()
    found = expanded(paths, passed_over)
    if not (folder.root / "warc").is_dir() and folder.root.is_dir() and any(folder.root.iterdir()):
        folder.require()
    newsrooms = Newsrooms.of(folder)
    folder.make()
    with folder.lock(what="import"), ArchiveWriter(folder.database) as writer:
        writer.run(lambda db: apply_receipts(folder, db))
        before = writer.run(newest_capture)
        scans = RangedScans(cluster.executor if cluster is not None else None)
        job = FileImport(folder, writer, newsrooms, clock, copy=copy, progress=progress, scans=scans)
        files: list[ImportedFile] = []
        try:
            job.prepare(found)
            for path in found:
                files += job.take(path)
        finally:
            scans.close()
            writer.run(lambda db: write_manifest(folder, db))
        connection = open_reader(folder.database)
        try:
            derivation = Derivation(
                folder, writer, connection, newsrooms, clock=clock, workers=workers, cluster=cluster
            )
            names = sorted({file.name for file in files if file.name is not None})
            fresh = sorted({file.name for file in files if file.name is not None and file.state == "imported"})
            read_site_signals(writer, connection, folder, newsrooms, after=before, files=fresh)
            pages = derivation.run(files=names, unread=True, progress=page_progress)
            if cluster is not None:
                cluster.clean()
        finally:
            connection.close()
    work = cluster.work() if cluster is not None else None
    return ImportReport(files=tuple(files), pages=pages, passed_over=passed_over, cluster=work)
