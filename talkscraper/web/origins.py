"""The two origins as a browser sees them: same host name, two ports, unless a reverse proxy says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from talkscraper.web.request_guard import host_name


@dataclass(slots=True)
class Origins:
    """The two origins; set once both listeners are bound."""

    port: int = 0
    replay_port: int = 0
    replay_url: str | None = None
    room_url: str | None = None
    """The reading room's origin behind a reverse proxy, without a slash at its end."""
    base_path: str = ""
    """The path under which the reading room is served, as ``/news``."""

    def replay(self, scope: Scope) -> str:
        """Return the replay origin, without a slash at its end."""
        return self.replay_url.rstrip("/") if self.replay_url else self._origin(scope, self.replay_port)

    def room(self, scope: Scope) -> str:
        """Return the reading room's origin, without a slash at its end."""
        return self.room_url or self._origin(scope, self.port)

    def this(self, scope: Scope) -> str:
        """Return the origin of this request."""
        return f"{scope.get('scheme', 'http')}://{Headers(scope=scope).get('host', 'localhost')}"

    def _origin(self, scope: Scope, port: int) -> str:
        name = host_name(Headers(scope=scope).get("host", "")) or "localhost"
        return f"{scope.get('scheme', 'http')}://{name}:{port}"
