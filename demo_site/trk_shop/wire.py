"""The lab's wire: a reverse proxy in front of the tracking server, with delays and faults.

For the browser they are real: the script arrives late, a connection breaks, a beacon is answered
503. The lab thus shows the real tracking script at work, not a simulation. Each run's wire has an
origin of its own, `lab-RUN.localhost` at the shop's port: browsers resolve every name below
localhost to their own machine, so a run is cross-site, as on a real page.
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
FAULTS: dict[Fault, str] = {"cut": "Connection breaks", "502": "Gateway: 502", "503": "Busy: 503"}
MOST_BODY = 100_000
MOST_RUNS = 50
MOST_EVENTS = 300

_PASSED_ON = ("content-type", "retry-after", "access-control-allow-origin")
_CORS = {"access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After"}


class WireEvent(NamedTuple):
    """Something that went over a wire; `at` is in milliseconds since 1970."""

    at: int
    kind: Literal["script", "beacon"]
    status: int
    """The answer's status; 0 if the connection broke."""
    text: str
    """For a beacon: its id, its pairs and the server's outcomes, as JSON."""


@dataclass(slots=True)
class Wire:
    """One run's wire: `delay` seconds until the script is delivered, `down` without a backend.

    With the delay None it never is. The backend is "down" from the first beacon on, so that there
    is something to see.
    """

    delay: float | None = 0
    down: float = 0
    fault: Fault = "cut"
    events: list[WireEvent] = field(default_factory=list)
    visitor: str = ""
    _down_until: float | None = None

    def is_down(self, now: float) -> bool:
        """Is the backend "down" for a beacon at `now` (monotonic seconds)?"""
        if self._down_until is None:
            self._down_until = now + self.down
        return now < self._down_until

    def note(self, kind: Literal["script", "beacon"], status: int, text: str = "") -> None:
        """Record what went over the wire."""
        if len(self.events) < MOST_EVENTS:
            self.events.append(WireEvent(time.time_ns() // 1_000_000, kind, status, text))


class Wires:
    """The wires of the latest runs, by the run's id."""

    def __init__(self) -> None:
        self._wires: OrderedDict[str, Wire] = OrderedDict()

    def add(self, wire: Wire) -> str:
        """Add a wire; the id of its run."""
        run = secrets.token_hex(6)
        self._wires[run] = wire
        while len(self._wires) > MOST_RUNS:
            self._wires.popitem(last=False)
        return run

    def get(self, run: str) -> Wire | None:
        """The wire of a run; None if it was forgotten."""
        return self._wires.get(run)


class CutShort(Response):
    """An answer that breaks off: it promises a length, and the connection ends without a byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the headers only."""
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


async def script(request: Request) -> Response:
    """trk.js, delayed, with this wire in place of the tracking server's address."""
    tracker, wire = request.app.state.tracker, _wire(request)
    if wire.delay is None:
        wire.note("script", 0)
        return CutShort()
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
    """Pass a beacon on or, while the backend is "down", fail it."""
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
    """Redirect to the campaign's page, with the visitor id that trk.js added to the address."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(request.app.state.tracker.campaign_url + query)


def routes() -> list[Route]:
    """The routes at a wire's own origin; the path parameter `run` says which wire."""
    return [
        Route("/{key}/trk.js", script),
        Route("/{key}/beacon", beacon, methods=["POST"]),
        Route("/{key}", page),
    ]


def _wire(request: Request) -> Wire:
    # A forgotten run (the shop was restarted) passes everything on: a beacon that waited in the
    # outbox must still arrive.
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
    """The text as a JSON object; empty if it isn't one."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
