"""The OpenAPI 3.1 document, made from the operations and the types that validate their input."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.access import SCOPES
from trk.core.language import TAGS
from trk.web.api.operation import Mistake, Operation
from trk.web.http.respond import JSON
from trk.web.server import server

_ABOUT = """\
Every call needs a token (from `/admin/tokens`, or `trk token create NAME`) in the header
`Authorization: Bearer TOKEN`, with the scope that the operation names.

Lists are `{"data": […], "next": cursor or null}`: repeat the call with `cursor` set to `next`
until it is null. A page of a filtered list may have few items or none, and still have a next page.

Errors are `{"error": {"code", "message"}}`. Instants are RFC 3339 in UTC. `RateLimit-Remaining`
says how many more calls you can make at once; with 429 and 503, `Retry-After` says how many
seconds to wait.

With an `Idempotency-Key` of your choice, a call that changes something takes effect once within 24
hours, however often it is sent: the same answer is returned, with `Idempotency-Replayed: true`."""
_COMMON = {
    "invalid": (400, "the body or the query is invalid"),
    "unauthorized": (401, "the token is missing or unknown"),
    "token_expired": (401, "the token has expired"),
    "insufficient_scope": (403, "the token lacks the scope"),
    "other_campaign": (403, "the token is for another campaign only"),
    "unknown_campaign": (404, "there is no campaign with this key"),
    "not_found": (404, "it does not exist"),
    "in_progress": (409, "another call with this Idempotency-Key is in progress"),
    "erased": (410, "the call was already answered, and its answer has since been erased"),
    "too_large": (413, "the body is over 1,048,576 bytes, or 8,388,608 for a picture"),
    "wrong_type": (415, "the content type is not the expected one"),
    "key_reused": (422, "this Idempotency-Key was used with another call"),
    "too_many": (429, "too many calls with this token; see Retry-After"),
    "storage": (503, "the database is unavailable; see Retry-After"),
    "wrong_database": (503, "the server has another installation's database; see Retry-After"),
}
_IN_PATH = {
    "key": {"type": "string", "pattern": "^[A-Za-z0-9]{5,40}$", "example": "y2sB7"},
    "place": {
        "type": "string",
        "pattern": "^(banner|logo|(prize|action)-[1-9][0-9]{0,17})$",
        "example": "banner",
    },
    "language": {"type": "string", "enum": TAGS, "example": "de"},
    "invitation": {"type": "string", "pattern": "^[0-9a-f]{64}$", "example": "5f" * 32},
}
_ID = {"type": "integer", "minimum": 1, "maximum": 2**53}


def described(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """These operations, plus one that returns the document describing all of them."""
    every = list(operations)

    @cache
    def document_for(server: str) -> dict[str, Any]:
        return document(every, server)

    async def get_document(request: Request) -> Response:
        """Read this document."""
        return JSON(document_for(server(request).settings.public_url))

    every.append(Operation("GET", "/openapi.json", get_document, None, gives=dict[str, Any]))
    return tuple(every)


_NO_NUL = r"^[^\x00]*$"
"""Of every text in a query: call.query refuses the others."""


def document(operations: Sequence[Operation], server: str) -> dict[str, Any]:
    """The OpenAPI document of these operations on the server at this URL."""
    types = {id(kind): kind for each in operations for kind in _types(each)}
    found, components = msgspec.json.schema_components(
        types.values(), ref_template="#/components/schemas/{name}"
    )
    schemas = dict(zip(types, map(_plain, found), strict=True))
    components = {name: _plain(schema) for name, schema in components.items()}
    paths: dict[str, Any] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, schemas, components)
    asked = {schemas[id(each.asks)]["$ref"] for each in operations if each.asks is not None}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Custom Action Tracking",
            "version": version("custom-action-tracking"),
            "description": _ABOUT,
        },
        "servers": [{"url": f"{server}/api/v1"}],
        "tags": [{"name": noun} for noun in dict.fromkeys(each.noun for each in operations)],
        "paths": paths,
        "components": {
            "schemas": {
                name: schema
                for name, schema in components.items()
                if f"#/components/schemas/{name}" not in asked
            },
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Scopes: "
                    + "; ".join(f"`{scope}` ({opens})" for scope, opens in SCOPES.items())
                    + ".",
                }
            },
        },
    }


def _types(operation: Operation) -> list[Any]:
    kinds = [Mistake, operation.takes, operation.gives, operation.asks]
    return [kind for kind in kinds if kind is not None and not isinstance(kind, str)]


def _operation(
    operation: Operation, schemas: dict[int, Any], components: dict[str, Any]
) -> dict[str, Any]:
    summary, _, more = inspect.cleandoc(operation.handler.__doc__ or "").partition("\n\n")
    made: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.noun],
        "summary": " ".join(summary.split()),
        "parameters": _parameters(operation, schemas, components),
        "responses": _responses(operation, schemas),
        "security": [] if operation.scope is None else [{"token": [operation.scope]}],
    }
    if more:
        made["description"] = " ".join(more.split())
    if operation.takes is not None:
        made["requestBody"] = {
            "required": not operation.optional_body,
            "content": _content(operation.takes, schemas, operation.example),
        }
    return made


def _parameters(
    operation: Operation, schemas: dict[int, Any], components: dict[str, Any]
) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _IN_PATH.get(name, _ID)}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    if operation.asks is not None:
        asked = components[schemas[id(operation.asks)]["$ref"].rpartition("/")[2]]
        for name, schema in asked["properties"].items():
            [one] = [s for s in schema.get("anyOf", [schema]) if s != {"type": "null"}]
            if one.get("type") == "string" and not {"pattern", "format"} & one.keys():
                one = {**one, "pattern": _NO_NUL}
            default = schema.get("default")
            made.append(
                {
                    "name": name,
                    "in": "query",
                    "required": name in asked.get("required", ()),
                    "schema": one if default is None else {**one, "default": default},
                }
            )
    if operation.changes:
        made.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "A text of your choice, a new one for each operation.",
                # Leading and trailing spaces are not part of a header's value.
                "schema": {"type": "string", "pattern": "^[ -~]*[!-~][ -~]*$", "maxLength": 200},
            }
        )
    return made


def _responses(operation: Operation, schemas: dict[int, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    if operation.gives is not None:
        done["content"] = _content(operation.gives, schemas)
    if operation.scope is not None:
        done["headers"] = {
            f"RateLimit-{name}": {"description": about, "schema": {"type": "integer"}}
            for name, about in (
                ("Limit", "How many calls can be made at once."),
                ("Remaining", "How many of them are left."),
                ("Reset", "In how many seconds all of them are available again."),
            )
        }
    refusals: dict[int, list[str]] = {}
    for code in _common(operation):
        status, why = _COMMON[code]
        refusals.setdefault(status, []).append(f"`{code}`: {why}.")
    for code, (status, why) in operation.refuses.items():
        refusals.setdefault(status, []).append(f"`{code}`: {why}.")
    made = {str(operation.status): done}
    for status, lines in sorted(refusals.items()):
        made[str(status)] = {
            "description": "\n".join(lines),
            "content": {"application/json": {"schema": schemas[id(Mistake)]}},
        }
    return made


def _common(operation: Operation) -> list[str]:
    codes = ["storage"] if operation.scope is not None else []
    if operation.takes is not None or operation.asks is not None or operation.changes:
        codes.append("invalid")
    if operation.takes is not None:
        codes += ["too_large", "wrong_type"]
    if operation.scope is not None:
        codes += [
            "unauthorized",
            "token_expired",
            "insufficient_scope",
            "other_campaign",
            "too_many",
        ]
    if "{key}" in operation.path:
        codes.append("unknown_campaign")
    if set(re.findall(r"{(\w+)}", operation.path)) - {"key"}:
        codes.append("not_found")
    if operation.changes:
        codes += ["in_progress", "erased", "key_reused", "wrong_database"]
    return codes


def _content(kind: Any, schemas: dict[int, Any], example: Any = None) -> dict[str, Any]:
    if isinstance(kind, str):
        media, schema = kind, {"type": "string"}
    else:
        media, schema = "application/json", schemas[id(kind)]
    return {media: {"schema": schema} | ({} if example is None else {"example": example})}


def _plain(schema: Any) -> Any:
    """A schema as it is in responses: instants, which rows hold in milliseconds, are strings."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _plain(value) for name, value in schema.items()}
    if made.get("format") == "date-time":
        made["type"] = "string"
    return made
