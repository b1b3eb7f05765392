"""Limits a request's body: enough for every form and API call, too little to fill the memory."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1_048_576
"""The most bytes that a body may have. Beacons have a lower limit of their own."""


class BodyLimit:
    """Plain ASGI middleware: answers a body of more than MAX_BODY bytes with 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; reading too much of its body raises HTTPException."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        size = 0

        async def receive_limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            # Counted as it arrives, whatever Content-Length says: the part below the limit may be
            # needed to show a form again as it was filled in.
            if size > MAX_BODY:
                raise HTTPException(413, f"the body is over {MAX_BODY} bytes")
            return message

        await self._app(scope, receive_limited, send)
