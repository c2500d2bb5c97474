"""The line between a pool and its processes: whole objects in their order, whatever their size."""

import socket
import threading

import pytest

from talkscraper.pool.line import PoolLine


@pytest.fixture
def ends():
    one, other = (PoolLine(each) for each in socket.socketpair())
    yield one, other
    one.close()
    other.close()


def test_objects_of_every_size_arrive_whole_and_in_their_order(ends):
    """Small ones, ones larger than the buffer of the system or the line's own, and ones of many large parts."""
    sent = [
        None,
        ("begun", None, 0),
        {"body": b"x" * 70_000, "text": "\ud7ff\U0001f600" * 5},
        [b"y" * 3_000_000, "z" * 2_000_000],
        [bytes((number,)) * 66_000 for number in range(200)],
        b"",
        "the last",
    ]
    sending = threading.Thread(target=lambda: [ends[0].send(each) for each in sent])
    sending.start()
    received = [ends[1].recv() for _ in sent]
    sending.join()
    assert received == sent


def test_what_was_received_stays_when_more_is(ends):
    """The buffer is used again for the next object; no object received before refers to it."""
    ends[0].send(bytearray(b"first" * 10_000))
    first = ends[1].recv()
    ends[0].send(bytearray(b"other" * 10_000))
    assert (first, ends[1].recv()) == (b"first" * 10_000, b"other" * 10_000)


def test_waiting_says_whether_there_is_something(ends):
    """A wait without a message ends without one; a message, or the other end's closing, ends it at once."""
    assert not ends[1].poll(0)
    ends[0].send("here")
    assert ends[1].poll(60)
    assert ends[1].recv() == "here"
    ends[0].close()
    assert ends[1].poll(60)
    with pytest.raises(EOFError):
        ends[1].recv()
    with pytest.raises(OSError):
        ends[1].send("nobody is there")


def test_a_message_cut_off_is_the_end(ends):
    """A process that is killed while it answers is one that has ended, not one that answered something else."""
    one, other = socket.socketpair()
    one.sendall((100).to_bytes(8, "big") + b"half")
    one.close()
    cut = PoolLine(other)
    with pytest.raises(EOFError):
        cut.recv()
    cut.close()
