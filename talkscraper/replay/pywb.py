"""Pywb over an archive: generates a configuration for the existing folders, and runs it as a separate process.

Never imported: it installs a package that shadows the brotli that Scrapy needs, patches sockets, and is under the GPL.
It belongs in an environment of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from sqlite3 import Row

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import ArchiveError
from talkscraper.object_store.remote_warc import PLACE_COLUMNS, RemoteWarc, located
from talkscraper.object_store.store_url import LOCAL, local_path, scheme_of
from talkscraper.store.database import open_reader

ENVIRONMENT_VARIABLE = "TALKSCRAPER_PYWB"
COLLECTION = "archive"
INSTALL = "python3 -m venv .venv-pywb && .venv-pywb/bin/pip install pywb==2.10.0 'setuptools<81'"


def find_wayback() -> Path:
    """Return the path of pywb's ``wayback``: from TALKSCRAPER_PYWB, in ``.venv-pywb`` here, or on PATH.

    Raises:
        ArchiveError: there is none; the message says how to install it separately.
    """
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    candidates = [Path(named)] if named else []
    candidates += [Path(".venv-pywb/bin/wayback"), Path(__file__).parents[2] / ".venv-pywb/bin/wayback"]
    on_path = shutil.which("wayback")
    if on_path:
        candidates.append(Path(on_path))
    for path in candidates:
        if path.is_file() and os.access(path, os.X_OK):
            return path.absolute()
    raise ArchiveError(
        f"pywb isn't installed. It needs an environment of its own: {INSTALL}; "
        f"or name its 'wayback' in {ENVIRONMENT_VARIABLE}"
    )


def configuration(folder: ArchiveFolder, path_index: Path | None = None) -> str:
    """Return the config.yaml: values are JSON strings, which are valid YAML, so that no folder name can break it.

    ``path_index`` lists the files that aren't in the archive's warc/ (``outside``).
    """
    places = [str(folder.warc.absolute()) + "/"]
    if path_index is not None:
        places.insert(0, str(path_index))
    return (
        f"collections:\n  {COLLECTION}:\n"
        f"    index_paths: {json.dumps(str(folder.index.absolute()) + '/')}\n"
        f"    archive_paths: {json.dumps(places)}\n"
    )


def outside(folder: ArchiveFolder) -> bytes:
    """Return a path index for pywb: a line of name, tab and path for each file imported in place, or in a store.

    pywb reads ``s3://`` where its environment has boto3.
    """
    if not folder.database.is_file():
        return b""
    connection = open_reader(folder.database)
    try:
        rows = connection.execute(
            f"select {PLACE_COLUMNS} from warc_files where path is not null or location is not null"
        ).fetchall()
    finally:
        connection.close()
    lines = [f"{row['name']}\t{_place(folder, row)}\n".encode() for row in rows]
    return b"".join(sorted(line for line in lines if line.count(b"\n") == 1 and line.count(b"\t") == 1))


def _place(folder: ArchiveFolder, row: Row) -> str:
    there = located(folder, row)
    if isinstance(there, RemoteWarc):
        return str(local_path(there.location)) if scheme_of(there.location) == LOCAL else there.location
    return str(there.absolute())


def run(folder: ArchiveFolder, *, port: int, host: str = "127.0.0.1") -> int:
    """Serve until SIGTERM or SIGINT; return pywb's exit status (0 after a signal).

    Raises:
        ArchiveError: pywb isn't installed.
    """
    wayback = find_wayback()
    with tempfile.TemporaryDirectory(prefix="talkscraper-pywb-") as home:
        path_index = Path(home) / "outside.txt"
        path_index.write_bytes(outside(folder))
        (Path(home) / "config.yaml").write_text(configuration(folder, path_index), encoding="utf-8")
        process = subprocess.Popen([str(wayback), "-b", host, "-p", str(port), "-d", home])
        asked: list[int] = []

        def stop(number: int, _frame: object) -> None:
            asked.append(number)
            process.terminate()

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            code = process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return 0 if asked else code
