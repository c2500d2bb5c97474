"""Anyone's files: WARC, ARC and WACZ, packed and plain, sound and damaged; each imports, or is refused by name."""

import gzip
import itertools
import os
import random
import warnings
import zipfile
from datetime import UTC, datetime

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import ArchiveLocked, NotAnArchive, UsageError
from talkscraper.preserve.repair import repair
from talkscraper.preserve.verify import verify
from talkscraper.preserve.warc_import import import_files
from talkscraper.replay import lookup, payload
from talkscraper.store.database import open_reader
from tests.support import cli, pages, sql, warcs
from tests.support.clock import at

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Archive:
    """An archive that files are imported into."""

    def __init__(self, root):
        self.folder = ArchiveFolder(root)

    def take(self, *paths, **options):
        return import_files(self.folder, paths, clock=lambda: NOW, workers=1, **options)

    def repair(self):
        return repair(self.folder, clock=lambda: NOW, workers=1)

    def rows(self, query, *values):
        return sql.rows(self.folder.root, query, *values)

    def body(self, url):
        """What replay shows of an address."""
        connection = open_reader(self.folder.database)
        try:
            found = lookup.closest(connection, url)
            shown = payload.load(connection, self.folder, found)
            try:
                return shown.status, shown.payload()
            finally:
                shown.close()
        finally:
            connection.close()

    def verdicts(self):
        return {file.name: str(file.verdict) for file in verify(self.folder, now=NOW).files}


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive")


@pytest.fixture
def elsewhere(tmp_path):
    """A folder outside the archive."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def picture(url, data=b"\x89PNG picture", **more):
    """A capture that nobody reads as a page, so that no process need start."""
    return warcs.response(url, data, mime="image/png", **more)


def arc(*answers, version=1):
    """An ARC file of (url, date, type, block)."""
    fields = b"URL IP-address Archive-date Content-type Archive-length\n"
    if version == 2:
        fields = (
            b"URL IP-address Archive-date Content-type Result-code Checksum Location Offset Filename Archive-length\n"
        )
    description = b"%d 0 Somebody\n%s\n" % (version, fields)
    parts = [b"filedesc://x.arc 0.0.0.0 20080101000000 text/plain %d\n%s" % (len(description), description)]
    for url, date, mime, block in answers:
        middle = b" " if version == 1 else b" 200 - - 0 x.arc "
        parts.append(b"%s 192.0.2.7 %s %s%s%d\n%s" % (url, date, mime, middle, len(block), block))
    return b"\n".join(parts) + b"\n"


# --- where they lie, and what becomes of them -----------------------------------------------------------------------


def test_a_warc_is_indexed_where_it_lies_and_its_articles_are_found(archive, elsewhere):
    """Captures, an article, a source named after the site, the index; the file itself is left alone."""
    url = "https://www.quay.example/posts/wall"
    answer = warcs.response(url, pages.article("The wall is raised"))
    missing = warcs.response("https://www.quay.example/gone", b"no", status="HTTP/1.1 404 Not Found")
    path = elsewhere / "x.warc.gz"
    path.write_bytes(warcs.members(warcs.info(), answer, warcs.request(url, answer), missing))
    before = path.read_bytes()
    report = archive.take(path)
    assert report.ok and (report.records, report.captures, report.added) == (4, 2, 2)
    assert report.pages.new == 1 and report.pages.page_kinds == {"article": 1}
    assert archive.rows("select title, source_id, url from articles") == [("The wall is raised", "quay.example", url)]
    assert archive.rows("select path, origin from warc_files") == [(str(path), "import")]
    assert archive.rows("select source_id from captures order by url") == [(None,), ("quay.example",)]
    assert path.read_bytes() == before and list(archive.folder.warc.iterdir()) == []
    assert (archive.folder.index / "x.cdxj").read_text().count("\n") == 2
    assert archive.body(url) == (200, pages.article("The wall is raised"))
    assert archive.verdicts() == {"x.warc.gz": "ok"}


def test_what_the_archive_has_is_skipped_and_a_moved_file_found_again(archive, elsewhere):
    """The same file anywhere is known by its digest; the same record in another file is one capture."""
    one = picture("http://a.example/1.png")
    two = picture("http://a.example/2.png", b"another picture")
    first, again, other = elsewhere / "a.warc.gz", elsewhere / "b.warc.gz", elsewhere / "sub" / "c.warc.gz"
    other.parent.mkdir()
    first.write_bytes(warcs.members(warcs.info(), one))
    again.write_bytes(first.read_bytes())
    other.write_bytes(warcs.members(warcs.info(), one, two))
    report = archive.take(elsewhere)
    assert [(file.path.name, file.state, file.added) for file in report.files] == [
        ("a.warc.gz", "imported", 1), ("b.warc.gz", "known", 0), ("c.warc.gz", "imported", 1),
    ]  # fmt: skip
    assert archive.verdicts() == {"a.warc.gz": "ok", "c.warc.gz": "ok"}
    first.rename(elsewhere / "moved.warc.gz")
    again.unlink()
    assert [file.state for file in archive.take(elsewhere / "moved.warc.gz").files] == ["moved"]
    assert archive.body("http://a.example/1.png") == (200, b"\x89PNG picture")
    assert set(archive.verdicts().values()) == {"ok"}


def test_two_files_of_one_name_are_two_files(archive, elsewhere):
    """The second is named with the beginning of its digest; a plain and a packed one don't share an index either."""
    for number, name in enumerate(("one/x.warc.gz", "two/x.warc.gz", "three/x.warc")):
        path = elsewhere / name
        path.parent.mkdir()
        record = picture(f"http://a.example/{number}.png", b"picture %d" % number)
        path.write_bytes((warcs.plain if name.endswith(".warc") else warcs.members)(warcs.info(), record))
    archive.take(elsewhere)
    names = [name for (name,) in archive.rows("select name from warc_files order by name")]
    assert (len(names) == 3 and "x.warc.gz" in names) or "x.warc" in names
    assert len(list(archive.folder.index.iterdir())) == 3
    assert set(archive.verdicts().values()) == {"ok"}


def test_copies_lie_in_the_archive(archive, elsewhere):
    """With --copy a packed file is copied as it is, a plain one packed record by record; both replay without theirs."""
    packed, plain = elsewhere / "p.warc.gz", elsewhere / "q.warc"
    packed.write_bytes(warcs.members(warcs.info(), picture("http://a.example/1.png")))
    plain.write_bytes(warcs.plain(warcs.info(), picture("http://a.example/2.png", b"ends in lines\r\n\r\n")))
    report = archive.take(packed, plain, copy=True)
    assert report.ok and all(file.copied for file in report.files)
    assert (archive.folder.warc / "p.warc.gz").read_bytes() == packed.read_bytes()
    known = archive.take(packed, plain, copy=True)
    assert [file.state for file in known.files] == ["known", "known"]
    packed.unlink()
    plain.unlink()
    assert archive.body("http://a.example/1.png")[1] == b"\x89PNG picture"
    assert archive.body("http://a.example/2.png")[1] == b"ends in lines\r\n\r\n"
    assert archive.verdicts() == {"p.warc.gz": "ok", "q.warc.gz": "ok"}
    assert list(archive.folder.warc.glob("*.tmp")) == []


# --- the formats ----------------------------------------------------------------------------------------------------


def test_plain_chunked_http2_and_old_warcs_are_read_where_they_lie(archive, elsewhere):
    """WARC/1.0 with LF in heads, brackets around addresses, framing, HTTP/2 status lines, resources, other methods."""
    chunked = b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
    old = (
        b"WARC/1.0\nWARC-Type: response\nWARC-Record-ID: <urn:uuid:0b3cd8cd-1b6b-4a4d-8d1b-8f2d2f0f3a11>\n"
        b"WARC-Date: 2011-03-04T05:06:07Z\nWARC-Target-URI: <http://a.example/old.css>\n"
        b"Content-Type: application/http; msgtype=response\nContent-Length: %d\n\n%s\r\n\r\n" % (len(chunked), chunked)
    )
    http2 = picture("http://a.example/2.png", status="HTTP/2 200")
    posted = picture("http://a.example/form")
    resource = warcs.info()
    path = elsewhere / "x.warc"
    path.write_bytes(old + warcs.plain(http2, posted, warcs.request("http://a.example/form", posted, "POST"), resource))
    report = archive.take(path)
    assert report.ok and report.captures == 3
    assert archive.body("http://a.example/old.css") == (200, b"body")
    assert archive.body("http://a.example/2.png")[0] == 200
    assert archive.rows("select method from captures where url like '%form'") == [("POST",)]
    assert archive.verdicts() == {"x.warc": "ok"}


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("packing", ["plain", "one-member", "members"])
def test_arc_files_become_warcs(archive, elsewhere, version, packing):
    """Address, date, IP and bytes are kept; ids are the same in every import, so a second one changes nothing."""
    block = b"HTTP/1.0 200 OK\nContent-Type: image/gif\n\nGIF89a\n\n"
    data = arc(
        (b"http://a.example/a b.gif", b"20080102030405", b"image/gif", block),
        (b"dns:a.example", b"20080102030406", b"text/dns", b"20080102030406\na.example. 60 IN A 192.0.2.7\n"),
        version=version,
    )
    if packing == "one-member":
        data = gzip.compress(data, mtime=0)
    elif packing == "members":
        cuts = [0, data.index(b"\nhttp://") + 1, data.index(b"\ndns:") + 1, len(data)]
        data = b"".join(gzip.compress(data[a:b], mtime=0) for a, b in itertools.pairwise(cuts))
    path = elsewhere / ("x.arc" if packing == "plain" else "x.arc.gz")
    path.write_bytes(data)
    report = archive.take(path)
    assert report.ok and report.files[0].copied and report.files[0].name == "x.warc.gz"
    assert archive.rows("select url, captured_at, ip, record_type from captures order by url") == [
        ("dns:a.example", "2008-01-02T03:04:06Z", "192.0.2.7", "resource"),
        ("http://a.example/a%20b.gif", "2008-01-02T03:04:05Z", "192.0.2.7", "response"),
    ]
    assert archive.body("http://a.example/a%20b.gif") == (200, b"GIF89a\n\n")
    assert archive.verdicts() == {"x.warc.gz": "ok"}
    assert archive.take(path).files[0].state == "known"


def test_records_that_share_a_gzip_member_are_copied_apart(archive, elsewhere):
    """None but the first could be opened by its place, so the file is rewritten, its records' bytes are not."""
    path = elsewhere / "x.warc.gz"
    path.write_bytes(
        warcs.one_member(warcs.info(), *(picture(f"http://a.example/{n}.png", b"%d\n" % n) for n in range(3)))
    )
    report = archive.take(path)
    assert report.ok and report.captures == 3 and "share gzip members" in report.files[0].reason
    assert [archive.body(f"http://a.example/{n}.png")[1] for n in range(3)] == [b"0\n", b"1\n", b"2\n"]
    assert archive.verdicts() == {"x.warc.gz": "ok"}
    mixed = elsewhere / "y.warc.gz"
    mixed.write_bytes(
        warcs.members(warcs.info(), picture("http://b.example/1.png"))
        + warcs.one_member(picture("http://b.example/2.png"), picture("http://b.example/3.png", b"three"))
    )
    assert archive.take(mixed).captures == 3
    assert archive.body("http://b.example/3.png")[1] == b"three"


def test_the_warcs_in_a_wacz_are_taken_out(archive, elsewhere):
    """Two of them, one deflated against the rules; names that would lead out of the archive lead nowhere."""
    path = elsewhere / "crawl.wacz"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("archive/data.warc.gz", warcs.members(warcs.info(), picture("http://a.example/1.png")))
        package.writestr("datapackage.json", "{}")
        inner = warcs.members(warcs.info(), picture("http://a.example/2.png", b"two"))
        package.writestr("archive/../../../evil.warc.gz", inner, zipfile.ZIP_DEFLATED)
    report = archive.take(path)
    assert report.ok and report.captures == 2
    assert sorted(each.name for each in archive.folder.warc.iterdir()) == ["crawl-data.warc.gz", "crawl-evil.warc.gz"]
    assert archive.body("http://a.example/2.png")[1] == b"two"
    assert [file.state for file in archive.take(path).files] == ["known", "known"]


LONG = "n" * 300, "港" * 120, "a" * 255, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1") * 90


@pytest.mark.parametrize("name", LONG, ids=["ascii", "three-bytes", "as-long-as-a-file's", "noise"])
@pytest.mark.parametrize("ending", [".warc.gz", ".warc"])
def test_names_in_a_wacz_may_be_longer_than_a_files(archive, elsewhere, name, ending):
    """Packed or plain: the WARC gets a name that the file system takes, and the file after it is imported too."""
    pack = warcs.members if ending == ".warc.gz" else warcs.plain
    path = elsewhere / "long.wacz"
    with zipfile.ZipFile(path, "w") as package:
        for number in (1, 2):
            # they differ only behind what fits
            inner = pack(warcs.info(), picture(f"http://a.example/{number}.png", b"%d" % number))
            package.writestr(f"archive/{name}{number}{ending}", inner)
    good = elsewhere / "good.warc.gz"
    good.write_bytes(warcs.members(warcs.info(), picture("http://a.example/3.png")))
    report = archive.take(path, good)
    assert report.ok and report.captures == 3
    assert [archive.body(f"http://a.example/{number}.png")[1] for number in (1, 2)] == [b"1", b"2"]
    assert all(len(each.name.encode()) < 250 for each in archive.folder.warc.iterdir())
    assert [file.state for file in archive.take(path).files] == ["known", "known"]


def test_two_warcs_of_one_name_in_a_wacz_are_both_taken(archive, elsewhere):
    """A ZIP may have a name twice; a reader that goes by names sees only the last of them."""
    path = elsewhere / "twice.wacz"
    with zipfile.ZipFile(path, "w") as package, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in (1, 2):
            inner = warcs.members(warcs.info(), picture(f"http://a.example/{number}.png", b"%d" % number))
            package.writestr("archive/data.warc.gz", inner)
    report = archive.take(path)
    assert report.ok and [file.state for file in report.files] == ["imported", "imported"]
    assert [archive.body(f"http://a.example/{number}.png")[1] for number in (1, 2)] == [b"1", b"2"]
    assert len({file.name for file in report.files}) == 2


def test_the_same_warc_under_two_names_of_a_wacz_is_kept_once(archive, elsewhere):
    """The second is known by its digest."""
    path = elsewhere / "same.wacz"
    inner = warcs.members(warcs.info(), picture("http://a.example/1.png"))
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("archive/a.warc.gz", inner)
        package.writestr("archive/b.warc.gz", inner)
    assert [file.state for file in archive.take(path).files] == ["imported", "known"]


REFUSED = {
    "empty.warc.gz": (b"", "empty"),
    "page.warc": (b"<!DOCTYPE html><html></html>", "web page"),
    "zstd.warc.zst": (b"\x28\xb5\x2f\xfd rest", "no WARC or ARC at its beginning"),
    "list.tar.gz": (gzip.compress(b"\0" * 257 + b"ustar" + b"\0" * 300), "tar archive"),
    "har.warc": (b'{"log": {"version": "1.2"}}', "HAR"),
    "text.warc.gz": (gzip.compress(b"hello"), "no WARC or ARC in it"),
    "x.wacz": (b"PK\x03\x04 broken", "damaged ZIP"),
    "zeros.warc": (b"\0" * 5000, "zeros"),
    "noise.warc": (b"no such format at all", "neither WARC, ARC nor WACZ"),
    "growing.warc.gz.open": (b"WARC/1.1", "repair"),
}


def test_what_cannot_be_imported_is_refused_by_name_and_the_rest_is_imported(archive, elsewhere):
    """Each says what it is and what to do; a good file among them is imported all the same."""
    for name, (data, _) in REFUSED.items():
        (elsewhere / name).write_bytes(data)
    (elsewhere / "good.warc.gz").write_bytes(warcs.members(warcs.info(), picture("http://a.example/1.png")))
    report = archive.take(*(elsewhere / name for name in (*REFUSED, "good.warc.gz")))
    assert not report.ok and report.added == 1
    for file, (name, (_, told)) in zip(report.files, REFUSED.items(), strict=False):
        assert (file.path.name, file.state) == (name, "refused")
        assert told in file.reason
    assert archive.rows("select name from warc_files") == [("good.warc.gz",)]


# --- damage ---------------------------------------------------------------------------------------------------------


def test_damage_is_told_with_its_place_and_survived(archive, elsewhere):
    """A flipped byte, a torn tail: the records around are imported, and import says what verify would."""
    records = [picture(f"http://a.example/{n}.png", random.Random(n).randbytes(3000)) for n in range(5)]
    parts = [warcs.members(record) for record in (warcs.info(), *records)]
    offsets = [sum(map(len, parts[:n])) for n in range(7)]
    data = bytearray(b"".join(parts))
    data[offsets[2] + 700] ^= 0x55
    path = elsewhere / "x.warc.gz"
    path.write_bytes(bytes(data[: offsets[5] + 500]))
    report = archive.take(path)
    assert not report.ok and report.captures == 3
    assert [(each.offset, str(each.kind)) for each in report.files[0].findings] == [
        (offsets[2], "gzip"), (offsets[5], "torn-tail"),
    ]  # fmt: skip
    assert archive.body("http://a.example/2.png")[0] == 200
    told = {(each.offset, each.kind) for file in verify(archive.folder, now=NOW).files for each in file.findings}
    assert told == {(each.offset, each.kind) for each in report.files[0].findings}


def test_a_damaged_beginning_costs_the_beginning(archive, elsewhere):
    """A file whose first bytes are rubbish is searched for records."""
    path = elsewhere / "x.warc.gz"
    path.write_bytes(os.urandom(300).replace(b"\x1f", b"x") + warcs.members(picture("http://a.example/1.png")))
    report = archive.take(path)
    assert report.captures == 1 and [str(each.kind) for each in report.files[0].findings] == ["rubbish"]


def test_a_damaged_arc_gives_what_is_whole(archive, elsewhere):
    """Lengths that are no numbers, and a cut: the record between is there."""
    good = b"HTTP/1.0 200 OK\r\nContent-Type: image/gif\r\n\r\nGIF89a"
    data = arc((b"http://a.example/1.gif", b"20080102030405", b"image/gif", good))
    data += b"http://a.example/2.gif 192.0.2.7 20080102030405 image/gif abc\n\n"
    data += b"http://a.example/3.gif 192.0.2.7 20080102030405 image/gif 5000\nHTTP/1.0 200 OK\r\n"
    path = elsewhere / "x.arc"
    path.write_bytes(data)
    report = archive.take(path)
    assert report.captures == 1 and archive.body("http://a.example/1.gif")[1] == b"GIF89a"
    assert [str(each.kind) for each in report.files[0].findings] == ["rubbish", "torn-tail"]


def test_an_interrupted_import_goes_on(archive, elsewhere, monkeypatch):
    """Killed between rows and pages, or between copy and rows: the next import finishes it under the same name."""
    from talkscraper.preserve import registration, warc_import

    path = elsewhere / "x.warc"
    path.write_bytes(warcs.plain(warcs.info(), *(picture(f"http://a.example/{n}.png", b"%d" % n) for n in range(9))))

    class Killed(BaseException):
        pass

    def killed(*arguments, **options):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(registration, "BATCH", 4)
        patch.setattr(registration, "write_lines", killed)
        with pytest.raises(Killed):
            archive.take(path, copy=True)
    assert archive.rows("select closed_at from warc_files") == [(None,)]
    with monkeypatch.context() as patch:
        patch.setattr(warc_import, "Derivation", killed)
        with pytest.raises(Killed):
            archive.take(path, copy=True)
    report = archive.take(path, copy=True)
    assert report.ok and archive.rows("select count(*) from captures") == [(9,)]
    assert archive.rows("select name from warc_files") == [("x.warc.gz",)]
    assert archive.verdicts() == {"x.warc.gz": "ok"}


def test_a_copy_that_had_only_begun_is_forgotten_by_repair(archive, elsewhere, monkeypatch):
    """Killed before a byte of the copy was there: nothing is missing, and the file can be imported again."""
    from talkscraper.preserve import file_import

    path = elsewhere / "x.warc"
    path.write_bytes(warcs.plain(warcs.info(), picture("http://a.example/1.png")))

    class Killed(BaseException):
        pass

    def killed(*arguments, **options):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(file_import, "rewrite", killed)
        with pytest.raises(Killed):
            archive.take(path, copy=True)
    report = archive.repair()
    assert report.ok and [each.file for each in report.mended] == ["x.warc.gz"]
    assert archive.take(path, copy=True).added == 1


# --- the archive ----------------------------------------------------------------------------------------------------


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    """A typing error in --archive must not make an archive of somebody's folder; a missing file is told at once."""
    other = tmp_path / "photographs"
    other.mkdir()
    (other / "beach.jpg").write_bytes(b"x")
    path = tmp_path / "x.warc.gz"
    path.write_bytes(warcs.members(warcs.info()))
    with pytest.raises(NotAnArchive):
        Archive(other).take(path)
    assert [each.name for each in other.iterdir()] == ["beach.jpg"]
    with pytest.raises(UsageError, match="nowhere"):
        Archive(tmp_path / "new").take(path, tmp_path / "nowhere.warc")
    archive = Archive(tmp_path / "new")
    with archive.folder.make().lock(what="crawl"), pytest.raises(ArchiveLocked):
        archive.take(path)


def test_a_newsroom_of_sources_toml_gives_its_name_and_its_selectors(archive, elsewhere):
    """The host finds the source, the source's selectors and URL patterns apply as in its crawl, its row is there."""
    archive.folder.make()
    archive.folder.sources_toml.write_text(
        '[sources.quay]\nname = "The Quay"\nhomepage = "https://www.quay.example/"\nhosts = ["news.quay-mail.example"]\n'
        "article_urls = ['/posts/']\n[sources.quay.selectors]\ntitle = \".kicker\"\n"
    )
    body = pages.article("Plain title").replace(b"<h1>", b'<p class="kicker">The selected title</p><h1>')
    path = elsewhere / "x.warc.gz"
    path.write_bytes(
        warcs.members(
            warcs.info(),
            warcs.response("https://quay.example/posts/1", body),
            warcs.response("https://quay.example/about", pages.article("About the newspaper and its house")),
            warcs.response("https://www.quay.example/", pages.article("The front page of the newspaper")),
            warcs.response(
                "https://m.news.quay-mail.example/posts/2", pages.article("On the other host", more="Other text.")
            ),
        )
    )
    archive.take(path)
    assert archive.rows("select title, source_id from articles order by url") == [
        ("On the other host", "quay"), ("The selected title", "quay"),
    ]  # fmt: skip
    assert archive.rows("select id, name, homepage from sources") == [("quay", "The Quay", "https://www.quay.example/")]
    assert archive.rows("select distinct source_id from captures") == [("quay",)]


def test_a_newsrooms_language_is_that_of_its_pages_that_do_not_say_theirs(archive, elsewhere):
    """By import, and by extract when it was changed since; where the page says its language, that stands."""
    url = "https://quay.example/posts/"
    archive.folder.make()

    def language(tag):
        archive.folder.sources_toml.write_text(
            f'[sources.quay]\nname = "The Quay"\nhomepage = "https://quay.example/"\nlanguage = "{tag}"\n'
        )

    language("so")
    silent = pages.article("The wall is raised").replace(b' lang="en"', b"")
    (elsewhere / "x.warc.gz").write_bytes(
        warcs.members(
            warcs.info(),
            warcs.response(f"{url}1", silent),
            warcs.response(f"{url}2", pages.article("The ferry", more="It came.")),
        )
    )
    archive.take(elsewhere / "x.warc.gz")
    assert archive.rows("select language from articles order by url") == [("so",), ("en",)]
    language("ha")
    cli.run_json(archive.folder.root, "extract")
    assert archive.rows("select language from articles order by url") == [("ha",), ("en",)]


def test_revisits_redirects_and_pages_that_are_gone_tell_of_their_articles(archive, elsewhere):
    """In any order of files: a revisit is a look, a redirect an alias, a 404 the end; another address of a payload too."""
    from talkscraper.warc.digests import sha1_base32
    from talkscraper.warc.records import IDENTICAL_PAYLOAD, build_revisit

    url, body = "https://quay.example/posts/1", pages.article("The wall is raised")
    first = warcs.response(url, body, digest=sha1_base32(body))
    second = build_revisit(
        url=url, date=at("2025-10-25"), head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        profile=IDENTICAL_PAYLOAD, payload_digest=sha1_base32(body), refers_to=first.record_id, refers_to_url=url,
        refers_to_date=first.date,
    )  # fmt: skip
    hop = warcs.response(
        "https://quay.example/?p=1", b"", status="HTTP/1.1 301 Moved", more=f"Location: {url}\r\n",
        when="2025-10-21T09:59:58",
    )  # fmt: skip
    gone = warcs.response(url, b"gone", status="HTTP/1.1 410 Gone", when="2025-12-01")
    late, early = elsewhere / "a-late.warc.gz", elsewhere / "b-early.warc.gz"
    late.write_bytes(warcs.members(warcs.info(), second, gone))
    early.write_bytes(warcs.members(warcs.info(), hop, first))
    report = archive.take(late, early)
    assert report.ok and (report.pages.new, report.pages.gone) == (1, 1)
    assert archive.rows("select last_captured_at, revision_count, gone_at, gone_reason from articles") == [
        ("2025-10-25T00:00:00Z", 1, "2025-12-01T00:00:00Z", "answered 410"),
    ]  # fmt: skip
    assert archive.rows("select url, why from aliases") == [("https://quay.example/?p=1", f"redirects to {url}")]


@pytest.mark.parametrize(("signal", "titles"), [(b"search=yes", [("Free",)]), (b"ai-train=no", [])])
def test_a_reservation_of_rights_is_heeded_as_the_policy_of_the_source_says(archive, elsewhere, signal, titles):
    """robots.txt and tdmrep.json among the captures: a reserved page is kept as a capture, and isn't made an article."""
    archive.folder.make()
    archive.folder.sources_toml.write_text(
        '[sources.quay]\nname = "Quay"\nhomepage = "https://quay.example/"\ntdm = "skip-text"\n'
    )
    entries = b'[{"location": "/paid/*", "tdm-reservation": 1}]'
    robots = b"User-agent: *\nDisallow:\nContent-Signal: %s\n" % signal
    path = elsewhere / "x.warc.gz"
    path.write_bytes(
        warcs.members(
            warcs.info(),
            warcs.response("https://quay.example/robots.txt", robots, mime="text/plain"),
            warcs.response("https://quay.example/paid/1", pages.article("Reserved")),
            warcs.response("https://quay.example/free/1", pages.article("Free")),
            warcs.response("https://quay.example/.well-known/tdmrep.json", entries, mime="application/json"),
        )
    )
    report = archive.take(path)
    assert (report.pages.withheld, report.pages.new) == (2 - len(titles), len(titles))
    assert archive.rows("select title from articles") == titles
    assert archive.rows("select scope, signal from signals order by scope") == [
        ("robots", "content-signal"), ("site", "tdm-reservation"),
    ]  # fmt: skip
