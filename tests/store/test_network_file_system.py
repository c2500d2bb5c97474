"""A database on a file system of the network is refused, by the list of what is mounted where."""

from __future__ import annotations

import pytest

from talkscraper.errors import ArchiveError
from talkscraper.store import network_file_system as module
from talkscraper.store.database import open_reader, open_writer

MOUNTED = """\
22 1 8:1 / / rw,relatime shared:1 - {root} /dev/root rw
36 22 0:40 / {place}/my\\040nas rw,noatime shared:2 master:3 - nfs4 server:/export rw
37 22 0:41 / {place}/ssh rw - fuse.sshfs user@host:/ rw
38 36 8:2 / {place}/my\\040nas/local rw - xfs /dev/sdb1 rw
39 22 8:3 / {place}/stick rw - fuseblk /dev/sdc1 rw
40 22 8:3 / {place}/share rw - ext4 /dev/sdd1 rw
41 22 0:42 / {place}/share rw - cifs //server/share rw
42 22 0:43 / {place}/vm rw - 9p host rw
"""


@pytest.fixture
def mounts(tmp_path, monkeypatch):
    path = tmp_path / "mountinfo"
    path.write_text(MOUNTED.format(place=tmp_path.resolve(), root="ext4"))
    monkeypatch.setattr(module, "MOUNTS", path)
    return path


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("my nas/archive", "nfs4"), ("my nas", "nfs4"), ("my nas/local/archive", None), ("my nasty", None),
        ("ssh/a", "fuse.sshfs"), ("stick/a", None), ("share/a", "cifs"), ("vm/a", "9p"), ("archive", None),
    ],
)  # fmt: skip
def test_the_deepest_mount_decides(tmp_path, mounts, folder, kind):
    """Spaces are escaped in the list, a mount ends at a slash, and of two at one point the later one counts."""
    assert module.network_file_system(tmp_path / folder) == kind


def test_a_link_to_the_network_is_followed(tmp_path, mounts):
    """What counts is where the database really is."""
    (tmp_path / "my nas").mkdir()
    (tmp_path / "archive").symlink_to(tmp_path / "my nas")
    assert module.network_file_system(tmp_path / "archive" / "talkscraper.db") == "nfs4"


def test_neither_written_nor_read(tmp_path, mounts, monkeypatch):
    """Writers and readers are refused with the file system and the reason; what isn't known is allowed."""
    path = tmp_path / "ssh" / "talkscraper.db"
    path.parent.mkdir()
    with pytest.raises(ArchiveError, match=r"fuse\.sshfs.*local disk"):
        open_writer(path)
    assert not path.exists()
    monkeypatch.setattr(module, "MOUNTS", tmp_path / "none")
    open_writer(path).conn.close()
    monkeypatch.setattr(module, "MOUNTS", mounts)
    with pytest.raises(ArchiveError, match=r"fuse\.sshfs"):
        open_reader(path)


def test_the_root_of_a_sandbox_is_its_own(tmp_path, mounts):
    """A container whose whole file system is 9p (gVisor) has no other disk: it isn't refused."""
    mounts.write_text(MOUNTED.format(place=tmp_path.resolve(), root="9p"))
    assert module.network_file_system(tmp_path / "archive") is None
