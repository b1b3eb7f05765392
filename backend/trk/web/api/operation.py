"""An operation of the API. Each is declared once, and both its route and its part of the OpenAPI
document are made from the declaration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.access import Scope

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
ONE = "/campaigns/{key}"
"""The path of a campaign's own operations."""
TEXT = "text/plain"
CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `method` and `path` (below `/api/v1`), its handler, and the scope it needs.

    The first line of the handler's docstring is its summary, the rest its description. `takes` is
    the type of the JSON body (or TEXT), `asks` that of the query; `web/api/call` reads both, and
    stops a handler that reads another type than the one declared here. `gives` is the type of the
    response (or a media type; None: no body). `refuses` maps the operation's own error codes to
    their status and reason. `uploads`: its body may be as large as a file. `beyond`: it reaches
    beyond the campaign in its path, so a token for that one alone may not call it. `example` is an
    example of a body.
    """

    method: Method
    path: str
    handler: Handler
    scope: Scope | None
    status: int = 200
    gives: Any = None
    takes: Any = None
    optional_body: bool = False
    asks: type[msgspec.Struct] | None = None
    uploads: bool = False
    beyond: bool = False
    refuses: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    example: Any = None

    @property
    def name(self) -> str:
        """The operation's name, unique in the API: its handler's name."""
        return self.handler.__name__

    @property
    def noun(self) -> str:
        """What it is about: the name of its module."""
        return self.handler.__module__.rpartition(".")[2]

    @property
    def changes(self) -> bool:
        """Can it change anything?"""
        return self.method != "GET"


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list; `next` is the cursor of the next one, null after the last.

    A page that was filtered may have fewer items than its limit, or none, and yet a next one.
    """

    data: list[T]
    next: str | None


def list_of(
    path: str, handler: Handler, scope: Scope, row: Any, asks: type[msgspec.Struct] | None = None
) -> Operation:
    """An operation that gives a list of such rows."""
    page: Any = Listed
    return Operation("GET", path, handler, scope, gives=page[row], asks=asks)


class Fault(msgspec.Struct, frozen=True):
    """What is wrong: a code for programs and a sentence for people."""

    code: str
    message: str


class Mistake(msgspec.Struct, frozen=True):
    """The one shape of an error."""

    error: Fault
