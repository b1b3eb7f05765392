"""Compresses answers for whoever takes that, so that no cache and no download mixes up the two."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trk.web.http.negotiate import encoding

_SMALLEST = 500  # bytes: a smaller answer would hardly be smaller
_ACCEPTED = b"accept-encoding"


class Compressed:
    """Sends what an application answers with gzip, where the client prefers it; a part of a file is
    always one of the plain file."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._zipping = GZipMiddleware(app, minimum_size=_SMALLEST, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        headers = Headers(scope=scope)
        zips = "range" not in headers and encoding(headers.get("accept-encoding", ""), ["gzip"])

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.add_vary_header("Accept-Encoding")
                tag = answer.get("etag", "")
                # The two are the same file, but not the same bytes.
                if (zips or answer.get("content-encoding")) and tag.startswith('"'):
                    answer["etag"] = f"W/{tag}"
            await send(message)

        if not zips:
            await self._plain(scope, receive, told)
            return
        # The middleware looks for the word only.
        rest = [(name, value) for name, value in scope["headers"] if name != _ACCEPTED]
        await self._zipping({**scope, "headers": [*rest, (_ACCEPTED, b"gzip")]}, receive, told)
