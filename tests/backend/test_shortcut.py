"""Connections with a shortcut: what takes it, what does not, and that answers keep their order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from tests.backend.at_the_wire import Wire, at_the_wire
from tests.backend.connections import Connection
from trk.web.http.respond import send_raw
from trk.web.http.shortcut import Begun, RawResponse

HEAD = b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n"
WHOLE = HEAD + b"\r\nbody"
GET = b"GET / HTTP/1.1\r\nHost: t\r\n\r\n"


def _response(body: bytes) -> RawResponse:
    return RawResponse(200, [(b"content-length", b"%d" % len(body))], body)


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    await send_raw(send, _response(b"app:" + body))


class Waiting:
    """A shortcut whose answers the test gives."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[asyncio.Future[Any]] = asyncio.Queue()
        self.responded = asyncio.Event()

    def __call__(self, scope: Scope, body: bytearray) -> Begun | None:
        if scope["method"] == "GET":
            return None
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.begun.put_nowait(future)
        return Begun(future, lambda done: self._respond(bytes(body), done))

    def _respond(self, body: bytes, done: asyncio.Future[Any]) -> RawResponse | None:
        self.responded.set()
        return _response(b"shortcut:" + body) if done.result() else None


class Ends:
    """A server with such a shortcut, and a client's connection to it."""

    def __init__(self, wire: Wire, waiting: Waiting) -> None:
        self.wire = wire
        self._waiting = waiting
        self.client: Connection

    async def begun(self) -> asyncio.Future[Any]:
        """What the shortcut waits for."""
        async with asyncio.timeout(10):
            return await self._waiting.begun.get()

    async def responded(self) -> None:
        """Return once the shortcut has made a response."""
        async with asyncio.timeout(10):
            await self._waiting.responded.wait()

    def untaken(self) -> bool:
        """Has nothing been begun?"""
        return self._waiting.begun.empty()

    async def say(self, sent: bytes) -> None:
        """Send this on a new connection."""
        self.client = await self.wire.say(sent)

    async def heard(self) -> tuple[bytes, bytes]:
        """The next answer: its head and body."""
        async with asyncio.timeout(10):
            head = await self.client.reader.readuntil(b"\r\n\r\n")
            length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
            return head, await self.client.reader.readexactly(length)


@asynccontextmanager
async def _ends() -> AsyncIterator[Ends]:
    waiting = Waiting()
    async with at_the_wire(_app, waiting) as wire:
        yield Ends(wire, waiting)


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    """A server and a client."""
    async with _ends() as opened:
        yield opened


async def test_what_comes_whole_takes_the_shortcut_and_the_connection_goes_on(ends: Ends) -> None:
    await ends.say(WHOLE)
    for _ in range(2):
        (await ends.begun()).set_result(True)
        head, body = await ends.heard()
        assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", b"shortcut:body")
        assert b"connection:" not in head
        await ends.client.send(WHOLE)


async def test_what_comes_in_pieces_goes_the_whole_way(ends: Ends) -> None:
    await ends.say(HEAD + b"\r\nbo")
    await ends.wire.until(lambda state: bool(state.tasks))
    await ends.client.send(b"dy")
    assert (await ends.heard())[1] == b"app:body"
    assert ends.untaken()


async def test_who_waits_to_be_asked_for_the_body_is_asked(ends: Ends) -> None:
    await ends.say(HEAD + b"Expect: 100-continue\r\n\r\nbody")
    assert await ends.client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert (await ends.heard())[1] == b"app:body"
    assert ends.untaken()


async def test_who_reads_too_slowly_goes_the_way_that_waits(ends: Ends) -> None:
    await ends.say(GET)
    await ends.heard()
    ends.wire.end.pause_writing()
    await ends.client.send(WHOLE)
    await ends.wire.until(lambda state: bool(state.tasks))
    ends.wire.end.resume_writing()
    assert (await ends.heard())[1] == b"app:body"
    assert ends.untaken()


async def test_what_the_shortcut_can_not_answer_in_the_end_goes_the_whole_way(ends: Ends) -> None:
    await ends.say(WHOLE + GET)
    (await ends.begun()).set_result(False)
    assert [(await ends.heard())[1], (await ends.heard())[1]] == [b"app:body", b"app:"]


async def test_answers_come_in_the_order_of_the_requests(ends: Ends) -> None:
    await ends.say(GET + WHOLE + GET + WHOLE)
    # The first is with the application already, so that the second has to wait for its turn.
    said = [(await ends.heard())[1] for _ in range(4)]
    assert said == [b"app:", b"app:body", b"app:", b"app:body"]
    await ends.client.send(WHOLE + GET + WHOLE)
    first = await ends.begun()
    await asyncio.sleep(0)
    assert ends.untaken()
    first.set_result(True)
    assert [(await ends.heard())[1] for _ in range(3)] == [b"shortcut:body", b"app:", b"app:body"]


@pytest.mark.parametrize(
    "sent",
    [WHOLE.replace(b"Host", b"Connection: close\r\nHost"), WHOLE.replace(b"1.1", b"1.0")],
    ids=["close", "HTTP/1.0"],
)
async def test_a_connection_ends_as_its_client_wants(ends: Ends, sent: bytes) -> None:
    await ends.say(sent)
    (await ends.begun()).set_result(True)
    head, body = await ends.heard()
    assert (b"\r\nconnection: close\r\n" in head, body) == (True, b"shortcut:body")
    assert await ends.client.reader.read() == b""


async def test_a_server_that_stops_answers_first_what_it_has_begun(ends: Ends) -> None:
    await ends.say(WHOLE)
    begun = await ends.begun()
    ends.wire.end.shutdown()
    begun.set_result(True)
    head, body = await ends.heard()
    assert (b"\r\nconnection: close\r\n" in head, body) == (True, b"shortcut:body")
    assert await ends.client.reader.read() == b""


async def test_a_client_that_has_gone_is_told_nothing(
    ends: Ends, caplog: pytest.LogCaptureFixture
) -> None:
    await ends.say(WHOLE)
    begun = await ends.begun()
    await ends.client.hang_up()
    await ends.wire.until(lambda state: not state.connections)
    begun.set_result(True)
    await ends.responded()  # what is counted is counted all the same
    await asyncio.sleep(0)
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("short", [True, False])
async def test_a_connection_that_has_ended_is_told_nothing_of_any_of_its_requests(
    monkeypatch: pytest.MonkeyPatch, *, short: bool
) -> None:
    waiting, gone = Waiting(), asyncio.Event()

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        await gone.wait()
        await send_raw(send, _response(b"app"))
        waiting.responded.set()

    async with at_the_wire(waits, waiting if short else None) as wire:
        ends = Ends(wire, waiting)
        await ends.say(WHOLE + WHOLE + b"no request\r\n\r\n")
        begun = await ends.begun() if short else None
        assert b" 400 " in (await ends.heard())[0]
        await wire.until(lambda state: not state.connections)
        # uvloop's transport, unlike this one, can't be written to any more.
        ended, written = type(ends.client.writer.transport), []
        monkeypatch.setattr(ended, "write", lambda _, data: written.append(data))
        gone.set()
        if begun is not None:
            begun.set_result(True)
        await ends.responded()
        await asyncio.sleep(0)
    assert written == []


def _fails(*_: object) -> Any:
    raise ZeroDivisionError


def _fails_later(scope: Scope, body: bytearray) -> Begun:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return Begun(done, _fails)


@pytest.mark.parametrize("shortcut", [_fails, _fails_later])
async def test_a_shortcut_that_fails_is_told_of_and_leaves_the_whole_way(
    shortcut: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with at_the_wire(_app, shortcut) as wire:
        client = await wire.say(WHOLE.replace(b"Host", b"Connection: close\r\nHost"))
        assert (await client.reader.read()).endswith(b"app:body")
    [told] = [each for each in caplog.records if each.name == "trk.web.http.connection"]
    assert told.exc_info is not None
    assert told.exc_info[0] is ZeroDivisionError
