"""A stranger's archive: its rows lead to no other file of this machine, its pages keep nobody waiting."""

from __future__ import annotations

import gzip
import threading

import pytest

from talkscraper.pool import Task
from talkscraper.replay import rewriter
from tests.support.archives import SITE

SECRET = "root:x:0:0:secret"


def rename(built, *, name=None, path=None):
    """What a stranger can write into a database, whatever its constraints say."""
    built.db.conn.execute("pragma foreign_keys = off")
    with built.db.conn:
        if path is not None:
            built.db.execute("update warc_files set path = ?", [path])
        if name is not None:
            built.db.execute("update warc_files set name = ?", [name])
            built.db.execute("update captures set warc_file = ?, warc_offset = 0", [name])


@pytest.fixture
def secret(tmp_path):
    """A file outside of the archive."""
    path = tmp_path / "secret"
    path.write_text(SECRET * 100)
    return path


def addresses(built, name):
    from urllib.parse import quote

    record = built.captures[0].id.strip("<>").removeprefix("urn:uuid:")
    return [
        (True, f"/warc/{quote(name, safe='')}"),
        (True, f"/warc/{name}"),
        (True, f"/web/20251001000000/{SITE}/a"),
        (True, f"/web/20251001000000id_/{SITE}/a"),
        (False, f"/capture/{record}"),
        (False, f"/capture/{record}/record.warc.gz"),
        (False, "/export.warc.gz"),
        (False, "/export.wacz"),
    ]


@pytest.mark.parametrize("form", ["path", "relative path", "name", "dotted name", "link", "packed"])
def test_no_row_leads_to_a_file_that_is_no_warc_of_the_archive(built, serve, secret, form):
    """By the path of an imported file, by a name that is none, by a link in warc/."""
    built.respond(f"{SITE}/a", "2025-10-01", "<p>x")
    built.done()
    name = built.name
    if form == "path":
        rename(built, path=str(secret))
    elif form == "relative path":
        rename(built, path="../secret")
    elif form == "name":
        name = str(secret)
        rename(built, name=name)
    elif form == "dotted name":
        name = "../../secret"
        rename(built, name=name)
    elif form == "link":
        built.path.unlink()
        built.path.symlink_to(secret)
    else:
        packed = secret.with_name("secret.gz")
        packed.write_bytes(gzip.compress(secret.read_bytes()))
        rename(built, path=str(packed))
    served = serve(built.folder)
    for replay, address in addresses(built, name):
        reply = served.get(address, replay=replay)
        assert reply.status != 200 or b"secret" not in reply.body, address
        assert SECRET.encode() not in reply.body, address
        if address.startswith("/warc/"):
            assert reply.status == 404, address


def test_a_warc_that_was_imported_where_it_lies_is_still_served(built, serve, tmp_path):
    """What begins like a WARC may lie elsewhere."""
    built.respond(f"{SITE}/a", "2025-10-01", "<h1>Harbour</h1>")
    built.done()
    elsewhere = tmp_path / "elsewhere.bin"
    built.path.rename(elsewhere)
    rename(built, path=str(elsewhere))
    served = serve(built.folder)
    assert served.play(f"/warc/{built.name}").body == elsewhere.read_bytes()
    assert b"Harbour" in served.play(f"/web/20251001000000/{SITE}/a").body


def hang(_job):
    """A rewriting that never ends."""
    threading.Event().wait()


def test_a_page_that_hangs_costs_itself(built, serve, monkeypatch):
    """Its rewriting is killed and one page says so; meanwhile others are answered, by both servers."""
    built.respond(f"{SITE}/a", "2025-10-01", "<p>x")
    served = serve(built.done())
    assert served.play(f"/web/20251001000000/{SITE}/a").status == 200
    slow = rewriter.RewritePool(time_limit_s=1.0, task=Task(hang))
    monkeypatch.setattr("talkscraper.web.memento_routes.shared", slow)
    monkeypatch.syspath_prepend(str(built.folder.root))
    monkeypatch.setenv("PYTHONPATH", __file__.rpartition("/")[0])
    replies = []
    readers = [
        threading.Thread(target=lambda: replies.append(served.play(f"/web/20251001000000/{SITE}/a"))) for _ in range(50)
    ]
    for reader in readers:
        reader.start()
    for _ in range(5):
        assert served.get("/help").status == 200
        assert served.play("/").status == 200
        assert served.play(f"/web/20251001000000id_/{SITE}/a").status == 200
    for reader in readers:
        reader.join(300)
    slow.close()
    assert {each.status for each in replies} == {503}
    told = next(each.text for each in replies if "can’t be shown" in each.text)
    assert f'href="/web/20251001000000id_/{SITE}/a"' in told
