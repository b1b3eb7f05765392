"""How much a request may send: enough for every form and call, too little to fill the memory."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1_048_576
"""The most bytes of a body. A beacon's endpoint has a lower limit of its own."""


class BodyLimit:
    """Plain ASGI middleware: a body of more than MAX_BODY bytes is answered 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whoever reads too much of its body gets an HTTPException."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        size = 0

        async def receive_limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            # Whatever length was declared: what came before the limit may be needed, to show a form
            # again as it was filled in.
            if size > MAX_BODY:
                raise HTTPException(413, f"the body is over {MAX_BODY} bytes")
            return message

        await self._app(scope, receive_limited, send)
