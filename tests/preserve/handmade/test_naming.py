"""Names of imported files: their own, unless another file has it or would share its index."""

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve.archive_files import free_name
from talkscraper.store.captures import open_warc_file
from talkscraper.store.database import open_writer


@pytest.mark.parametrize(
    ("there", "wanted", "name"),
    [
        ("a.warc.gz", "b.warc.gz", "b.warc.gz"),
        ("a.warc.gz", "a.warc.gz", "a-01234567.warc.gz"),
        ("a.warc.gz", "a.warc", "a-01234567.warc"),
        ("a.warc", "a.warc.gz", "a-01234567.warc.gz"),
        ("a", "a.warc.gz", "a-01234567.warc.gz"),
        ("a.gz", "a.warc", "a-01234567.warc"),
        ("a.arc.gz", "a.warc.gz", "a.warc.gz"),
    ],
)
def test_two_files_never_share_a_name_or_an_index(there, wanted, name, tmp_path):
    folder = ArchiveFolder(tmp_path).make()
    db = open_writer(folder.database)
    open_warc_file(db, there, None)
    assert free_name(db, folder, wanted, "0123456789abcdef" * 4) == name
    plan = db.execute("explain query plan select 1 from warc_files where name in (?, ?)", ["a", "b"]).fetchall()
    assert plan[0][3].startswith("SEARCH")
    db.conn.close()
