"""The main loop of a worker process, called in this one."""

from typing import Any

import pytest

from talkscraper.pool import worker


class ShortLine:
    """A connection that asks a number of times, then ends."""

    def __init__(self, calls: int) -> None:
        self.left = calls
        self.answers: list[tuple[str, Any]] = []

    def recv(self) -> Any:
        if not self.left:
            raise EOFError
        self.left -= 1
        return str, ("asked",), {}

    def send(self, answer: tuple[str, Any, int]) -> None:
        self.answers.append(answer[:2])


def test_free_memory_is_given_back_every_so_many_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """After 200 calls and after 400, not on every page: what a large page needed doesn't stay for 10,000 pages."""
    trimmed: list[int] = []
    line = ShortLine(2 * worker.CALLS_PER_TRIM + 1)
    monkeypatch.setattr(worker, "trim_memory", lambda: trimmed.append(len(line.answers) // 2))
    worker.serve(line)  # type: ignore[arg-type]
    assert line.answers.count(("done", "asked")) == 2 * worker.CALLS_PER_TRIM + 1
    assert trimmed == [worker.CALLS_PER_TRIM, 2 * worker.CALLS_PER_TRIM]


def test_trimming_harms_nothing_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A C library without malloc_trim is left alone."""
    worker.trim_memory()
    monkeypatch.setattr(worker.ctypes, "CDLL", lambda _: object())
    worker.trim_memory()
