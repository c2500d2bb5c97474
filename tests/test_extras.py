"""What needs a package that is installed only on request says which, and how."""

import sys
import tomllib
from pathlib import Path

import pytest

from talkscraper.errors import UsageError
from talkscraper.export.formats.parquet import write_parquet
from talkscraper.extras import install_extra
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
    import re

    named = set()
    for path in (ROOT / "talkscraper").rglob("*.py"):
        named |= set(re.findall(r"install_extra\(['\"](\w+)", path.read_text(encoding="utf-8")))
        named |= set(re.findall(r"talkscraper\[(\w+)\]", path.read_text(encoding="utf-8")))
    page = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
    assert named
    assert named <= set(EXTRAS)
    for name in EXTRAS:
        assert f"`{name}`" in page
    assert install_extra("re2") == "pip install 'talkscraper[re2]'"
