"""Types of the JSON interface: an endpoint with its parameters, and one call of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from talkscraper.errors import UsageError
from talkscraper.web.context import RequestContext
from talkscraper.web.search_params import MAX_VALUE_LENGTH
from talkscraper.whole_numbers import whole_number

Schema = dict[str, Any]
"""A JSON Schema (draft 2020-12), as OpenAPI 3.1 uses them."""
MAX_PARAMETERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParameter:
    """A parameter in the address of a request."""

    name: str
    description: str
    kind: Literal["string", "integer", "boolean"] = "string"
    where: Literal["query", "path"] = "query"
    default: str | int | bool | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: Sequence[str] = ()
    """The values that it may have, in small letters or capitals; empty: any."""
    example: str | int | None = None
    is_list: bool = False
    """Whether it may be given several times."""
    max_length: int = MAX_VALUE_LENGTH

    @property
    def schema(self) -> Schema:
        """The schema of its value."""
        one: Schema = {"type": self.kind}
        if self.minimum is not None:
            one["minimum"] = self.minimum
        if self.maximum is not None:
            one["maximum"] = self.maximum
        if self.choices:
            one["enum"] = list(self.choices)
        elif self.kind == "string":
            one["maxLength"] = self.max_length
        if self.is_list:
            return {"type": "array", "items": one}
        return one if self.default is None else {**one, "default": self.default}

    def read(self, text: str) -> str | int | bool:
        """Return the value that a request gives it.

        Raises:
            UsageError: it isn't one of the parameter's values; the message says what is.
        """
        if len(text) > self.max_length:
            raise UsageError(f"the parameter {self.name} has more than {self.max_length} characters")
        if self.kind == "integer":
            number = whole_number(text, least=self.minimum or 0, most=2**62 if self.maximum is None else self.maximum)
            if number is None:
                upper = f" to {self.maximum}" if self.maximum is not None else " on"
                raise UsageError(
                    f"the parameter {self.name} is a whole number from {self.minimum or 0}{upper}, not {text[:40]!r}"
                )
            return number
        if self.kind == "boolean":
            if text not in ("true", "false"):
                raise UsageError(f"the parameter {self.name} is true or false, not {text[:40]!r}")
            return text == "true"
        if self.choices and text.casefold() not in self.choices:
            raise UsageError(f"the parameter {self.name} is {' or '.join(self.choices)}, not {text[:40]!r}")
        return text.casefold() if self.choices else text


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One request: its context, and the values of the endpoint's parameters."""

    context: RequestContext
    values: Mapping[str, Any]
    """By name; a parameter that isn't given has its default, a list of all that are given where it is one."""
    notes: list[str] = field(default_factory=list)
    """Lines for people, which every document has as ``notes``."""

    def link(self, path: str) -> str:
        """Return the absolute address of a page of the reading room."""
        return self.context.room + path


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address of the interface. Its answer is a JSON object of the described schema, to which ``notes`` is added."""

    path: str
    """Its path, with its parameters in braces: ``/api/article/{id}``."""
    name: str
    """Its name for generated clients (``operationId``)."""
    summary: str
    parameters: tuple[ApiParameter, ...] = ()
    answer: Callable[[ApiCall], dict[str, Any]]
    properties: Mapping[str, Schema]
    """The schema of each member of the document."""
    optional: frozenset[str] = frozenset()
    """Members that may be missing."""
    errors: tuple[int, ...] = (400,)

    @property
    def schema(self) -> Schema:
        """The schema of its document."""
        members = {**self.properties, "notes": NOTES}
        return {
            "type": "object",
            "properties": members,
            "required": [name for name in members if name not in self.optional],
            "additionalProperties": False,
        }

    def call(self, context: RequestContext) -> ApiCall:
        """Return the call that a request makes.

        Raises:
            UsageError: a parameter has no such value, or is given twice.
        """
        given = context.request.query_params
        if len(given.multi_items()) > MAX_PARAMETERS:
            raise UsageError(f"a request has at most {MAX_PARAMETERS} parameters")
        values: dict[str, Any] = {}
        for each in self.parameters:
            if each.where == "path":
                values[each.name] = each.read(str(context.request.path_params[each.name]))
                continue
            texts = [text.strip() for text in given.getlist(each.name)]
            texts = [text for text in texts if text]
            if each.is_list:
                values[each.name] = [each.read(text) for text in texts]
            elif len(texts) > 1:
                raise UsageError(f"the parameter {each.name} is given {len(texts)} times: give it once")
            else:
                values[each.name] = each.read(texts[0]) if texts else each.default
        return ApiCall(context=context, values=values, notes=self._unknown(list(given.keys())))

    def _unknown(self, given: Sequence[str]) -> list[str]:
        known = [each.name for each in self.parameters if each.where == "query"]
        notes = []
        for name in dict.fromkeys(given):
            if name not in known:
                near = difflib.get_close_matches(name[:60], known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                notes.append(f"there is no parameter {name[:60]!r}, so it was left out{hint}")
        return notes


NOTES: Schema = {"type": "array", "items": {"type": "string"}, "description": "Remarks for people; mostly empty."}


def nullable(kind: str, description: str = "", **more: Any) -> Schema:
    """Return the schema of a value that may be missing."""
    return {"type": [kind, "null"], **({"description": description} if description else {}), **more}


def texts(description: str = "") -> Schema:
    """Return the schema of a list of texts."""
    return {"type": "array", "items": {"type": "string"}, **({"description": description} if description else {})}


def record(properties: Mapping[str, Schema], *, optional: Sequence[str] = ()) -> Schema:
    """Return the schema of an object with these members and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
