"""The pool: one page's failure is that page's failure."""

from __future__ import annotations

import os
import textwrap

import pytest

from talkscraper.errors import ExtractionFailed
from talkscraper.extraction import extract
from talkscraper.extraction.pool import ExtractorPool

PAGE = (
    "<html lang=en><head><title>A Quiet Bridge | The Paper</title></head><body><article><h1>A Quiet Bridge</h1>"
    + "".join(
        f"<p>Paragraph {n} tells at some length how the bridge was mended in the spring of that year.</p>"
        for n in range(6)
    )
    + "</article></body></html>"
).encode()


@pytest.fixture
def task(tmp_path, monkeypatch):
    """A module that the processes import: what it does is said by the page's first word."""
    (tmp_path / "odd_tasks.py").write_text(
        textwrap.dedent(
            """
            import os, signal, threading
            def run(payload, selectors):
                word = payload.body.split()[0]
                if word == b"die":
                    os.kill(os.getpid(), signal.SIGKILL)
                if word == b"exit":
                    os._exit(7)
                if word == b"hang":
                    threading.Event().wait()
                if word == b"tell":
                    open(os.environ["TOLD"], "w").close()
                    threading.Event().wait()
                if word == b"eat":
                    return [bytearray(64 * 1024 * 1024) for _ in range(1000)]
                if word == b"raise":
                    raise ValueError("a bad page")
                if word == b"print":
                    print("noise", flush=True)
                return (word.decode(), os.getpid())
            """
        )
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "odd_tasks:run"


def test_a_page_comes_back_as_the_function_itself_would_give_it(make_payload):
    """A result from a process equals the result of a call."""
    payload = make_payload(PAGE)
    with ExtractorPool(workers=1) as pool:
        found = pool.submit(payload).result()
    assert found == extract(PAGE, payload.capture.url, payload.capture.captured_at, payload.headers, status=200)
    assert found.article.title == "A Quiet Bridge"


@pytest.mark.parametrize(("word", "told"), [(b"die", "signal 9"), (b"exit", "exit code 7")])
def test_a_process_that_dies_costs_its_page_only(task, make_payload, word, told):
    """Pages before and after the one that killed the process are answered."""
    with ExtractorPool(workers=1, task=task) as pool:
        before = pool.submit(make_payload(b"before"))
        killer = pool.submit(make_payload(word, "https://news.example/killer"))
        after = pool.submit(make_payload(b"after"))
        assert before.result()[0] == "before"
        with pytest.raises(ExtractionFailed, match=f"https://news.example/killer.*{told}"):
            killer.result()
        assert after.result()[0] == "after"
    assert before.result()[1] != after.result()[1]


def test_a_page_that_hangs_is_ended_after_its_time(task, make_payload):
    """The process that hangs is killed; the next page is answered by another one."""
    with ExtractorPool(workers=1, timeout_s=0.3, task=task) as pool:
        hanging = pool.submit(make_payload(b"hang"))
        with pytest.raises(ExtractionFailed, match=r"no result after 0\.3 s"):
            hanging.result()
    with ExtractorPool(workers=1, timeout_s=60, task=task) as pool:
        assert pool.submit(make_payload(b"fine")).result()[0] == "fine"


def test_a_page_that_eats_memory_is_refused_by_name(task, make_payload):
    """The memory limit ends in a named refusal, and a new process takes the next page."""
    with ExtractorPool(workers=1, memory=256 * 1024**2, timeout_s=60, task=task) as pool:
        first = pool.submit(make_payload(b"fine"))
        eater = pool.submit(make_payload(b"eat"))
        second = pool.submit(make_payload(b"fine"))
        with pytest.raises(ExtractionFailed, match="memory"):
            eater.result()
        assert first.result()[1] != second.result()[1]


def test_an_error_on_a_page_is_told_and_the_process_goes_on(task, make_payload):
    """An exception in the task becomes ExtractionFailed with its words; the same process answers on."""
    with ExtractorPool(workers=1, task=task) as pool:
        first = pool.submit(make_payload(b"one"))
        bad = pool.submit(make_payload(b"raise"))
        last = pool.submit(make_payload(b"two"))
        with pytest.raises(ExtractionFailed, match="ValueError: a bad page"):
            bad.result()
        assert first.result()[1] == last.result()[1]


def test_what_a_library_prints_does_not_break_the_line(task, make_payload):
    """Printing in a process harms nobody."""
    with ExtractorPool(workers=1, task=task) as pool:
        assert pool.submit(make_payload(b"print")).result()[0] == "print"


def test_processes_are_replaced_after_their_share_of_pages(task, make_payload):
    """Worn processes don't stay."""
    with ExtractorPool(workers=1, pages_per_worker=2, task=task) as pool:
        pids = [pool.submit(make_payload(b"x")).result()[1] for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_a_cancelled_page_is_never_sent(task, make_payload):
    """A future cancelled while it waits stays cancelled, and closing doesn't wait for it."""
    with ExtractorPool(workers=1, task=task) as pool:
        running = pool.submit(make_payload(b"one"))
        waiting = pool.submit(make_payload(b"hang"))
        assert waiting.cancel()
        assert running.result()[0] == "one"
    assert waiting.cancelled()


def test_a_closed_pool_takes_nothing(task, make_payload):
    """Submitting to a closed pool is refused; closing twice is not."""
    pool = ExtractorPool(workers=1, task=task)
    pool.close()
    pool.close()
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit(make_payload(b"x"))


def test_a_pool_that_is_closed_at_once_waits_for_no_page(task, make_payload, tmp_path, monkeypatch):
    """A page that hangs for an hour is given up, one that waits behind it is cancelled, and the processes are gone."""
    told = tmp_path / "told"
    os.mkfifo(told)
    monkeypatch.setenv("TOLD", str(told))
    pool = ExtractorPool(workers=1, timeout_s=3600, task=task)
    assert pool.submit(make_payload(b"one")).result()[0] == "one"
    hanging = pool.submit(make_payload(b"tell"))
    waiting = pool.submit(make_payload(b"two"))
    told.open().close()  # until the process is at the page
    pool.close(at_once=True)
    with pytest.raises(ExtractionFailed, match="signal 9"):
        hanging.result(0)
    assert waiting.cancelled()
    pool.close()
