"""``talkscraper alerts``: what saved searches newly find is told once, by mail, webhook and file."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import UsageError
from talkscraper.monitor import alerts
from talkscraper.sources.alerts_file import read_alerts
from talkscraper.store.writer import ArchiveWriter
from tests.support.cli import run_here
from tests.support.mail_trap import MailTrap
from tests.support.row_archives import START, RowArchive, article
from tests.support.servers import SiteServer

HOUR = timedelta(hours=1)


class Newsroom:
    """An archive of rows with alerts; ``hour`` is the clock."""

    def __init__(self, root, text, notify=""):
        self.folder = ArchiveFolder(root)
        (root / "sources.toml").write_text(notify)
        (root / "alerts.toml").write_text(text)
        self.rows = RowArchive(self.folder.database)
        self.hour = 0

    def publish(self, name, text="The harbour wall holds, they say.", **fields):
        self.hour += 1
        self.rows.page(
            article(f"https://news.test/{name}", text, title=f"Story {name}", **fields), START + self.hour * HOUR
        )

    def run(self, *names, **options):
        self.hour += 1
        return alerts.run(self.folder, names, now=START + self.hour * HOUR, **options)

    def told(self, *names, **options):
        return {
            each.to: (each.state, sorted(story.match.title for story in each.stories))
            for each in self.run(*names, **options)
        }


@pytest.fixture
def trap():
    with MailTrap() as server:
        yield server


@pytest.fixture
def newsroom(tmp_path):
    made = []

    def make(text, notify=""):
        made.append(Newsroom(tmp_path, text, notify))
        return made[-1]

    yield make
    for each in made:
        each.rows.writer.close()


def email(trap):
    return (
        f'[notify.email]\nhost = "127.0.0.1"\nport = {trap.port}\nfrom = "archive@news.test"\nto = "desk@news.test"\n'
    )


def test_an_alert_begins_now_and_tells_each_article_once(newsroom, trap):
    """Nothing of the archive before; what is new once; not again when it changes; others never."""
    room = newsroom('[alerts.wall]\nquery = "wall"\nto = ["mail", "reader@news.test", "file"]', email(trap))
    room.publish("old")
    assert [each.state for each in room.run()] == ["begun"] * 3
    room.publish("new")
    room.publish("other", "Nothing about stones here.")
    assert room.told() == {to: ("sent", ["Story new"]) for to in ("mail", "reader@news.test", "file")}
    assert [list(each) for each in trap.recipients] == [["desk@news.test"], ["reader@news.test"]]
    body = trap.letters[0].get_content()
    assert trap.letters[0]["Subject"].startswith("talkscraper: wall: 1 new article")
    assert "Story new" in body
    assert "https://news.test/new" in body
    room.publish("new", "The harbour wall holds, they say again and again.")
    assert all(state == "nothing" for state, _ in room.told().values())
    lines = (room.folder.root / "alerts" / "wall.jsonl").read_text().splitlines()
    assert [json.loads(line)["title"] for line in lines] == ["Story new"]


def test_what_could_not_be_sent_is_sent_the_next_time_and_others_are_not_repeated(newsroom, trap):
    room = newsroom('[alerts.wall]\nquery = "wall"\nto = ["mail", "file"]', email(trap))
    room.run()
    trap.refuse = "554 not now"
    room.publish("one")
    found = room.run()
    assert [each.state for each in found] == ["failed", "sent"]
    assert "not now" in found[0].failure
    trap.refuse = None
    room.publish("two")
    assert room.told() == {"mail": ("sent", ["Story one", "Story two"]), "file": ("sent", ["Story two"])}
    assert len(trap.letters) == 1


def test_copies_are_one_entry_unless_all_are_wanted(newsroom):
    """A wire text in three papers is told once, with the others named; a later copy isn't told again."""
    text = "The harbour wall held. " + " ".join(
        f"Stone {number} of row {number * 7} lies still." for number in range(60)
    )
    room = newsroom(
        '[alerts.once]\nquery = "wall"\nto = "file"\n[alerts.each]\nquery = "wall"\nto = "file"\ncopies = "all"'
    )
    room.run()
    for name in ("a", "b", "c"):
        room.publish(name, text)
    found = {each.alert: each for each in room.run()}
    (story,) = found["once"].stories
    assert len(story.copies) == 2
    assert len(found["each"].stories) == 3
    room.publish("d", text)
    found = {each.alert: each for each in room.run()}
    assert (found["once"].state, found["once"].copies_of_told) == ("nothing", 1)
    assert len(found["each"].stories) == 1


def test_a_dry_run_sends_and_remembers_nothing(newsroom, trap):
    room = newsroom('[alerts.wall]\nquery = "wall"\nto = "mail"', email(trap))
    room.run()
    room.publish("new")
    for _ in range(2):
        assert room.told(dry_run=True) == {"mail": ("would be sent", ["Story new"])}
    assert trap.letters == []
    assert room.told() == {"mail": ("sent", ["Story new"])}


def test_a_webhook_gets_the_articles_as_json(newsroom):
    with SiteServer() as hook:
        room = newsroom(
            '[alerts.wall]\nquery = "wall"\nlanguage = "en"\nto = "webhook"',
            f'[notify.webhook]\nurl = "{hook.base}/hook"\n',
        )
        hook.add("/hook", b"ok")
        room.run()
        room.publish("new")
        assert room.told() == {"webhook": ("sent", ["Story new"])}


def test_an_alert_takes_several_values_of_a_filter(newsroom):
    """An article with one of them is told; the message names them all."""
    room = newsroom('[alerts.wall]\nquery = "wall"\nlanguage = ["en", "fr"]\nsection = "Port"\nto = "file"')
    assert room.told() == {"file": ("begun", [])}
    for name, language in (("a", "en"), ("b", "fr"), ("c", "de")):
        room.publish(name, language=language, section="Port")
    (outcome,) = room.run(dry_run=True)
    assert sorted(story.match.title for story in outcome.stories) == ["Story a", "Story b"]
    (alert,) = read_alerts(room.folder.root / "alerts.toml")
    assert "wall language:en language:fr section:Port, since" in alerts.text_of(alert, outcome)
    assert room.told() == {"file": ("sent", ["Story a", "Story b"])}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[alerts.a]\nto = "file"', "no query"),
        ('[alerts.a]\nsource = []\nto = "file"', "no query"),
        ('[alerts.a]\nsource = ["x", 7]\nto = "file"', "must be a text in quotes, or a list"),
        ('[alerts.a]\nsince = ["2025"]\nto = "file"', "must be a text in quotes"),
        ('[alerts.a]\nquery = "x"', "to names"),
        ('[alerts.a]\nquery = "x"\nto = "pigeon"', "pigeon"),
        ('[alerts.a]\nquery = "x"\nto = "file"\nqeury = "y"', "did you mean 'query'"),
        ('[alerts."../a"]\nquery = "x"\nto = "file"', "a name is"),
        ('[alert.a]\nquery = "x"', "unknown key 'alert'"),
        ('[alerts.a]\nquery = "x"\nto = "file"\ncopies = "some"', "copies"),
        ('[alerts.a]\nquery = 7\nto = "file"', "must be a text"),
        ("[alerts", "alerts.toml"),
        ("alerts = 3", "each alert is a table"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path, text, message):
    path = tmp_path / "alerts.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message.replace("[", r"\[")):
        read_alerts(path)


def test_the_command_ends_with_its_codes(newsroom, trap):
    """0 done, 1 not sent, 2 a wrong query, an unknown name, missing settings or no file."""
    room = newsroom('[alerts.wall]\nquery = "wall"\nto = "mail"', email(trap))
    room.rows.writer.close()
    root = room.folder.root
    begun = run_here(root, "alerts", "--json")
    assert begun.returncode == 0
    assert json.loads(begun.stdout)[0]["state"] == "begun"
    assert run_here(root, "alerts", "sea").returncode == 2
    (root / "alerts.toml").write_text('[alerts.wall]\nquery = "\\"bad"\nto = "mail"')
    wrong = run_here(root, "alerts")
    assert (wrong.returncode, "[alerts.wall]" in wrong.stderr) == (2, True)
    (root / "alerts.toml").write_text('[alerts.wall]\nquery = "wall"\nto = "webhook"')
    assert "[notify.webhook]" in run_here(root, "alerts").stderr
    (root / "alerts.toml").unlink()
    assert run_here(root, "alerts").returncode == 2


def test_an_article_is_told_once_by_commands_of_their_own_processes(newsroom, trap):
    """As cron runs them: what came between two runs is told by mail and webhook, and not again after either restarts."""
    with SiteServer() as hook:
        hook.add("/hook", b"ok")
        room = newsroom(
            '[alerts.wall]\nquery = "wall"\nto = ["mail", "webhook"]',
            email(trap) + f'[notify.webhook]\nurl = "{hook.base}/hook"\n',
        )
        root, path = room.folder.root, room.rows.path
        room.publish("old")
        room.rows.writer.close()
        states = []
        for name in (None, "new", None):
            if name:
                room.rows.writer = ArchiveWriter(path)
                # the commands look at the time of this machine
                room.rows.page(article(f"https://news.test/{name}", "The wall is new.", title="New"), datetime.now(UTC))
                room.rows.writer.close()
            done = run_here(root, "alerts", "--json")
            assert done.returncode == 0, done.stderr
            states.append([each["state"] for each in json.loads(done.stdout)])
        assert states == [["begun"] * 2, ["sent"] * 2, ["nothing"] * 2]
        assert len(trap.letters) == 1
        (told,) = [json.loads(each.body) for each in hook.log]
    assert [each["title"] for each in told["articles"]] == ["New"]
    assert (told["alert"], told["query"], told["new"]) == ("wall", "wall", 1)
