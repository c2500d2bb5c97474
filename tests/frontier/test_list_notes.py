"""The list of a run: what became of an address is written with the address's next state."""

from datetime import timedelta

import pytest

from talkscraper.frontier import by_hand, outcomes
from talkscraper.frontier.by_hand import CAPTURED, FAILED, OUTCOMES, ListNote
from talkscraper.frontier.model import Fate, Settlement
from talkscraper.store.writer import ArchiveWriter

URL = "https://quay.example/posts/1"
RUN = 1


@pytest.fixture
def lease(db, now):
    """An address of the run's list, leased."""
    by_hand.add(db, [by_hand.Request(url=URL, address=URL, source_id="quay")], run_id=RUN, now=now, full=False)
    (lease,) = by_hand.lease(db, "quay", run_id=RUN, now=now, limit=9)
    return lease


def listed(db):
    return db.execute("select outcome, detail, done_at is null from requests_by_hand").fetchall()


@pytest.mark.parametrize(
    ("stored", "outcome", "detail"),
    [
        ("new", "new", None), ("revised", "revised", None), ("changed", "revised", None),
        ("unchanged", "unchanged", None), ("older", "unchanged", None), ("taken-down", FAILED, "taken-down"),
        ("reserved", FAILED, "reserved"), ("unread", FAILED, "unread"), ("not-article", CAPTURED, "a gallery"),
    ],
)  # fmt: skip
def test_storing_a_page_says_more_than_that_it_was_captured(stored, outcome, detail):
    """Every outcome has its word, and the kind of page stays where there is no article."""
    note = ListNote(run_id=RUN, outcome=CAPTURED, detail="a gallery").stored_as(stored)
    assert (note.outcome, note.detail) == (outcome, detail)
    assert note.outcome in OUTCOMES


def test_what_was_known_before_storing_stays():
    """A consent page that is stored is still a failure, and one that is put off is still due."""
    for outcome in (FAILED, "unchanged", None):
        note = ListNote(run_id=RUN, outcome=outcome, detail="why")
        assert note.stored_as("new") == note


def test_an_address_that_was_put_off_stays_on_the_list_with_its_reason(db, lease, now):
    """It has no outcome yet; the one that it has in the end replaces the reason."""
    later = now + timedelta(hours=1)
    put_off, done = Settlement(fate=Fate.DEFERRED, retry_at=later), Settlement(fate=Fate.CHANGED, status=200)
    outcomes.settle(
        db, lease, put_off, ladder=(), now=now, note=ListNote(run_id=RUN, outcome=None, detail="the host is busy")
    )
    assert listed(db) == [(None, "the host is busy", 1)]
    outcomes.settle(db, lease, done, ladder=(), now=later, note=ListNote(run_id=RUN, outcome="new"))
    assert listed(db) == [("new", None, 0)]


def test_a_run_without_a_list_writes_none(db, lease, now):
    """An ordinary run that fetches an address of an earlier list leaves that list as it is."""
    outcomes.settle(db, lease, Settlement(fate=Fate.CHANGED, status=200), ladder=(), now=now)
    assert listed(db) == [(None, None, 1)]


def test_the_list_and_the_address_change_together_or_not_at_all(tmp_path, now, monkeypatch):
    """A list that can't be written leaves the address leased, so it is fetched again."""
    with ArchiveWriter(tmp_path / "a.db") as writer:
        writer.run(lambda db: db.execute("insert into sources (id, name, homepage) values ('quay', 'The Quay', '')"))
        writer.run(lambda db: db.execute("insert into runs (id, started_at) values (1, '2025-11-24T09:00:00Z')"))
        request = by_hand.Request(url=URL, address=URL, source_id="quay")
        writer.run(by_hand.add, [request], run_id=RUN, now=now, full=False)
        (lease,) = writer.run(by_hand.lease, "quay", run_id=RUN, now=now, limit=9)

        def refuse(*_given, **_named):
            raise RuntimeError("no list")

        monkeypatch.setattr(by_hand, "note_answer", refuse)
        with pytest.raises(RuntimeError, match="no list"):
            writer.run(
                outcomes.settle, lease, Settlement(fate=Fate.CHANGED, status=200), ladder=(), now=now,
                note=ListNote(run_id=RUN, outcome="new"),
            )  # fmt: skip
        state = writer.run(lambda db: db.execute("select state from urls").fetchall())
        assert state == [("leased",)]
