"""``[notify]``: what became bad or well is told once, by mail and webhook, and no secret with it."""

from __future__ import annotations

import json
import os
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import SourcesError, StorageError
from talkscraper.monitor import channels, notify
from talkscraper.sources.load import load
from talkscraper.store.database import iso, open_writer
from tests.support.cli import run_here
from tests.support.mail_trap import MailTrap
from tests.support.servers import Reply, SiteServer

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
NAMES = ("quay", "pier", "buoy")


class Told:
    """An archive whose runs are rows, and what it tells after each."""

    def __init__(self, root: Path, settings: str) -> None:
        self.folder = ArchiveFolder(root)
        blocks = "".join(f'[sources.{name}]\nhomepage = "https://{name}.example/"\n' for name in NAMES)
        self.folder.sources_toml.write_text(f"{settings}\n{blocks}")
        self.now = START
        db = open_writer(self.folder.database)
        for name in NAMES:
            db.execute("insert into sources (id, name, homepage) values (?, ?, '')", [name, name])
        db.conn.commit()
        db.close()

    def run(self, *, hours: float = 1, **words: str) -> list[str]:
        """A run with these diagnoses (``ok`` for the others), and what couldn't be sent after it."""
        self.now += timedelta(hours=hours)
        db = open_writer(self.folder.database)
        db.execute(
            "insert into runs (started_at, finished_at, exit_code, reason) values (?, ?, 0, 'done')",
            [iso(self.now), iso(self.now)],
        )
        (number,) = db.execute("select max(id) from runs").fetchone()
        for name in NAMES:
            values = [number, name, words.get(name, "ok")]
            db.execute("insert into run_sources (run_id, source_id, diagnosis) values (?, ?, ?)", values)
        db.conn.commit()
        db.close()
        return notify.tell(self.folder, load(self.folder.sources_toml).notify, now=self.now)


@pytest.fixture
def hook():
    with SiteServer(otherwise=Reply(b"", 204)) as served:
        yield served


def _bodies(hook: SiteServer) -> list[dict]:
    return [json.loads(each.body) for each in hook.log]


def _changes(hook: SiteServer) -> list[tuple[list[str], list[str]]]:
    """What each message said became bad, and well."""
    return [([each["source"] for each in body["became_bad"]], body["became_well"]) for body in _bodies(hook)]


def test_what_became_bad_or_well_is_told_once(tmp_path: Path, hook: SiteServer):
    told = Told(tmp_path, f'[notify.webhook]\nurl = "{hook.base}/hook"')
    told.run()
    told.run(quay="quiet: nothing new for 31 h")
    told.run(quay="quiet: nothing new for 32 h")
    told.run(quay="idle")
    told.run(pier="blocked: answered 403")
    told.run(pier="blocked: answered 403")
    assert _changes(hook) == [(["quay"], []), (["pier"], ["quay"])]
    first = _bodies(hook)[0]
    assert first["became_bad"] == [{"source": "quay", "diagnosis": "quiet", "detail": "nothing new for 31 h"}]
    assert "quay: quiet: nothing new for 31 h" in first["text"]
    assert first["in_alarm"] == 1


def test_a_source_that_changes_back_and_forth_is_told_again_when_it_is_steady(tmp_path: Path, hook: SiteServer):
    told = Told(tmp_path, f'[notify.webhook]\nurl = "{hook.base}/hook"')
    for turn in range(20):
        told.run(**({"quay": "failing: x"} if turn % 2 else {}))
    assert _changes(hook) == [(["quay"], []), ([], ["quay"]), (["quay"], [])]
    assert "back and forth" in _bodies(hook)[-1]["text"]
    for _ in range(8):
        told.run()
    assert _changes(hook)[3:] == [([], ["quay"])]


def test_a_message_that_could_not_be_sent_is_sent_the_next_time(tmp_path: Path, hook: SiteServer):
    told = Told(tmp_path, f'[notify.webhook]\nurl = "{hook.base}/hook"')
    hook.add("/hook", b"", 500)
    (line,) = told.run(quay="quiet: x")
    assert line.startswith("[notify.webhook]: not sent, but kept for the next run: 127.0.0.1:")
    assert "/hook" not in line
    hook.add("/hook", b"", 204)
    assert told.run(quay="quiet: x") == []
    assert told.run(quay="quiet: x") == []
    assert _changes(hook)[1:] == [(["quay"], [])]


def test_one_channel_that_fails_does_not_concern_the_other(tmp_path: Path, hook: SiteServer):
    with MailTrap(refuse="554 not today") as trap:
        told = Told(
            tmp_path,
            f'[notify.webhook]\nurl = "{hook.base}/hook"\n[notify.email]\nhost = "127.0.0.1"\nport = {trap.port}\n'
            'from = "archive@example.org"\nto = "desk@example.org"',
        )
        assert ["554 not today" in line for line in told.run(quay="quiet: x")] == [True]
        trap.refuse = None
        assert told.run(quay="quiet: x") == []
        assert told.run(quay="quiet: x") == []
        assert len(hook.log) == len(trap.letters) == 1


def test_sources_that_are_disabled_or_removed_are_told_of_no_more(tmp_path: Path, hook: SiteServer):
    told = Told(tmp_path, f'[notify.webhook]\nurl = "{hook.base}/hook"')
    told.run(quay="quiet: x", pier="quiet: x")
    text = told.folder.sources_toml.read_text().replace("[sources.pier]", "[sources.pier]\nenabled = false")
    told.folder.sources_toml.write_text(text.replace("sources.quay]", "sources.wharf]"))
    told.run(quay="quiet: x", pier="quiet: x")
    told.run()
    assert len(hook.log) == 1


def test_a_run_that_can_not_begin_is_told_once(tmp_path: Path, hook: SiteServer):
    told = Told(tmp_path, f'[notify.webhook]\nurl = "{hook.base}/hook"')
    for _ in range(2):
        notify.after_run(told.folder, error=StorageError("only 3 MiB are free"))
    told.run()
    assert _changes(hook) == [([None], []), ([], [None])]
    assert "only 3 MiB are free" in _bodies(hook)[0]["text"]


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context whose authority this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


def _mail(trap: MailTrap, more: str = "") -> str:
    return (
        f'[notify.email]\nhost = "localhost"\nport = {trap.port}\nfrom = "archive@example.org"\n'
        f'to = ["desk@example.org", "night@example.org"]\n{more}'
    )


def test_a_mail_goes_over_starttls_with_user_and_password_from_a_file(tmp_path: Path, tls: ssl.SSLContext):
    (tmp_path / "key").write_text("pebble and gravel\n")
    (tmp_path / "key").chmod(0o600)
    with MailTrap(tls=tls, login=("desk", "pebble and gravel")) as trap:
        more = 'tls = "starttls"\nuser = "desk"\npassword = { file = "key" }'
        told = Told(tmp_path, _mail(trap, more))
        assert told.run(quay="quiet: \x1b[31mnothing") == []
        (letter,) = trap.letters
        assert trap.recipients == [["desk@example.org", "night@example.org"]]
        assert letter["Subject"] == f"talkscraper: 1 in alarm ({tmp_path.name})"
        assert letter["Auto-Submitted"] == "auto-generated"
        assert "quay: quiet:" in letter.get_content()
        assert "\x1b" not in letter.get_content()


def test_a_wrong_password_is_told_without_it(tmp_path: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOLD_PASSWORD", "gravel-4711")
    with MailTrap(tls=tls, login=("desk", "pebble")) as trap:
        more = 'tls = "starttls"\nuser = "desk"\npassword = { env = "TOLD_PASSWORD" }'
        told = Told(tmp_path, _mail(trap, more))
        (line,) = told.run(quay="quiet: x")
        done = run_here(tmp_path, "notify", "--test")
    assert "refused user and password" in line
    assert done.returncode == 1
    assert "gravel" not in line + done.stdout + done.stderr
    assert b"gravel" not in told.folder.database.read_bytes()


def test_a_server_without_starttls_gets_neither_mail_nor_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOLD_PASSWORD", "gravel-4711")
    with MailTrap() as trap:
        more = 'tls = "starttls"\nuser = "desk"\npassword = { env = "TOLD_PASSWORD" }'
        (line,) = Told(tmp_path, _mail(trap, more)).run(quay="quiet: x")
        assert "STARTTLS" in line
        assert trap.letters == []


def test_a_server_that_says_nothing_holds_up_the_run_for_a_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(channels, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(channels, "SEND_S", 5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        told = Told(
            tmp_path,
            f'[notify.webhook]\nurl = "http://127.0.0.1:{port}/"\n[notify.email]\nhost = "127.0.0.1"\nport = {port}\n'
            'from = "archive@example.org"\nto = "desk@example.org"',
        )
        assert len(told.run(quay="quiet: x")) == 2


def test_the_address_of_a_webhook_and_its_token_may_be_secrets(
    tmp_path: Path, hook: SiteServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TOLD_HOOK", f"{hook.base}/hook/gravel-4711")
    monkeypatch.setenv("TOLD_TOKEN", "pebble-4712")
    told = Told(tmp_path, '[notify.webhook]\nurl = { env = "TOLD_HOOK" }\ntoken = { env = "TOLD_TOKEN" }')
    assert run_here(tmp_path, "notify", "--test").returncode == 0
    hook.add("/hook/gravel-4711", b"", 302, headers={"Location": f"{hook.base}/elsewhere"})
    (line,) = told.run(quay="quiet: x")
    assert [(each.path, each.headers["authorization"]) for each in hook.log] == [
        ("/hook/gravel-4711", "Bearer pebble-4712")
    ] * 2
    assert "it answered 302" in line
    monkeypatch.delenv("TOLD_TOKEN")
    (other,) = told.run(quay="quiet: x")
    assert "sources.toml:3: token: the environment variable TOLD_TOKEN isn't set" in other
    assert "471" not in line + other


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[notify]\nemial = {}", "sources.toml:2: unknown key 'emial' in [notify]; did you mean 'email'?"),
        ('[notify.email]\nhost = "a.example"\nfrom = "a@b.c"', ":1: [notify.email] has no to"),
        ('[notify.email]\nhost = "a.example"\nfrom = "a@b.c"\nto = "x"', ":4: to: 'x' is not an e-mail address"),
        ('[notify.email]\nhost = "a b"\nfrom = "a@b.c"\nto = "a@b.c"', ":2: host: "),
        ('[notify.email]\nhost = "a.example"\nport = 0\nfrom = "a@b.c"\nto = "a@b.c"', ":3: port must be"),
        (
            '[notify.email]\nhost = "a.example"\nfrom = "a@b.c"\nto = "a@b.c"\nuser = "a"\npassword = "gravel"',
            ":6: password: a secret doesn't stand in sources.toml",
        ),
        (
            '[notify.email]\nhost = "a.example"\nfrom = "a@b.c"\nto = "a@b.c"\nuser = "a"\ntls = "none"\npassword.env = "A"',
            ':6: tls: with "none" the password would be sent in the clear',
        ),
        ('[notify.webhook]\nurl = "ftp://a.example/"', ":2: url: "),
        ("[notify.webhook]\n", ":1: [notify.webhook] has no url"),
        ("notify = 3", ":1: notify must be a table"),
    ],
)  # fmt: skip
def test_a_mistake_in_notify_is_told_with_its_line(tmp_path: Path, text: str, expected: str):
    (tmp_path / "sources.toml").write_text(text)
    with pytest.raises(SourcesError) as refusal:
        load(tmp_path / "sources.toml")
    assert expected in str(refusal.value)
    assert "gravel" not in str(refusal.value)


def test_without_notify_the_command_says_what_to_write(tmp_path: Path):
    (tmp_path / "sources.toml").write_text("")
    done = run_here(tmp_path, "notify", "--test")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "[notify.email]" in done.stderr


def test_a_crawl_tells_at_its_end(tmp_path: Path, hook: SiteServer):
    from tests.support.crawls import CrawlArchive

    archive = CrawlArchive(tmp_path / "a")
    with SiteServer() as gone:
        pass
    archive.sources_for(gone, top=f'contact = "https://example.org/bot"\n[notify.webhook]\nurl = "{hook.base}/"')
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    assert [archive.crawl("quay", env=env).code for _ in range(2)] == [3, 3]
    assert _changes(hook) == [(["quay"], [])]
