"""What a request that has come whole may be answered with at once, or when one future is done: a
call, where a task, the middleware and the routes would take longer than the answer itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from starlette.types import Scope


class RawResponse(NamedTuple):
    """A response as it is sent; the names of its headers are in lower case."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Begun(NamedTuple):
    """What is waited for, and what makes a response of it; of a request that nevertheless has to go
    through middleware and routes, None."""

    awaited: asyncio.Future[Any]
    respond: Callable[[asyncio.Future[Any]], RawResponse | None]


class Shortcut(Protocol):
    """Begins to answer a request that has come with this body, or returns None as well. Whatever it
    has done by then must be good to be done again."""

    def __call__(self, scope: Scope, body: bytearray, /) -> Begun | None: ...
