"""Signatures of WACZ files: an anonymous one, by a key of one's own, and its check.

What is signed is the hash of ``datapackage.json``, which holds the hash of every other file. The signature is that of
"WACZ Signing and Verification" 0.1.0 (https://specs.webrecorder.net/wacz-auth/0.1.0/): ECDSA over P-384 and SHA-256,
as WebCrypto writes it, so that ReplayWeb.page checks it. It shows that packages are of the same maker, and not who that
is: for that, publish the key's fingerprint.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talkscraper.errors import ArchiveError, StorageError, UsageError
from talkscraper.store.database import iso
from talkscraper.version import __version__
from talkscraper.warc.zips import DamagedZip, entries_of

if TYPE_CHECKING:
    import zipfile

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

DIGEST_FILE = "datapackage-digest.json"
PACKAGE_FILE = "datapackage.json"
MAX_KEY_BYTES = 64 * 1024
MAX_JSON_BYTES = 256 * 1024**2
_NUMBER_BYTES = 48
"""Size of each of the two numbers of a P-384 signature."""
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key."""

    key: EllipticCurvePrivateKey

    @property
    def public(self) -> bytes:
        """The public key, DER (SubjectPublicKeyInfo)."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, digest: str, created: datetime) -> dict[str, str]:
        """Return ``signedData`` for the hash ``digest`` (``sha256:…``)."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        numbers = decode_dss_signature(self.key.sign(digest.encode(), ECDSA(SHA256())))
        return {
            "hash": digest,
            "signature": base64.b64encode(b"".join(each.to_bytes(_NUMBER_BYTES, "big") for each in numbers)).decode(),
            "publicKey": base64.b64encode(self.public).decode(),
            "created": iso(created),
            "software": f"talkscraper {__version__}",
            "version": "0.1.0",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WaczCheck:
    """What a check of a package found."""

    files: int
    """Number of files whose size and hash are right."""
    faults: tuple[str, ...]
    signed: bool
    """Whether it has an anonymous signature, and that is of this package."""
    created: str | None = None
    """When it was signed, as the signature's maker says."""
    fingerprint: str | None = None
    """SHA-256 of the public key, base16."""


def fingerprint(public: bytes) -> str:
    """Return the SHA-256 of a public key in DER, base16."""
    return hashlib.sha256(public).hexdigest()


def key_at(path: Path) -> tuple[SigningKey, bool]:
    """Return the private key in a PEM file, and whether it was made now because there was no such file.

    Raises:
        StorageError: it can't be written.
        UsageError: everyone can read it, or it isn't an unencrypted P-384 key.
    """
    from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey, generate_private_key
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        with path.open("rb") as handle:
            if os.fstat(handle.fileno()).st_mode & 0o004:
                raise UsageError(f"everyone can read the key {path}: chmod 600 {path}")
            data = handle.read(MAX_KEY_BYTES)
    except FileNotFoundError:
        key = generate_private_key(SECP384R1())
        _write(path, key)
        return SigningKey(key), True
    except OSError as e:
        raise UsageError(f"can't read the key {path}: {e.strerror}") from e
    try:
        found = load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as e:
        raise UsageError(f"{path} holds no private key without a password, in PEM") from e
    if not isinstance(found, EllipticCurvePrivateKey) or found.curve.name != SECP384R1.name:
        raise UsageError(f"the key in {path} isn't of the curve P-384: give a file that isn't there to have one made")
    return SigningKey(found), False


def _write(path: Path, key: EllipticCurvePrivateKey) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
    except OSError as e:
        raise StorageError(f"can't write the key {path}: {e.strerror}") from e


def check_wacz(path: Path) -> WaczCheck:
    """Check the size and hash of every file that a package lists, and its signature if it has one.

    Raises:
        ArchiveError: it isn't a WACZ file.
        UsageError: it can't be read.
    """
    try:
        with entries_of(path) as (package, _):
            return _checked(package)
    except OSError as e:
        raise UsageError(f"can't read {path}: {e.strerror or e}") from e
    except (DamagedZip, KeyError, TypeError, AttributeError) as e:
        raise ArchiveError(f"{path} isn't a sound WACZ file: {str(e)[:200]}") from e


def _checked(package: zipfile.ZipFile) -> WaczCheck:
    faults: list[str] = []
    description = _member(package, PACKAGE_FILE)
    actual = f"sha256:{hashlib.sha256(description).hexdigest()}"
    resources = json.loads(description)["resources"]
    right = 0
    for each in resources:
        fault = _fault(package, str(each["path"]), each["hash"], each["bytes"])
        if fault is None:
            right += 1
        else:
            faults.append(fault)
    if DIGEST_FILE not in package.namelist():
        return WaczCheck(files=right, faults=tuple(faults), signed=False)
    digest = json.loads(_member(package, DIGEST_FILE))
    if digest["hash"] != actual:
        faults.append(f"{PACKAGE_FILE}: its hash is {actual}, and {DIGEST_FILE} says {digest['hash']}")
    signed = digest.get("signedData")
    if not isinstance(signed, dict) or "publicKey" not in signed:
        return WaczCheck(files=right, faults=tuple(faults), signed=False)
    public = base64.b64decode(signed["publicKey"], validate=True)
    if signed.get("hash") != actual or not _is_by(public, signed, actual):
        faults.append(f"{DIGEST_FILE}: the signature isn't of this package")
    return WaczCheck(
        files=right,
        faults=tuple(faults),
        signed=not faults,
        created=str(signed.get("created", ""))[:40] or None,
        fingerprint=fingerprint(public),
    )


def _member(package: zipfile.ZipFile, name: str) -> bytes:
    if package.getinfo(name).file_size > MAX_JSON_BYTES:
        raise ValueError(f"{name} is larger than {MAX_JSON_BYTES // 1024**2} MiB")
    return package.read(name)


def _fault(package: zipfile.ZipFile, name: str, wanted: Any, size: Any) -> str | None:
    if name not in package.NameToInfo:
        return f"{name}: missing"
    if package.getinfo(name).file_size != size:
        return f"{name}: {package.getinfo(name).file_size} bytes, and {PACKAGE_FILE} says {size}"
    found = hashlib.sha256()
    with package.open(name) as handle:
        while piece := handle.read(_PIECE):
            found.update(piece)
    return None if f"sha256:{found.hexdigest()}" == wanted else f"{name}: its hash isn't that of {PACKAGE_FILE}"


def _is_by(public: bytes, signed: dict[str, Any], digest: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(public)
    signature = base64.b64decode(signed["signature"], validate=True)
    if not isinstance(key, EllipticCurvePublicKey) or len(signature) != 2 * _NUMBER_BYTES:
        return False
    numbers = (int.from_bytes(part, "big") for part in (signature[:_NUMBER_BYTES], signature[_NUMBER_BYTES:]))
    try:
        key.verify(encode_dss_signature(*numbers), digest.encode(), ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
