"""The one pass over any WARC: what it says of each fault, its agreement with the reader of single records, its cost."""

import gzip
import io
import random
from itertools import pairwise

import pytest

from talkscraper.errors import DamagedRecord
from talkscraper.warc.reader import read_record
from talkscraper.warc.scan import Gap, Scan

RECORD = b"WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
EMPTY_RECORD = RECORD % (0, b"")


class Counted(io.BytesIO):
    """A file that counts what is read of it."""

    taken = 0

    def read(self, size=-1):
        data = super().read(size)
        self.taken += len(data)
        return data


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
@pytest.mark.parametrize("shift", range(12))
def test_records_that_share_a_member_are_all_seen_wherever_a_buffer_ends(pack, shift):
    """Unpacked by the MiB: the second record begins some bytes before, at, or behind the end of the first MiB."""
    filler = 2**20 - len(RECORD % (2**20, b"")) + shift - 8
    first = RECORD % (filler, b"x" * filler)
    assert abs(len(first) - 2**20) <= 10
    seen = list(Scan(io.BytesIO(pack(first + EMPTY_RECORD * 3)), digests=False))
    assert [type(each).__name__ for each in seen] == ["ScannedRecord"] * 4
    assert not [problem for each in seen for problem in each.problems if "more bytes" in problem.message]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999\r\n\r\nx\r\n", "early"),
        (b"WARC/1.0\r\n", "no record"),
        (b"WARC/1.0\r\nContent-Length: x\r\n\r\n", "Content-Length"),
    ],
)
def test_a_file_of_damage_is_read_in_proportion_to_its_size(damage, message):
    """Each of the records claims more than there is; none makes the scan read to the file's end."""
    count = 2000
    file = Counted(damage * count + b"x" * 4_000_000)
    gaps = list(Scan(file, digests=False))
    assert len(gaps) == count
    assert all(isinstance(each, Gap) for each in gaps)
    assert message in gaps[0].message
    assert gaps[-1].offset + gaps[-1].length == len(file.getvalue())
    assert file.taken < count * 16_384 + 8 * len(file.getvalue())


def test_rubbish_that_looks_like_gzip_everywhere_is_passed_over():
    """A magic number every three bytes, and a good record behind: it is found without a MiB read for each."""
    file = Counted(b"\x1f\x8b\x08" * 3000 + b"\0" * 2_000_000 + gzip.compress(EMPTY_RECORD))
    gap, record = Scan(file, digests=False)
    assert isinstance(gap, Gap)
    assert record.record_type == "metadata"
    assert file.taken < 3000 * 16_384 + 8 * len(file.getvalue())


A, B = RECORD % (5, b"first"), RECORD % (6, b"second")
SHORT, LONG = RECORD.replace(b"%d", b"2") % b"five5", RECORD.replace(b"%d", b"9") % b"five5"
HEADLESS = b"WARC/1.0\r\nWARC-Type: metadata\r\n"


def members(*records: bytes) -> bytes:
    """Each as a gzip member."""
    return b"".join(gzip.compress(each, mtime=0) for each in records)


FAULTS = {
    "sound": (members(A, B), ["", ""]),
    "plain": (A + B, ["", ""]),
    "empty": (b"", ["empty"]),
    "garbage between members": (members(A) + b"garbage" + members(B), ["", "rubbish", ""]),
    "garbage after the last member": (members(A) + b"garbage", ["", "rubbish"]),
    "zeros after the last member": (members(A) + bytes(600), ["", "zero-tail"]),
    "a member cut off": (members(A, B)[:-12], ["", "torn-tail"]),
    "a member cut off, and another": (members(A)[:-12] + members(B), ["gzip", ""]),
    "a member with a wrong checksum": (members(A)[:-8] + bytes(8) + members(B), ["gzip", ""]),
    "a member with reserved flags": (members(A)[:3] + b"\xe0" + members(A)[4:] + members(B), ["gzip", ""]),
    "a member without a record": (members(b"no record", A), ["head", ""]),
    "a member with half a head": (members(HEADLESS, A), ["head", ""]),
    "two records in a member": (members(A + B, A), ["shared-member", "", ""]),
    "more in a member than a record": (members(A + b"more", B), ["length", ""]),
    "one line end after a block": (members(A[:-2], B), ["end", ""]),
    "three line ends after a block": (members(A + b"\r\n", B), ["end", ""]),
    "line ends without CR": (members(A.replace(b"\r\n", b"\n"), B), ["end", ""]),
    "a Content-Length too short": (members(SHORT, B), ["length", ""]),
    "a Content-Length too long": (members(LONG + b"\r\n", B), ["end", ""]),
    "a Content-Length beyond the member": (members(RECORD.replace(b"%d", b"99") % b"x", B), ["length", ""]),
    "no Content-Length": (members(A.replace(b"Content-Length", b"Length"), B), ["field,length", ""]),
    "plain, garbage in front": (b"garbage\n" + A, ["rubbish", ""]),
    "plain, one line end": (A[:-2] + B, ["end", ""]),
    "plain, too short": (SHORT + B, ["length", "rubbish", ""]),
    "plain, cut in a block": (A + B[:-9], ["", "torn-tail"]),
    "plain, cut in a head": (A + B[:20], ["", "torn-tail"]),
    "plain, without Content-Length": (A.replace(b"Content-Length", b"Length") + B, ["field", ""]),
}


def scanned(data: bytes) -> list:
    return list(Scan(io.BytesIO(data)))


def faults_of(each) -> str:
    return str(each.fault) if isinstance(each, Gap) else ",".join(str(problem.fault) for problem in each.problems)


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_word_and_the_records_around_it_are_found(name):
    """One after the other, without a hole between them."""
    data, expected = FAULTS[name]
    found = scanned(data)
    assert [faults_of(each) for each in found] == expected
    places = [(each.offset, each.length) for each in found if each.length]
    assert all(at + length == following for (at, length), (following, _) in pairwise(places))


def test_what_the_scan_calls_whole_opens_alone_and_nothing_else(tmp_path):
    """The reader of one record agrees with the scan about every record and every gap, in sound and in damaged files."""
    seeded, path = random.Random(11), tmp_path / "a.warc"
    files = [data for data, _ in FAULTS.values()]
    for data in [*files, *(mutated(seeded, data) for data in files for _ in range(20) if data)]:
        path.write_bytes(data)
        for each in scanned(data):
            wrong = isinstance(each, Gap) or not each.length or {"length", "field"} & set(faults_of(each).split(","))
            if wrong and not (each.offset or each.length):
                continue
            try:
                record = read_record(path, each.offset)
            except DamagedRecord:
                assert wrong, (data, each)
            else:
                assert not wrong, (data, each)
                assert (record.length, record.headers.pairs) == (each.length, each.headers.pairs)
                assert record.spool.size == each.block_size


def mutated(seeded: random.Random, data: bytes) -> bytes:
    """The data with a byte changed, removed or added."""
    at = seeded.randrange(len(data))
    return data[:at] + seeded.choice((b"", bytes([seeded.randrange(256)]))) + data[at + seeded.randrange(2) :]
