"""Reading of captured bytes for a response: whatever is wrong with them is one kind of error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from talkscraper.errors import NotFound, StorageError, TalkscraperError, UsageError


@contextmanager
def reading_captures() -> Iterator[None]:
    """Raise what is wrong with a WARC file or a record in it as a ``StorageError``.

    Raises:
        StorageError: the bytes can't be read.
    """
    try:
        yield
    except (NotFound, StorageError, UsageError):
        raise
    except TalkscraperError as e:
        raise StorageError(str(e)) from e
