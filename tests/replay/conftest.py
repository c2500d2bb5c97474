"""A small archive, made by hand, and the pieces to make others."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_FILE = Path(__file__).with_name("building.py")
if "replay_building" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("replay_building", _FILE)
    _module = importlib.util.module_from_spec(_spec)
    sys.modules["replay_building"] = _module
    _spec.loader.exec_module(_module)
building = sys.modules["replay_building"]


@pytest.fixture
def built(tmp_path):
    """An empty archive to write records into."""
    made = building.Built(tmp_path / "archive")
    yield made
    made.db.conn.close()


@pytest.fixture
def reader(built):
    """Opens a read-only connection on the archive."""
    from talkscraper.store.database import open_reader

    opened = []

    def open_it():
        connection = open_reader(built.folder.database)
        opened.append(connection)
        return connection

    yield open_it
    for connection in opened:
        connection.close()
