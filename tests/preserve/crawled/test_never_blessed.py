"""A finished file that differs from what was recorded stays damaged until its bytes return or a person accepts it."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import NotFound, UsageError
from talkscraper.preserve import archive_files
from talkscraper.preserve.backup import backup
from talkscraper.preserve.check.verdicts import WarcState
from talkscraper.preserve.check.verify import verify
from talkscraper.preserve.findings import Level
from talkscraper.preserve.foreign.import_warcs import import_files
from talkscraper.preserve.mend.repair import repair
from talkscraper.preserve.recovery import recover
from talkscraper.store.writer import ArchiveWriter
from tests.support.warcs import scan_members

NOW = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
"""After the crawl of the archive, which goes by the real clock."""
TABLES = ("captures", "articles", "revisions", "images", "aliases")
PASSING = ("seq", "lost_at", "lost_why", "verified_at", "verdict", "indexed_at")


class Patient:
    """An archive of two WARCs; the first one is hurt."""

    def __init__(self, archive) -> None:
        self.archive = archive
        self.folder = ArchiveFolder(archive.root)
        self.path, self.other = sorted(self.folder.warc.glob("*.warc.gz"))
        self.name = self.path.name
        self.data, self.other_data = self.path.read_bytes(), self.other.read_bytes()
        self.members = list(scan_members(self.path))

    def plain(self, number: int) -> bytes:
        """A record, unpacked."""
        member = self.members[number]
        return zlib.decompress(self.data[member.offset : member.offset + member.length], 31)

    def put(self, number: int, record: bytes) -> bytes:
        """The file with another record in the place of one, in a sound gzip member."""
        member = self.members[number]
        return self.data[: member.offset] + gzip.compress(record, mtime=0) + self.data[member.offset + member.length :]

    def page(self) -> int:
        """The number of a record that is an article's page."""
        numbers = range(len(self.members))
        return next(
            each for each in numbers if b"WARC-Type: response" in self.plain(each) and b"<h1>" in self.plain(each)
        )

    def rows(self) -> dict[str, list[str]]:
        """All rows, without what comes and goes with a verdict."""
        connection = sqlite3.connect(self.folder.database)
        connection.row_factory = sqlite3.Row
        found = {
            table: sorted(
                str([(key, row[key]) for key in row.keys() if key not in PASSING])  # noqa: SIM118  a Row isn't a dict
                for row in connection.execute(f"select * from {table}")
            )
            for table in TABLES
        }
        connection.close()
        return found

    def lost(self) -> set[str]:
        """Ids of captures that are marked lost."""
        return {row[0] for row in self.archive.rows("select id from captures where lost_at is not null")}

    def verdict(self) -> tuple[WarcState, set[str]]:
        """How the first file stands, and what verify finds, notes left out."""
        report = verify(self.folder, now=NOW)
        found = {str(each.kind) for each in report.all_findings() if each.level is not Level.NOTE}
        assert report.ok is not bool(found)
        return next(each.verdict for each in report.files if each.name == self.name), found

    def repair(self, *accepted: str):
        """Mend it."""
        return repair(self.folder, clock=lambda: NOW, workers=1, accepted=accepted)


@pytest.fixture
def patient(archive) -> Patient:
    """A copy of the crawled archive."""
    return Patient(archive)


def cut_at_the_last_record(p):
    return p.data[: p.members[-1].offset]


def cut_at_the_first_page(p):
    return p.data[: p.members[p.page()].offset]


def cut_after_the_first_record(p):
    return p.data[: p.members[0].length]


def half_of_it(p):
    return p.data[: len(p.data) // 2]


def emptied(p):
    return b""


def byte_in_a_payload(p):
    member = p.members[p.page()]
    at = member.offset + member.length // 2
    return p.data[:at] + bytes([p.data[at] ^ 0x10]) + p.data[at + 1 :]


def byte_in_a_gzip_header(p):
    at = p.members[p.page()].offset + 1
    return p.data[:at] + b"\0" + p.data[at + 1 :]


def byte_in_a_gzip_trailer(p):
    member = p.members[p.page()]
    at = member.offset + member.length - 6
    return p.data[:at] + bytes([p.data[at] ^ 1]) + p.data[at + 1 :]


def harmless_byte_in_a_gzip_header(p):
    at = p.members[p.page()].offset + 9  # the operating system: no reader looks at it
    return p.data[:at] + bytes([p.data[at] ^ 1]) + p.data[at + 1 :]


def payload_rewritten(p):
    return p.put(p.page(), p.plain(p.page()).replace(b"<h1>", b"<h2>", 1))


def date_rewritten(p):
    return p.put(p.page(), p.plain(p.page()).replace(b"WARC-Date: 20", b"WARC-Date: 19", 1))


def address_rewritten(p):
    return p.put(p.page(), p.plain(p.page()).replace(b"/posts/", b"/pasts/", 1))


def same_records_compressed_otherwise(p):
    return p.put(0, p.plain(0))


def record_from_the_middle_gone(p):
    member = p.members[p.page()]
    return p.data[: member.offset] + p.data[member.offset + member.length :]


def bytes_appended(p):
    return p.data + b"<html>404</html>"


def zeros_appended(p):
    return p.data + bytes(5000)


def forged_record_appended(p):
    forged = p.plain(p.page()).replace(b"WARC-Record-ID: <urn:uuid:", b"WARC-Record-ID: <urn:uuid:ffffffff", 1)
    return p.data + gzip.compress(forged, mtime=0)


def forged_record_in_the_middle(p):
    at = p.members[p.page()].offset
    forged = p.plain(p.page()).replace(b"WARC-Record-ID: <urn:uuid:", b"WARC-Record-ID: <urn:uuid:ffffffff", 1)
    return p.data[:at] + gzip.compress(forged, mtime=0) + p.data[at:]


def another_file_in_its_place(p):
    return p.other_data


def deleted(p):
    return None


DAMAGE = [
    cut_at_the_last_record, cut_at_the_first_page, cut_after_the_first_record, half_of_it, emptied, byte_in_a_payload,
    byte_in_a_gzip_header, byte_in_a_gzip_trailer, harmless_byte_in_a_gzip_header, payload_rewritten, date_rewritten,
    address_rewritten, same_records_compressed_otherwise, record_from_the_middle_gone, bytes_appended, zeros_appended,
    forged_record_appended, forged_record_in_the_middle, another_file_in_its_place, deleted,
]  # fmt: skip


FIRST = (cut_at_the_last_record, byte_in_a_payload, same_records_compressed_otherwise, forged_record_in_the_middle)
"""Kinds of damage that every test run makes; 'make soak' makes all."""


@pytest.mark.parametrize(
    "damage",
    [pytest.param(each, marks=() if each in FIRST else pytest.mark.slow) for each in DAMAGE],
    ids=lambda each: each.__name__,
)
def test_no_repair_blesses_it_and_no_row_goes(patient, damage):
    """It stays damaged over repairs, a crawl's start and a fresh import; its bytes put back, all is well as before."""
    before, indexes = patient.rows(), {path: path.read_bytes() for path in patient.folder.index.iterdir()}
    data = damage(patient)
    patient.path.unlink()
    if data is not None:
        patient.path.write_bytes(data)
    wanted = WarcState.MISSING if data is None else WarcState.DAMAGED
    assert patient.verdict()[0] is wanted
    for turn in range(2):
        report = patient.repair()
        assert not report.ok
        assert any(each.file == patient.name and each.level is Level.DAMAGE for each in report.remaining)
        assert turn == 0 or report.mended == ()
        assert patient.verdict()[0] is wanted
        assert patient.rows() == before
    if data:
        import_files(patient.folder, [patient.folder.warc], clock=lambda: NOW, workers=1)
    with ArchiveWriter(patient.folder.database) as writer:
        writer.run(lambda db: recover(patient.folder, db, NOW))
    assert patient.verdict()[0] is wanted
    assert patient.rows() == before
    patient.path.write_bytes(patient.data)
    assert patient.repair().ok
    assert patient.verdict() == (WarcState.OK, set())
    assert (patient.rows(), patient.lost()) == (before, set())
    assert {path: path.read_bytes() for path in patient.folder.index.iterdir()} == indexes


def test_a_record_whose_bytes_are_gone_is_marked_and_replay_cite_and_export_say_so(patient, tmp_path):
    """Half a WARC: its captures stay with a mark; the articles can be read, and their records are told to be lost."""
    archive = patient.archive
    patient.path.write_bytes(cut_at_the_first_page(patient))
    patient.repair()
    gone = patient.lost()
    assert gone == {
        row[0]
        for row in archive.rows(
            "select id from captures where warc_file = ? and warc_offset >= ?",
            patient.name,
            patient.members[patient.page()].offset,
        )
    }
    article, capture = archive.rows(
        "select id, capture_id from articles a where capture_id in (select id from captures where lost_at is not null)"
    )[0]
    shown = archive.run("replay", capture.strip("<>"))
    assert shown.returncode == 1 and "is lost" in shown.stderr
    assert "lost since" in archive.run("cite", article).stdout
    assert archive.json("show", article)["capture"]["lost_at"] is not None
    archive.run("export", str(tmp_path / "out.jsonl"))
    told = {each["id"]: each["lost_at"] for each in map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())}
    assert told[article] is not None
    due = archive.rows("select state from urls where url in (select url from captures where id = ?)", capture)
    assert due == [("due",)]


def test_exchanged_names_are_named_and_put_right_in_one_pass(patient):
    """Each file is told by its digest; verify says which it is, repair renames both, no row and no line changes."""
    before, indexes = patient.rows(), {path: path.read_bytes() for path in patient.folder.index.iterdir()}
    patient.path.write_bytes(patient.other_data)
    patient.other.write_bytes(patient.data)
    report = verify(patient.folder, now=NOW, articles=0)
    assert [str(each.kind) for each in report.all_findings()] == ["misplaced"] * 2
    assert {each.message for each in report.all_findings()} == {
        f"it is {name} under another name" for name in (patient.name, patient.other.name)
    }
    assert patient.repair().ok
    assert (patient.path.read_bytes(), patient.other.read_bytes()) == (patient.data, patient.other_data)
    assert (patient.rows(), patient.lost()) == (before, set())
    assert {path: path.read_bytes() for path in patient.folder.index.iterdir()} == indexes
    assert patient.repair().mended == ()


@pytest.mark.parametrize("moved", [0, 1], ids=["before a rename", "between the renames"])
def test_a_crash_while_names_are_put_right_loses_no_file(patient, monkeypatch, moved):
    """The next repair goes on from wherever the last one was cut off."""
    patient.path.write_bytes(patient.other_data)
    patient.other.write_bytes(patient.data)
    rename, done = Path.rename, []

    def crash(path, target):
        if len(done) == moved:
            raise KeyboardInterrupt
        done.append(path)
        return rename(path, target)

    monkeypatch.setattr(archive_files.Path, "rename", crash)
    with pytest.raises(KeyboardInterrupt):
        patient.repair()
    monkeypatch.undo()
    assert patient.repair().ok
    assert (patient.path.read_bytes(), patient.other.read_bytes()) == (patient.data, patient.other_data)
    assert sorted(path.name for path in patient.folder.warc.iterdir()) == [patient.name, patient.other.name]


def test_exchanged_names_are_put_right_where_one_file_is_damaged_too(patient):
    """The sound one gets its name; the other gets the name that is free then, and is damaged under it."""
    patient.path.write_bytes(patient.other_data)
    patient.other.write_bytes(half_of_it(patient))
    report = patient.repair()
    assert patient.other.read_bytes() == patient.other_data
    assert patient.path.read_bytes() == half_of_it(patient)
    assert {each.file for each in report.remaining} == {patient.name}


def test_a_renamed_file_gets_its_name_again(patient):
    """By repair, and by the start of a crawl, which would else take it for a new file."""
    before = patient.rows()
    for number in range(2):
        patient.path.rename(patient.folder.warc / f"renamed-{number}.warc.gz")
        if number:
            with ArchiveWriter(patient.folder.database) as writer:
                writer.run(lambda db: recover(patient.folder, db, NOW))
        else:
            assert patient.repair().ok
        assert patient.path.read_bytes() == patient.data
        assert patient.verdict() == (WarcState.OK, set())
        assert patient.rows() == before


@pytest.mark.parametrize(
    "damage",
    [
        half_of_it,
        payload_rewritten,
        *(
            pytest.param(each, marks=pytest.mark.slow)
            for each in (
                cut_at_the_first_page,
                byte_in_a_payload,
                date_rewritten,
                record_from_the_middle_gone,
                forged_record_in_the_middle,
                bytes_appended,
            )
        ),
    ],
    ids=lambda each: each.__name__,
)
def test_a_person_accepts_it_and_that_is_noted_for_good(patient, damage):
    """The verdict is ok from then on, with a note; what was before, and what is lost, stands in the database."""
    count = patient.archive.rows("select count(*) from captures")[0][0]
    data = damage(patient)
    patient.path.write_bytes(data)
    done = patient.archive.run("repair", "--accept", patient.name)
    assert (done.returncode, f"SHA-256 {archive_files.sha256_of(patient.path)}" in done.stdout.replace("\n", " ")) == (
        0,
        True,
    )
    for _ in range(2):
        assert patient.verdict() == (WarcState.OK, set())
        assert patient.repair().ok
    (row,) = patient.archive.rows("select warc_file, accepted_by, size_before, size, sha256, lost from acceptances")
    assert row[0] == patient.name and "@" in row[1]
    assert row[2:5] == (len(patient.data), len(data), archive_files.sha256_of(patient.path))
    assert {each["id"] for each in json.loads(row[5])} == patient.lost()
    assert patient.archive.rows("select count(*) from captures")[0][0] >= count
    assert bool(patient.lost()) is (damage not in (date_rewritten, forged_record_in_the_middle, bytes_appended))
    notes = [each.message for each in verify(patient.folder, now=NOW).all_findings() if str(each.kind) == "accepted"]
    assert len(notes) == 1
    patient.path.write_bytes(data + b"more")
    assert patient.verdict()[0] is WarcState.DAMAGED


def test_only_what_is_damaged_is_accepted(patient):
    """A sound file, one that isn't there or isn't known, and one under another's name are refused; nothing is noted."""
    with pytest.raises(UsageError, match="nothing to accept"):
        patient.repair(patient.name)
    with pytest.raises(NotFound):
        patient.repair("other.warc.gz")
    patient.path.write_bytes(patient.other_data)
    patient.other.write_bytes(patient.data)
    with pytest.raises(UsageError, match="under another name"):
        patient.repair(patient.name)
    patient.path.unlink()
    with pytest.raises(NotFound, match="put a copy"):
        patient.repair(patient.name)
    assert patient.archive.rows("select count(*) from acceptances") == [(0,)]


def test_a_takedown_does_not_bless_either(patient):
    """A damaged file isn't written anew: its new digest would hide what is lost."""
    patient.path.write_bytes(cut_at_the_last_record(patient))
    done = patient.archive.run("takedown", f"{patient.archive.base}/posts/taken", "--reason", "r", "--depth", "rewrite")
    assert done.returncode == 1 and "--accept" in done.stderr
    assert patient.path.read_bytes() == cut_at_the_last_record(patient)
    assert patient.verdict()[0] is WarcState.DAMAGED


@pytest.mark.parametrize(
    ("damage", "quick"),
    [
        (half_of_it, True),
        (byte_in_a_payload, False),
        *(
            pytest.param(damage, quick, marks=pytest.mark.slow)
            for damage, quick in ((half_of_it, False), (byte_in_a_payload, True), (deleted, False), (deleted, True))
        ),
    ],
)
def test_a_backup_names_damage_of_what_it_does_not_copy_again(patient, tmp_path, damage, quick):
    """The copy stays good and is verified; the archive's own file is named, and the exit code is 1."""
    assert backup(patient.folder, tmp_path / "copy", now=NOW).ok
    data = damage(patient)
    patient.path.unlink()
    if data is not None:
        patient.path.write_bytes(data)
    if quick and damage is byte_in_a_payload:
        assert backup(patient.folder, tmp_path / "copy", now=NOW, quick=True).ok, "nobody has read it yet"
        patient.repair()
    report = backup(patient.folder, tmp_path / "copy", now=NOW, quick=quick)
    assert not report.ok
    (problem,) = report.problems
    assert patient.name in problem and "put it back" in problem
    assert report.check.ok
    patient.repair()
    assert patient.lost()
    report = backup(patient.folder, tmp_path / "copy", now=NOW, quick=quick)
    assert report.check.ok, "what is lost in the archive isn't in the copy"
    shutil.copy(tmp_path / "copy" / "warc" / patient.name, patient.path)
    assert patient.repair().ok
    assert backup(patient.folder, tmp_path / "copy", now=NOW, quick=quick).ok


def test_rows_that_a_killed_run_committed_stay_when_the_disk_lost_their_records(patient):
    """An .open file that ends before a committed row: finished, the row marked lost, its address due again."""
    count = patient.archive.rows("select count(*) from captures")[0][0]
    connection = sqlite3.connect(patient.folder.database)
    with connection:
        connection.execute(
            "update warc_files set closed_at = null, sha256 = null, size = null where name = ?", [patient.name]
        )
    connection.close()
    patient.path.unlink()
    Path(f"{patient.path}.open").write_bytes(cut_at_the_first_page(patient))
    assert patient.repair().ok
    assert patient.lost()
    assert patient.archive.rows("select count(*) from captures") == [(count,)]
    assert patient.verdict() == (WarcState.OK, set())
