"""Signed packages: whoever has the package can check who made it, and that it is unchanged."""

import base64
import json
import shutil
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from talkscraper.errors import ArchiveError, UsageError
from talkscraper.replay.wacz import write_wacz
from talkscraper.replay.wacz_signature import check_wacz, fingerprint, key_at
from tests.support.archives import SITE, extraction, store
from tests.support.clock import at

TEXT = "The harbour wall holds. " * 60


@pytest.fixture
def signed(built, reader, tmp_path):
    """The path of a package of one article, signed by ``key.pem``, which was made for it."""
    capture = built.respond(f"{SITE}/a", "2025-10-01T08:00:00", f"<p>{TEXT}")
    ids = [store(built, capture, extraction(capture.url, "Article a", TEXT))]
    built.done()
    key, made = key_at(tmp_path / "key.pem")
    assert made
    out = tmp_path / "one.wacz"
    write_wacz(reader(), built.folder, ids, out, title="Harbour", made_at=at("2025-12-01"), sign=key)
    return out


def changed(package, name, change):
    """A copy of the package in which one file was changed, and nothing else."""
    copy = package.with_name("changed.wacz")
    with zipfile.ZipFile(package) as source, zipfile.ZipFile(copy, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            target.writestr(info, change(data) if info.filename == name else data)
    return copy


def test_a_signed_package_is_found_sound_and_its_key_known(signed, tmp_path):
    """The fingerprint is that of the key, which nobody else can read, and which is used again."""
    key, made = key_at(tmp_path / "key.pem")
    assert not made
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    found = check_wacz(signed)
    assert (found.faults, found.signed, found.created) == ((), True, "2025-12-01T00:00:00Z")
    assert found.fingerprint == fingerprint(key.public)
    assert found.files == 4


@pytest.mark.parametrize("name", ["archive/data.warc.gz", "indexes/index.idx", "pages/pages.jsonl", "datapackage.json"])
def test_any_change_is_named(signed, name):
    """A byte more in any file is a fault of that file, and no such package counts as signed."""
    found = check_wacz(changed(signed, name, lambda data: data + b" "))
    assert not found.signed
    assert any(name in fault for fault in found.faults)


def test_a_signature_by_another_key_or_of_another_package_is_refused(signed, tmp_path):
    """The key, the signature and the hash belong together."""
    other, _ = key_at(tmp_path / "other.pem")

    def by_another(data):
        digest = json.loads(data)
        digest["signedData"]["publicKey"] = base64.b64encode(other.public).decode()
        return json.dumps(digest).encode()

    def of_another(data):
        digest = json.loads(data)
        digest["signedData"] = other.sign("sha256:" + "0" * 64, at("2025-12-01"))
        return json.dumps(digest).encode()

    for change in (by_another, of_another):
        found = check_wacz(changed(signed, "datapackage-digest.json", change))
        assert (found.signed, found.faults) == (
            False,
            ("datapackage-digest.json: the signature isn't of this package",),
        )


@pytest.mark.parametrize(
    "digest", [b"", b"[]", b'{"hash": 1}', b"[" * 100_000, b'{"hash": "x", "signedData": {"publicKey": "!"}}']
)
def test_a_made_up_digest_is_one_line(signed, digest):
    """Whatever stands in the digest, the check ends with a fault or an error of one line."""
    package = changed(signed, "datapackage-digest.json", lambda _data: digest)
    try:
        found = check_wacz(package)
    except ArchiveError as e:
        assert "\n" not in str(e)
    else:
        assert found.faults
        assert not found.signed


def test_a_file_that_is_no_package_is_named(tmp_path):
    """Another file is refused by name, a missing one too."""
    (tmp_path / "text.wacz").write_text("no ZIP")
    with pytest.raises(ArchiveError, match=r"text\.wacz isn't a sound WACZ file"):
        check_wacz(tmp_path / "text.wacz")
    with pytest.raises(UsageError, match=r"none\.wacz"):
        check_wacz(tmp_path / "none.wacz")


def test_keys_that_do_not_fit_are_refused(tmp_path):
    """A key that everyone can read, of another curve or kind, or no key."""
    key, _ = key_at(tmp_path / "open.pem")
    (tmp_path / "open.pem").chmod(0o644)
    with pytest.raises(UsageError, match="everyone can read"):
        key_at(tmp_path / "open.pem")
    for name, made in {
        "curve": ec.generate_private_key(ec.SECP256R1()),
        "rsa": rsa.generate_private_key(65537, 2048),
    }.items():
        path = tmp_path / f"{name}.pem"
        path.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        path.chmod(0o600)
        with pytest.raises(UsageError, match="P-384"):
            key_at(path)
    shutil.copyfile(__file__, tmp_path / "text.pem")
    (tmp_path / "text.pem").chmod(0o600)
    with pytest.raises(UsageError, match="no private key"):
        key_at(tmp_path / "text.pem")
    assert key.public
