"""ZIP files that players can read ranges of."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zipfile
from datetime import UTC, datetime

import pytest

from talkscraper.warc.zips import DamagedZip, ZipWriter, entries_of

NOW = datetime(2026, 11, 27, 16, 20, 31, tzinfo=UTC)
FILES = {"archive/data.warc.gz": b"\x1f\x8b" + b"w" * 70_000, "pages/pages.jsonl": "{港}\n".encode(), "empty": b""}


@pytest.fixture(params=["small", "sizes of more than 4 GiB may come", "offsets of more than 4 GiB"])
def path(request, tmp_path):
    """A ZIP of ``FILES``."""
    made = tmp_path / "made.zip"
    with made.open("wb") as handle:
        if "offsets" in request.param:
            handle.seek(5 << 30)  # a sparse file: takes no room
        package = ZipWriter(handle, NOW)
        for name, data in FILES.items():
            at_most = 1 << 33 if "sizes" in request.param else len(data)
            assert package.put(name, [data[:7], data[7:]], at_most=at_most) == len(data)
        package.close()
    return made


def test_local_headers_say_what_the_directory_says(path):
    """As wabac.js reads: without an extra field in the directory, there is none before an entry's bytes either."""
    found = {}
    with zipfile.ZipFile(path) as package, path.open("rb") as handle:
        for entry in package.infolist():
            handle.seek(entry.header_offset)
            head = handle.read(30)
            name, extra = struct.unpack_from("<HH", head, 26)
            handle.seek(entry.header_offset + 30 + name + (extra if entry.extra else 0))
            found[entry.filename] = handle.read(entry.file_size)
    assert found == FILES


def test_other_readers_find_every_byte(path):
    """Python's zipfile, and Info-ZIP where it is installed."""
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        assert {name: package.read(name) for name in package.namelist()} == FILES
        assert package.infolist()[0].date_time == (2026, 11, 27, 16, 20, 30)
    if shutil.which("unzip"):
        done = subprocess.run(["unzip", "-tq", str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["a", "n" * 241, "港" * 90])
def test_no_two_entries_have_one_name_and_none_is_too_long_for_a_file(tmp_path, name):
    """What unpacks the package must be able to make each file."""
    with (tmp_path / "x.zip").open("wb") as handle:
        package = ZipWriter(handle, NOW)
        package.put("a", [], at_most=0)
        with pytest.raises(ValueError, match="no entry"):
            package.put(name, [], at_most=0)


def test_more_bytes_than_were_announced_are_refused(tmp_path):
    """Else sizes of 4 GiB would be written into fields that can't hold them."""
    with (tmp_path / "x.zip").open("wb") as handle, pytest.raises(ValueError, match="at most 3"):
        ZipWriter(handle, NOW).put("a", [b"four"], at_most=3)


def test_a_damaged_zip_is_one_kind_of_error(tmp_path):
    """Wherever the damage is: at its end, in its directory, or in an entry."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("a", b"harbour" * 1000)
    whole = path.read_bytes()
    for data in (b"PK\3\4", whole[:-30], whole[:40] + b"\xff" * 8 + whole[48:], whole.replace(b"PK\1\2", b"PK\1\3")):
        path.write_bytes(data)
        with pytest.raises(DamagedZip), entries_of(path) as (package, entries):
            package.read(entries[0])
