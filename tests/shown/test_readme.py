"""What README.md and the guides show is what happens: their commands are run as they stand, on the demo's archive."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from talkscraper.cli.main import COMMANDS
from talkscraper.errors import ExitCode
from talkscraper.fixture_site import FixtureSite

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
GUIDES = sorted((ROOT / "docs").glob("first-hour-*.md"))
PAGES = [README, *(pytest.param(page, marks=pytest.mark.slow) for page in GUIDES)]


def blocks(language, page=README):
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@dataclass
class Shown:
    """A command of a console block and what the page says it prints; … stands for anything."""

    command: str
    output: list[str]


def shown(page):
    commands = []
    for block in blocks("console", page):
        for line in block.splitlines():
            if line.startswith("$ "):
                commands.append(Shown(line.removeprefix("$ "), []))
            elif line.strip(" …"):
                commands[-1].output.append(line)
    return commands


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_console_blocks_print_what_the_page_shows(page, demo, run, as_here, tmp_path):
    """In a copy of the demo's archive, so that no page depends on what another one left."""
    folder = tmp_path / "here"
    shutil.copytree(demo[0], folder)
    exported = ""
    for each in shown(page):
        if each.command.startswith("export "):
            exported += each.command + "; "
            continue
        done = run(exported + as_here(each.command), folder)
        assert done.returncode == 0, f"{each.command}: {done.stderr}"
        for line in each.output:
            wanted = ".*".join(re.escape(part) for part in as_here(line).split("…"))
            assert re.search(wanted, done.stdout), f"{each.command} doesn't print {line!r}, but:\n{done.stdout}"


def test_the_python_blocks_run(demo):
    folder, _ = demo
    for block in blocks("python"):
        done = subprocess.run([sys.executable, "-c", block], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "The Night the Harbour Wall Held" in done.stdout


def test_replay_shows_text_on_a_terminal_and_bytes_elsewhere(demo, run):
    """A page in Shift_JIS under gzip can be read on a terminal; what is sent to a file is what was sent by the site."""
    folder, _ = demo
    with sqlite3.connect(folder / "demo-archive" / "talkscraper.db") as connection:
        (url,) = connection.execute("select url from articles where url like '%/news/1001.html'").fetchone()
    command = ["talkscraper", "--archive", "demo-archive", "replay", url, "--headers"]
    seen = run(f"python -c 'import pty; pty.spawn({json.dumps(command)})'", folder)
    assert "港の時計台" in seen.stdout
    assert "HTTP/1.1 200 OK" in seen.stdout
    run(f"{' '.join(command)} > raw", folder)
    assert b"\r\n\r\n\x1f\x8b" in (folder / "raw").read_bytes()


def test_the_demo_tells_what_changed_and_what_to_try_next(demo, run):
    """Its last lines are commands that work when they are pasted into the same shell."""
    folder, printed = demo
    kinds = re.findall(r"^  (revised|gone|new) +(.+)$", printed, re.MULTILINE)
    assert [kind for kind, _ in kinds] == ["revised", "gone", "new", "new"]
    assert "[-340,000-]{+430,000+}" in printed
    named = re.findall(r"^  (talkscraper --archive .*?) +# ", printed, re.MULTILINE)
    assert [command.split()[3] for command in named] == ["diff", "cite", "serve"]
    for command in named[:2]:
        tried = run(command, folder)
        assert tried.returncode == 0, tried.stderr
        assert "The Night the Harbour Wall Held" in tried.stdout
    serve = [
        str(Path(sys.executable).parent / "talkscraper"),
        *named[2].split()[1:],
        "--port",
        "0",
        "--replay-port",
        "0",
    ]
    with subprocess.Popen(serve, cwd=folder, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout.readline().startswith("reading room  http://127.0.0.1:")
        serving.terminate()


def test_the_demo_replaces_only_what_a_demo_made(tmp_path, run):
    precious = tmp_path / "notes.txt"
    precious.write_text("mine")
    done = run(f"talkscraper --archive {tmp_path} demo", tmp_path)
    assert done.returncode == ExitCode.USAGE
    assert "isn't an archive of the demo's" in done.stderr
    assert precious.read_text() == "mine"


@pytest.mark.parametrize(
    "page",
    [README, pytest.param(ROOT / "docs" / "first-hour-operator.md", marks=pytest.mark.slow)],
    ids=lambda page: page.stem,
)
def test_the_first_crawl_works_as_written(page, tmp_path, run):
    """Only the newsroom is another one: on loopback, so that nothing is sent elsewhere."""
    lines = [line for block in blocks("sh", page) for line in block.splitlines() if line.startswith("talkscraper ")]
    assert lines
    with FixtureSite() as newsroom:
        for line in lines:
            command = line.replace("/tmp/", f"{tmp_path}/").replace(
                "https://www.example.org/", f"{newsroom.talk_url} --id example --allow-private"
            )
            done = run(command, tmp_path)
            assert done.returncode in ((0, 4) if "--max-pages" in line else (0,)), f"{line}: {done.stderr}"
        assert run("talkscraper search --json --limit 1", tmp_path).stdout.count('"article_id"') == 1


def test_the_table_of_commands_is_that_of_the_program():
    (table,) = re.findall(r"COMMANDS; a test holds it -->\n(.*?)\n<!-- end -->", README.read_text("utf-8"), re.DOTALL)
    rows = [f"| `talkscraper {name}` | {told} |" for name, told in COMMANDS.items()]
    assert table.splitlines() == ["| command | |", "| --- | --- |", *rows]


def test_the_words_of_make_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    words = set(re.findall(r"\bmake ([a-z-]+)\b", "\n".join(blocks("sh"))))
    assert words == {"demo", "test"}
    assert all(re.search(rf"^{word}:", makefile, re.MULTILINE) for word in words)
