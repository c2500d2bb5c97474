"""Whatever a file holds, import neither fails nor leaves anything that repair would have to mend."""

import gzip
import io
import random
import zipfile
from datetime import UTC, datetime

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve.check.verify import verify
from talkscraper.preserve.findings import Level
from talkscraper.preserve.foreign.import_warcs import import_files
from talkscraper.preserve.mend.repair import repair
from tests.support import warcs

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Maker:
    """Small files of every kind, spoiled."""

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def records(self, number):
        found = [warcs.info()]
        for each in range(self.chance.randint(1, 5)):
            url = f"http://a.example/{number}/{each}.png"
            answer = warcs.response(url, self.chance.randbytes(self.chance.randint(0, 3000)), mime="image/png")
            found += [answer, warcs.request(url, answer)]
        return found

    def arc(self, number):
        description = b"1 0 Somebody\nURL IP-address Archive-date Content-type Archive-length\n"
        parts = [b"filedesc://x.arc 0.0.0.0 20080101000000 text/plain %d\n%s" % (len(description), description)]
        for each in range(3):
            block = b"HTTP/1.0 200 OK\r\nContent-Type: image/gif\r\n\r\n" + self.chance.randbytes(300)
            line = b"http://a.example/%d/%d.gif 192.0.2.7 20080101000000 image/gif %d\n" % (number, each, len(block))
            parts.append(line + block)
        return b"\n".join(parts) + b"\n"

    def wacz(self, number):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", self.chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as package:
            package.writestr("archive/data.warc.gz", warcs.members(*self.records(number)))
        return out.getvalue()

    def file(self, number):
        """A name and its bytes."""
        ending, data = self.chance.choice([
            (".warc.gz", lambda: warcs.members(*self.records(number))),
            (".warc", lambda: warcs.plain(*self.records(number))),
            (".warc.gz", lambda: warcs.one_member(*self.records(number))),
            (".arc", lambda: self.arc(number)),
            (".arc.gz", lambda: gzip.compress(self.arc(number))),
            (".wacz", lambda: self.wacz(number)),
        ])  # fmt: skip
        spoiled = bytearray(data())
        for _ in range(self.chance.randint(0, 4)):
            self.spoil(spoiled)
        return f"f{number}{ending}", bytes(spoiled)

    def spoil(self, data):
        """Flip, remove, insert, zero or cut."""
        if not data:
            return
        at = self.chance.randrange(len(data))
        how = self.chance.choice(["flip", "remove", "insert", "zeros", "cut"])
        if how == "flip":
            data[at] ^= 1 << self.chance.randrange(8)
        elif how == "remove":
            del data[at : at + self.chance.randint(1, 200)]
        elif how == "insert":
            data[at:at] = self.chance.randbytes(self.chance.randint(1, 50))
        elif how == "zeros":
            data[at:at] = bytes(self.chance.randint(1, 300))
        else:
            del data[at + 1 :]


@pytest.mark.parametrize(
    ("seed", "files"), [(11, 25), *(pytest.param(seed, 300, marks=pytest.mark.slow) for seed in range(20, 26))]
)
def test_damaged_files_of_every_kind(tmp_path, seed, files):
    """Every file imports or is refused; a second import adds nothing; verify finds damage, and nothing to mend."""
    maker = Maker(seed)
    folder = ArchiveFolder(tmp_path / "archive")
    (tmp_path / "in").mkdir()
    for number in range(files):
        name, data = maker.file(number)
        path = tmp_path / "in" / name
        path.write_bytes(data)
        copy = maker.chance.random() < 0.4
        (first, *_) = import_files(folder, [path], clock=lambda: NOW, copy=copy, workers=1).files
        assert first.state in ("imported", "known", "refused")
        assert import_files(folder, [path], clock=lambda: NOW, workers=1).added == 0
    findings = verify(folder, now=NOW).all_findings()
    assert [each.line() for each in findings if each.level is Level.MENDABLE] == []
    assert repair(folder, clock=lambda: NOW, workers=1).mended == ()
    assert list(folder.warc.glob("*.tmp")) == []
