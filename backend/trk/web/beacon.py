"""`POST /{key}/beacon`: reads a beacon, submits it, and answers once it is stored.

Plain ASGI, because this is by far the busiest path.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from trk.clock import now_ms
from trk.core.beacon import MAX_BODY, Beacon
from trk.core.beacon import read as read_beacon
from trk.core.origin import host_of
from trk.core.rate import ADDRESS, VISITOR, network_of
from trk.core.rejection import Rejection, RejectionReason, shown, slow_down
from trk.store.submissions import Reply, Submission
from trk.store.writer import Writer
from trk.web.http.access import RouteName
from trk.web.http.rates import Rates
from trk.web.http.respond import CORS, NOSNIFF, encode, raw_headers, refused, send_raw
from trk.web.http.shortcut import Begun, RawResponse

_TYPES = (b"", b"text/plain", b"application/json")
# Few, because each one costs: a POST's response is not cached, and this one has no Retry-After to
# expose.
_HEADERS = raw_headers(
    {"content-type": "application/json", "access-control-allow-origin": "*", **NOSNIFF}
)


ROUTE = RouteName("/{key}/beacon")


class Beacons:
    """Submits beacons and makes the responses, whichever way the requests came."""

    def __init__(
        self,
        writer: Writer,
        rates: Rates,
        on_reply: Callable[[Reply], None],
    ) -> None:
        """`on_reply` gets each reply."""
        self._writer = writer
        self._rates = rates
        self._on_reply = on_reply

    def begin(self, scope: Scope, body: bytes) -> Begun | None:
        """The shortcut of what is a beacon and asks for no notes."""
        key = _key(scope)
        if not key or len(body) > MAX_BODY or _mistake(scope):
            return None
        beacon = read_beacon(body)
        if isinstance(beacon, Rejection) or beacon.debug:
            return None
        submitted = self.submit(key, scope, beacon)
        return Begun(submitted, lambda reply: self.response(reply.result()))

    def submit(self, key: str, scope: Scope, beacon: Beacon) -> asyncio.Future[Reply]:
        """The reply to a beacon, once it is stored."""
        too_many = self._too_many(scope, beacon.visitor)
        if too_many is not None:
            told: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            told.set_result(too_many)
            return told
        now = now_ms()
        return self._writer.submit(Submission(key, beacon, now, origin_host=_origin_host(scope)))

    def response(self, reply: Reply) -> RawResponse:
        """What a beacon is answered."""
        self._on_reply(reply)
        if isinstance(reply, Rejection):
            headers = {**CORS, **NOSNIFF, "cache-control": "no-store"}
            if reply.reason is RejectionReason.WRONG_METHOD:
                headers["allow"] = "POST, OPTIONS"
            made = refused(reply, headers)
            return RawResponse(made.status_code, made.raw_headers, bytes(made.body))
        content = encode(reply)
        length = (b"content-length", str(len(content)).encode())
        return RawResponse(200, [*_HEADERS, length], content)

    def _too_many(self, scope: Scope, visitor: str) -> Rejection | None:
        network = network_of(scope["client"][0]) if scope.get("client") else None
        # The address first: one that must wait makes up no further visitors to be remembered.
        wait = 0.0 if network is None else self._rates.wait(ADDRESS, "beacon from", network)
        wait = wait or self._rates.wait(VISITOR, "beacon of", visitor)
        return slow_down("beacons", wait) if wait else None


class BeaconPath:
    """ASGI middleware that answers `/{key}/beacon` itself and passes everything else on.

    It comes before the routes, because routing and exception handling would take as long as
    everything else that the web server does for a beacon.
    """

    def __init__(
        self, app: ASGIApp, beacons: Beacons, *, public_url: str, body_timeout: float
    ) -> None:
        """`public_url` is the server's address; `body_timeout` is the seconds a body may take to
        arrive."""
        self._app = app
        self._beacons = beacons
        self._public_url = public_url
        self._body_timeout = body_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a beacon, or pass the request on."""
        key = _key(scope) if scope["type"] == "http" else ""
        if not key:
            await self._app(scope, receive, send)
            return
        scope["route"] = ROUTE
        if scope["method"] == "OPTIONS":
            await send_raw(send, RawResponse(204, _PREFLIGHT, b""))
            return
        reply = await self._reply(key, scope, receive)
        if reply is not None:  # otherwise the client went away before its body arrived
            await send_raw(send, self._beacons.response(reply))

    async def _reply(self, key: str, scope: Scope, receive: Receive) -> Reply | None:
        body = _mistake(scope) or await self._read(receive)
        if not isinstance(body, bytes):
            return body
        beacon = read_beacon(body)
        if isinstance(beacon, Rejection):
            return beacon
        reply = await self._beacons.submit(key, scope, beacon)
        if beacon.debug and not isinstance(reply, Rejection):
            log = f"{self._public_url}/admin/campaigns/{key}/log"
            note = f"See what was reported in the owner's log of campaign {key}: {log}"
            return msgspec.structs.replace(reply, notes=[*reply.notes, note])
        return reply

    async def _read(self, receive: Receive) -> bytes | Rejection | None:
        """The body, or why it is refused, or None if the client has gone away."""
        with _Deadline(self._body_timeout) as deadline:
            return await _whole_body(receive)
        assert deadline.passed
        return Rejection(
            RejectionReason.SLOW_BODY,
            f"The body did not arrive within {self._body_timeout:g} s; send it again.",
        )


class _Deadline:
    """Ends its block after that many seconds: like asyncio.timeout, at a fifth of the cost."""

    passed = False

    def __init__(self, seconds: float) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._timer = asyncio.get_running_loop().call_later(seconds, self._pass)

    def _pass(self) -> None:
        self.passed = True
        self._task.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self._timer.cancel()
        # If somebody else has cancelled the task as well, it is not ours to swallow.
        return self.passed and kind is asyncio.CancelledError and self._task.uncancel() == 0


def _key(scope: Scope) -> str:
    """The campaign's key in a beacon's address, or an empty string in any other."""
    path: str = scope["path"]
    key = path[1:-7] if path.endswith("/beacon") else ""
    return "" if "/" in key else key


def _mistake(scope: Scope) -> Rejection | None:
    if scope["method"] != "POST":
        return Rejection(
            RejectionReason.WRONG_METHOD,
            f"The method is {scope['method']}; expected POST.",
        )
    for name, value in scope["headers"]:
        if name == b"content-type":
            kind = value.split(b";", 1)[0].strip().lower()
            if kind not in _TYPES:
                return Rejection(
                    RejectionReason.WRONG_TYPE,
                    f"The content type is {shown(value.decode('latin-1'))}; expected "
                    "text/plain or application/json.",
                )
        elif name == b"content-length" and value.isdigit() and int(value) > MAX_BODY:
            return _too_large(int(value))
    return None


def _origin_host(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"origin":
            return host_of(value)
    return None


async def _whole_body(receive: Receive) -> bytes | Rejection | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        body += chunk
        if len(body) > MAX_BODY:
            return _too_large(len(body))
        if not message.get("more_body", False):
            return body


def _too_large(size: int) -> Rejection:
    return Rejection(
        RejectionReason.TOO_LARGE,
        f"The body has at least {size} bytes; expected at most {MAX_BODY}.",
    )


# A page's scripts may give all its requests headers of their own, for tracing or against forgery;
# the asterisk alone does not stand for Authorization, and older browsers don't know it.
_PREFLIGHT = raw_headers(
    {
        **NOSNIFF,
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "Authorization, Content-Type, *",
        "access-control-max-age": "86400",
    }
)
