"""Options of ``serve``."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """Where to listen, and which hosts are accepted."""

    folder: ArchiveFolder
    host: str = "127.0.0.1"
    port: int = 8000
    replay_port: int = 8001
    """The port; 0 chooses a free one."""
    allow_remote: bool = False
    host_names: tuple[str, ...] = ()
    """Accepted host names, beside localhost and bare IP addresses."""
    replay_url: str | None = None
    """The replay origin as browsers reach it, behind a reverse proxy."""

    def __post_init__(self) -> None:
        if not self.allow_remote and not is_loopback(self.host):
            raise UsageError(
                f"{self.host} is reachable from other machines, and access isn't protected by a password: "
                "add --allow-remote if that is what you want"
            )
        if self.port == self.replay_port != 0:
            raise UsageError("the reading room and replay need two ports: archived pages must not share its origin")


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
