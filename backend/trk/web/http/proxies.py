"""Proxies in front of the server, and which of them to trust."""

from __future__ import annotations

from typing import cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


class Proxies:
    """uvicorn's middleware for `X-Forwarded-For` and `-Proto`, which also notes in
    `scope["trk.trusted"]` whether the peer is a trusted proxy."""

    def __init__(self, app: ASGIApp, trusted: str) -> None:
        """`trusted` is addresses and networks, separated by commas, or `*` for all."""
        forwarding = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type]
        self._trusted = forwarding.trusted_hosts
        self._app = cast("ASGIApp", forwarding)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as coming from the client behind the proxies."""
        peer = scope.get("client")
        scope["trk.trusted"] = (peer[0] if peer else None) in self._trusted
        await self._app(scope, receive, send)
