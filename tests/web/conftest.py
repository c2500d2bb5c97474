"""The reading room and replay, served over an archive made by hand."""

from __future__ import annotations

import contextlib

import pytest

from tests.support.archives import built, reader  # noqa: F401  fixtures
from tests.support.web_servers import ServedArchive


@pytest.fixture
def serve():
    """Starts the two servers over a folder; stops them afterwards."""
    with contextlib.ExitStack() as stack:
        yield lambda folder, **options: stack.enter_context(ServedArchive(folder, **options))
