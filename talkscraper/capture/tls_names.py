"""Names of TLS versions and cipher suites as WARC fields require them: IANA's names, converted from OpenSSL's.

OpenSSL uses IANA's names for TLS 1.3 only (``TLS_AES_256_GCM_SHA384``); for TLS 1.2 it writes
``ECDHE-RSA-AES128-GCM-SHA256`` where IANA writes ``TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256``.
"""

from __future__ import annotations

import re

_KEY_EXCHANGES = {
    "ECDHE-ECDSA": "ECDHE_ECDSA", "ECDHE-RSA": "ECDHE_RSA", "DHE-RSA": "DHE_RSA", "DHE-DSS": "DHE_DSS",
    "ECDHE-PSK": "ECDHE_PSK", "DHE-PSK": "DHE_PSK", "RSA-PSK": "RSA_PSK", "PSK": "PSK",
    "ADH": "DH_anon", "AECDH": "ECDH_anon", "": "RSA",
}  # fmt: skip
_CIPHERS = {
    "AES128": "AES_128_CBC", "AES256": "AES_256_CBC", "CAMELLIA128": "CAMELLIA_128_CBC",
    "CAMELLIA256": "CAMELLIA_256_CBC", "AES128-GCM": "AES_128_GCM", "AES256-GCM": "AES_256_GCM",
    "AES128-CCM": "AES_128_CCM", "AES256-CCM": "AES_256_CCM", "AES128-CCM8": "AES_128_CCM_8",
    "AES256-CCM8": "AES_256_CCM_8", "ARIA128-GCM": "ARIA_128_GCM", "ARIA256-GCM": "ARIA_256_GCM",
    "DES-CBC3": "3DES_EDE_CBC", "SEED": "SEED_CBC", "NULL": "NULL", "RC4": "RC4_128",
}  # fmt: skip
_NAME = re.compile(
    r"(?:(?P<key>(?:ECDHE|DHE|RSA)-(?:ECDSA|RSA|DSS|PSK)|PSK|ADH|AECDH)-)?"
    r"(?:ARIA-)?(?P<cipher>.+?)(?:-(?P<hash>SHA|SHA256|SHA384|MD5))?"
)


def iana_name(openssl_name: str) -> str | None:
    """Return IANA's name of a cipher suite given by OpenSSL's name; None where it is unknown."""
    if openssl_name.startswith("TLS_"):
        return openssl_name
    match = _NAME.fullmatch(openssl_name)
    if match is None:
        return None
    exchange = _KEY_EXCHANGES[match["key"] or ""]
    if match["cipher"] == "CHACHA20-POLY1305":
        return f"TLS_{exchange}_WITH_CHACHA20_POLY1305_SHA256"
    cipher = _CIPHERS.get(match["cipher"])
    if cipher is None:
        return None
    if "CCM" in cipher:
        return f"TLS_{exchange}_WITH_{cipher}"
    return f"TLS_{exchange}_WITH_{cipher}_{match['hash']}" if match["hash"] else None


def protocol_name(openssl_version: str) -> str | None:
    """``TLSv1.3`` → ``tls/1.3``, as WARC-Protocol holds it."""
    match = re.fullmatch(r"(TLS|SSL)v(\d(?:\.\d)?)", openssl_version)
    if match is None:
        return None
    number = match[2] if "." in match[2] else f"{match[2]}.0" if match[1] == "TLS" else match[2]
    return f"{match[1].lower()}/{number}"
