"""The reading room over a small archive."""

from __future__ import annotations

import pytest

from tests.support.archives import SITE, built, extraction, published, reader, store  # noqa: F401  fixtures
from tests.web.conftest import serve  # noqa: F401  fixture

ARTICLES = 12


@pytest.fixture
def shelf(built):  # noqa: F811
    """Twelve articles of two sources, one of them revised."""
    for number in range(ARTICLES):
        url = f"{SITE}/posts/{number}"
        day = f"2025-10-{number + 1:02d}"
        for revision in range(2 if number == 0 else 1):
            capture = built.respond(url, f"{day}T{10 + revision}:00:00", f"<p>{number} {revision}")
            text = f"The harbour <wall> {number} holds.\n\n" + "Nets are torn. " * (revision + 1)
            store(
                built, capture,
                extraction(url, f"Wall & quay {number}", text, published=published(day), section="Harbour"),
                "quay" if number % 2 else "pier",
            )  # fmt: skip
    built.done()
    return built
