"""The servers that are compared; `python -m tests.bench.servers NAME URL --fd N` runs one."""

from __future__ import annotations

import socket
import sys
from typing import Literal

import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from trk.app import create_app
from trk.core import beacon
from trk.settings import Settings


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body and answers 204: the limit."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def route() -> Starlette:
    """A Starlette route that decodes the same body with msgspec and answers 204."""

    async def decode(request: Request) -> Response:
        beacon.read(await request.body())
        return Response(status_code=204)

    async def ready(_: Request) -> Response:
        return Response()

    return Starlette(
        routes=[Route("/{key}/beacon", decode, methods=["POST"]), Route("/healthz", ready)]
    )


def app(name: str, url: str) -> ASGIApp:
    """The application called `name`; `url` is its database, if it has one."""
    if name == "bare":
        return bare
    if name == "route":
        return route()
    return create_app(Settings(database=url), group=1)  # ungrouped


def main() -> None:
    """Serve on a bound socket until told to stop."""
    name, url, _, fd = sys.argv[1:5]
    served = app(name, url)
    lifespan: Literal["off", "on"] = "off" if name in ("bare", "route") else "on"
    config = uvicorn.Config(
        served,
        lifespan=lifespan,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="error",
        log_config=None,
        proxy_headers=name in ("bare", "route"),  # ours has its own
    )
    with socket.socket(fileno=int(fd)) as listening:
        uvicorn.Server(config).run(sockets=[listening])


def resident(pid: int) -> float:
    """The memory of a process and its children in MiB, what they share counted once (Linux; 0
    elsewhere)."""
    process = psutil.Process(pid)
    shared = [each.memory_full_info() for each in (process, *process.children(recursive=True))]
    return float(sum(getattr(each, "pss", 0) for each in shared)) / 2**20


def processor_time(pid: int) -> float:
    """The seconds of the processor that a process and its children have taken."""
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


if __name__ == "__main__":
    main()
