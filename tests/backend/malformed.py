"""Requests that no browser sends, handed to the application as uvicorn would hand them over."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Message

Headers = Sequence[tuple[bytes, bytes]]

TEXTS = {
    "NUL": "%00abc",
    "a broken byte": "%ff%fe",
    "a lone surrogate": "%ed%a0%80",
    "dots": "..%2f..%2fetc",
    "markup": "%3Cscript%3E",
    "a format": "{0.__class__}",
    "a percent": "%25",
    "a line": "a%0d%0aSet-Cookie:%20x=y",
    "digits of another script": "%D9%A1%D9%A2",
    "a superscript": "%C2%B2",
    "a huge number": "9" * 30,
    "one too many for 64 bits": "9223372036854775808",
    "minus": "-1",
    "not ASCII": "%F0%9F%8E%89",
    "a bracket": "[x",
    "long": "a" * 4000,
    "an empty line": "%0a",
}
"""What stands in an address for a key, an id, a token or a name."""

VALUES = {
    "nothing": b"",
    "not UTF-8": b"\xff\xfe\x80",
    "half an IPv6 address": b"http://[x",
    "half an IPv6 address with a port": b"https://[::1:80",
    "a bracket": b"[",
    "no port": b"http://a:x",
    "a huge port": b"http://a:99999999999999999999",
    "null": b"null",
    "commas": b"," * 500,
    "semicolons": b";" * 500,
    "equals": b"=" * 500,
    "quotes": b'"' * 501,
    "not a number": b"gzip;q=nan, br;q=-1, *;q=1e999",
    "digits of another script": "٣".encode(),
    "a superscript": "²".encode("latin-1"),
    "spaces": b" \t ",
    "only a scheme": b"Bearer",
    "a scheme and nothing": b"Bearer ",
    "no ASCII token": b"Bearer \xe9\xff",
    "a boundary of nothing": b"multipart/form-data; boundary=",
    "no boundary": b"multipart/form-data",
    "a boundary that is no ASCII": b"multipart/form-data; boundary=\xff",
    "an unknown charset": b"multipart/form-data; boundary=b; charset=nosuch",
    "a form in an unknown charset": b"application/x-www-form-urlencoded; charset=nosuch",
    "ranges": b"bytes=" + b"0-," * 500,
    "a range backwards": b"bytes=9-1",
    "a date": b"Thu, 99 Foo 99999 99:99:99 GMT",
    "long": b"v" * 60_000,
}

NAMES = (
    *("host", "origin", "referer", "cookie", "authorization", "accept", "accept-encoding"),
    *("accept-language", "content-type", "content-length", "content-encoding", "if-none-match"),
    *(
        "if-modified-since",
        "if-range",
        "range",
        "idempotency-key",
        "sec-fetch-site",
        "x-request-id",
    ),
    *("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "via", "x-real-ip"),
    *("expect", "upgrade", "connection", "x-http-method-override"),
)


class Answered(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


async def ask(
    app: Starlette,
    method: str,
    path: str,
    headers: Headers = (),
    query: bytes = b"",
    body: bytes = b"",
    peer: str = "127.0.0.1",
) -> Answered:
    """The answer to a request with this address, quoted as on the wire; exceptions come out."""
    received = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Message] = []
    answered = asyncio.Event()

    async def receive() -> Message:
        if received:
            return received.pop()
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            answered.set()

    given = headers if any(name == b"host" for name, _ in headers) else ((b"host", b"t"), *headers)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "client": (peer, 50_000),
        "root_path": "",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query,
        "headers": list(given),
        "state": {},
    }
    await app(scope, receive, send)
    head, *rest = sent
    told = {name.decode(): value.decode("latin-1") for name, value in head["headers"]}
    return Answered(head["status"], told, b"".join(part.get("body", b"") for part in rest))


def addresses(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each method and template of a path that an application answers."""
    for route in routes:
        if isinstance(route, Route):
            for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
                yield method, prefix + route.path
        elif isinstance(route, Mount) and route.routes:
            yield from addresses(route.routes, prefix + route.path)


def parameters(template: str) -> list[str]:
    """The names of the parameters in a template."""
    return re.findall(r"\{(\w+)", template)
