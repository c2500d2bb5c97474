"""Options of ``serve``."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import UsageError
from talkscraper.sources.values import ValueRefused, checked_url
from talkscraper.web.credentials import Credentials

_BASE_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_OWN_PATHS = frozenset(
    {".", "..", "api", "article", "capture", "collections", "export", "healthz", "help", "metrics", "opensearch.xml",
     "robots.txt", "sources", "static", "timeline", "timeline.csv"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """Where to listen, and which hosts are accepted."""

    folder: ArchiveFolder
    others: tuple[ArchiveFolder, ...] = ()
    """Further archives, which are read with the first as one."""
    host: str = "127.0.0.1"
    port: int = 8000
    replay_port: int = 8001
    """The port; 0 chooses a free one."""
    allow_remote: bool = False
    host_names: tuple[str, ...] = ()
    """Accepted host names, beside localhost and bare IP addresses."""
    replay_url: str | None = None
    """The replay origin as browsers reach it, behind a reverse proxy."""
    room_url: str | None = None
    """The reading room's origin as browsers reach it, likewise."""
    base_path: str = ""
    """The path under which the reading room is served, as ``/news``."""
    credentials: Credentials | None = None
    """Who may read; None: everyone who can connect."""

    allow_collections: bool = False
    """Whether readers may change collections."""

    @property
    def accepted_names(self) -> frozenset[str]:
        """Return the host names that requests may use: those given, and those of the public addresses."""
        public = (urlsplit(url).hostname for url in (self.room_url, self.replay_url) if url)
        return frozenset(self.host_names) | {name for name in public if name}

    def __post_init__(self) -> None:
        _check_origin("--room-url", self.room_url)
        if self.base_path and (not _BASE_PATH.fullmatch(self.base_path) or self.base_path.split("/")[1] in _OWN_PATHS):
            raise UsageError(f"--base-path {self.base_path!r}: write a path such as /news, which isn't one of its own")
        if self.credentials is None and not self.allow_remote and not is_loopback(self.host):
            raise UsageError(
                f"{self.host} is reachable from other machines, and access isn't protected by a password: "
                "add --auth FILE, or --allow-remote if that is what you want"
            )
        if self.allow_collections and self.credentials is None and not is_loopback(self.host):
            raise UsageError(
                "--allow-collections lets readers write: with other machines it needs --auth or --token-env"
            )
        if self.port == self.replay_port != 0:
            raise UsageError("the reading room and replay need two ports: archived pages must not share its origin")


def _check_origin(option: str, url: str | None) -> None:
    """Refuse what isn't ``https://host`` or ``https://host:port``."""
    if url is None:
        return
    try:
        checked_url(url)
    except ValueRefused as e:
        raise UsageError(f"{option}: {e}") from e
    parts = urlsplit(url)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise UsageError(f"{option} {url}: write only the origin, as in https://archive.example.org")


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
