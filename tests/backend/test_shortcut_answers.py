"""Beacons and polls by the shortcut are answered, byte for byte, as those that go the whole way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from starlette.applications import Starlette
from starlette.types import Scope

from tests.backend.at_the_wire import at_the_wire
from tests.backend.campaign_pages import make
from tests.backend.conftest import running
from tests.backend.wire import VISITOR, beacon
from trk.core.rate import Limit
from trk.services import status
from trk.settings import Settings
from trk.store.errors import Unavailable
from trk.web import beacon as beacon_path
from trk.web.http.shortcut import Begun, RawResponse
from trk.web.server import server_of
from trk.web.shortcut import shortcut_of


class Request(NamedTuple):
    """A request, and whether it takes the shortcut to its end."""

    head: str
    short: bool
    body: bytes = b""
    headers: Mapping[str, str] = {}

    def sent(self) -> bytes:
        """As it goes over the wire."""
        known = {"Host": "track.test", "Content-Length": str(len(self.body)), **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in known.items())
        return f"{self.head} HTTP/1.1\r\nConnection: close\r\n{lines}\r\n".encode() + self.body


def post(body: bytes, *, short: bool = True, key: str = "y2sB7", **headers: str) -> Request:
    """A beacon."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(f"POST /{key}/beacon", short, body, named)


BEACONS = {
    "stored": post(beacon(1)),
    "from a page": post(beacon(2), Origin="https://shop.example", Content_Type="text/plain"),
    "behind a proxy": post(beacon(3), X_Forwarded_For="192.0.2.7, 203.0.113.9"),
    "no action": post(beacon(4, ["other"])),
    "another beacon's id": post(beacon(1, ["VIP", "2"])),
    "of no campaign": post(beacon(6), key="nobody7"),
    "with notes": post(beacon(7, debug=True), short=False),
    "not JSON": post(b"{", short=False),
    "malformed": post(beacon(8, visitor="x"), short=False),
    "too large": post(b" " * 65_537, short=False),
    "of another type": post(beacon(9), short=False, Content_Type="text/html"),
    "of another method": Request("PUT /y2sB7/beacon", False, beacon(10)),
    "elsewhere": Request("POST /a/b/beacon", False, beacon(11)),
    "a preflight": Request("OPTIONS /y2sB7/beacon", False),
}


POLLS = {
    "unchanged": Request("GET /y2sB7/status", True),
    "unchanged, with an id of the proxy": Request(
        "GET /y2sB7/status", True, headers={"X-Request-Id": "edge-7"}
    ),
    "changed": Request("GET /y2sB7/status", False, headers={"If-None-Match": '"other"'}),
    "with a query": Request("GET /y2sB7/status?a=%FF", False),
    "of a ticket": Request(
        "GET /y2sB7/status", False, headers={"Cookie": f"trk_ticket_y2sB7={VISITOR}"}
    ),
    "only looking": Request("HEAD /y2sB7/status", False),
    "of no campaign": Request("GET /nobody7/status", False),
    "of what can be no campaign": Request("GET /a%00b/status", False),
}


class Answers:
    """Asks the application both ways."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._shortcut: Any = shortcut_of(app)

    async def both(self, request: Request) -> bytes:
        """The answer, which is the same both ways."""
        await self.asked(request)  # from now on, it is a beacon that comes again
        responded = []

        def watched(scope: Scope, body: bytearray) -> Begun | None:
            begun = self._shortcut(scope, body)
            if begun is None:
                return None

            def respond(done: asyncio.Future[Any]) -> RawResponse | None:
                response: RawResponse | None = begun.respond(done)
                responded.append(response is not None)
                return response

            return Begun(begun.awaited, respond)

        short = await self.asked(request, watched)
        assert (responded == [True]) is request.short
        assert short == await self.asked(request)
        return short

    async def asked(self, request: Request, shortcut: Any = None) -> bytes:
        """The answer, without the id that each request has for itself."""
        async with at_the_wire(self._app, shortcut) as wire:
            client = await wire.say(request.sent())
            said = await client.reader.read()
        return re.sub(rb"(?m)^x-request-id: [0-9a-f]{16}\r$", b"x-request-id: its own\r", said)


@pytest.fixture
async def answers(app: Starlette) -> Answers:
    """The application with a campaign."""
    await make(app, timezone="Europe/Berlin")
    return Answers(app)


@pytest.mark.parametrize("sent", BEACONS.values(), ids=BEACONS)
async def test_a_beacon(answers: Answers, sent: Request) -> None:
    await answers.asked(BEACONS["stored"])
    await answers.both(sent)


async def test_a_beacon_too_many(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beacon_path, "VISITOR", Limit(burst=1, per_second=1e-3))
    assert b" 429 " in await answers.both(BEACONS["stored"])


@pytest.mark.parametrize("sent", POLLS.values(), ids=POLLS)
async def test_a_poll(answers: Answers, sent: Request) -> None:
    known = re.search(rb"(?m)^etag: (.*)\r$", await answers.asked(POLLS["of a ticket"]))
    assert known is not None
    headers = {"If-None-Match": known[1].decode(), **sent.headers}
    await answers.both(sent._replace(headers=headers))


async def test_a_poll_while_the_database_is_away(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> Any:
        raise Unavailable("the database is away")

    monkeypatch.setattr(status, "sessions", away)
    unchanged = POLLS["unchanged"]._replace(short=False, headers={"If-None-Match": '"x"'})
    assert b" 200 " in await answers.both(unchanged)


async def test_https_is_told_on_both_ways(database_url: str) -> None:
    settings = Settings(database=database_url, public_url="https://track.example")
    async with running(settings) as app:
        await make(app)
        await test_a_poll(Answers(app), POLLS["unchanged"])


async def test_a_server_that_logs_each_request_has_no_shortcut(sqlite_url: str) -> None:
    async with running(Settings(database=sqlite_url, access_log="all")) as app:
        assert shortcut_of(app) is None


async def test_what_takes_the_shortcut_is_counted(answers: Answers, app: Starlette) -> None:
    def counted() -> list[float | None]:
        known = server_of(app).metrics.registry
        poll = {"method": "GET", "route": "/{key}/status", "status": "304"}
        return [
            known.get_sample_value("trk_beacons_total", {"result": "duplicate"}),
            known.get_sample_value("trk_requests_total", poll),
            known.get_sample_value("trk_request_seconds_count", {"route": "/{key}/status"}),
        ]

    await answers.both(BEACONS["stored"])
    await test_a_poll(answers, POLLS["unchanged"])
    # Each was asked for three times, the beacon first when it was new, the status once more.
    assert counted() == [2, 3, 4]
