"""The one pass over any WARC: nothing is lost at a buffer's end, and no file makes it read itself again and again."""

import gzip
import io

import pytest

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
