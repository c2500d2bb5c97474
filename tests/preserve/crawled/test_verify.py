"""verify finds every kind of damage that there is, says where, and cries wolf at nothing."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.warc_file import index_path
from talkscraper.preserve.archive_files import sha256_of
from talkscraper.preserve.file_verdicts import WarcState, check_foreign
from talkscraper.preserve.findings import Level
from talkscraper.preserve.verify import verify
from tests.support.warcs import scan_members

NOW = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
"""After the crawl of the archive, which goes by the real clock."""


class Victim:
    """The first WARC of an archive, and ways to hurt it."""

    def __init__(self, archive) -> None:
        self.folder = ArchiveFolder(archive.root)
        self.path = min(self.folder.warc.glob("*.warc.gz"))
        self.data = self.path.read_bytes()
        self.members = list(scan_members(self.path))
        self.responses = [number for number in range(len(self.members)) if b"WARC-Type: response" in self.plain(number)]

    def plain(self, number: int) -> bytes:
        """A record, unpacked."""
        member = self.members[number]
        return zlib.decompress(self.data[member.offset : member.offset + member.length], 31)

    def put(self, number: int, record: bytes) -> None:
        """Another record in the place of one, in a sound gzip member."""
        member = self.members[number]
        self.write(
            self.data[: member.offset] + gzip.compress(record, mtime=0) + self.data[member.offset + member.length :]
        )

    def change(self, old: bytes, new: bytes) -> None:
        """Replace bytes in the first response that has them."""
        number = next(each for each in self.responses if old in self.plain(each))
        self.put(number, self.plain(number).replace(old, new, 1))

    def write(self, data: bytes) -> None:
        self.path.write_bytes(data)

    def agree(self) -> None:
        """Make warc_files believe that the file was finished so: as if its writer had made the fault."""
        self.sql("update warc_files set size = ?, sha256 = ? where name = ?", self.path.stat().st_size,
                 sha256_of(self.path), self.path.name)  # fmt: skip

    def sql(self, statement: str, *values) -> None:
        connection = sqlite3.connect(self.folder.database)
        with connection:
            assert connection.execute(statement, values).rowcount, statement
        connection.close()


def flipped_payload_byte(victim):
    victim.change(b"<p>The harbour", b"<p>The Harbour")


def longer_content_length(victim):
    number = victim.responses[0]
    record = victim.plain(number)
    declared = int(record.split(b"\r\nContent-Length: ", 1)[1].split(b"\r\n", 1)[0])
    victim.put(
        number, record.replace(b"\r\nContent-Length: %d" % declared, b"\r\nContent-Length: %d" % (declared + 7), 1)
    )


def shorter_content_length(victim):
    number = victim.responses[0]
    record = victim.plain(number)
    declared = int(record.split(b"\r\nContent-Length: ", 1)[1].split(b"\r\n", 1)[0])
    victim.put(
        number, record.replace(b"\r\nContent-Length: %d" % declared, b"\r\nContent-Length: %d" % (declared - 7), 1)
    )


def bit_rot(victim):
    member = victim.members[victim.responses[1]]
    at = member.offset + member.length // 2
    victim.write(victim.data[:at] + bytes([victim.data[at] ^ 0x10]) + victim.data[at + 1 :])


def truncated_tail(victim):
    victim.write(victim.data[:-20])


def zero_filled_tail(victim):
    victim.write(victim.data[:-600] + bytes(600))


def zeros_after_the_end(victim):
    victim.write(victim.data + bytes(4096))


def one_member_for_all(victim):
    victim.write(gzip.compress(gzip.decompress(victim.data), mtime=0))


def without_field(victim, field):
    number = victim.responses[0]
    lines = victim.plain(number).split(b"\r\n")
    victim.put(number, b"\r\n".join(line for line in lines if not line.startswith(field + b":")))


def missing_date(victim):
    without_field(victim, b"WARC-Date")


def missing_record_id(victim):
    without_field(victim, b"WARC-Record-ID")


def missing_block_digest(victim):
    without_field(victim, b"WARC-Block-Digest")


def missing_payload_digest(victim):
    without_field(victim, b"WARC-Payload-Digest")


def senseless_date(victim):
    victim.change(b"\r\nWARC-Date: 20", b"\r\nWARC-Date: the 20")


def record_twice(victim):
    member = victim.members[victim.responses[0]]
    victim.write(victim.data + victim.data[member.offset : member.offset + member.length])


def rubbish_in_between(victim):
    at = victim.members[victim.responses[0]].offset
    victim.write(victim.data[:at] + b"<html>404</html>" + victim.data[at:])


def record_lost_from_the_middle(victim):
    member = victim.members[victim.responses[0]]
    victim.write(victim.data[: member.offset] + victim.data[member.offset + member.length :])


def emptied(victim):
    victim.write(b"")


def deleted(victim):
    victim.path.unlink()


def foreign_row(victim):
    victim.sql(
        "insert into captures (id, url, urlkey, captured_at, record_type, warc_file, warc_offset, warc_length)"
        " values ('<urn:uuid:00000000-0000-4000-8000-000000000000>', 'http://x.example/', 'example,x)/',"
        " '2026-01-01T00:00:00Z', 'response', ?, 7, 100)",
        victim.path.name,
    )


def missing_row(victim):
    victim.sql("delete from captures where seq = (select min(seq) from captures where article_id is null)")


def row_that_lies(victim):
    victim.sql("update captures set status = 204 where seq = (select min(seq) from captures)")


def row_that_points_beside(victim):
    victim.sql("update captures set warc_offset = warc_offset + 1 where seq = (select min(seq) from captures)")


def stale_index_line(victim):
    path = index_path(victim.folder, victim.path.name)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0].replace('"offset": "', '"offset": "9'), *lines[1:]]) + "\n")


def index_line_lost(victim):
    path = index_path(victim.folder, victim.path.name)
    path.write_text("".join(line + "\n" for line in path.read_text().splitlines()[1:]))


def index_lost(victim):
    index_path(victim.folder, victim.path.name).unlink()


def index_unsorted(victim):
    path = index_path(victim.folder, victim.path.name)
    path.write_text("".join(line + "\n" for line in reversed(path.read_text().splitlines())))


def article_without_capture(victim):
    victim.sql(
        "update articles set capture_id = '<urn:uuid:00000000-0000-4000-8000-000000000000>'"
        " where seq = (select min(seq) from articles)"
    )


def revisit_of_nothing(victim):
    victim.sql(
        "update captures set payload_digest = 'sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' where id in"
        " (select refers_to from captures where record_type = 'revisit')"
    )


def changed_after_it_was_finished(victim):
    info = victim.plain(0)
    victim.put(0, info)  # the same record, compressed otherwise: nothing but the file's digest tells
    assert victim.path.read_bytes() != victim.data


def full_text_lost(victim):
    connection = sqlite3.connect(victim.folder.database)
    with connection:
        connection.execute("insert into articles_fts (articles_fts) values ('delete-all')")
    connection.close()


def database_rotten(victim):
    connection = sqlite3.connect(victim.folder.database)
    (page,) = connection.execute("select rootpage from sqlite_master where name = 'provenance'").fetchone()
    (size,) = connection.execute("pragma page_size").fetchone()
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    data = bytearray(victim.folder.database.read_bytes())
    data[(page - 1) * size : (page - 1) * size + 8] = b"\xff" * 8
    victim.folder.database.write_bytes(data)


DAMAGE = {
    # what was done: the words, one of which must be found; the file's verdict
    flipped_payload_byte: ({"block-digest"}, WarcState.DAMAGED),
    longer_content_length: ({"length"}, WarcState.DAMAGED),
    shorter_content_length: ({"length"}, WarcState.DAMAGED),
    bit_rot: ({"gzip"}, WarcState.DAMAGED),
    truncated_tail: ({"torn-tail"}, WarcState.DAMAGED),
    zero_filled_tail: ({"torn-tail", "gzip", "zero-tail"}, WarcState.DAMAGED),
    zeros_after_the_end: ({"zero-tail"}, WarcState.DAMAGED),
    one_member_for_all: ({"shared-member"}, WarcState.DAMAGED),
    missing_date: ({"field"}, WarcState.DAMAGED),
    missing_record_id: ({"field"}, WarcState.DAMAGED),
    senseless_date: ({"date"}, WarcState.DAMAGED),
    missing_block_digest: ({"no-digest"}, WarcState.DAMAGED),
    missing_payload_digest: ({"no-digest"}, WarcState.DAMAGED),
    record_twice: ({"duplicate"}, WarcState.DAMAGED),
    rubbish_in_between: ({"rubbish"}, WarcState.DAMAGED),
    record_lost_from_the_middle: ({"foreign-row"}, WarcState.MENDABLE),
    emptied: ({"empty"}, WarcState.DAMAGED),
    deleted: ({"missing-file"}, WarcState.MISSING),
    foreign_row: ({"foreign-row"}, WarcState.MENDABLE),
    missing_row: ({"missing-row"}, WarcState.MENDABLE),
    row_that_lies: ({"row"}, WarcState.MENDABLE),
    row_that_points_beside: ({"row"}, WarcState.MENDABLE),
    stale_index_line: ({"index-line"}, WarcState.MENDABLE),
    index_line_lost: ({"index-line"}, WarcState.MENDABLE),
    index_lost: ({"no-index"}, WarcState.MENDABLE),
    index_unsorted: ({"index-line"}, WarcState.MENDABLE),
    article_without_capture: ({"article"}, WarcState.OK),
    revisit_of_nothing: ({"revisit"}, WarcState.MENDABLE),
    changed_after_it_was_finished: ({"sha256", "size"}, WarcState.DAMAGED),
    full_text_lost: ({"database"}, WarcState.OK),
    database_rotten: ({"database"}, WarcState.OK),
}
BYTES = [each for each in DAMAGE if DAMAGE[each][1] is WarcState.DAMAGED]
CHANGED = {"size", "sha256"}


def found(report):
    return {str(each.kind) for each in report.all_findings() if each.level is not Level.NOTE}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda each: each.__name__)
def test_every_kind_of_damage_is_found_and_named(archive, damage):
    """Even where the file's own digest was made to agree, so that nothing but the damage itself can tell."""
    victim = Victim(archive)
    assert found(verify(victim.folder, now=NOW)) == set()
    damage(victim)
    words, verdict = DAMAGE[damage]
    if (damage in BYTES and damage is not changed_after_it_was_finished) or damage is record_lost_from_the_middle:
        assert found(verify(victim.folder, now=NOW)) & CHANGED, "the file isn't the one that was finished"
        victim.agree()
    report = verify(victim.folder, now=NOW)
    assert found(report) & words, found(report)
    assert not report.ok
    assert next(each.verdict for each in report.files if each.name == victim.path.name) == verdict
    others = [each for each in report.files if each.name != victim.path.name]
    assert all(each.verdict is WarcState.OK for each in others) or damage in (missing_row, revisit_of_nothing)
    noted = archive.rows("select verdict from warc_files where name = ?", victim.path.name)
    assert noted == [(str(verdict),)]
    done = archive.run("verify", "--json")
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (1, False)


@pytest.mark.parametrize("damage", BYTES, ids=lambda each: each.__name__)
def test_damage_is_found_in_a_file_of_no_archive_too(archive, damage, tmp_path):
    """By the records alone, without rows, index or a digest of the whole."""
    victim = Victim(archive)
    damage(victim)
    alone = tmp_path / "alone.warc.gz"
    alone.write_bytes(victim.path.read_bytes())
    if damage is changed_after_it_was_finished:
        assert check_foreign(alone).verdict is WarcState.OK
    else:
        assert check_foreign(alone).verdict is WarcState.DAMAGED


def test_a_place_is_told_by_its_byte(archive):
    """The offset is that of the record's gzip member, and its id stands beside it."""
    victim = Victim(archive)
    number = next(each for each in victim.responses if b"<p>The harbour" in victim.plain(each))
    flipped_payload_byte(victim)
    findings = [each for each in verify(victim.folder, now=NOW).all_findings() if each.kind == "block-digest"]
    assert [each.offset for each in findings] == [victim.members[number].offset]
    assert findings[0].record_id is not None
    assert findings[0].record_id.encode() in victim.plain(number)


def test_a_sound_archive_is_sound(crawled):
    """Two crawls with revisits, redirects, 304s and pictures: no finding, every verdict ok, exit code 0."""
    report = verify(ArchiveFolder(crawled.root), now=NOW)
    assert list(report.all_findings()) == []
    assert {file.verdict for file in report.files} == {WarcState.OK}
    assert report.noted
    assert crawled.run("verify").returncode == 0


def test_a_file_that_is_being_written_is_left_alone(archive):
    """Its lock is held: no verdict, and nothing is wrong."""
    from talkscraper.capture.archive_writer import archive_writer
    from talkscraper.capture.exchange import Exchange
    from talkscraper.store.writer import ArchiveWriter

    folder = ArchiveFolder(archive.root)
    database = ArchiveWriter(folder.database)
    writer = archive_writer(folder, database, run_id=None, clock=lambda: NOW)
    exchange = Exchange(url="http://news.example/", started_at=NOW)
    attempt = exchange.new_attempt("192.0.2.7")
    attempt.request += b"GET / HTTP/1.1\r\n\r\n"
    attempt.received(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    exchange.seal(None)
    writer.submit(exchange).result()
    report = verify(folder, now=NOW)
    assert sorted(str(file.verdict) for file in report.files) == ["ok", "ok", "open"]
    assert report.ok
    writer.close()
    database.close()
    assert [file.verdict for file in verify(folder, now=NOW).files] == [WarcState.OK] * 3


def test_what_a_killed_run_left_is_mendable(archive):
    """An .open file without a lock, with a torn tail: repair's business, not damage."""
    victim = Victim(archive)
    victim.sql("update warc_files set closed_at = null, sha256 = null, size = null where name = ?", victim.path.name)
    victim.path.rename(victim.path.with_name(victim.path.name + ".open"))
    Path(f"{victim.path}.open").write_bytes(victim.data + victim.data[:200])
    index_path(victim.folder, victim.path.name).unlink()
    report = verify(victim.folder, now=NOW)
    assert found(report) == {"unfinished", "torn-tail"}
    assert {file.name: file.verdict for file in report.files}[victim.path.name] is WarcState.MENDABLE
