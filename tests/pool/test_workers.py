"""The pool: what one task breaks is that task's."""

from __future__ import annotations

import importlib
import os
import select
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import wait
from types import SimpleNamespace

import pytest

from talkscraper.discovery.model import Unreadable
from talkscraper.errors import ExtractionFailed
from talkscraper.pool import Task, WorkerPool, workers

URL = "https://news.example/killer"


@pytest.fixture
def tasks(tmp_path, monkeypatch):
    """A module that the processes import, with tasks of every kind."""
    (tmp_path / "odd_tasks.py").write_text(
        textwrap.dedent(
            """
            import os, re, signal, threading
            def say(word):
                return word, os.getpid()
            def die():
                os.kill(os.getpid(), signal.SIGKILL)
            def leave():
                os._exit(7)
            def stop():
                os.kill(os.getpid(), signal.SIGSTOP)
                return os.getpid()
            def hang():
                threading.Event().wait()
            def match():
                # in C, and with the interpreter's lock held: no thread of the process can end this
                re.fullmatch("(a|aa)*b", "a" * 100)
            def tell_and_match():
                open(os.environ["TOLD"], "w").close()
                match()
            def tell_and_hang():
                open(os.environ["TOLD"], "w").close()
                hang()
            def eat():
                return [bytearray(64 * 1024 * 1024) for _ in range(1000)]
            def grow():
                return len(bytearray(1))
            kept = []
            def use(size, keep):
                used = bytearray(b"1") * size
                if keep:
                    kept.append(used)
                return os.getpid()
            def fail():
                raise ValueError("a bad page")
            def refuse():
                from talkscraper.discovery.model import Unreadable
                raise Unreadable("no feed")
            def noise():
                print("noise", flush=True)
                return "printed"
            def mask():
                blocked = signal.pthread_sigmask(signal.SIG_BLOCK, set())
                return sorted(each.name for each in blocked)
            """
        )
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "odd_tasks", raising=False)
    module = importlib.import_module("odd_tasks")
    yield SimpleNamespace(
        **{name: Task(each) for name, each in vars(module).items() if callable(each) and name[0] != "_"}
    )
    del sys.modules["odd_tasks"]


@pytest.mark.parametrize(("name", "told"), [("die", "signal 9"), ("leave", "exit code 7")])
def test_a_process_that_dies_costs_its_task_only(tasks, name, told):
    """Tasks before and after the one that killed the process are answered."""
    with WorkerPool(1) as pool:
        before = pool.ask(URL, tasks.say, "before")
        killer = pool.ask(URL, getattr(tasks, name))
        after = pool.ask(URL, tasks.say, "after")
        assert before.result()[0] == "before"
        with pytest.raises(ExtractionFailed, match=f"{URL}.*{told}"):
            killer.result()
        assert after.result()[0] == "after"
    assert before.result()[1] != after.result()[1]


@pytest.mark.skipif(sys.platform != "linux", reason="waits by a pidfd")
def test_a_process_that_was_killed_between_two_tasks_costs_none(tasks):
    """The system may kill an idle one when memory is short."""
    with WorkerPool(workers=1) as pool:
        _, idle = pool.ask(URL, tasks.say, "x").result()
        ended = os.pidfd_open(idle)
        os.kill(idle, signal.SIGKILL)
        assert select.select([ended], [], [], 60)[0]
        os.close(ended)
        assert pool.ask(URL, tasks.say, "y").result()[0] == "y"


@pytest.mark.parametrize("name", ["hang", "match"])
def test_a_task_that_hangs_is_ended_after_its_time(tasks, name):
    """Whether it waits or computes in C without ever giving way: its process is killed, the next task is answered."""
    with WorkerPool(1) as pool:
        hanging = pool.ask(URL, Task(getattr(tasks, name).function, timeout_s=0.3))
        with pytest.raises(ExtractionFailed, match=rf"{URL}: no result after 0\.3 s"):
            hanging.result(timeout=300)
        assert pool.ask(URL, Task(tasks.say.function, timeout_s=60), "fine").result()[0] == "fine"


@pytest.mark.skipif(sys.platform != "linux", reason="the state of a process is read from /proc")
def test_a_task_whose_process_was_kept_from_running_is_waited_for(tasks):
    """A busy machine costs no page: the time limit is of the time that the process was given."""
    with WorkerPool(1) as pool:
        _, process = pool.ask(URL, tasks.say, "warm").result()
        late = pool.ask(URL, Task(tasks.stop.function, timeout_s=2))
        with pytest.raises(TimeoutError):
            late.result(timeout=2.5)
        while not wait([late], timeout=0.1).done:
            os.kill(process, signal.SIGCONT)
        assert late.result() == process


def test_a_task_has_the_time_of_the_pool_where_it_says_none(tasks):
    """The pool's time holds for tasks without a time of their own."""
    with WorkerPool(1, 0.3) as pool, pytest.raises(ExtractionFailed, match=r"no result after 0\.3 s"):
        pool.ask(URL, tasks.hang).result(timeout=300)


def test_imports_and_warming_up_are_on_no_clock(tasks, tmp_path, monkeypatch):
    """A module that takes longer to import than its task may last costs the task nothing."""
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(1.5)\ndef run():\n    return 'done'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    run = importlib.import_module("slow_to_import").run
    with WorkerPool(1, 60, warm_up=tasks.grow.function) as pool:
        pool.ask(URL, tasks.say, "warm").result()
        assert pool.ask(URL, Task(run, timeout_s=1.4)).result() == "done"


def test_a_task_that_eats_memory_is_refused_by_name(tasks):
    """The memory limit ends in a named refusal, and a new process takes the next task."""
    with WorkerPool(1, 60, memory=256 * 1024**2) as pool:
        first = pool.ask(URL, tasks.say, "fine")
        eater = pool.ask(URL, tasks.eat)
        second = pool.ask(URL, tasks.say, "fine")
        with pytest.raises(ExtractionFailed, match="memory"):
            eater.result()
        assert first.result()[1] != second.result()[1]


def test_an_error_in_a_task_is_told_and_the_process_goes_on(tasks):
    """An exception becomes ExtractionFailed with its words; one of ours arrives as it is; the same process answers."""
    with WorkerPool(1) as pool:
        first = pool.ask(URL, tasks.say, "one")
        bad = pool.ask(URL, tasks.fail)
        refused = pool.ask(URL, tasks.refuse)
        last = pool.ask(URL, tasks.say, "two")
        with pytest.raises(ExtractionFailed, match="ValueError: a bad page"):
            bad.result()
        with pytest.raises(Unreadable, match=r"^no feed$"):
            refused.result()
        assert first.result()[1] == last.result()[1]


def test_what_a_library_prints_does_not_break_the_line(tasks):
    """Printing in a process harms nobody."""
    with WorkerPool(1) as pool:
        assert pool.ask(URL, tasks.noise).result() == "printed"


def test_processes_are_replaced_after_their_share_of_tasks(tasks):
    """Worn processes don't stay."""
    with WorkerPool(1, tasks_per_worker=2) as pool:
        pids = [pool.ask(URL, tasks.say, "x").result()[1] for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_a_process_is_replaced_for_what_it_holds_not_for_what_it_has_given_back(tasks):
    """A large page costs no new process, a leak does."""
    large = 192 * 1024**2
    with WorkerPool(1, 60, resident_limit=128 * 1024**2) as pool:
        pids = [pool.ask(URL, tasks.use, large, keep).result() for keep in (False, False, True, False)]
    assert pids[0] == pids[1] == pids[2] != pids[3]


def test_the_memory_of_the_process_that_starts_it_is_not_a_process_s_own(tasks):
    """A large crawl doesn't have its processes replaced after every page."""
    large = b"\1" * (192 * 1024**2)
    with WorkerPool(1, resident_limit=128 * 1024**2) as pool:
        pids = [pool.ask(URL, tasks.say, "x").result()[1] for _ in range(2)]
    assert len(large) > 0
    assert pids[0] == pids[1]


def test_a_cancelled_task_is_never_sent(tasks):
    """A future cancelled while it waits stays cancelled, and closing doesn't wait for it."""
    with WorkerPool(1) as pool:
        running = pool.ask(URL, tasks.say, "one")
        waiting = pool.ask(URL, tasks.hang)
        assert waiting.cancel()
        assert running.result()[0] == "one"
    assert waiting.cancelled()


def test_a_closed_pool_takes_nothing(tasks):
    """Asking a closed pool is refused; closing twice is not."""
    pool = WorkerPool(1)
    pool.close()
    pool.close()
    with pytest.raises(RuntimeError, match="closed"):
        pool.ask(URL, tasks.say, "x")


@pytest.fixture
def told(tmp_path, monkeypatch):
    """A pipe into which a task tells that it has begun."""
    path = tmp_path / "told"
    os.mkfifo(path)
    monkeypatch.setenv("TOLD", str(path))
    return path


def test_a_pool_that_is_closed_at_once_waits_for_no_task(tasks, told):
    """A task that hangs for an hour is given up, one that waits behind it is cancelled, and the processes are gone."""
    pool = WorkerPool(1, 3600)
    assert pool.ask(URL, tasks.say, "one").result()[0] == "one"
    hanging = pool.ask(URL, tasks.tell_and_hang)
    waiting = pool.ask(URL, tasks.say, "two")
    told.open().close()  # until the process is at the task
    pool.close(at_once=True)
    with pytest.raises(ExtractionFailed, match="signal 9"):
        hanging.result(0)
    assert waiting.cancelled()
    pool.close()


def test_a_pool_that_is_closed_at_once_waits_for_no_process_to_get_ready(tasks, told):
    """Also while a process still loads what it needs."""
    pool = WorkerPool(1, 3600, warm_up=tasks.tell_and_hang.function)
    first = pool.ask(URL, tasks.say, "one")
    told.open().close()  # until the process warms up
    pool.close(at_once=True)
    with pytest.raises(ExtractionFailed, match="signal 9"):
        first.result(0)


def test_leaving_a_pool_by_an_error_waits_for_no_task(tasks, told):
    """Ctrl-C in an import doesn't wait for the pages that are still being read."""
    with pytest.raises(KeyboardInterrupt), WorkerPool(1, 3600) as pool:
        hanging = pool.ask(URL, tasks.tell_and_hang)
        told.open().close()
        raise KeyboardInterrupt
    with pytest.raises(ExtractionFailed, match="signal 9"):
        hanging.result(0)


def test_signals_to_the_whole_group_are_for_whoever_asks(tasks):
    """Ctrl-C on a terminal and a service's stop reach every process: the workers leave them to the run."""
    with WorkerPool(1) as pool:
        assert {"SIGINT", "SIGTERM"} <= set(pool.ask(URL, tasks.mask).result())


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux kills orphans")
def test_a_worker_dies_with_its_parent_in_the_middle_of_a_task(tasks, told, tmp_path):
    """A run that is killed leaves no process behind that computes on, not even one that is busy in C."""
    script = tmp_path / "parent.py"
    script.write_text(
        "import odd_tasks\n"
        "from talkscraper.pool import Task, WorkerPool\n"
        "pool = WorkerPool(1, 3600)\n"
        "print(pool.ask('x', Task(odd_tasks.say), 'x').result()[1], flush=True)\n"
        "pool.ask('x', Task(odd_tasks.tell_and_match)).result()\n"
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        worker = int(parent.stdout.readline())
        told.open().close()
        gone = os.pidfd_open(worker)
        try:
            parent.send_signal(signal.SIGKILL)
            poll = select.poll()
            poll.register(gone, select.POLLIN)
            assert poll.poll(120_000), "the worker is still there"
        finally:
            os.close(gone)


def test_processes_import_nothing_from_the_folder_that_the_program_was_started_in(tmp_path, monkeypatch):
    """A file named like a library, in a folder where somebody runs the program, is not code of the program."""
    for name in ("json", "talkscraper", "lxml", "pickle"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger's module was imported')")
    monkeypatch.chdir(tmp_path)
    with WorkerPool(1) as pool:
        assert pool.ask(URL, Task(importlib.util.find_spec), "talkscraper").result(timeout=120).origin != str(
            tmp_path / "talkscraper.py"
        )


def test_a_second_process_starts_only_when_tasks_pile_up(monkeypatch):
    """One task after another is done by one process; a queue gets help, without being asked for."""
    monkeypatch.setattr(workers, "processors", lambda: 2)
    monkeypatch.setattr(workers, "PATIENCE_S", 60.0)
    with WorkerPool() as pool:
        assert len({pool.ask("one", Task(os.getpid)).result(60) for _ in range(5)}) == 1
        asked = [pool.ask("many", Task(time.sleep), 0.2) for _ in range(2 * workers.MIN_BACKLOG)]
        pids = [pool.ask("many", Task(os.getpid)) for _ in range(4)]
        assert pool.workers == 2
        for future in (*asked, *pids):
            future.result(60)
        assert len(pool._processes) == 2
