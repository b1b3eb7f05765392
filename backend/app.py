"""The composition root: routes, lifespan, and nothing at module level that lives."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from backend.settings import Settings
from backend.store.database import Database, DatabaseError
from backend.store.migrate import migrate
from backend.store.writer import Writer
from backend.web import api, campaign, script
from backend.web.beacon import BeaconEndpoint
from backend.web.respond import error
from backend.web.status import StatusReader, status

log = logging.getLogger(__name__)


def _end_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def create_app(
    settings: Settings, on_fatal: Callable[[], None] = _end_process, *, group: int = 256
) -> Starlette:
    """The server as an ASGI application.

    `group` is how many beacons are committed together at the most.

    `on_fatal` is called when the writer has failed for good: a process that can store nothing must
    end rather than lie.
    """
    database = Database(settings.database)
    writer = Writer(database, capacity=settings.queue, group=group)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await migrate(settings.database)
        await database.open()
        task = asyncio.create_task(writer.run())
        task.add_done_callback(lambda done: _watch(done, on_fatal))
        app.state.writer_task = task
        try:
            yield
        finally:
            writer.close()
            await asyncio.gather(task, return_exceptions=True)
            await database.close()

    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
            Mount("/api/v1", routes=api.routes()),
            Route("/{key}/beacon", BeaconEndpoint(writer, settings.body_timeout)),
            Route("/{key}/trk.js", script.trk_js),
            Route("/{key}/status", status),
            Route("/{key}/enter", campaign.enter, methods=["POST"]),
            Route("/{key}/go/{action}", campaign.go),
            Route("/{key}", campaign.home),
            Route("/{key}/{slug}", campaign.page),
        ],
        lifespan=lifespan,
        exception_handlers={HTTPException: _http_error, DatabaseError: _database_error},
    )
    app.state.settings = settings
    app.state.database = database
    app.state.status = StatusReader(database)
    return app


async def healthz(request: Request) -> Response:
    """Is the process up and its writer at work?"""
    if request.app.state.writer_task.done():
        return PlainTextResponse("the writer has stopped\n", 503)
    return PlainTextResponse("ok\n")


def _watch(task: asyncio.Task[None], on_fatal: Callable[[], None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("the writer has failed; the server ends", exc_info=task.exception())
        on_fatal()


async def _http_error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    path = request.url.path
    code = {404: "not_found", 405: "wrong_method"}.get(problem.status_code, "http_error")
    return error(
        problem.status_code, code, f"{request.method} {path}: {problem.detail}.", problem.headers
    )


async def _database_error(request: Request, problem: Exception) -> Response:
    log.error("%s %s: %s", request.method, request.url.path, problem)
    return error(503, "storage", "The database can't be used now.", {"retry-after": "2"})
