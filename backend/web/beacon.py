"""`POST /{key}/beacon`: reads a beacon, submits it, and answers once it is stored.

Plain ASGI, because this is the path that a busy shop uses most.
"""

from __future__ import annotations

import asyncio
import time

from starlette.types import Receive, Scope, Send

from backend.core import beacon as beacons
from backend.core.rejection import Reason, Rejection, shown
from backend.store.beacons import Reply, Submission
from backend.store.writer import Writer
from backend.web.respond import CORS, encode, refused, send_bytes

_TYPES = (b"", b"text/plain", b"application/json")
_HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    *((name.encode(), value.encode()) for name, value in CORS.items()),
]


class BeaconEndpoint:
    """The endpoint; `path_params["key"]` names the campaign."""

    def __init__(self, writer: Writer, body_timeout: float) -> None:
        """`body_timeout` is how many seconds a body may take to arrive."""
        self._writer = writer
        self._body_timeout = body_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["method"] == "OPTIONS":
            await send_bytes(send, 204, _PREFLIGHT, b"")
            return
        reply = await self._reply(scope, receive)
        if reply is None:  # the client went away before its body was here
            return
        if isinstance(reply, Rejection):
            headers = {**CORS, "cache-control": "no-store"}
            if reply.reason is Reason.WRONG_METHOD:
                headers["allow"] = "POST, OPTIONS"
            await refused(reply, headers)(scope, receive, send)
            return
        content = encode(reply)
        length = (b"content-length", str(len(content)).encode())
        await send_bytes(send, 200, [*_HEADERS, length], content)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply | None:
        body = _mistake(scope) or await self._read(receive)
        if not isinstance(body, bytes):
            return body
        beacon = beacons.read(body)
        if isinstance(beacon, Rejection):
            return beacon
        now = time.time_ns() // 1_000_000
        return await self._writer.submit(Submission(scope["path_params"]["key"], beacon, now))

    async def _read(self, receive: Receive) -> bytes | Rejection | None:
        """The body; why it is refused; or None if the client has gone away."""
        try:
            async with asyncio.timeout(self._body_timeout):
                return await _whole_body(receive)
        except TimeoutError:
            return Rejection(
                Reason.SLOW_BODY,
                f"The body did not arrive within {self._body_timeout:g} s; send it again.",
            )


def _mistake(scope: Scope) -> Rejection | None:
    if scope["method"] != "POST":
        return Rejection(
            Reason.WRONG_METHOD, f"The method is {scope['method']}; a beacon is sent by POST."
        )
    for name, value in scope["headers"]:
        if name == b"content-type":
            kind = value.split(b";", 1)[0].strip().lower()
            if kind not in _TYPES:
                return Rejection(
                    Reason.WRONG_TYPE,
                    f"The content type is {shown(value.decode('latin-1'))}; expected "
                    "text/plain or application/json.",
                )
        elif name == b"content-length" and value.isdigit() and int(value) > beacons.MAX_BODY:
            return _too_large(int(value))
    return None


async def _whole_body(receive: Receive) -> bytes | Rejection | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        body += chunk
        if len(body) > beacons.MAX_BODY:
            return _too_large(len(body))
        if not message.get("more_body", False):
            return body


def _too_large(size: int) -> Rejection:
    return Rejection(
        Reason.TOO_LARGE, f"The body has {size} bytes or more; expected at most {beacons.MAX_BODY}."
    )


_PREFLIGHT = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"Content-Type"),
    (b"access-control-max-age", b"86400"),
]
