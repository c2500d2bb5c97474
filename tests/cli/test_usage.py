"""Wrong usage gets one clear line that names what was meant, and exit code 2; nothing is left behind."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from talkscraper.cli.main import cli
from talkscraper.cli.options import typed_command
from talkscraper.errors import ExitCode, TalkscraperError
from talkscraper.store.database import open_writer
from tests.support.cli import run


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["searc"], "no such command 'searc'"),
        (["show"], "missing argument 'ARTICLE'; see 'talkscraper show --help'"),
        (["search", "--limt", "3"], "'--limit'"),
        (["search", "--limit", "many"], "'many' is not a valid integer"),
        (["crawl", "--max-time", "abc"], "'abc' is not a time: write 90, 50m or 2h"),
        (["pywb", "--port", "99999"], "99999 is not in the range"),
        (["schedule", "--out", "units"], "--out goes with --systemd"),
        (["sources", "lst"], "see 'talkscraper sources --help'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_told_in_one_line(arguments, told):
    done = run(None, *arguments)
    assert done.returncode == ExitCode.USAGE
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("talkscraper: ")
    assert told in line


@pytest.mark.parametrize("command", [[], ["sources"]], ids=["talkscraper", "sources"])
def test_a_command_without_its_word_shows_the_whole_help(command):
    done = run(None, *command)
    assert done.returncode == ExitCode.USAGE
    assert "Examples:" in done.stderr
    assert "Commands:" in done.stderr


@pytest.fixture
def archive(tmp_path):
    """An archive with an empty database and the sources.toml that 'init' writes."""
    folder = tmp_path / "news"
    assert run(folder, "init", "--contact", "https://example.org/us").returncode == 0
    connection = open_writer(folder / "talkscraper.db")
    connection.execute("insert into sources (id, name, homepage) values ('harbours', 'H', 'http://127.0.0.1/')")
    connection.commit()
    connection.close()
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "sea", "--source", "talkofnation"],
        ["export", "out.csv", "--source", "talkofnation"],
        ["wacz", "out.wacz", "--source", "talkofnation"],
        ["crawl", "talkofnation"],
        ["crawl", "talkofnation", "--dry-run"],
        ["sources", "check", "talkofnation"],
    ],
    ids=" ".join,
)
def test_an_unknown_source_is_refused_with_the_nearest_name(arguments, archive, tmp_path):
    done = run(archive, *arguments, cwd=tmp_path)
    assert done.returncode == ExitCode.USAGE
    (line,) = done.stderr.splitlines()
    assert "no source 'talkofnation' in" in line
    assert "did you mean 'talkofnations'?" in line
    assert not list(tmp_path.glob("out.*"))


def test_a_source_that_was_never_crawled_is_no_mistake(archive):
    done = run(archive, "search", "--source", "talkofnations")
    told = "no article found\nthe archive has no articles of a source 'talkofnations'\n"
    assert (done.returncode, done.stdout) == (0, told)


def test_a_source_like_no_other_is_answered_with_those_there_are(archive):
    assert "it has harbours, talkofnations" in run(archive, "search", "--source", "zzz").stderr


def test_commands_to_paste_name_the_program_as_it_was_started(tmp_path, monkeypatch):
    """Beside an environment that isn't active, 'talkscraper' alone would not be found."""
    program = tmp_path / "bin dir" / "talkscraper"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    context = click.Context(cli)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.chdir(tmp_path)
    assert typed_command(context) == "'bin dir/talkscraper'"
    context.obj = ("my news",)
    monkeypatch.setenv("PATH", str(program.parent))
    assert typed_command(context) == "talkscraper --archive 'my news'"
    monkeypatch.setattr(sys, "argv", ["/x/talkscraper/__main__.py"])
    assert typed_command(context) == "python -m talkscraper --archive 'my news'"


def test_init_names_the_next_commands_for_this_archive(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["talkscraper"])
    done = CliRunner().invoke(cli, ["--archive", str(tmp_path / "[b]"), "init"], standalone_mode=False)
    assert "[b]" in done.output, "a folder's name is no markup"
    assert f"--archive '{tmp_path}/[b]' crawl" in done.output


PRINTING = {
    "click": "click.echo('x' * 100_000)",
    "screen": "console().print('x' * 100_000)",
    "print": "print('x' * 100_000)",
    "a line that is still buffered": "print('x')",
}


@pytest.mark.parametrize("way", PRINTING)
def test_a_reader_that_leaves_early_is_no_error(way):
    """'talkscraper … | head -1' in a script with pipefail: 0, and no complaint."""
    code = f"""
import os
import click
from talkscraper.cli import main
from talkscraper.cli.options import console

read, write = os.pipe()
os.close(read)
os.dup2(write, 1)

@click.command()
def command():
    {PRINTING[way]}

main.CommandFiles.get_command = lambda *_: command
main.main(["show"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [(["demo"], "demo-archive"), (["demo", "--archive", "x"], "x"), (["--archive", "x", "demo"], "x")],
)
def test_the_demo_leaves_the_archive_of_the_environment_alone(arguments, folder, monkeypatch):
    monkeypatch.setenv("TALKSCRAPER_ARCHIVE", "/srv/precious")
    seen = []

    def run_demo(where, _audience):
        seen.append(str(where.root))
        raise TalkscraperError("enough")

    monkeypatch.setattr("talkscraper.demo.run_demo", run_demo)
    with pytest.raises(TalkscraperError, match="enough"):
        CliRunner().invoke(cli, arguments, standalone_mode=False, catch_exceptions=False, auto_envvar_prefix=None)
    assert seen == [folder]
