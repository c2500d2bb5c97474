"""The folder of a frozen release as a ZIP file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from talkscraper.export.model import Contents, Export, ExportFormat


def _write(export: Export, path: Path) -> None:
    from talkscraper.export.release import write_release
    from talkscraper.replay.ranges import ByteRange, read_range
    from talkscraper.warc.zips import ZipWriter

    with tempfile.TemporaryDirectory(prefix="talkscraper-", dir=path.parent) as made:
        folder = Path(made) / "release"
        write_release(export, folder)
        with path.open("wb") as handle:
            packed = ZipWriter(handle, export.made_at)
            for each in sorted(folder.iterdir()):
                # stored: Parquet is compressed already
                size = each.stat().st_size
                packed.put(
                    f"{export.name.removesuffix('.release.zip')}/{each.name}",
                    read_range(each, ByteRange(0, size)),
                    at_most=size,
                )
            packed.close()


RELEASE = ExportFormat(
    name="release.zip",
    label="Frozen release",
    description="a folder as a ZIP file: Parquet, what its columns mean, the query, digests and a README",
    media_type="application/zip",
    ending=".release.zip",
    contents=Contents.RELEASE,
    write=_write,
)
