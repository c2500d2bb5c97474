"""All endpoints, and their description as OpenAPI."""

from __future__ import annotations

from functools import cache
from typing import Any

from talkscraper.declarations import declared
from talkscraper.version import __version__
from talkscraper.web.api.model import ApiParameter, Endpoint, Schema

OPENAPI = "3.1.0"
ERROR: Schema = {
    "type": "object",
    "properties": {
        "status": {"type": "integer", "description": "The status of the response."},
        "error": {"type": "string", "description": "What is wrong, in a sentence."},
    },
    "required": ["status", "error"],
    "additionalProperties": False,
}
_MEANINGS = {
    400: "A parameter or the query can't be read; `error` says what to write.",
    404: "There is no such article.",
    503: "The search took too long, or the server is busy: try again.",
}


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """Return all endpoints, in the order of their paths."""
    return tuple(sorted(declared("talkscraper.web.api.endpoints", Endpoint), key=lambda each: each.path))


def description(root: str) -> dict[str, Any]:
    """Return the OpenAPI document.

    Args:
        root: The path under which the reading room is served, without a slash at its end.
    """
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "talkscraper",
            "version": __version__,
            "description": "Search and read a news archive. Read-only; all times are UTC, ISO 8601.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": root or "/"}],
        "paths": {each.path: {"get": _operation(each)} for each in endpoints()},
        "components": {"schemas": {"Error": ERROR}},
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    responses: dict[str, Any] = {
        "200": {"description": "The document.", "content": {"application/json": {"schema": endpoint.schema}}}
    }
    for status in (*endpoint.errors, 503):
        responses[str(status)] = {
            "description": _MEANINGS[status],
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        }
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [_parameter(each) for each in endpoint.parameters],
        "responses": responses,
    }


def _parameter(parameter: ApiParameter) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.where == "path",
        "description": parameter.description,
        "schema": parameter.schema,
    }
    if parameter.example is not None:
        found["example"] = parameter.example
    return found
