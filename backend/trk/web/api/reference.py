"""`GET /api`: the API's reference for people, made from the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from trk.core.access import SCOPES
from trk.web.api import OPERATIONS
from trk.web.api.document import document
from trk.web.api.examples import Example, examples
from trk.web.pages import templates
from trk.web.server import server


class Field(NamedTuple):
    """A parameter or a field of a body; `needed` if it is required."""

    name: str
    type: str
    needed: bool
    about: str


class Described(NamedTuple):
    """An operation, as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    about: str
    scope: str
    parameters: list[Field]
    body: list[Field]
    examples: list[Example]
    gives: list[Field]
    is_list: bool
    answers: list[tuple[str, list[str]]]


async def show_reference(request: Request) -> Response:
    """The reference page."""
    made = document(OPERATIONS, server(request).settings.public_url)
    described = list(_described(made))
    groups = {
        tag["name"]: [each for noun, each in described if noun == tag["name"]]
        for tag in made["tags"]
    }
    about = made["info"]["description"].split("\n\n")
    return templates.TemplateResponse(
        request, "api.html", {"groups": groups, "about": about, "scopes": SCOPES}
    )


def _described(made: dict[str, Any]) -> Iterator[tuple[str, Described]]:
    server = made["servers"][0]["url"]
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            gives, is_list = _gives(operation, made)
            yield (
                operation["tags"][0],
                Described(
                    operation["operationId"],
                    method.upper(),
                    path,
                    operation["summary"],
                    operation.get("description", ""),
                    "".join(scope for each in operation["security"] for scope in each["token"]),
                    [
                        Field(
                            each["name"],
                            _type(each["schema"]),
                            each.get("required", False),
                            each.get("description") or each["schema"].get("description", ""),
                        )
                        for each in operation["parameters"]
                        if each["in"] == "query"
                    ],
                    _body(operation, made),
                    examples(server, method.upper(), path, operation),
                    gives,
                    is_list,
                    [
                        (status, answer["description"].split("\n"))
                        for status, answer in operation["responses"].items()
                    ],
                ),
            )


def _body(operation: dict[str, Any], made: dict[str, Any]) -> list[Field]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        return _fields(content["schema"], made)
    return []


def _gives(operation: dict[str, Any], made: dict[str, Any]) -> tuple[list[Field], bool]:
    """The fields of the response, or of one item if it is a list."""
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json")
        if status < "300" and content is not None:
            schema = _resolved(content["schema"], made)
            items = schema.get("properties", {}).get("data", {}).get("items")
            return _fields(items or schema, made), items is not None
    return [], False


def _fields(schema: dict[str, Any], made: dict[str, Any]) -> list[Field]:
    resolved = _resolved(schema, made)
    needed = resolved.get("required", [])
    return [
        Field(name, _type(each), name in needed, each.get("description", ""))
        for name, each in resolved.get("properties", {}).items()
    ]


def _resolved(schema: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = made["components"]["schemas"].get(name, schema)
    return found


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(json.dumps(each) for each in schema["enum"])
    if "$ref" in schema:
        name: str = schema["$ref"].rpartition("/")[2]
        return name
    kind: str = schema.get("format") or schema.get("type", "anything")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None and most < 1e6:
        return f"{kind}, {least} to {most}"
    return kind
