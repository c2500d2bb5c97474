"""Whatever lies in a file: the scan ends, tells what it found where, and never fails; nor does the reader of records."""

from __future__ import annotations

import gzip
import io
import os
import random
import zlib
from pathlib import Path

import pytest

from talkscraper.errors import DamagedRecord
from talkscraper.preserve.check.verdicts import WarcState, check_foreign
from talkscraper.preserve.recovery import survey
from talkscraper.preserve.scan.warc_scan import Gap, Scan
from talkscraper.warc.reader import read_record
from tests.support.warcs import iter_records

ROUNDS = int(os.environ.get("TALKSCRAPER_SOAK_ROUNDS", "4")) * 250
SEED = int(os.environ.get("TALKSCRAPER_SOAK_SEED", "100"))
WORDS = (b"WARC/1.1\r\n", b"WARC/", b"\x1f\x8b\x08", b"\x1f\x8b", b"\r\n\r\n", b"Content-Length: 99999999999999\r\n",
         b"Content-Length: -1\r\n", b"Content-Length:\r\n", b"Transfer-Encoding: chunked\r\n", b"ffffffffffff\r\n", b"\0" * 600,
         b"WARC-Type: revisit\r\n", b"WARC-Record-ID: <urn:uuid:1>\r\n", b"WARC-Date: 9999-99-99\r\n")  # fmt: skip


def mutated(seeded: random.Random, data: bytes) -> bytes:
    """Some bytes flipped, cut, doubled, moved or replaced by words that readers look for."""
    changed = bytearray(data)
    for _ in range(seeded.choice((1, 1, 1, 2, 3, 8, 30))):
        if not changed:
            break
        at = seeded.randrange(len(changed))
        span = seeded.choice((1, 2, 8, 100, 3000))
        match seeded.randrange(7):
            case 0:
                changed[at] ^= 1 << seeded.randrange(8)
            case 1:
                del changed[at : at + span]
            case 2:
                changed[at:at] = changed[at : at + span]
            case 3:
                changed[at:at] = seeded.randbytes(span)
            case 4:
                word = seeded.choice(WORDS)
                changed[at : at + len(word)] = word
            case 5:
                changed[at:at] = seeded.choice(WORDS)
            case 6:
                del changed[at:]
    return bytes(changed)


def examples(crawled) -> list[bytes]:
    """A small WARC as the crawl wrote it, and the same unpacked."""
    data = min((path.read_bytes() for path in (crawled.root / "warc").glob("*.gz")), key=len)
    return [data, gzip.decompress(data)]


def repacked(seeded: random.Random, data: bytes) -> bytes:
    """Damage inside of sound gzip members."""
    plain, out = mutated(seeded, data), b""
    cuts = sorted(seeded.randrange(len(plain) + 1) for _ in range(seeded.randrange(4)))
    for start, end in zip([0, *cuts], [*cuts, len(plain)], strict=True):
        out += zlib.compress(plain[start:end], 1, 31)
    return out


def hold(path: Path, data: bytes, original: bytes) -> None:
    """What must be true of any file."""
    path.write_bytes(data)
    position = 0
    for each in Scan(io.BytesIO(data)):
        assert each.offset >= position - 1
        assert each.length >= 0
        position = max(position, each.offset + each.length)
        if isinstance(each, Gap):
            assert each.message
        elif each.length and each.offset != 0 and each.record_id and not each.problems and data[:2] == b"\x1f\x8b":
            # what the scan calls sound opens alone
            assert read_record(path, each.offset).record_id == each.record_id
    assert position <= len(data)
    verdict = check_foreign(path)
    if data == original:
        assert verdict.verdict is WarcState.OK
    seen = survey(path, path.name)
    assert 0 <= seen.good_end <= len(data)
    try:
        for record in iter_records(path):
            record.spool.close()
    except DamagedRecord:
        assert verdict.verdict is not WarcState.OK or data != original


@pytest.mark.parametrize("kind", ["members", "plain", "repacked"])
def test_damaged_files_never_break_the_reader(crawled, tmp_path, kind):
    """Sixty damaged files of each kind."""
    fuzz(crawled, tmp_path / "x.warc.gz", kind, seed=1, rounds=60)


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", ["members", "plain", "repacked"])
def test_many_damaged_files_never_break_the_reader(crawled, tmp_path, kind):
    """The same a thousand times, with other seeds in every round of 'make soak'."""
    fuzz(crawled, tmp_path / "x.warc.gz", kind, seed=SEED, rounds=ROUNDS)


def fuzz(crawled, path: Path, kind: str, *, seed: int, rounds: int) -> None:
    members, plain = examples(crawled)
    seeded = random.Random(f"{kind} {seed}")
    for number in range(rounds):
        if kind == "members":
            data, original = mutated(seeded, members), members
        elif kind == "plain":
            data, original = mutated(seeded, plain), plain
        else:
            data, original = repacked(seeded, plain), b""
        try:
            hold(path, data, original)
        except BaseException as e:
            kept = Path(os.environ.get("TMPDIR", "/tmp")) / f"fuzz-{kind}-{seed}-{number}.warc"
            kept.write_bytes(data)
            e.add_note(f"the file is kept as {kept}")
            raise
