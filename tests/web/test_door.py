"""The health check, the metrics, who may read, and the path under which the reading room is served."""

from __future__ import annotations

import base64
import re

import bcrypt
import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import UsageError
from talkscraper.monitor import metrics
from talkscraper.web import credentials
from talkscraper.web.credentials import Credentials, hashed, read_users
from talkscraper.web.serve_options import ServeOptions
from tests.support.archives import SITE, extraction, published, store

TOKEN = "a-token-of-sixteen-or-more"


def _archive(built, count: int = 30):
    """An archive with a search of two pages; the id of one of its articles."""
    for number in range(count):
        url = f"{SITE}/{number}"
        capture = built.respond(url, "2025-10-01", f"<h1>Wall {number}</h1>")
        found = extraction(url, f"Wall {number}", "The harbour wall.", published=published("2025-10-01"))
        last = store(built, capture, found, "quay")
    return last


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_the_health_check_says_ok_on_both_ports_to_any_name(built, serve):
    served = serve(built.done(), credentials=Credentials(token=TOKEN))
    for replay in (False, True):
        reply = served.get("/healthz", replay=replay, Host="pod-7.internal")
        assert (reply.status, reply.text) == (200, "ok\n")
        assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("fault", ["missing", "damaged"])
def test_the_health_check_says_why_the_database_can_not_be_read(built, serve, fault):
    folder = built.done()
    for suffix in ("-wal", "-shm"):
        folder.database.with_name(folder.database.name + suffix).unlink(missing_ok=True)
    if fault == "missing":
        folder.database.unlink()
    else:
        folder.database.write_bytes(b"no database" * 1000)
    reply = serve(folder).get("/healthz")
    assert reply.status == 503
    assert len(reply.text.splitlines()) == 1
    assert "talkscraper.db" in reply.text or "database" in reply.text


def test_the_metrics_are_those_that_a_crawl_writes(built, serve):
    odd = 'q"u\\ay'
    built.db.execute("insert into sources (id, name, homepage) values (?, '', '')", [odd])
    built.db.execute(
        "insert into runs (id, started_at, finished_at, exit_code, summary) values"
        " (900, '2026-01-01T00:00:00Z', '2026-01-01T00:10:00Z', 3, '{\"sources\": {}}')"
    )
    built.db.execute(
        "insert into run_sources (run_id, source_id, new, diagnosis) values (900, ?, 4, 'quiet: a b')", [odd]
    )
    built.db.conn.commit()
    folder = built.done()
    reply = serve(folder).get("/metrics")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    names = [line.partition("{")[0].split()[0] for line in reply.text.splitlines() if not line.startswith("#")]
    assert "talkscraper_last_run_exit_code 3" in reply.text
    assert "talkscraper_last_run_duration_seconds 600" in reply.text
    assert 'talkscraper_source_up{source="q\\"u\\\\ay",diagnosis="quiet"} 0' in reply.text
    assert "talkscraper_disk_free_bytes" in names
    for line in reply.text.splitlines():
        label = r'[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"'
        assert re.fullmatch(rf"# (HELP|TYPE) .+|[a-z_]+(\{{{label}(,{label})*\}})? -?[0-9.e+-]+", line), line


def test_an_archive_without_a_run_has_metrics_too(built):
    assert "talkscraper_last_run" not in metrics.of_archive(built.done())


def test_strangers_are_refused_on_both_ports_and_readers_are_let_in(built, serve, tmp_path):
    """By user and password, by a token, and by a token in place of the password, which a browser can send."""
    ref = _archive(built, 1)
    file = tmp_path / "readers"
    slow = bcrypt.hashpw(b"gravel", bcrypt.gensalt(4)).decode()
    file.write_text(f"# readers\nada:{hashed('pebble: ü')}\nben:{slow}\n")
    served = serve(built.done(), credentials=Credentials(users=read_users(file), token=TOKEN))
    memento = f"/web/20251001000000/{SITE}/0"
    for path, replay in (("/", False), (f"/article/{ref}", False), ("/metrics", False), ("/static/room.css", False),
                         (memento, True), ("/cdx?url=x", True), ("/nothing", True)):  # fmt: skip
        reply = served.get(path, replay=replay)
        assert (reply.status, reply.headers["www-authenticate"][:5]) == (401, "Basic")
        assert "harbour" not in reply.text
    for header in (_basic("ada", "pebble: ü"), _basic("ben", "gravel"), f"Bearer {TOKEN}", _basic("any", TOKEN)):
        for _ in range(2):
            assert served.get("/", Authorization=header).status == 200
            assert served.get("/metrics", Authorization=header).status == 200
        assert served.get(memento, replay=True, Authorization=header).status in (200, 302)
    for header in (_basic("ada", "gravel"), _basic("ben", "pebble"), _basic("eve", "pebble: ü"), "Bearer x", "Basic",
                   _basic("ada", ""), "Basic !!!", "Basic " + "A" * 9000, f"Token {TOKEN}", _basic("ben", "gravel\0"),
                   "Basic " + base64.b64encode(b"ada").decode(), "Basic " + base64.b64encode(b"\xff:\xff").decode()):  # fmt: skip
        assert served.get("/", Authorization=header).status == 401, header


def test_a_password_that_was_right_is_not_hashed_again(monkeypatch):
    known = Credentials(users={"ada": hashed("pebble")})
    assert known.accept(_basic("ada", "pebble"))
    monkeypatch.setattr(credentials, "matches", lambda *_: pytest.fail("hashed again"))
    assert known.accept(_basic("ada", "pebble"))


def test_an_unknown_user_costs_a_hash_too(monkeypatch):
    """Or else the time would tell which users there are."""
    asked = []
    monkeypatch.setattr(credentials, "matches", lambda _password, stored: asked.append(stored) or True)
    assert not Credentials(users={"ada": "x"}).accept(_basic("eve", "pebble"))
    assert len(asked) == 1


@pytest.mark.parametrize("line", ["ada:pebble", "ada:", ":x", "ada:{SHA}abc=", "ada:$apr1$a$b", "ada"])
def test_a_line_without_a_known_hash_is_refused_and_not_repeated(tmp_path, line):
    (tmp_path / "readers").write_text(f"\n{line}\n")
    with pytest.raises(UsageError, match=r"readers:2: ") as refusal:
        read_users(tmp_path / "readers")
    assert "pebble" not in str(refusal.value)


def test_with_readers_of_its_own_the_archive_may_listen_anywhere(tmp_path):
    folder = ArchiveFolder(tmp_path)
    assert ServeOptions(folder=folder, host="0.0.0.0", credentials=Credentials(token=TOKEN)).host == "0.0.0.0"
    with pytest.raises(UsageError, match="--auth"):
        ServeOptions(folder=folder, host="0.0.0.0")
    assert TOKEN not in repr(ServeOptions(folder=folder, credentials=Credentials(token=TOKEN)))


_LINKS = re.compile(r'(?:href|src|action|formaction)="([^"]*)"')


@pytest.mark.parametrize("prefix", ["/news", ""], ids=["a proxy that keeps the path", "a proxy that strips it"])
def test_every_link_under_a_base_path_leads_under_it(built, serve, prefix):
    """Followed as a proxy would pass them on: all that begin with a slash stay below the path, and are answered."""
    _archive(built)
    served = serve(
        built.done(), base_path="/news", room_url="https://room.example", replay_url="https://replay.example"
    )
    waiting, seen = (
        ["/news/", "/news/?q=harbour", "/news/timeline?q=harbour", "/news/article?url=" + f"{SITE}/1"],
        set(),
    )
    while waiting and len(seen) < 150:
        link = waiting.pop(0)
        if link in seen:
            continue
        seen.add(link)
        reply = served.get(prefix + link.removeprefix("/news"), Host="room.example")
        assert reply.status in (200, 302), (link, reply.status)
        found = [reply.headers["location"]] if reply.status == 302 else []
        if "text/html" in reply.headers.get("content-type", ""):
            found += _LINKS.findall(reply.text)
        for target in (each.replace("&amp;", "&").partition("#")[0] for each in found):
            if target.startswith("/"):
                assert target.startswith("/news/"), (link, target)
                waiting.append(target)
            elif target.startswith("?"):
                waiting.append(link.partition("?")[0] + target)
            elif "127.0.0.1" in target:
                pytest.fail(f"{link} leads to {target}")
    assert any("/diff" in link for link in seen) or any("/cite." in link for link in seen)
    assert {"/news/sources", "/news/help"} <= seen


def test_replay_leads_back_to_the_base_path_and_lets_the_reading_room_frame_it(built, serve):
    ref = _archive(built, 1)
    served = serve(
        built.done(), base_path="/news", room_url="https://room.example", replay_url="https://replay.example"
    )
    reply = served.play(f"/web/20251001000000/{SITE}/0", Host="replay.example")
    if reply.status == 302:
        assert reply.headers["location"].startswith("https://replay.example/web/")
        reply = served.play(reply.headers["location"].removeprefix("https://replay.example"), Host="replay.example")
    assert f'"https://room.example/news/article/{ref}"' in reply.text
    assert "frame-ancestors 'self' https://room.example" in reply.headers["content-security-policy"]
    assert "/news" not in reply.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["news", "/a b", "/article", "/..", "//", '/"x', "/static/x"])
def test_a_base_path_that_is_none_is_refused(tmp_path, path):
    with pytest.raises(UsageError, match="--base-path"):
        ServeOptions(folder=ArchiveFolder(tmp_path), base_path=path)


@pytest.mark.parametrize("url", ["room.example", "https://room.example/news", "https://a:b@room.example", "ftp://a"])
def test_an_origin_that_is_none_is_refused(tmp_path, url):
    with pytest.raises(UsageError, match="--room-url"):
        ServeOptions(folder=ArchiveFolder(tmp_path), room_url=url)
