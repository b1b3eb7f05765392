"""An application behind the server's own connections, on a real socket but in this process."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from tests.backend.connections import Connection
from trk.web.http.connection import protocol_for
from trk.web.http.protocol import LimitedProtocol
from trk.web.http.shortcut import Shortcut


class Wire(NamedTuple):
    """Where the application is reached, and both ends of its connections."""

    port: int
    state: ServerState
    clients: list[Connection]

    @property
    def end(self) -> LimitedProtocol:
        """The server's end of the only connection."""
        [end] = self.state.connections
        return cast("LimitedProtocol", end)

    async def until(self, true: Callable[[ServerState], bool]) -> None:
        """Return once this is true of the server."""
        async with asyncio.timeout(10):
            for _ in itertools.count():
                if true(self.state):
                    return
                await asyncio.sleep(0)

    async def say(self, sent: bytes) -> Connection:
        """A new connection on which this was sent."""
        self.clients.append(await Connection.open(cast("Any", self), sent))
        return self.clients[-1]


@asynccontextmanager
async def at_the_wire(app: ASGIApp, shortcut: Shortcut | None) -> AsyncIterator[Wire]:
    """Serve `app` with this shortcut."""
    config = uvicorn.Config(
        app,
        http=protocol_for(10, shortcut),
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
    )
    config.load()
    state = ServerState()

    def connection() -> asyncio.Protocol:
        made: asyncio.Protocol = config.http_protocol_class(  # type: ignore[call-arg]
            config=config, server_state=state, app_state={}
        )
        return made

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    wire = Wire(server.sockets[0].getsockname()[1], state, [])
    try:
        yield wire
    finally:
        server.close()
        for client in wire.clients:
            with contextlib.suppress(ConnectionError):
                await client.close()
        await wire.until(lambda state: not state.connections)
