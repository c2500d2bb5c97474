"""The interface's routes, and its errors as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from talkscraper.errors import NotFound
from talkscraper.web.api.model import Endpoint
from talkscraper.web.api.registry import description, endpoints
from talkscraper.web.context import RequestContext
from talkscraper.web.templates import pretty, sentence

PREFIX = "/api/"
MEDIA_TYPE = "application/json"
Answer = Callable[[RequestContext], Response]


def routes(with_context: Callable[[Answer], Callable[[Request], Response]]) -> list[Route]:
    """Return the routes, which must come in this order."""
    return [
        Route(f"{PREFIX}openapi.json", with_context(lambda context: document(description(context.root)))),
        *(Route(each.path, with_context(_answer(each))) for each in endpoints()),
        Route(f"{PREFIX}{{rest:path}}", with_context(_nothing)),
        Route(PREFIX.rstrip("/"), with_context(_nothing)),
    ]


def is_api(request: Request) -> bool:
    """Whether a request is one to the interface."""
    path = str(request.scope["path"])
    return path.startswith(PREFIX) or path == PREFIX.rstrip("/")


def document(value: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON document as a response."""
    return Response(pretty(value) + "\n", status_code=status, headers=headers, media_type=MEDIA_TYPE)


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error as a response."""
    return document({"status": status, "error": sentence(message)}, status, headers)


def _answer(endpoint: Endpoint) -> Answer:
    def answer(context: RequestContext) -> Response:
        call = endpoint.call(context)
        return document({**endpoint.answer(call), "notes": [sentence(each) for each in call.notes]})

    return answer


def _nothing(context: RequestContext) -> Response:
    known = ", ".join([f"{PREFIX}openapi.json", *(each.path for each in endpoints())])
    raise NotFound(f"there is nothing at {context.request.scope['path'][:200]}: there are {known}")
