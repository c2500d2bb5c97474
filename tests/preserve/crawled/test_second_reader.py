"""``verify --second-reader``: what warcio makes of the files."""

from talkscraper.preserve.second_reader import disputes


def test_a_crawl_is_read_alike_by_other_peoples_code(archive):
    """Every record, revisits and redirects among them, is where both readers say it is."""
    done = archive.json("verify", "--second-reader")
    assert done["ok"] is True
    assert done["disputes"] == []


def test_a_record_that_only_one_reader_finds_is_disputed(archive, tmp_path):
    """Behind a torn record ours goes on, and warcio can't: that is told with its place, not hidden."""
    ((name,),) = archive.rows("select name from warc_files order by name limit 1")
    data = (archive.root / "warc" / name).read_bytes()
    ((offset, length),) = archive.rows(
        "select warc_offset, warc_length from captures where warc_file = ? order by warc_offset limit 1 offset 2", name
    )
    damaged = tmp_path / "damaged.warc.gz"
    damaged.write_bytes(data[: offset + length // 2] + data[offset + length :])
    found = disputes(damaged, damaged.name)
    assert found
    assert all(finding.file == "damaged.warc.gz" and "warcio" in finding.message for finding in found)
    done = archive.run("verify", "--second-reader", str(damaged))
    assert done.returncode == 1
    assert "[second-reader]" in done.stdout
