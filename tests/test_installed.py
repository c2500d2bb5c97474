"""The wheel: what it carries, what its messages point to, and that pip, pipx and uv install it into nothing."""

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from talkscraper import documentation
from talkscraper.cli.main import COMMANDS, cli

ROOT = Path(__file__).resolve().parents[1]
MAX_DEPENDENCIES = 80
"""Packages that the core may bring besides itself and pip (docs/installing.md)."""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as hatchling builds it."""
    folder = tmp_path_factory.mktemp("dist")
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        pytest.skip("uv isn't installed")
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True, timeout=500)
    (built,) = folder.glob("*.whl")
    return built


def messages() -> Iterator[tuple[str, str]]:
    """Every string of the package that isn't a docstring, with its file."""
    for path in sorted((ROOT / "talkscraper").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documents = set()
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            for each in body if isinstance(body, list) else ():
                if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
                    documents.add(id(each.value))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
                yield str(path.relative_to(ROOT)), node.value


def test_a_message_names_no_file_of_the_repository() -> None:
    """No Makefile, no test, no script, no CONTRIBUTING.md; pages of docs/ only by their installed path."""
    pattern = re.compile(
        r"\b(?:make (?:demo|serve|setup|check|test|unit|bench|soak|requirements|docs)\b|CONTRIBUTING|requirements-dev"
        r"|(?:tests|benchmarks|shared|\.venv)/\w|docs/\w+\.(?!md))"
    )
    # what 'talkscraper pywb' tells to make is an environment of that name
    found = [(path, text) for path, text in messages() if pattern.search(text) and ".venv-pywb" not in text]
    assert found == []


def test_pages_that_messages_name_are_in_docs() -> None:
    pages = {
        name
        for path in (ROOT / "talkscraper").rglob("*.py")
        for name in re.findall(r"page_path\([\"']([\w.-]+)[\"']\)", path.read_text(encoding="utf-8"))
    }
    pages |= {name for _, text in messages() for name in re.findall(r"\bdocs/([\w-]+\.md)", text)}
    assert pages
    for name in pages:
        assert (ROOT / "docs" / name).is_file(), name


def commands_named() -> Iterator[tuple[str, str]]:
    for path, text in messages():
        for words in re.findall(r"['`]talkscraper ((?:[a-z]+)(?: [\w./{}<>…-]+)*)['`]", text):
            yield path, words


def test_commands_that_messages_name_exist() -> None:
    """With their subcommands and options."""
    root = click.Context(cli, info_name="talkscraper")
    named = list(commands_named())
    assert len(named) > 20
    for path, words in named:
        name, *rest = words.split()
        assert name in COMMANDS, (path, words)
        command = cli.get_command(root, name)
        if isinstance(command, click.Group) and rest and rest[0].isalpha():
            assert rest[0] in command.commands, (path, words)
            command = command.commands[rest[0]]
        assert command is not None
        options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert {word for word in rest if re.fullmatch(r"--[a-z-]+", word)} <= options, (path, words)


def test_the_checkout_s_pages_are_named_in_a_checkout() -> None:
    assert documentation.page_path("crawling.md") == ROOT / "docs" / "crawling.md"


def broken_links(folder: str, names: set[str]) -> list[str]:
    """Links and pictures of the installed pages that lead to no installed file."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    return [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
        if (place := os.path.normpath(f"{folder}/{page.parent.relative_to(ROOT)}/{target}")) not in names
        and not any(name.startswith(f"{place}/") for name in names)
    ]


def test_the_wheel_carries_what_its_messages_point_to(wheel: Path) -> None:
    """Pages, examples, manual pages, licences, and the data beside the code."""
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        data = next(name for name in names if ".data/data/" in name).partition("/data/")[0] + "/data/"
        info = next(name for name in names if name.endswith("/METADATA"))
        metadata = Parser().parsestr(opened.read(info).decode())
    for page in (ROOT / "docs").glob("*.md"):
        assert f"{data}{documentation.INSTALLED.as_posix()}/{page.name}" in names
    for page in (ROOT / "docs" / "examples").glob("**/*"):
        if page.is_file():
            assert f"{data}{documentation.INSTALLED.as_posix()}/{page.relative_to(ROOT / 'docs')}" in names
    assert broken_links(data + documentation.INSTALLED.parent.as_posix(), names) == []
    for page in (ROOT / "docs" / "man").glob("*.1"):
        assert f"{data}share/man/man1/{page.name}" in names
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "talkscraper"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    assert {name for name in tracked if name and (ROOT / name).exists()} <= names
    assert "talkscraper/extraction/languages/model.zst" in names
    assert any(name.endswith("LICENSE-py3langid") and "dist-info" in name for name in names)
    assert not any(name.startswith(("tests/", "benchmarks/", "docs/")) for name in names)
    required = {
        re.split(r"[^\w.-]", each)[0].lower()
        for each in metadata.get_all("Requires-Dist", [])
        if "extra ==" not in each
    }
    assert not required & {"numpy", "py3langid", "bcrypt", "google-re2", "pyarrow", "hijridate"}


def environment(home: Path, **more: str) -> dict[str, str]:
    """What ``env -i`` leaves: PATH and HOME, and where pip finds packages on this machine."""
    index = {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "UV_", "SSL_CERT"))}
    return {**index, "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), **more}


def check_it_works(program: Path, home: Path) -> None:
    """The version, a demo of two newspapers, a search, a verification and a manual page, in an empty environment."""
    empty = {"PATH": "/usr/bin:/bin", "HOME": str(home)}

    def told(*arguments: str) -> str:
        done = subprocess.run(
            [program, *arguments], env=empty, cwd=home, capture_output=True, text=True, timeout=500, check=False
        )
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    assert told("--version").startswith("talkscraper, version ")
    told("demo", "--archive", "tried")
    assert "article" in told("--archive", "tried", "search", "harbour")
    told("--archive", "tried", "verify")
    assert "_TALKSCRAPER_COMPLETE" in told("completion", "bash")
    folder = Path(told("--help").rpartition("Documentation (docs/):\n")[2].strip())
    assert {"README.md", "sources.md", "upgrading.md"} <= {page.name for page in folder.iterdir()}
    assert (folder.parent / "README.md").is_file()
    python = program.resolve().with_name("python")
    page = subprocess.run(
        [python, "-c", "from talkscraper.documentation import page_path; print(page_path('crawling.md').is_file())"],
        env=empty,
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    assert page.stdout == "True\n"


def test_help_says_where_the_pages_are() -> None:
    """Help, messages and sources.toml name pages as docs/…; that folder is found from the help of an installed wheel."""
    shown = CliRunner().invoke(cli, ["--help"]).output
    folder = Path(shown.rpartition("Documentation (docs/):\n")[2].strip())
    assert folder == ROOT / "docs"
    named = {
        name
        for path in (ROOT / "talkscraper").rglob("*.py")
        for name in re.findall(r"\bdocs/([\w-]+\.md)", path.read_text())
    }
    assert {name for name in named if not (folder / name).is_file()} == set()


@pytest.mark.slow
def test_pip_installs_it_into_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """As docs/installing.md says: no warning, no more packages than told, and a command that needs nothing else."""
    place = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    python = place / "bin" / "python"
    env = environment(tmp_path)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--upgrade", "pip"], check=True, env=env, timeout=500)
    done = subprocess.run(
        [python, "-m", "pip", "install", wheel], env=env, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "WARNING" in line and "is ignored" not in line]
    assert [line for line in said if "as the 'root' user" not in line] == []
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze"], env=env, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    others = {line.partition("==")[0].lower() for line in listed} - {"pip", "setuptools", "talkscraper"}
    assert len(others) <= MAX_DEPENDENCIES
    assert "numpy" not in others
    assert (place / "share/man/man1/talkscraper.1").is_file()
    check_it_works(place / "bin" / "talkscraper", tmp_path)


@pytest.mark.slow
def test_uv_installs_it_as_a_tool(wheel: Path, tmp_path: Path) -> None:
    folders = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [uv, "tool", "install", "--quiet", "--python", sys.executable, wheel],
        env=environment(Path.home(), **folders),
        check=True,
        timeout=900,
    )
    check_it_works(tmp_path / "bin" / "talkscraper", tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("pipx"), reason="pipx isn't installed")
def test_pipx_installs_it(wheel: Path, tmp_path: Path) -> None:
    """Any pipx, Debian's old one too."""
    folders = {
        "PIPX_HOME": str(tmp_path / "pipx"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
    }
    subprocess.run(
        ["pipx", "install", "--python", sys.executable, wheel],
        env=environment(tmp_path, **folders),
        check=True,
        timeout=900,
    )
    check_it_works(tmp_path / "bin" / "talkscraper", tmp_path)
