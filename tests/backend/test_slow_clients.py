"""Requests of a stranger who speaks to the server without a proxy: a head without end, one that
trickles, a body that trickles, and clients that go away in the middle of a form."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from tests.backend.connections import Connection, all_is_read
from trk_sdk.testkit.process import Backend

PATIENCE = 0.5
"""TRK_BODY_TIMEOUT of these servers, in seconds."""
SOON = 10.0
"""Seconds within which what takes PATIENCE has happened also on a busy machine."""
GET = b"GET /healthz HTTP/1.1\r\nHost: t\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = (
    b"POST /y2sB7/enter HTTP/1.1\r\nHost: t\r\n" + FORM + b"Transfer-Encoding: chunked\r\n\r\n"
)

ENDLESS = {
    "a value": (GET + b"X-A: ", b"v" * 4096),
    "a name": (GET, b"x" * 4096),
    "headers": (GET, b"X-A: " + b"v" * 4000 + b"\r\n"),
    "short headers": (GET, b"a:\r\n" * 1000),
    "cookies": (GET + b"Cookie: ", b"trk_a=b; " * 500),
    "the address": (b"GET /", b"a" * 4096),
    "the query": (b"GET /healthz?", b"a=b&" * 1000),
    "address and headers": (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n", b"X-A: " + b"v" * 4000),
    "a trailer": (CHUNKED + b"0\r\nX-A: ", b"v" * 4096),
    "trailers": (CHUNKED + b"0\r\n", b"X-A: " + b"v" * 4000 + b"\r\n"),
    "a chunk's extension": (CHUNKED + b"1;a=", b"v" * 4096),
}


def _serving(folder: Path, patience: float) -> Iterator[Backend]:
    backend = Backend(folder)
    try:
        backend.start({"TRK_BODY_TIMEOUT": str(patience)})
        yield backend
    finally:
        backend.close()
    assert "Traceback" not in backend.log()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A server with little patience, for all tests of this file."""
    yield from _serving(tmp_path_factory.mktemp("trk"), PATIENCE)


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A server that ends nothing for its time."""
    yield from _serving(tmp_path_factory.mktemp("trk"), 600)


class Stranger(Connection):
    """A connection that may be cut at any time."""

    async def said(self) -> bytes:
        """What the server says until it closes; fails unless it does so soon."""
        async with asyncio.timeout(SOON):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""

    async def trickle(self, part: bytes) -> bytes:
        """Send `part` again and again until the server closes; what it said."""
        said = b""
        async with asyncio.timeout(SOON):
            while True:
                try:
                    await self.send(part)
                    async with asyncio.timeout(PATIENCE / 5):
                        while more := await self.reader.read(4096):
                            said += more
                        return said
                except ConnectionError:
                    return said
                except TimeoutError:
                    continue

    async def pour(self, part: bytes, most: int) -> int:
        """Send `part` again and again, `most` bytes at most; how many the server took."""
        taken = 0
        with contextlib.suppress(ConnectionError):
            while taken < most:
                await self.send(part)
                taken += len(part)
                await asyncio.sleep(0)
        return taken


@asynccontextmanager
async def stranger(server: Backend, sent: bytes = b"") -> AsyncIterator[Stranger]:
    """A connection with these first bytes, which is gone afterwards."""
    connection = Stranger(*await Connection.open(server, sent))
    try:
        yield connection
    finally:
        connection.writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await connection.writer.wait_closed()


@pytest.mark.parametrize(("begun", "endless"), ENDLESS.values(), ids=ENDLESS)
async def test_a_head_that_is_never_complete_is_cut_at_64_kib(
    patient: Backend, begun: bytes, endless: bytes
) -> None:
    async with stranger(patient, begun) as connection:
        await connection.pour(endless, 65_536 + 16_384)
        said = await connection.said()
    assert said == b"" or said.startswith(b"HTTP/1.1 431 ")


async def test_hundreds_of_mib_of_headers_leave_the_memory_as_it_was(server: Backend) -> None:
    await all_is_read(server)
    memory = psutil.Process(server.pid)
    before = memory.memory_info().rss
    for begun, endless in ENDLESS.values():
        for _ in range(3):
            async with stranger(server, begun) as connection:
                # What the server did not read went into the buffers of the two sockets.
                assert await connection.pour(endless * 16, 16_777_216) < 16_777_216
    await all_is_read(server)
    assert memory.memory_info().rss - before < 24 * 1_048_576


@pytest.mark.parametrize(("size", "status"), [(60_000, 200), (65_600, 431), (80_000, 431)])
async def test_a_whole_head_is_answered_up_to_64_kib(
    server: Backend, size: int, status: int
) -> None:
    request = GET + b"Connection: close\r\nX-A: " + b"v" * size + b"\r\n\r\n"
    async with stranger(server, request) as connection:
        head, _, body = (await connection.said()).partition(b"\r\n\r\n")
    assert int(head.split()[1]) == status
    assert b"x-content-type-options: nosniff" in head.lower()
    if status == 431:
        assert json.loads(body)["error"]["code"] == "head_too_large"


async def test_many_requests_on_one_connection_are_not_added_up(server: Backend) -> None:
    async with stranger(server) as connection:
        for _ in range(5):
            await connection.send(GET + b"X-A: " + b"v" * 30_000 + b"\r\n\r\n")
            assert (await connection.reader.readuntil(b"ok\n")).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "begun",
    [b"GET /healthz", GET, GET + b"X-A: v", b"\r\n", GET + b"\r\n" + GET],
    ids=["an address", "a header", "a value", "an empty line", "the second"],
)
async def test_a_head_that_trickles_is_ended_after_its_time(server: Backend, begun: bytes) -> None:
    async with stranger(server, begun) as connection:
        said = await connection.trickle(b"\r\n" if begun == b"\r\n" else b"x")
    assert said.count(b"HTTP/1.1") == begun.count(b"\r\n\r\n")


BODIES = {
    "a form": b"POST /y2sB7/enter HTTP/1.1\r\nHost: t\r\n" + FORM + b"Content-Length: 9999\r\n\r\n",
    "an owner's form": (
        b"POST /admin/sign-in HTTP/1.1\r\nHost: t\r\n" + FORM + b"Content-Length: 9999\r\n\r\n"
    ),
    "a form in chunks": CHUNKED,
    "a beacon": b"POST /y2sB7/beacon HTTP/1.1\r\nHost: t\r\nContent-Length: 9999\r\n\r\n",
    "where nobody reads it": (
        b"POST /no/such/page HTTP/1.1\r\nHost: t\r\nContent-Length: 9999\r\n\r\n"
    ),
    "of a GET": b"GET /healthz HTTP/1.1\r\nHost: t\r\nContent-Length: 9999\r\n\r\n",
}


@pytest.mark.parametrize("head", BODIES.values(), ids=BODIES)
async def test_a_body_that_trickles_is_ended_after_its_time(server: Backend, head: bytes) -> None:
    async with stranger(server, head) as connection:
        said = await connection.trickle(b"1\r\na\r\n" if b"chunked" in head else b"a")
    assert said.count(b"HTTP/1.1") == 1
    assert b" 500 " not in said


async def test_a_form_that_is_too_slow_is_told_so(server: Backend) -> None:
    exactly = f"the body did not arrive within {PATIENCE:g} s".encode()
    for head, accept, told in (
        (BODIES["a form"], b"", exactly),
        (BODIES["an owner's form"], b"text/html", b"What you sent did not arrive in time"),
    ):
        request = head.replace(b"Host: t", b"Host: t\r\nAccept: " + accept)
        async with stranger(server, request + b"name=A") as connection:
            said = await connection.said()
        assert said.startswith(b"HTTP/1.1 408 ")
        assert told in said


async def test_a_body_that_keeps_coming_has_more_time(server: Backend) -> None:
    """A second for each 16 KiB: who has sent 32 KiB at once is not cut after half a second."""
    head = BODIES["an owner's form"].replace(b"9999", b"40000")
    async with stranger(server, head + b"n=" + b"x" * 39_900) as connection:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(PATIENCE * 3):
                await connection.reader.read()
        await connection.send(b"x" * 98)
        async with asyncio.timeout(SOON):
            status = await connection.reader.readline()
    assert status.startswith(b"HTTP/1.1 400 "), status  # it was read: nobody is called that


HALF = {
    "entering": b"POST /y2sB7/enter HTTP/1.1\r\n" + FORM,
    "answering": b"POST /y2sB7/answer/1 HTTP/1.1\r\n" + FORM,
    "a frame": b"POST /y2sB7/frame HTTP/1.1\r\n" + FORM,
    "signing in": b"POST /admin/sign-in HTTP/1.1\r\n" + FORM,
    "setting up": b"POST /admin/setup HTTP/1.1\r\n" + FORM,
    "an owner's form": b"POST /admin/campaigns/y2sB7/settings HTTP/1.1\r\n" + FORM,
    "a file": (
        b"POST /admin/campaigns/y2sB7/codes HTTP/1.1\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n"
    ),
    "the API": b"POST /api/v1/campaigns HTTP/1.1\r\nAuthorization: Bearer TOKEN\r\n",
    "the API, once": (
        b"POST /api/v1/campaigns HTTP/1.1\r\nAuthorization: Bearer TOKEN\r\nIdempotency-Key: a\r\n"
    ),
    "a beacon": b"POST /y2sB7/beacon HTTP/1.1\r\n",
}


async def test_clients_that_go_away_in_the_middle_of_a_form_are_no_fault(
    patient: Backend,
) -> None:
    before = patient.log_size()
    for head in HALF.values():
        whole = head.replace(b"TOKEN", patient.token.encode())
        for begun in (b"", b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nname=A"):
            request = whole + b"Host: t\r\nContent-Length: 9999\r\n\r\n" + begun
            async with stranger(patient, request) as connection:
                await all_is_read(patient)
                await connection.hang_up()
    await all_is_read(patient)
    log = patient.log(before)
    assert "ClientDisconnect" not in log
    assert " 500 " not in log
    assert log.count("POST /{key}/enter 499") == 2


async def test_who_asks_for_a_web_socket_gets_the_page_and_no_line_of_advice(
    server: Backend,
) -> None:
    before = server.log_size()
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with stranger(server, GET + upgrade) as connection:
        async with asyncio.timeout(SOON):
            assert await connection.reader.readline() == b"HTTP/1.1 200 OK\r\n"
    assert server.log(before) == ""
