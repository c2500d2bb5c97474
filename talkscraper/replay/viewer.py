"""ReplayWeb.page, which replays pages with their scripts in the browser: installed by the operator, not bundled.

It is free software under the AGPL-3.0-or-later, and shipping it would be distribution, so its tarball is fetched
through npm (or given with ``--from``), checked against the known digest, and unpacked into the user's data folder.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from talkscraper.atomic_file import write_whole
from talkscraper.errors import ArchiveError, StorageError, UsageError

PACKAGE = "replaywebpage"
VERSION = "2.5.3"
INTEGRITY = "sha512-nCj2PSON3BxeSJKE8AsYPyULv0XPZKJWfy4l9PyQre9SqwLZ+WKZVs/sfLqPOQ4GrH+0YkjbwOhr8cSTH08gsQ=="
"""Digest of the tarball in npm's notation."""
_WANTED = {
    "package/ui.js": "ui.js",
    "package/sw.js": "sw.js",
    "package/LICENSE.md": "LICENSE.md",
    "package/LICENSE": "LICENSE",
}
_INDEX = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Replay with scripts</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><script src="./ui.js"></script></head>
<body><replay-app-main></replay-app-main></body>
</html>
"""
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The installed version and its folder."""

    folder: Path
    version: str
    files: tuple[str, ...]
    checked: bool
    """Whether the tarball had the digest known to this version of talkscraper."""


def data_folder() -> Path:
    """Return the viewer's folder: ``TALKSCRAPER_VIEWER``, or in the user's data folder (XDG)."""
    chosen = os.environ.get("TALKSCRAPER_VIEWER")
    if chosen:
        return Path(chosen)
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(data) / "talkscraper" / "viewer"


def installed() -> bool:
    """Whether the viewer is installed."""
    folder = data_folder()
    return all((folder / name).is_file() for name in ("index.html", "ui.js", "sw.js"))


def file(name: str) -> Path | None:
    """Return a file of the viewer by its exact name, or None."""
    known = {"index.html", *_WANTED.values()}
    path = data_folder() / name
    return path if name in known and path.is_file() else None


def install(tarball: Path | None = None, *, any_version: bool = False) -> Installed:
    """Install the viewer from its npm tarball; without one, fetch it with npm.

    Args:
        tarball: ``replaywebpage-2.5.3.tgz``.
        any_version: accept a tarball with an unknown digest.

    Raises:
        UsageError: the tarball isn't the known one.
        ArchiveError: npm is missing or fails, or the tarball is incomplete.
        StorageError: the data folder can't be written.
    """
    with tempfile.TemporaryDirectory(prefix="talkscraper-viewer-") as work:
        path = tarball or _fetched(Path(work))
        try:
            data = path.read_bytes()
        except OSError as e:
            raise StorageError(f"can't read {path}: {e.strerror or e}") from e
        checked = integrity(data) == INTEGRITY
        if not checked and not any_version:
            raise UsageError(
                f"{path} isn't {PACKAGE} {VERSION}: its digest is {integrity(data)[:24]}…; "
                "add --any-version if you trust it nevertheless"
            )
        return _unpack(path, data_folder(), checked=checked)


def integrity(data: bytes) -> str:
    """Return a digest in npm's notation."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode("ascii")


def _fetched(work: Path) -> Path:
    if shutil.which("npm") is None:
        raise ArchiveError(
            f"npm isn't installed: get {PACKAGE}-{VERSION}.tgz elsewhere ('npm pack {PACKAGE}@{VERSION}') "
            f"and run 'talkscraper viewer install --from {PACKAGE}-{VERSION}.tgz'"
        )
    done = subprocess.run(
        ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"],
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    path = work / f"{PACKAGE}-{VERSION}.tgz"
    if done.returncode or not path.is_file():
        reason = (done.stderr.strip() or "no reason given").splitlines()[-1][:200]
        raise ArchiveError(f"npm can't fetch {PACKAGE}@{VERSION}: {reason}")
    return path


def _unpack(path: Path, folder: Path, *, checked: bool) -> Installed:
    found: dict[str, bytes] = {}
    version = VERSION
    try:
        with tarfile.open(path, "r:gz") as tar:
            for member in tar:
                name = _WANTED.get(member.name)
                if member.isfile() and member.size <= MAX_BYTES and (name or member.name == "package/package.json"):
                    handle = tar.extractfile(member)
                    data = handle.read() if handle is not None else b""
                    if name:
                        found[name] = data
                    else:
                        version = _version(data)
    except (tarfile.TarError, EOFError, OSError) as e:
        raise ArchiveError(f"{path} is no npm tarball: {e}") from e
    if not {"ui.js", "sw.js"} <= found.keys():
        raise ArchiveError(f"{path} holds no ui.js and sw.js")
    # without an index.html of its own the viewer sometimes stays blank
    found["index.html"] = _INDEX.encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in found.items():
            write_whole(folder / name, [data])
    except OSError as e:
        raise StorageError(f"can't write {folder}: {e.strerror or e}") from e
    return Installed(folder=folder, version=version, files=tuple(sorted(found)), checked=checked)


def _version(package_json: bytes) -> str:
    import json

    try:
        return str(json.loads(package_json).get("version", VERSION))
    except (ValueError, AttributeError):
        return VERSION
