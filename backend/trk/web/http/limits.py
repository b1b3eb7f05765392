"""Limits a request's body: enough for every form and API call, too little to fill the memory, and
no more time than a slow connection needs."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1_048_576
"""The most bytes that a body may have. Beacons have a lower limit of their own."""
MAX_UPLOAD = 8 * MAX_BODY
"""The same for the files of owners who are signed in."""
SLOWEST = 16_384
"""Bytes a second: what a body may take beyond its time as long as it keeps coming that fast."""
_LIMIT = "trk.body_limit"


def allow_upload(scope: Scope) -> None:
    """Let this request's body, of which nothing was read yet, have up to MAX_UPLOAD bytes."""
    scope[_LIMIT] = MAX_UPLOAD


class BodyLimit:
    """Plain ASGI middleware: answers a body of more than MAX_BODY bytes with 413, unless the
    handler has allowed more, and one that does not arrive within `patience` seconds (and a second
    for each SLOWEST bytes that did) with 408."""

    def __init__(self, app: ASGIApp, patience: float) -> None:
        self._app = app
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; too much to read, or for too long, raises HTTPException."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        size = 0
        complete = False
        began: float | None = None

        async def receive_limited() -> Message:
            nonlocal size, complete, began
            if complete:  # what comes now is that the client goes away, whenever that is
                return await receive()
            now = asyncio.get_running_loop().time()
            began = now if began is None else began
            try:
                async with asyncio.timeout_at(began + self._patience + size / SLOWEST):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    408,
                    f"the body did not arrive within {self._patience:g} s",
                    {"connection": "close"},
                ) from None
            complete = not message.get("more_body", False)
            size += len(message.get("body", b""))
            # Counted as it arrives, whatever Content-Length says: the part below the limit may be
            # needed to show a form again as it was filled in.
            limit = scope.get(_LIMIT, MAX_BODY)
            if size > limit:
                raise HTTPException(413, f"the body is over {limit} bytes")
            return message

        await self._app(scope, receive_limited, send)
