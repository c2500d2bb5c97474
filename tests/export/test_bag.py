"""``export OUT --bagit``: a bag that anybody's tools can validate."""

import hashlib
import re

from tests.support import cli, warcs


def test_a_bag_holds_every_file_with_its_digest(tmp_path):
    """Declaration, Payload-Oxum and both manifests agree with the files; a damaged WARC is refused."""
    path = tmp_path / "a.warc.gz"
    path.write_bytes(warcs.members(warcs.info(), warcs.response("http://quay.example/1.png", b"1", mime="image/png")))
    root, bag = tmp_path / "archive", tmp_path / "bag"
    assert cli.run_here(root, "import", "--copy", path).returncode == 0
    assert cli.run_here(root, "export", bag, "--bagit").returncode == 0
    assert (bag / "bagit.txt").read_text() == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    payload = {each.relative_to(bag).as_posix(): each for each in (bag / "data").rglob("*") if each.is_file()}
    size = sum(each.stat().st_size for each in payload.values())
    assert re.search(rf"^Payload-Oxum: {size}\.{len(payload)}$", (bag / "bag-info.txt").read_text(), re.MULTILINE)
    listed = set()
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        for line in (bag / manifest).read_text().splitlines():
            digest, name = line.split("  ")
            assert hashlib.sha256((bag / name).read_bytes()).hexdigest() == digest
            listed.add(name)
    assert {"data/warc/a.warc.gz", "data/index/a.cdxj"} <= set(payload) <= listed
    (root / "warc" / "a.warc.gz").write_bytes(b"rot")
    assert cli.run_here(root, "export", tmp_path / "other", "--bagit").returncode != 0
    assert not (tmp_path / "other" / "manifest-sha256.txt").exists()
