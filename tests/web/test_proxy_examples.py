"""The reverse-proxy examples of the docs are accepted by the proxies, where these are installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import trustme

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
PATH = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"


def test_nginx_accepts_its_example(tmp_path: Path):
    program = shutil.which("nginx", path=PATH)
    if program is None:
        pytest.skip("no nginx here")
    certificate = trustme.CA().issue_cert("news.example.org")
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "c.pem"))
    certificate.private_key_pem.write_to_path(str(tmp_path / "c.key"))
    text = (EXAMPLES / "nginx.conf").read_text()
    text = re.sub(r"/etc/ssl/[\w.]+\.(pem|key)", lambda found: str(tmp_path / f"c.{found[1]}"), text)
    (tmp_path / "site.conf").write_text(text)
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; events {{}} http {{ access_log off; client_body_temp_path {tmp_path}/b;"
        f" proxy_temp_path {tmp_path}/p; fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u;"
        f" scgi_temp_path {tmp_path}/s; include {tmp_path}/site.conf; }}"
    )
    done = subprocess.run(
        [program, "-t", "-c", tmp_path / "nginx.conf", "-e", tmp_path / "log", "-p", tmp_path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr.replace('the "user" directive', "")


def test_caddy_accepts_its_example():
    program = shutil.which("caddy", path=PATH)
    if program is None:
        pytest.skip("no caddy here")
    done = subprocess.run(
        [program, "adapt", "--config", EXAMPLES / "Caddyfile", "--adapter", "caddyfile"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    hosts = {
        route["match"][0]["host"][0] for route in json.loads(done.stdout)["apps"]["http"]["servers"]["srv0"]["routes"]
    }
    assert hosts == {"news.example.org", "replay.example.org"}


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_examples_pass_on_to_both_ports_and_close_their_brackets(name: str):
    text = (EXAMPLES / name).read_text()
    assert {"127.0.0.1:8000", "127.0.0.1:8001"} <= set(re.findall(r"127\.0\.0\.1:\d+", text))
    code = re.sub(r"#.*", "", text)
    assert code.count("{") == code.count("}") >= 3
