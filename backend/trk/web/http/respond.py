"""Answers in the shapes that this server has: JSON, refusals, and the headers that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Send

from trk.core.rejection import Rejection

_encoder = msgspec.json.Encoder()

CORS: Mapping[str, str] = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Retry-After",
}
"""For what pages of other origins read without credentials: the script and its beacons."""


def encode(content: Any) -> bytes:
    """`content` (msgspec types, dicts, lists) as JSON."""
    return _encoder.encode(content)


class JSON(Response):
    """A JSON answer made by msgspec."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return encode(content)


def error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSON:
    """The one shape of an error: `{"error": {"code", "message"}}`."""
    return JSON({"error": {"code": code, "message": message}}, status, headers)


def refused(rejection: Rejection, headers: Mapping[str, str] | None = None) -> JSON:
    """A refusal of the rules as an answer; one that may pass says when to come back."""
    wait = rejection.wait or (2 if rejection.reason.status == 503 else None)
    retry = {} if wait is None else {"retry-after": str(wait)}
    return error(
        rejection.reason.status,
        rejection.code,
        rejection.message,
        {**retry, **(headers or {}), "x-trk-refusal": rejection.code},
    )


async def send_bytes(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    """Answer on plain ASGI, for the two paths where a Response object would cost too much."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
