"""File systems of a network, on which no SQLite database is opened.

The database's log (WAL) is shared between processes through memory, which the file systems of a network don't share
between machines, and many of them lock unreliably: a second reader elsewhere would damage it
(https://www.sqlite.org/wal.html).
WARCs, which are only appended to and read, may be on one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from talkscraper.errors import ArchiveError

MOUNTS = Path("/proc/self/mountinfo")
"""Linux's list of what is mounted where (proc_pid_mountinfo(5)); without it nothing is refused."""
_NETWORK = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "ceph", "glusterfs", "lustre", "beegfs", "gpfs")
) | {"orangefs", "pvfs2", "ocfs2", "gfs2", "coda", "davfs"}
_FUSE = re.compile(
    r"sshfs|s3|rclone|gluster|ceph|davfs|webdav|smb|cifs|nfs|goofys|gcs|blob|hdfs|juicefs|mfs|seaweed|cvmfs"
)
"""Programs behind FUSE that speak to other machines; others (ntfs-3g, encfs) are this machine's disks."""
_ESCAPE = re.compile(r"\\([0-7]{3})")


def network_file_system(path: Path, mounts: Path | None = None) -> str | None:
    """Return the type of the network's file system that a path is on; None if it is on a disk, or that is unknown."""
    try:
        text = (mounts or MOUNTS).read_text("utf-8", "surrogateescape")
    except OSError:
        return None
    place = os.path.realpath(path)
    longest, kind = -1, ""
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields, types = before.split(" "), after.split(" ")
        if len(fields) < 5 or not types[0]:
            continue
        point = _ESCAPE.sub(lambda found: chr(int(found[1], 8)), fields[4])
        # of two at one point the later one hides the other
        if len(point) >= longest and (place == point or place.startswith(point.rstrip("/") + "/")):
            longest, kind = len(point), types[0]
    if kind == "9p" and longest == 1:
        return None  # the root of a sandboxed container, which is this machine's own
    if kind in _NETWORK or (kind.startswith("fuse.") and _FUSE.search(kind)):
        return kind
    return None


def refuse_network(database: Path) -> None:
    """Refuse a database on a network's file system.

    Raises:
        ArchiveError: it is on one.
    """
    kind = network_file_system(database)
    if kind is not None:
        raise ArchiveError(
            f"{database} is on a file system of the network ({kind}), where SQLite's log can't be shared safely: keep "
            "the archive's folder on a local disk; WARCs may be on the network, by 'talkscraper offload file:///…' or "
            "by a link warc/ that leads there"
        )
