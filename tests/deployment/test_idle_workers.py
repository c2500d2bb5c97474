"""The examples tell Dask's workers not to watch themselves, as talkscraper's own `local:N` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.deployments import EXAMPLES

WATCHING = "distributed.worker.profile.enabled"


def _flat(told: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in told.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _of_file(path: Path) -> dict[str, Any]:
    distributed = yaml.safe_load(path.read_text())["distributed"]
    return dict(_flat({name: distributed[name] for name in ("worker", "admin")}, "distributed."))


def _of_environment(path: Path) -> dict[str, Any]:
    """What Dask makes of the variables of a pod."""
    from dask.config import collect_env

    (cluster,) = yaml.safe_load_all(path.read_text())
    (container,) = cluster["spec"]["worker"]["spec"]["containers"]
    told = collect_env({each["name"]: each["value"] for each in container["env"]})
    return {name.replace("_", "-"): value for name, value in _flat(told)}


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(lambda: _of_file(EXAMPLES / "three-pcs" / "dask.yaml"), id="three-pcs"),
        pytest.param(lambda: _of_file(EXAMPLES / "slurm" / "jobqueue.yaml"), id="slurm"),
        pytest.param(lambda: _of_environment(EXAMPLES / "kubernetes" / "cluster.yaml"), id="kubernetes"),
    ],
)
def test_workers_of_the_examples_do_not_watch_themselves(told: Any) -> None:
    """Names that Dask has, with the values of the processes that talkscraper starts itself."""
    import dask
    import distributed  # noqa: F401 - brings its configuration

    from talkscraper.cluster.dask_client import SETTINGS

    found = told()
    assert found[WATCHING] is False
    assert {name: SETTINGS[name] for name in found} == found
    for name in found:
        assert dask.config.get(name, default=None) is not None, name
