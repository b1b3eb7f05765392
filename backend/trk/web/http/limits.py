"""Limits a request's body: enough for every form and API call, too little to fill the memory."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1_048_576
"""The most bytes that a body may have. Beacons have a lower limit of their own."""
MAX_UPLOAD = 8 * MAX_BODY
"""The same for the files of owners who are signed in."""
_LIMIT = "trk.body_limit"


def allow_upload(scope: Scope) -> None:
    """Let this request's body, of which nothing was read yet, have up to MAX_UPLOAD bytes."""
    scope[_LIMIT] = MAX_UPLOAD


class BodyLimit:
    """Plain ASGI middleware: answers a body of more than MAX_BODY bytes with 413, unless the
    handler has allowed more."""

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
            limit = scope.get(_LIMIT, MAX_BODY)
            if size > limit:
                raise HTTPException(413, f"the body is over {limit} bytes")
            return message

        await self._app(scope, receive_limited, send)
