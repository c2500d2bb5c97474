"""A worker that can't do the work is named, with what is to be done, in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from talkscraper.cluster.probe import Ask, check_workers
from talkscraper.errors import ClusterError, UsageError


def workers(**changes: Any) -> Ask:
    """Two workers, one of which is like this process, and the other in all but the changes."""

    def ask(expression: str) -> dict[str, dict[str, Any]]:
        well = eval(expression)
        return {"tcp://10.0.0.1:1": well, "tcp://10.0.0.2:2": {**well, **changes}}

    return ask


def test_workers_like_this_process_can_be_used(tmp_path: Path) -> None:
    check_workers(workers(), [tmp_path])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"talkscraper": None}, "has no talkscraper: run pip install 'talkscraper[cluster]' there"),
        ({"talkscraper": "0.0.1"}, "has talkscraper 0.0.1, not "),
        ({"python": "3.9"}, "runs Python 3.9, not "),
        ({"versions": {"dask": "2020.1"}}, "has dask 2020.1, not "),
        ({"versions": {}}, "has dask not installed, not "),
        ({"seen": [False]}, "share the folder, and mount it there at this path"),
    ],
)
def test_another_worker_is_named(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ClusterError) as refused:
        check_workers(workers(**changes), [tmp_path])
    assert said in str(refused.value)
    assert "tcp://10.0.0.2:2" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_without_dask_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from talkscraper.cluster import open_executor

    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(UsageError, match=r"pip install 'talkscraper\[cluster\]'"):
        open_executor("local:2")
