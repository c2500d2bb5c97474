"""What the worker of a shard logs reaches the log of the command, as if it had been logged there."""

import json
import logging
import logging.config

import pytest

from talkscraper.crawl.logs import start_logging
from talkscraper.crawl.shards import log_lines
from talkscraper.crawl.shards.log_lines import LINES, LinesIn, LinesOut, lines_out

PAUSES = logging.getLogger("talkscraper.fetch.backoff")


@pytest.fixture
def out(tmp_path):
    """The lines of a worker, for as long as the test lasts."""
    with start_logging(as_json=False, verbose=False, quiet=True), lines_out(tmp_path, verbose=False):
        yield tmp_path


def told(folder, capsys, **options) -> list[str]:
    """What the command prints of them."""
    capsys.readouterr()
    with start_logging(**({"as_json": False, "verbose": False} | options)):
        LinesIn(folder).log_all()
    return capsys.readouterr().err.splitlines()


def test_a_line_keeps_its_time_its_level_and_its_words(out, capsys):
    PAUSES.warning("%s %s: nothing is sent to it for %.0f s", "a.example", "answered 429", 2.0)
    logging.getLogger("talkscraper.fetch.robots").info("nothing to put in: 100%")
    lines = told(out, capsys)
    assert [line.split(" ", 1)[1] for line in lines] == [
        "WARNING a.example answered 429: nothing is sent to it for 2 s",
        "INFO nothing to put in: 100%",
    ]
    at = json.loads((out / LINES).read_text().splitlines()[0])["at"]
    assert json.loads(told(out, capsys, as_json=True)[0])["time"].startswith(
        logging.Formatter().formatTime(logging.makeLogRecord({"created": at}), "%Y-%m-%dT")
    )


def test_lines_of_one_kind_are_counted_together_whichever_worker_logs_them(tmp_path, capsys):
    for number in range(5):
        shard = tmp_path / str(number)
        shard.mkdir()
        with start_logging(as_json=False, verbose=False, quiet=True), lines_out(shard, verbose=False):
            PAUSES.warning("%s %s: nothing is sent to it for %.0f s", f"{number}.example", "answered 503", 30.0)
    capsys.readouterr()
    with start_logging(as_json=False, verbose=False):
        for number in range(5):
            LinesIn(tmp_path / str(number)).log()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert "and 2 more such lines, the last: 4.example" in lines[-1]


def test_quiet_leaves_out_what_it_leaves_out_of_a_local_run(out, capsys):
    PAUSES.warning("%s is slow", "a.example")
    logging.getLogger("talkscraper.crawl.response_handler").error("%s: a fault of ours", "http://a.example/")
    assert [line.split(" ", 1)[1] for line in told(out, capsys, quiet=True)] == [
        "ERROR http://a.example/: a fault of ours"
    ]


def test_a_traceback_comes_with_its_line(out, capsys):
    try:
        raise ValueError("an odd page")
    except ValueError:
        PAUSES.exception("%s: a fault of ours", "http://a.example/")
    lines = told(out, capsys)
    assert lines[0].endswith("ERROR http://a.example/: a fault of ours")
    assert lines[-1] == "  ValueError: an odd page"
    assert "ValueError: an odd page" in json.loads(told(out, capsys, as_json=True)[0])["traceback"]


def test_lines_of_libraries_are_passed_on_with_verbose_only(tmp_path):
    with start_logging(as_json=False, verbose=True, quiet=True), lines_out(tmp_path, verbose=False):
        logging.getLogger("scrapy.core.engine").debug("Crawled (%(status)d)", {"status": 200})
    assert (tmp_path / LINES).read_bytes() == b""
    with start_logging(as_json=False, verbose=True, quiet=True), lines_out(tmp_path, verbose=True):
        logging.getLogger("scrapy.core.engine").debug("Crawled (%(status)d)", {"status": 200})
    assert json.loads((tmp_path / LINES).read_text())["args"] == {"status": 200}


def test_the_file_is_opened_again_after_scrapy_has_closed_all_handlers(out, capsys):
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
    PAUSES.warning("%s is slow", "a.example")
    assert len(told(out, capsys)) == 1


def test_why_the_run_ends_is_said_by_the_command_alone(out, capsys):
    logging.getLogger("talkscraper.crawl.shutdown").info("Ending the run: %s", "sigterm")
    assert told(out, capsys) == []


def test_a_line_that_is_being_written_waits_and_one_that_cannot_be_read_is_left_out(tmp_path, capsys):
    line = b'{"name": "talkscraper.x", "level": 30, "at": 1.5, "text": "whole"}\n'
    (tmp_path / LINES).write_bytes(b"\xff[not json\n[]\n" + line + line[:20])
    lines = LinesIn(tmp_path)
    with start_logging(as_json=False, verbose=False):
        lines.log_all()
        assert capsys.readouterr().err == "1970-01-01T00:00:01Z WARNING whole\n"
        with (tmp_path / LINES).open("ab") as handle:
            handle.write(line[20:])
        lines.log_all()
    assert capsys.readouterr().err == "1970-01-01T00:00:01Z WARNING whole\n"


def test_the_file_of_a_shard_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(log_lines, "MAX_LINES", 1000)
    handler = LinesOut(tmp_path)
    for _ in range(100):
        handler.handle(logging.LogRecord("talkscraper.x", logging.WARNING, "", 0, "%s", ("x" * 50,), None))
    handler.close()
    assert 0 < (tmp_path / LINES).stat().st_size <= 1000
