"""Group commit: what is queued while a group is being written is written together, in order, and nothing after the end."""

import threading

from talkscraper.group_thread import MAX_GROUP, GroupThread


def test_items_queued_during_a_write_are_the_next_groups():
    """They keep their order, and no group exceeds the maximum; closing writes what is left."""
    groups, writing, release = [], threading.Event(), threading.Event()

    def write(group):
        groups.append(group)
        writing.set()
        release.wait()

    thread = GroupThread("test", write)
    assert thread.put(0)
    writing.wait()
    for number in range(1, MAX_GROUP + 3):
        assert thread.put(number)
    release.set()
    thread.close()
    assert groups == [[0], list(range(1, MAX_GROUP + 1)), [MAX_GROUP + 1, MAX_GROUP + 2]]


def test_a_closed_thread_takes_nothing():
    """``put`` says so; closing twice is harmless, and ``finish`` was called once, on the thread, after the last group."""
    events = []
    thread = GroupThread(
        "test", events.append, finish=lambda: events.append(threading.current_thread() is threading.main_thread())
    )
    assert thread.put("a")
    thread.close()
    thread.close()
    assert not thread.put("b")
    assert events == [["a"], False]


def test_a_thread_that_was_never_used_finishes_nothing():
    """Without an item there is no thread, and so no ``finish``."""
    finished = []
    thread = GroupThread("test", finished.append, finish=lambda: finished.append("finish"))
    thread.close()
    assert not finished
