"""What needs a package that is installed only on request says which, and how."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from talkscraper.cli.main import main
from talkscraper.errors import ArchiveError, UsageError
from talkscraper.export.formats.parquet import write_parquet
from talkscraper.extras import ExtraMissing, install_extra, install_extra_here
from talkscraper.printable import one_line
from talkscraper.replay import pywb
from talkscraper.replay.cdxfilter import parse_filter
from talkscraper.web.credentials import read_users

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
BCRYPT = "ann:$2y$05$abcdefghijklmnopqrstuuJ0WqGkMDoJwmTPx2DDv5tcFzU/3jQ0u\n"


def test_an_expression_without_re2_is_refused_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(UsageError, match=r"pip install 'talkscraper\[re2\]'"):
        parse_filter("~mime:text/.*")


@pytest.mark.parametrize("text", ["=status:200", "!status:404", "mime:html"])
def test_filters_without_expressions_need_no_re2(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    assert parse_filter(text)({"status": "200", "mime": "text/html"})


def test_a_bcrypt_hash_without_bcrypt_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And the message doesn't hold the hash."""
    (tmp_path / "readers").write_text(BCRYPT)
    monkeypatch.setitem(sys.modules, "bcrypt", None)
    with pytest.raises(UsageError, match=r"readers:1: .*pip install 'talkscraper\[bcrypt\]'") as refused:
        read_users(tmp_path / "readers")
    assert "$2y$" not in str(refused.value)


def test_a_bcrypt_hash_with_bcrypt_is_read(tmp_path: Path) -> None:
    (tmp_path / "readers").write_text(BCRYPT)
    assert list(read_users(tmp_path / "readers")) == ["ann"]


def test_parquet_without_pyarrow_is_refused_with_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'talkscraper\[parquet\]'"):
        write_parquet(tmp_path / "out.parquet", iter([]))


def test_extras_that_messages_name_exist() -> None:
    """Every ``install_extra('…')`` and ``talkscraper[…]`` of the package is one of pyproject.toml, and documented."""
    named = set()
    for path in (ROOT / "talkscraper").rglob("*.py"):
        named |= set(re.findall(r"install_extra\(['\"](\w+)", path.read_text(encoding="utf-8")))
        named |= set(re.findall(r"ExtraMissing\([^()]+?, ['\"](\w+)['\"]", path.read_text(encoding="utf-8")))
        named |= set(re.findall(r"talkscraper\[(\w+)\]", path.read_text(encoding="utf-8")))
    page = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
    assert named
    assert named <= set(EXTRAS)
    for name in EXTRAS:
        assert f"`{name}`" in page
    assert install_extra("re2") == "pip install 'talkscraper[re2]'"


def test_the_command_is_one_that_works_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An activated environment has pip on the PATH; pipx' has it as a module, uv's not at all."""
    folder = tmp_path / "an environment" / "bin"
    folder.mkdir(parents=True)
    (folder / "pip").touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", str(folder))
    assert install_extra_here("re2") == "pip install 'talkscraper[re2]'"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("talkscraper.extras.find_spec", lambda _: object())
    assert install_extra_here("re2") == f"'{folder}/python' -m pip install 'talkscraper[re2]'"
    monkeypatch.setattr("talkscraper.extras.find_spec", lambda _: None)
    assert install_extra_here("re2") == f"uv pip install --python '{folder}/python' 'talkscraper[re2]'"


def test_a_command_names_this_environment_and_a_reader_of_serve_does_not_see_its_path(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = ExtraMissing("a filter needs google-re2:", "re2", ", or write none")
    assert str(missing) == "a filter needs google-re2: pip install 'talkscraper[re2]', or write none"

    def refuse(**_: object) -> None:
        raise missing

    monkeypatch.setattr("talkscraper.cli.main.cli.main", refuse)
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 2
    assert f"{sys.executable} -m pip install 'talkscraper[re2]', or write none" in capsys.readouterr().err


def test_a_missing_pywb_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One line without replaced characters, whose command can be copied."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TALKSCRAPER_PYWB", str(tmp_path / "none"))
    monkeypatch.setattr(Path, "is_file", lambda _: False)
    with pytest.raises(ArchiveError, match="isn't installed") as refused:
        pywb.find_wayback()
    assert one_line(str(refused.value)) == str(refused.value)
    assert f": {pywb.INSTALL}; " in str(refused.value)
