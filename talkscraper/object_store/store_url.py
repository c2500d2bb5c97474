"""The URLs of stores: which are accepted, and in which form they are recorded; one with a credential is refused."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from talkscraper.errors import UsageError
from talkscraper.printable import printable

MAX_URL = 2000
LOCAL = "file"
IN_MEMORY = "memory"
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_SAME = {"local": LOCAL, "s3a": "s3", "gcs": "gs"}
_NO_STORE = frozenset(
    ("http", "https", "data", "reference", "github", "git", "zip", "tar", "libarchive", "filecache", "simplecache")
) | {"blockcache", "cached", "dir", "generic", "dask", "jlab", "jupyter", "wandb", "asynclocal"}
"""File systems of fsspec that can't be written to, or that lead to another one."""


def store_url(text: str) -> str:
    """Return the URL of a folder in a store as it is recorded, without a slash at its end.

    Raises:
        UsageError: it is none, can hold no files, or has a credential in it.
    """
    url = text.strip().rstrip("/") if text.strip() != "/" else "/"
    found = _SCHEME.match(url)
    if found is None:
        if not url or re.match(r"^[a-z][a-z0-9+.-]+:(?!\\)", url, re.IGNORECASE):
            raise UsageError(f"{_shown(text)!r} is no URL of a store: write s3://bucket/prefix or file:///folder")
        return Path(url).absolute().as_uri()
    scheme = _SAME.get(found[1].lower(), found[1].lower())
    url = f"{scheme}://{url[found.end() :]}"
    if reason := fault_of(url):
        raise UsageError(f"{_shown(text)!r} {reason}")
    if scheme == LOCAL:
        return local_path(url).absolute().as_uri()
    return url


def fault_of(url: str) -> str | None:
    """Return why a URL is no place for files of an archive; None if it may be one. Rows of a database are checked too.

    A credential stands in no row, log or message, so one in the URL is refused, not used.
    """
    found = _SCHEME.match(url)
    rest = url[found.end() :] if found is not None else ""
    host = rest.partition("/")[0]
    if found is None or not rest.strip("/") or len(url) > MAX_URL or not url.isprintable():
        return "is no URL of a store: write s3://bucket/prefix or file:///folder"
    if "@" in host or "?" in rest or "#" in rest:
        return (
            "has a user, a password or parameters in it: credentials come from the environment or the files that AWS's "
            "tools read, and are written nowhere else"
        )
    if "::" in url or found[1].lower() in _NO_STORE:
        return "is no store that files can be written to: write s3://bucket/prefix or file:///folder"
    if found[1].lower() == LOCAL and host:
        return "names a host: write file:///folder with three slashes"
    if ".." in rest.split("/"):
        return "has '..' in it"
    return None


def scheme_of(url: str) -> str:
    """Return the scheme of an accepted URL."""
    return url.partition("://")[0]


def local_path(url: str) -> Path:
    """Return the path of a ``file://`` URL."""
    return Path(unquote(urlsplit(url).path))


def bucket_of(url: str) -> str:
    """Return the bucket of an accepted URL, the first part after its scheme."""
    return url.partition("://")[2].partition("/")[0]


def _shown(text: str) -> str:
    """Return a URL for messages, without what may be a password."""
    return printable(re.sub(r"//[^/]*@", "//…@", text.partition("?")[0]))[:120]
