"""Secrets of sources.toml: read when they are used, refused when others can read them, and never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from talkscraper.errors import SourcesError
from talkscraper.sources.secrets import MAX_SECRET, Secret, read_secret
from talkscraper.sources.values import ValueRefused

WHERE = "sources.toml:7: password"


def _file(folder: Path, raw: bytes, mode: int = 0o600) -> Secret:
    path = folder / "key"
    path.write_bytes(raw)
    path.chmod(mode)
    return Secret(file="key", where=WHERE)


def test_a_variable_is_read_when_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    secret = read_secret({"env": "TOLD_KEY"}, WHERE)
    monkeypatch.setenv("TOLD_KEY", "pebble")
    assert secret.resolve(tmp_path) == "pebble"
    monkeypatch.setenv("TOLD_KEY", "gravel")
    assert secret.resolve(tmp_path) == "gravel"


def test_an_unset_variable_is_named_with_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("TOLD_KEY", raising=False)
    with pytest.raises(SourcesError, match=r"^sources\.toml:7: password: the environment variable TOLD_KEY isn't set$"):
        Secret(env="TOLD_KEY", where=WHERE).resolve(tmp_path)


@pytest.mark.parametrize("raw", [b"pebble", b"pebble\n", b"pebble\r\n", b"\xef\xbb\xbfpebble\n"])
def test_a_file_is_read_without_the_end_of_its_line(tmp_path: Path, raw: bytes):
    assert _file(tmp_path, raw).resolve(tmp_path) == "pebble"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o606])
def test_a_file_that_everyone_can_read_is_refused(tmp_path: Path, mode: int):
    with pytest.raises(SourcesError, match="everyone can read") as refusal:
        _file(tmp_path, b"pebble", mode).resolve(tmp_path)
    assert "pebble" not in str(refusal.value)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_file_of_the_owner_and_its_group_is_read(tmp_path: Path, mode: int):
    assert _file(tmp_path, b"pebble", mode).resolve(tmp_path) == "pebble"


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"one\ntwo", b"one\n\n", b"one\x00", b"one\rtwo", b"\xff\xfe", b"x" * (MAX_SECRET + 1)]
)
def test_a_value_that_could_not_stand_in_a_header_is_refused_unseen(tmp_path: Path, raw: bytes):
    with pytest.raises(SourcesError, match=r"^sources\.toml:7: password: ") as refusal:
        _file(tmp_path, raw).resolve(tmp_path)
    assert "one" not in str(refusal.value).replace("more than one line", "")


def test_a_missing_file_a_folder_and_a_pipe_are_refused_at_once(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)
    for name in ("missing", "folder", "pipe", "~nobody-of-this-name/key"):
        with pytest.raises(SourcesError):
            Secret(file=name, where=WHERE).resolve(tmp_path)


def test_an_absolute_path_and_the_home_folder_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    _file(tmp_path, b"pebble")
    monkeypatch.setenv("HOME", str(tmp_path))
    for path in (str(tmp_path / "key"), "~/key"):
        assert Secret(file=path, where=WHERE).resolve(tmp_path / "elsewhere") == "pebble"


def test_the_value_is_in_neither_form_of_the_object(tmp_path: Path):
    secret = read_secret("pebble", WHERE)
    assert secret.resolve(tmp_path) == "pebble"
    assert "pebble" not in f"{secret} {secret!r}"


@pytest.mark.parametrize(
    "value",
    [1, True, None, [], {}, {"env": "A", "file": "b"}, {"key": "A"}, {"env": 1}, {"env": "A=B"}, {"file": " "}, "",
     "pebble\r\nX: y"],
)  # fmt: skip
def test_what_describes_no_secret_is_refused_without_its_value(value: object):
    with pytest.raises(ValueRefused) as refusal:
        read_secret(value, WHERE)
    assert "pebble" not in str(refusal.value)


def test_a_value_in_sources_toml_can_be_refused():
    with pytest.raises(ValueRefused, match="env") as refusal:
        read_secret("pebble", WHERE, literal=False)
    assert "pebble" not in str(refusal.value)
