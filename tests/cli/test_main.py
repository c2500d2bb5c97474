"""The command line as a whole: every command is there, starts fast, and fails in one line with the right code."""

import re
import subprocess
import sys

import click
import pytest

from talkscraper.cli.main import COMMANDS
from talkscraper.errors import ExitCode
from talkscraper.store.database import open_writer
from tests.support.cli import run
from tests.support.interface import leaves

HEAVY = (
    "scrapy", "twisted", "trafilatura", "sqlite_utils", "lxml", "pandas", "pyarrow", "dateparser", "talkscraper.lexicon",
)  # fmt: skip
READING = ("search", "show", "diff", "export", "status", "init", "cite")


@pytest.mark.parametrize(("name", "command"), list(leaves()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_command_has_help_with_an_example(name, command):
    help_text = command.get_help(click.Context(command, info_name=name))
    shown = re.search(r"^ *(Examples?):\n((?: +.*\n)+)", f"{help_text}\n", re.MULTILINE)
    assert shown, f"{name} --help shows no example"
    assert (shown[2].count("\n") > 1) == (shown[1] == "Examples"), f"{name} --help: one example, or several Examples"
    assert f"talkscraper {name.split()[0]}" in help_text


@pytest.mark.parametrize("name", READING)
def test_a_command_that_only_reads_starts_without_the_heavy_libraries(name, tmp_path):
    script = (
        "import sys\n"
        "from talkscraper.cli.main import main\n"
        f"sys.argv = ['talkscraper', '--archive', {str(tmp_path)!r}, {name!r}, '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]"), done.stdout[-200:]


@pytest.mark.parametrize(
    "command", [["search", "x"], ["status"], ["verify"], ["show", "x"], ["crawl"], ["export", "x.csv"]]
)
def test_a_folder_that_is_no_archive_is_refused_in_one_line(command, tmp_path):
    done = run(tmp_path / "nowhere", *command)
    assert done.returncode == ExitCode.ERROR
    assert len(done.stderr.strip().splitlines()) == 1
    assert "nowhere" in done.stderr
    assert not (tmp_path / "nowhere").exists(), "a refusal leaves nothing behind"


def test_the_archive_may_be_named_before_or_after_the_command(tmp_path):
    before = run(tmp_path / "a", "status")
    after = run(None, "status", "--archive", tmp_path / "a")
    assert before.stderr == after.stderr
    assert str(tmp_path / "a") in after.stderr


def test_an_unknown_command_is_a_usage_error():
    assert run(None, "crawll").returncode == ExitCode.USAGE


def test_help_lists_every_command():
    shown = run(None, "--help").stdout
    assert [name for name in COMMANDS if f"  {name} " not in shown] == []


def test_a_pipe_gets_tables_whole(capsys):
    """Cron's mail and grep see every cell, however many columns there are."""
    from talkscraper.cli.options import console
    from talkscraper.terminal.table import Table

    table = Table([f"column {number}" for number in range(12)])
    table.add_row(*["a-cell-of-twenty-chars"] * 12)
    console().print(table)
    assert capsys.readouterr().out.count("a-cell-of-twenty-chars") == 12


def test_a_disk_that_is_full_under_our_output_is_told_in_one_line(tmp_path):
    """``search > file`` on a full disk: exit code 74, and no traceback."""
    (tmp_path / "sources.toml").write_text("")
    command = [sys.executable, "-m", "talkscraper", "--archive", str(tmp_path), "sources", "list", "--json"]
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (ExitCode.IO, "talkscraper: No space left on device\n")


@pytest.mark.parametrize("command", [["status"], ["search", "wall"], ["export", "all.csv"], ["verify"]])
def test_a_database_with_a_damaged_page_is_told_in_one_line(command, tmp_path):
    """It opens, and breaks in the middle of a question: never a traceback."""
    path = tmp_path / "talkscraper.db"
    connection = open_writer(path).conn
    connection.execute("insert into sources (id, name, homepage) values ('quay', 'The Quay', 'https://quay.example/')")
    connection.commit()
    size = connection.execute("pragma page_size").fetchone()[0]
    roots = dict(connection.execute("select name, rootpage from sqlite_master where type = 'table' and rootpage > 0"))
    connection.close()
    damaged = bytearray(path.read_bytes())
    for name in ("sources", "articles_fts_data", "articles", "warc_files"):
        start = (roots[name] - 1) * size
        damaged[start : start + 64] = b"\xff" * 64
    path.write_bytes(damaged)
    line = [sys.executable, "-m", "talkscraper", "--archive", str(tmp_path), *command]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path)
    assert done.returncode == ExitCode.IO
    assert done.stderr.startswith("talkscraper: ")
    assert len(done.stderr.splitlines()) == 1
