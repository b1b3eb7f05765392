"""The servers that are compared; `python -m tests.bench.servers NAME URL --fd N` runs one."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from trk.app import create_app
from trk.core import beacon
from trk.journal import configure
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
    group = 1 if name == "ungrouped" else 256
    logged = name == "logged"
    if logged:
        configure("json")
    return create_app(Settings(database=url, access_log="all" if logged else "on"), group=group)


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
    """The resident memory of a process in MiB (Linux; 0 elsewhere)."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    [line] = [text for text in status.read_text().splitlines() if text.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
