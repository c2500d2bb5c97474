"""A frontier in a database of its own."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from talkscraper.store.database import open_writer

NOW = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def db(tmp_path):
    """A migrated database with one source and one run."""
    database = open_writer(tmp_path / "talkscraper.db")
    database.execute("insert into sources (id, name, homepage) values ('quay', 'The Quay', 'https://quay.example/')")
    database.execute("insert into runs (id, started_at) values (1, '2025-11-24T09:00:00Z')")
    yield database
    database.close()


@pytest.fixture
def now():
    """The clock of these tests."""
    return NOW


@pytest.fixture
def link():
    """Makes a link as discovery does."""

    def make(url, kind="article", declared_at=None, modified_at=None):
        return SimpleNamespace(
            url=url, kind=kind, via="test", title=None, declared_at=declared_at, modified_at=modified_at
        )

    return make
