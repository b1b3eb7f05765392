"""Responses in this server's formats: JSON, errors, refusals, and the headers they need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Send

from trk.core.phrase import Phrase
from trk.core.rejection import Rejection
from trk.web.http.shortcut import RawResponse


def _plain(value: Any) -> Any:
    if isinstance(value, Phrase):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} is nothing that JSON has")


_encoder = msgspec.json.Encoder(enc_hook=_plain)

NOSNIFF: Mapping[str, str] = {"x-content-type-options": "nosniff"}
"""Every answer has it: none is taken for another type than it says."""

CORS: Mapping[str, str] = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Retry-After",
}
"""For what pages of other origins may read without credentials: the answers to beacons."""


def encode(content: Any) -> bytes:
    """`content` (msgspec types, dicts or lists) as JSON."""
    return _encoder.encode(content)


class JSON(Response):
    """A JSON response, encoded by msgspec."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return encode(content)


def error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSON:
    """An error, always of the form `{"error": {"code", "message"}}`."""
    return JSON({"error": {"code": code, "message": message}}, status, headers)


def refused(rejection: Rejection, headers: Mapping[str, str] | None = None) -> JSON:
    """A rejection as a response; with Retry-After if it is temporary."""
    wait = rejection.wait or (2 if rejection.reason.status == 503 else None)
    retry = {} if wait is None else {"retry-after": str(wait)}
    return error(
        rejection.reason.status,
        rejection.code,
        rejection.message,
        {**retry, **(headers or {}), "x-trk-refusal": rejection.code},
    )


def raw_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as they are sent."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]


async def send_raw(send: Send, raw: RawResponse) -> None:
    """Respond by plain ASGI, where a Response object would cost too much."""
    await send({"type": "http.response.start", "status": raw.status, "headers": raw.headers})
    await send({"type": "http.response.body", "body": raw.body})
