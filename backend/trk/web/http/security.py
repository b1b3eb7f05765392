"""Keeps other sites' pages from using a visitor's browser against this server.

Plain ASGI middleware for the whole server: it adds the security headers that every response
carries, and refuses forms sent by other sites' pages. (Beacons come from other sites by design;
they never get here.)
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trk.core.origin import host_of
from trk.core.phrase import phrase
from trk.web.dead_ends import dead_end
from trk.web.http.crawlers import NO_INDEX, OWNERS
from trk.web.http.respond import NOSNIFF
from trk.web.pages import page_policy

_EVERYWHERE = {
    **NOSNIFF,
    # Sent to ourselves only: without it a browser sends no Origin with a form.
    "referrer-policy": "same-origin",
}
_SECURE = {"strict-transport-security": "max-age=31536000"}
"""For this host alone: what else there is on its domain is not ours."""
_PAGES = {
    "content-security-policy": page_policy(),
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",
}
FOR_PAGES = {**_EVERYWHERE, **_PAGES}
"""Of a page that comes past the middleware."""


def everywhere(public_url: str) -> dict[str, str]:
    """The headers that every response of the server at this address carries."""
    return _EVERYWHERE | (_SECURE if urlsplit(public_url).scheme == "https" else {})


def _may_be_framed(headers: MutableHeaders) -> bool:
    return "frame-ancestors 'none'" not in headers["content-security-policy"]


class Security:
    """The middleware; `public_url` is the address under which browsers reach this server."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._host = urlsplit(public_url).netloc.lower()
        self._everywhere = everywhere(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(sent: Message) -> None:
            if sent["type"] == "http.response.start":
                headers = MutableHeaders(scope=sent)
                if scope["path"].startswith(OWNERS):
                    headers.update(NO_INDEX)
                html = headers.get("content-type", "").startswith("text/html")
                for name, value in (self._everywhere | (_PAGES if html else {})).items():
                    # Must not contradict a page whose policy allows framing.
                    if name != "x-frame-options" or not _may_be_framed(headers):
                        headers.setdefault(name, value)
            await send(sent)

        # The API needs a token, which a browser does not send by itself.
        if (
            scope["method"] not in ("GET", "HEAD", "OPTIONS")
            and not scope["path"].startswith("/api/")
            and not self._from_here(Headers(scope=scope))
        ):
            refusal = await dead_end(
                Request(scope),
                403,
                phrase("Nothing was sent"),
                phrase("The form came from another site. Open the page here and send it again."),
            )
            await refusal(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    def _from_here(self, headers: Headers) -> bool:
        """Did a page of this server (or no page at all) send the request?"""
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = headers.get("origin")
        if origin is None:  # no recent browser leaves out both
            return True
        host = host_of(origin.encode("latin-1"))
        return host is not None and host in (self._host, headers.get("host", "").lower())
