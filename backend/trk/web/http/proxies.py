"""Proxies in front of the server, and which of them to trust."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import _TrustedHosts

_SCHEMES = (b"http", b"https")


class Forwarded:
    """Reads `X-Forwarded-For` and `-Proto` of trusted proxies, as uvicorn's middleware does."""

    def __init__(self, trusted: str) -> None:
        """`trusted` is addresses and networks, separated by commas, or `*` for all."""
        self._trusted = _TrustedHosts(trusted)

    def note(self, scope: Scope) -> None:
        """Put the client behind the proxies into the scope, and into `scope["trk.trusted"]` whether
        the peer is a trusted one. What was noted stays."""
        if "trk.trusted" in scope:
            return
        peer = scope.get("client")
        trusted = scope["trk.trusted"] = (peer[0] if peer else None) in self._trusted
        if not trusted:
            return
        scheme, addresses = b"", []
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                addresses.append(value)
            elif name == b"x-forwarded-proto":
                scheme = value.strip()
        if scheme in _SCHEMES:
            scope["scheme"] = scheme.decode()
        if addresses:
            given = b", ".join(addresses).decode("latin-1")
            host, port = self._trusted.get_trusted_client_address(given)
            if host:
                scope["client"] = (host, port)


class Proxies:
    """Plain ASGI middleware that notes what was forwarded."""

    def __init__(self, app: ASGIApp, forwarded: Forwarded) -> None:
        self._app = app
        self._forwarded = forwarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as coming from the client behind the proxies."""
        if scope["type"] == "http":
            self._forwarded.note(scope)
        await self._app(scope, receive, send)
