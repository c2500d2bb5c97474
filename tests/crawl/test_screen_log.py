"""The log of a crawl on a terminal: lines above a live line, trouble in colours."""

import logging
from io import StringIO

from talkscraper.crawl.logs import start_logging
from talkscraper.terminal import screen as screens


class Terminal(StringIO):
    def isatty(self):
        return True


def test_lines_stand_above_the_progress_and_the_progress_goes_at_the_end(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(screens, "EVERY_S", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with start_logging(as_json=False, verbose=False) as progress:
        progress({})
        shown = terminal.getvalue()
        assert shown.startswith("0 requests")
        logging.getLogger("talkscraper.crawl").warning("the quay \x1b[31m is silent")
    line = terminal.getvalue().removeprefix(shown)
    assert line.startswith("\r\x1b[2K\x1b[33m")
    assert "the quay" in line
    assert "\x1b[31m is silent" not in line, "a page's own escape sequences are made visible"
    assert line.endswith("\r\x1b[2K")
