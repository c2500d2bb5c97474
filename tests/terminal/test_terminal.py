"""What people see: wrapped text, tables that fit, colours and a live line on a terminal; plain whole lines elsewhere."""

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.cli.diff import marked_words
from talkscraper.terminal import screen as screens
from talkscraper.terminal.progress_bar import MAX_BAR, ProgressBar
from talkscraper.terminal.screen import Screen
from talkscraper.terminal.styled_text import Text, columns_of
from talkscraper.terminal.table import Table


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(screens, "EVERY_S", 0.0)
    return Terminal()


def plain(lines):
    return [each.plain for each in lines]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one\n\ntwo", ["one", "", "two"]),
        ("the harbour wall", ["the", "harbour", "wall"]),
        ("  a margin stays", ["  a margin", "stays"]),
        ("abcdefghijklm", ["abcdefghij", "klm"]),
        ("to abcdefghijklm no", ["to abcdefg", "hijklm no"]),
        ("港の時計台が止まった", ["港の時計台", "が止まった"]),
        ("x港の時計台が", ["x港の時計", "台が"]),
    ],
)
def test_lines_are_wrapped_between_words_and_wide_words_broken(text, lines):
    assert plain(Text(text).lines(10)) == lines


@given(st.text(st.sampled_from("ab \n港é́"), max_size=60), st.integers(2, 12))
def test_no_line_is_wider_and_no_letter_is_lost(text, width):
    """Whatever the text is; only spaces at the ends of wrapped lines may go."""
    lines = Text(text).lines(width)
    assert all(len(each.plain.split()) == 0 or columns_of(each.plain) <= width for each in lines)
    assert "".join("".join(plain(lines)).split()) == "".join(text.split())
    assert plain(Text(text).lines()) == text.split("\n")


def test_styles_go_on_in_the_next_line(terminal):
    Screen(terminal).print(Text("on the ").append("harbour wall of stone", "bold yellow"))
    assert terminal.getvalue() == ("on the \x1b[1;33mharbour wall\x1b[0m\n\x1b[1;33mof stone\x1b[0m\n")


def test_a_string_is_printed_as_it_is(terminal):
    """Titles come from the web: nothing in brackets is a style."""
    Screen(terminal).print("[bold]x[/bold]", style="dim")
    assert terminal.getvalue() == "\x1b[2m[bold]x[/bold]\x1b[0m\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_switched_off(terminal, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    Screen(terminal).print("wall", style="red")
    assert terminal.getvalue() == "wall\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_without_colours_a_difference_is_marked_by_brackets(terminal, monkeypatch, name, value):
    """On a terminal too, where what is gone and what is new would run together."""
    words = [("equal", "the "), ("delete", "old"), ("insert", "new"), ("equal", " wall")]
    assert marked_words(Screen(terminal), words).plain == "the oldnew wall"
    monkeypatch.setenv(name, value)
    assert marked_words(Screen(terminal), words).plain == "the [-old-]{+new+} wall"


def test_a_terminal_that_can_not_erase_has_no_live_line(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    screen = Screen(terminal)
    with screen.live("day 1"):
        screen.print("found")
    assert terminal.getvalue() == "found\n"


def test_a_margin_is_kept_by_wrapped_lines(terminal):
    Screen(terminal).print("the wall of the harbour\n\nheld", indent=4)
    assert terminal.getvalue().splitlines() == ["    the wall of the", "    harbour", "", "    held"]


def test_elsewhere_nothing_is_cut_wrapped_or_coloured():
    out = StringIO()
    screen = Screen(out)
    with screen.live("working") as say:
        say("still working")
        screen.print("word " * 1000, style="red", indent=2)
    assert out.getvalue() == f"  {'word ' * 1000}\n"


def test_columns_of_a_table_are_as_wide_as_their_cells():
    table = Table(("source", "found", "diagnosis"), right={1})
    table.add_row("minato", "12", Text("ok", "green"))
    table.add_row("港新聞", "1,345", "")
    assert plain(table.lines(None)) == ["source  found  diagnosis", "minato     12  ok", "港新聞  1,345"]
    assert Table().lines(None) == []


def test_a_narrow_terminal_wraps_texts_and_no_figures():
    table = Table(right={1})
    table.add_row("a long sentence of words", "1,234,567", "ok")
    assert plain(table.lines(28)) == ["a long         1,234,567  ok", "sentence of", "words"]


def test_empty_cells_in_the_middle_keep_their_place():
    table = Table(right={1})
    table.add_row("a", "", "end")
    table.add_row("bb", "10", "")
    assert plain(table.lines(None)) == ["a       end", "bb  10"]


def test_what_is_printed_stands_above_the_live_line(terminal):
    """And nothing is left of it at the end."""
    screen = Screen(terminal)
    with screen.live("day 1"):
        screen.print("found")
    erased = "\r\x1b[2K"
    assert terminal.getvalue() == f"day 1{erased}found\nday 1{erased}"


def test_a_live_line_is_never_longer_than_the_terminal(terminal):
    """A second line of it couldn't be erased."""
    Screen(terminal).show_live("x" * 100)
    assert terminal.getvalue() == "x" * 19


def test_a_bar_shows_what_is_done_and_what_the_rest_takes(terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    moments = iter([0.0, 30.0, 40.0])
    bar = ProgressBar(Screen(terminal), clock=lambda: next(moments))
    bar.update("files", 0, 40, "0 of 40 MiB")
    bar.update("files", 10, 40, "10 of 40 MiB")
    shown = terminal.getvalue().rpartition("\x1b[2K")[2]
    assert shown == f"files {'━' * MAX_BAR} 10 of 40 MiB 0:01:30"
    bar.update("pages", 0, 0, "0 of 0 pages")
    bar.close()
    assert terminal.getvalue().endswith("0 of 0 pages\r\x1b[2K")
