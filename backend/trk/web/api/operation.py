"""What an operation of the API is. Each is declared once, and both its route and its place in the
OpenAPI document are made from that."""

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
"""Where a campaign's own operations are."""
TEXT = "text/plain"
CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `method` and `path` (below `/api/v1`), who answers it, and what a token needs.

    Its summary is the first line of the handler's docstring, the rest its description. `takes` is
    the type of the JSON body (or TEXT), `asks` that of the query; `web/api/call` reads both, and
    refuses a handler that asks for another type than is declared here. `gives` is the type of the
    answer (or a media type; None: no body). `refuses` has its own refusals: code, then status and
    when. `example` is a body that can be sent.
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
    refuses: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    example: Any = None

    @property
    def name(self) -> str:
        """The operation's name, unique in the API: that of its handler."""
        return self.handler.__name__

    @property
    def noun(self) -> str:
        """What it is about: the name of the file in which it stands."""
        return self.handler.__module__.rpartition(".")[2]

    @property
    def changes(self) -> bool:
        """May it change something?"""
        return self.method != "GET"


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list; `next` is the cursor of the next one, null after the last.

    A page that was filtered may have fewer items than its limit, or none, and yet a next one.
    """

    data: list[T]
    next: str | None


class Fault(msgspec.Struct, frozen=True):
    """What is wrong: a code for programs and a sentence for people."""

    code: str
    message: str


class Mistake(msgspec.Struct, frozen=True):
    """The one shape of an error."""

    error: Fault
