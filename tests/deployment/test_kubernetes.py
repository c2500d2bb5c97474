"""docs/examples/kubernetes: what the files name is there, and the commands of the pods work, on loopback.

Against Kubernetes' own schemas, and that of Dask's operator, they are held by tests/tools/kubernetes_schemas.py.
"""

from __future__ import annotations

import re
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import sql
from tests.support.clustered import newspapers, write_sources
from tests.support.crawls import CrawlArchive
from tests.support.deployments import BIN, EXAMPLES, ROOT, port_of, running

FILES = sorted((EXAMPLES / "kubernetes").glob("*.yaml"))
DOCUMENTS = {
    (each["kind"], each["metadata"]["name"]): each
    for path in FILES
    for each in yaml.safe_load_all(path.read_text("utf-8"))
}
CLUSTER = DOCUMENTS["DaskCluster", "talkscraper"]["spec"]
CRAWL = DOCUMENTS["CronJob", "crawl"]["spec"]["jobTemplate"]["spec"]["template"]
PODS = [CLUSTER["scheduler"]["spec"], CLUSTER["worker"]["spec"], CRAWL["spec"]]


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod["containers"], *pod.get("initContainers", [])]


def test_every_volume_is_mounted_and_claimed() -> None:
    claims = {name for kind, name in DOCUMENTS if kind == "PersistentVolumeClaim"}
    for pod in PODS:
        volumes = {each["name"]: each for each in pod.get("volumes", [])}
        mounts = {each["name"] for container in containers(pod) for each in container.get("volumeMounts", [])}
        assert mounts == set(volumes)
        assert {
            each["persistentVolumeClaim"]["claimName"] for each in volumes.values() if "persistentVolumeClaim" in each
        } <= claims


def test_the_database_is_on_a_disk_of_one_node_and_workers_see_the_archive_alone() -> None:
    modes = {
        name: each["spec"]["accessModes"] for (kind, name), each in DOCUMENTS.items() if kind == "PersistentVolumeClaim"
    }
    assert modes == {"archive": ["ReadWriteMany"], "database": ["ReadWriteOnce"]}
    assert "database" not in {each["name"] for each in CLUSTER["worker"]["spec"]["volumes"]}


def test_all_pods_run_the_image_of_our_containerfile_as_its_user() -> None:
    """The same image everywhere: workers need the same versions."""
    (image,) = {each["image"] for pod in PODS for each in containers(pod)}
    built = (EXAMPLES / "kubernetes" / "cluster.yaml").read_text()
    (extras,) = re.findall(rf"--build-arg EXTRAS=(\S+) -t {re.escape(image)} ", built)
    assert "cluster" in extras.split(",")
    user = int(re.findall(r"--uid (\d+)", (ROOT / "Containerfile").read_text())[0])
    for pod in PODS:
        context = pod["securityContext"]
        assert (context["runAsUser"], context["fsGroup"], context["runAsNonRoot"]) == (user, user, True)


def test_the_crawl_asks_the_scheduler_of_this_cluster_and_may_reach_it() -> None:
    """The operator's service is NAME-scheduler; the network's policy lets the job's pods in."""
    arguments = CRAWL["spec"]["containers"][0]["args"]
    (port,) = (each["port"] for each in CLUSTER["scheduler"]["service"]["ports"] if each["name"] == "tcp-comm")
    assert arguments[arguments.index("--cluster") + 1] == f"tcp://talkscraper-scheduler:{port}"
    (rule,) = DOCUMENTS["NetworkPolicy", "talkscraper-cluster"]["spec"]["ingress"]
    allowed = [each["podSelector"]["matchLabels"] for each in rule["from"] if "podSelector" in each]
    assert CRAWL["metadata"]["labels"] in allowed
    assert DOCUMENTS["CronJob", "crawl"]["spec"]["concurrencyPolicy"] == "Forbid"


@pytest.mark.slow
def test_what_the_pods_run_crawls_into_a_database_beside_the_archive(tmp_path: Path) -> None:
    """Scheduler, its probe, a worker and the job, in order; the archive's folder has a link where the database is."""
    archive, database, sources = (tmp_path / name for name in ("archive", "database", "sources"))
    for folder in (archive, database, sources):
        folder.mkdir()
    with newspapers(1, 3) as sites:
        write_sources(CrawlArchive(sources), sites)
        env = {
            "PATH": f"{BIN}:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "LANG": "C.UTF-8",
            "TALKSCRAPER_ARCHIVE": str(archive),
        }
        told = tmp_path / "scheduler.json"
        here = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0", "--scheduler-file", told]
        (scheduler,) = CLUSTER["scheduler"]["spec"]["containers"]
        with running(["env", *scheduler["command"], *here], env, tmp_path / "scheduler.log"):
            address = f"tcp://127.0.0.1:{port_of(told)}"
            (port,) = re.findall(r'"dashboard": (\d+)', told.read_text())
            probed = f"http://127.0.0.1:{port}{scheduler['readinessProbe']['httpGet']['path']}"
            with urllib.request.urlopen(probed) as answer:
                assert answer.read() == b"ok"
            (worker,) = CLUSTER["worker"]["spec"]["containers"]
            words = [
                each.replace("$(DASK_WORKER_NAME)", "w-1").replace("/tmp", str(tmp_path))
                for each in worker["command"] + worker["args"]
            ]
            with running(["env", *words], env | {"DASK_SCHEDULER_ADDRESS": address}, tmp_path / "worker.log"):
                (prepare,) = CRAWL["spec"]["initContainers"]
                (crawl,) = CRAWL["spec"]["containers"]
                given = [each.replace("tcp://talkscraper-scheduler:8786", address) for each in crawl["args"]]
                for command in (
                    [_placed(each, tmp_path) for each in prepare["command"]],
                    [str(BIN / "talkscraper"), *given],
                ):
                    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
                    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), command
    assert sorted(each.name for each in database.iterdir()) == ["talkscraper.db"]
    assert (archive / "talkscraper.db").is_symlink()
    assert sql.rows(archive, "select count(*) from articles") == [(3,)]
    assert not (archive / "shards").exists()


def _placed(text: str, folder: Path) -> str:
    return re.sub(r"(?<!\w)/(archive|database|sources)\b", rf"{folder}/\1", text)
