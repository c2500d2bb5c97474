"""The docs say what the program does: a command, setting, table or exit code that they don't name fails here."""

import importlib
import itertools
import re
import subprocess
from pathlib import Path

import pytest

from talkscraper.cite import citation_formats
from talkscraper.cli.main import COMMANDS
from talkscraper.discovery.seed_format import seed_formats
from talkscraper.errors import ExitCode
from talkscraper.export import export_formats
from talkscraper.sources.seed_kinds import seed_kinds
from tests.support.interface import leaves, options

ROOT = Path(__file__).parent.parent
DOCS = {path: path.read_text("utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]}
ALL = "\n".join(DOCS.values())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_and_in_a_page_of_its_own_topic(command):
    assert f"talkscraper {command}" in DOCS[ROOT / "README.md"]
    pages = [path for path, text in DOCS.items() if path.parent.name == "docs" and f"talkscraper {command}" in text]
    assert pages or command == "demo", f"docs/ never explains 'talkscraper {command}'"


OPTIONS = {(name.partition(" ")[0], max(option.opts, key=len)) for name, leaf in leaves() for option in options(leaf)}


@pytest.mark.parametrize(("command", "option"), sorted(OPTIONS))
def test_every_option_is_documented(command, option):
    pages = [text for text in DOCS.values() if f"talkscraper {command}" in text]
    assert any(option in text for text in pages), f"no page that explains 'talkscraper {command}' names {option}"


NAMED = re.compile(
    r"`(?:talkscraper )?(" + "|".join(COMMANDS) + r")\b([^`\n]*)`|^(?: {4}|\$ )talkscraper (\S+)(.*)$", re.MULTILINE
)


def test_the_docs_name_no_option_that_a_command_lacks():
    """A command with its options, in back quotes or on a line of its own; those of a shell's other programs aside."""
    known = {name: {"--help", *every} for name, every in _options_by_command().items()}
    wrong = []
    for path, text in DOCS.items():
        for found in NAMED.finditer(text):
            command, rest = found[1] or found[3], found[2] or found[4] or ""
            named = re.findall(r"(?<![\w-])--[a-z][a-z-]+", re.split("[;|#]| {3}", rest)[0])
            wrong += [(path.name, command, each) for each in named if command in known and each not in known[command]]
    assert wrong == []


def _options_by_command():
    found = {}
    for name, leaf in leaves():
        for option in options(leaf):
            found.setdefault(name.partition(" ")[0], set()).update(option.opts, option.secondary_opts)
    return found


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_is_in_the_readme(code):
    assert re.search(rf"^\| {int(code)} \|", DOCS[ROOT / "README.md"], re.MULTILINE)


def test_every_setting_is_documented():
    from talkscraper import settings

    ours = [name for name in vars(settings) if name.startswith("TALKSCRAPER_")]
    assert ours
    assert [name for name in ours if name not in ALL] == []


def compare_table(page, head, rows):
    """Compare the rows below a table's head with those that should be there."""
    lines = DOCS[ROOT / page].splitlines()
    at = lines.index(head) + 2
    written = list(itertools.takewhile(lambda line: line.startswith("|"), lines[at:]))
    for before, row in zip([f"{head} (its head)", *rows], rows, strict=False):
        assert row in written, f"add to {page}:\n{row}\nafter:\n{before}"
    assert written == rows, f"{page}: the rows should be these, in this order:\n" + "\n".join(rows)


def test_the_table_of_export_formats_is_the_registrys():
    rows = [
        f"| {', '.join(f'`{ending}`' for ending in each.endings)} | {each.label} | {each.description} | `{each.media_type}` |"
        for each in export_formats().values()
    ]
    compare_table("docs/searching.md", "| ending | in the reading room | contains | media type |", rows)


def test_the_table_of_citation_formats_is_the_registrys():
    rows = [
        f"| `{each.name}` | `.{each.ending}` | {each.description} | `{each.media_type}` |"
        for each in citation_formats().values()
    ]
    compare_table("docs/citing.md", "| `--format` | ending | what it is | media type |", rows)


def test_the_table_of_seeds_is_the_registrys():
    rows = []
    for kind in seed_kinds().values():
        formats = ", ".join(each.name for each in seed_formats() if each.kind == kind)
        rows.append(f"| `{kind.key or kind.name}` | {kind.name} | {kind.description} | {formats} |")
    compare_table("docs/sources.md", "| key | kind | what it names | formats |", rows)


def test_links_between_pages_lead_somewhere():
    broken = [
        f"{path.name}: {target}"
        for path, text in DOCS.items()
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
        if not (path.parent / target).exists()
    ]
    assert broken == []


def test_the_guides_for_contributors_name_files_and_imports_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = {name for name in re.findall(r"`((?:talkscraper|tests|docs)/[\w./]*)`", text) if "NAME" not in name}
    assert {name for name in named if not (ROOT / name).exists()} == set()
    imports = re.findall(r"^ *from (talkscraper[\w.]*) import (.+)$", text, re.MULTILINE)
    assert imports
    for module, names in imports:
        found = vars(importlib.import_module(module))
        assert [name for name in names.split(", ") if name not in found] == [], module


def test_the_docs_name_no_package_index():
    assert not re.search(r"pypi\.org/simple|files\.pythonhosted|index-url", ALL)


def test_requirements_hold_no_address():
    assert "://" not in (ROOT / "requirements-dev.txt").read_text("utf-8")
    assert not (ROOT / "uv.lock").exists()


def test_every_benchmark_is_explained():
    told = DOCS[ROOT / "docs/benchmarks.md"]
    helpers = {"keep", "corpus", "million"}
    scripts = {path.stem for path in (ROOT / "benchmarks").glob("*.py")} - helpers
    assert {name for name in scripts - {"store"} if f"`{name}`" not in told} == set()
    assert "million.py" in told


def test_the_architecture_names_every_package_and_only_files_that_exist():
    told = DOCS[ROOT / "docs/architecture.md"]
    package = ROOT / "talkscraper"
    names = {path.name for path in package.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert {name for name in names if f"`{name}/`" not in told} == set()
    modules = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    assert {name for name in modules if not re.search(rf"`{name}(\.py)?`", told)} == set()
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)`", told))
    gone = {"items.py", "pipelines.py", "middlewares.py"}
    there = {path.relative_to(package).as_posix() for path in package.rglob("*.py")}
    assert {name for name in named - gone if not any(f"/{each}".endswith(f"/{name}") for each in there)} == set()


def test_the_index_leads_to_every_page():
    index = DOCS[ROOT / "docs/README.md"]
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"({name})" not in index} == set()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_nothing_that_git_ignores_is_in_the_repository():
    """An environment or an archive that was added by force would be laid over a reader's own."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert listed.stdout == ""
