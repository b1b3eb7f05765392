"""The lab's wire: a reverse proxy before the tracking server that delays and fails as it is told.

What it does is real for the browser: the script comes late, a connection breaks, a beacon is
answered 503. So the lab shows the tracking script itself at work, and not a play. Each run's wire
is an origin of its own, `lab-RUN.localhost` at the shop's port: browsers look for every name below
localhost on their own machine, and so a run crosses sites as a page does in real life.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
import urllib.error
import urllib.request
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from trk_shop.tracker import Tracker, open_directly

Fault = Literal["cut", "502", "503"]
FAULTS: dict[Fault, str] = {
    "cut": "Connection breaks",
    "502": "Gateway: 502",
    "503": "Busy: 503",
}
MOST_BODY = 100_000
MOST_RUNS = 50
MOST_EVENTS = 300

_PASSED_ON = ("content-type", "retry-after", "access-control-allow-origin")
_CORS = {"access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After"}


class WireEvent(NamedTuple):
    """Something that went over a wire; `at` in milliseconds since 1970."""

    at: int
    kind: Literal["script", "beacon"]
    status: int
    """What was answered; 0 for a connection that was broken."""
    text: str
    """For a beacon: its id, its pairs and what the server said, as JSON."""


@dataclass(slots=True)
class Wire:
    """One run's wire: seconds until the script is delivered, and seconds without a backend.

    The backend is "down" from the first beacon on, so that there is something to see.
    """

    delay: float = 0
    down: float = 0
    fault: Fault = "cut"
    events: list[WireEvent] = field(default_factory=list)
    visitor: str = ""
    _down_until: float | None = None

    def is_down(self, now: float) -> bool:
        """Does a beacon at `now` (monotonic seconds) find the backend down?"""
        if self._down_until is None:
            self._down_until = now + self.down
        return now < self._down_until

    def note(self, kind: Literal["script", "beacon"], status: int, text: str = "") -> None:
        """Remember what went over the wire."""
        if len(self.events) < MOST_EVENTS:
            self.events.append(WireEvent(time.time_ns() // 1_000_000, kind, status, text))


class Wires:
    """The wires of the latest runs, by the run's id."""

    def __init__(self) -> None:
        self._wires: OrderedDict[str, Wire] = OrderedDict()

    def add(self, wire: Wire) -> str:
        """Keep a wire; the id of its run."""
        run = secrets.token_hex(6)
        self._wires[run] = wire
        while len(self._wires) > MOST_RUNS:
            self._wires.popitem(last=False)
        return run

    def get(self, run: str) -> Wire | None:
        """The wire of a run, if it is remembered."""
        return self._wires.get(run)


class CutShort(Response):
    """An answer that breaks off: a length is promised, and the connection ends without a byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin to answer."""
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


async def script(request: Request) -> Response:
    """trk.js, late, and with this wire in the place of the tracking server's address."""
    tracker, wire = request.app.state.tracker, _wire(request)
    await asyncio.sleep(wire.delay)
    answer = await _forward(f"{_path(request)}/trk.js", tracker)
    here = f"{request.url.scheme}://{request.url.netloc}"
    there, body = tracker.address.encode(), bytes(answer.body)
    if answer.status_code == 200 and there not in body:
        answer = Response(f"The script does not name its server, {tracker.address}.", 502)
    elif answer.status_code == 200:
        answer = Response(body.replace(there, here.encode()), media_type="text/javascript")
    answer.headers["cache-control"] = "no-store"
    wire.note("script", answer.status_code)
    return answer


async def beacon(request: Request) -> Response:
    """A beacon, passed on; or failed, while the backend is down."""
    tracker, wire = request.app.state.tracker, _wire(request)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY:
            return Response(status_code=413, headers=_CORS)
    sent = _read(body)
    wire.visitor = str(sent.get("visitor", wire.visitor))
    if wire.is_down(time.monotonic()):
        answer = _failed(wire.fault)
    else:
        answer = await _forward(f"{_path(request)}/beacon", tracker, body)
    said = _read(bytes(answer.body)) if answer.status_code == 200 else {}
    told = {"id": sent.get("id"), "pairs": sent.get("pairs"), "outcomes": said.get("pairs")}
    status = 0 if isinstance(answer, CutShort) else answer.status_code
    wire.note("beacon", status, json.dumps(told))
    return answer


async def page(request: Request) -> Response:
    """The campaign's page, at its own address: trk.js has put the visitor into this one's."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(request.app.state.tracker.campaign_url + query)


def routes() -> list[Route]:
    """What there is at a wire's own address; `run` among the parameters says which wire."""
    return [
        Route("/{key}/trk.js", script),
        Route("/{key}/beacon", beacon, methods=["POST"]),
        Route("/{key}", page),
    ]


def _wire(request: Request) -> Wire:
    # A run that is forgotten (the shop was started anew) passes everything on: a beacon that has
    # waited in its outbox must still arrive.
    found: Wire | None = request.app.state.wires.get(request.path_params["run"])
    return found or Wire()


def _path(request: Request) -> str:
    return f"/{request.path_params['key']}"


def _failed(fault: Fault) -> Response:
    if fault == "cut":
        return CutShort()
    if fault == "502":
        return Response("<h1>502 Bad Gateway</h1>", 502, media_type="text/html")
    content = json.dumps({"error": {"code": "busy", "message": "Too much waits to be stored."}})
    return Response(content, 503, {**_CORS, "retry-after": "2"}, "application/json")


async def _forward(path: str, tracker: Tracker, body: bytes | None = None) -> Response:
    request = urllib.request.Request(
        tracker.direct + path, data=body, headers={"content-type": "text/plain"}
    )
    return await asyncio.to_thread(_fetch, lambda: open_directly(request, timeout=30))


def _fetch(open_it: Callable[[], Any]) -> Response:
    try:
        answer = open_it()
    except urllib.error.HTTPError as refusal:
        answer = refusal
    except OSError:
        return _failed("502")
    with answer:
        headers = {name: answer.headers[name] for name in _PASSED_ON if answer.headers[name]}
        return Response(answer.read(), answer.status, {**_CORS, **headers})


def _read(text: bytes) -> dict[str, Any]:
    """A JSON object; empty if it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
