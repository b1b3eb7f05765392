"""Shortcuts: a request that has come whole is answered by a mere call, at once or when one future
is done. A task, the middleware and the routes would take longer than the answer itself."""

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
    """What is waited for, and what makes a response of it; or None, if the request has to go
    through middleware and routes after all."""

    awaited: asyncio.Future[Any]
    respond: Callable[[asyncio.Future[Any]], RawResponse | None]


class Shortcut(Protocol):
    """Begins to answer a request that has come with this body; or None, as in `Begun`. Whatever it
    has done by then must be safe to do again."""

    def __call__(self, scope: Scope, body: bytearray, /) -> Begun | None: ...
