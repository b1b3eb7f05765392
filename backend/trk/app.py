"""The composition root: routes and lifespan; all state belongs to an app, none to the module."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import secrets
import signal
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from trk.clock import now_ms
from trk.core.phrase import phrase
from trk.core.rejection import shown
from trk.services.jobs.counters import Counters
from trk.services.jobs.deletion import Deletion
from trk.services.jobs.end_teller import EndTeller
from trk.services.jobs.list_fixer import ListFixer
from trk.services.jobs.mailer import Mailer
from trk.services.jobs.retention import Retention
from trk.services.jobs.webhook_sender import WebhookSender
from trk.services.metrics import Metrics
from trk.services.passwords import Crowded, Passwords
from trk.services.pictures import PicturesCrowded
from trk.services.status import StatusReader
from trk.settings import Settings
from trk.store import instance
from trk.store.database import Database
from trk.store.errors import DatabaseError, Gone, Unstorable
from trk.store.instance import Instance
from trk.store.migrate import migrate
from trk.store.writer import Writer
from trk.web import admin, api, script
from trk.web.api import reference
from trk.web.beacon import BeaconPath
from trk.web.campaign import confirmation, frame, page, preview, public_draw, winning
from trk.web.campaign.lookup import NothingHere, OnlyAPreview
from trk.web.campaign.pictures import serve_picture
from trk.web.campaign.view import not_found
from trk.web.http import health
from trk.web.http import metrics as reading
from trk.web.http.access import Access, template
from trk.web.http.limits import BodyLimit
from trk.web.http.proxies import Proxies
from trk.web.http.rates import Rates
from trk.web.http.respond import NOSNIFF, error
from trk.web.http.security import Security
from trk.web.http.wellformed import WellFormed
from trk.web.language import heard
from trk.web.pages import Static, message
from trk.web.server import Server
from trk.web.status import show_status

log = logging.getLogger(__name__)

_SENT_IN_VAIN = phrase(
    "This could not be stored: the database can’t be reached. Please wait a few seconds, then go "
    "back and send it again; what you typed is still there."
)
_ASKED_IN_VAIN = phrase(
    "The database can’t be reached. Please wait a few seconds, then load this page again."
)


def _end_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def create_app(
    settings: Settings,
    on_fatal: Callable[[], None] = _end_process,
    *,
    group: int = 256,
    passwords: Passwords | None = None,
    tls: ssl.SSLContext | None = None,
) -> Starlette:
    """The server as an ASGI application.

    `group` is the most beacons that are committed together; `passwords` hashes owners'
    passwords, at the recommended cost unless it is given; `tls` says which certificates of
    webhooks' endpoints are trusted, the system's unless it is given.

    `on_fatal` is called when the writer has failed for good: a process that can't store anything
    must exit rather than pretend.
    """
    database = Database(settings.database)
    metrics = Metrics(lambda: writer.waiting, settings.queue)
    writer = Writer(database, capacity=settings.queue, group=group, committed=metrics.committed)
    rates = Rates()
    mailer = Mailer(database, settings)
    webhook_sender = WebhookSender(database, private=settings.webhooks_private, tls=tls)
    retention = Retention(database, settings.retention_days)
    deletion = Deletion(database)
    counters = Counters(database)
    list_fixer = ListFixer(database)
    end_teller = EndTeller(database, mailer, settings.public_url)
    server = Server(
        settings=settings,
        database=database,
        writer=writer,
        metrics=metrics,
        rates=rates,
        mailer=mailer,
        webhook_sender=webhook_sender,
        deletion=deletion,
        passwords=passwords or Passwords(),
        status=StatusReader(database),
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await migrate(settings.database)
        await database.open()
        if (known := await database.read(instance.identity)) is None:
            made = Instance(secrets.token_hex(16), secrets.token_hex(32))
            known = await database.write(instance.identify, made, now_ms())
        server.instance, server.secret = known
        writer.doubt = instance.doubt(known.name, settings.instance)
        server.new = await database.read(instance.is_new)
        if writer.doubt:
            log.critical("This is the wrong database: %s. %s", writer.doubt, instance.WHERE)
        if await database.read(instance.address) != settings.public_url:
            await database.write(instance.remember_address, settings.public_url)
        task = asyncio.create_task(writer.run())
        task.add_done_callback(lambda done: _watch(done, on_fatal))
        server.writer_task = task
        background = [
            asyncio.create_task(each.run())
            for each in (
                *(mailer, webhook_sender, retention, deletion, counters, list_fixer),
                end_teller,
            )
        ]
        # What is loaded by now stays. Excluding it from garbage collection keeps the pauses
        # short.
        gc.collect()
        gc.freeze()
        try:
            yield
        finally:
            server.stopping = True
            for each in background:
                each.cancel()
            writer.close()
            await asyncio.gather(task, *background, return_exceptions=True)
            await database.close()
            server.passwords.close()
            server.studio.close()

    # Of what entrants load. What owners see has secrets beside what a link can put there, from
    # whose size together somebody who listens could learn (BREACH).
    smaller = [Middleware(GZipMiddleware, minimum_size=500, compresslevel=6)]
    access = Middleware(Access, level=settings.access_log, answered=metrics.answered)
    app = Starlette(
        routes=[
            # Routes are tried in this order, so the busiest comes first.
            Route("/{key}/status", show_status),
            Route("/healthz", health.healthz),
            Route("/readyz", health.readyz),
            Route("/metrics", reading.show_metrics),
            Mount("/static", Static(), middleware=smaller),
            Route("/api", reference.show_reference),
            Mount("/api/v1", routes=api.routes()),
            Route("/", admin.redirect_home),
            Route("/admin", admin.redirect_home),
            Mount("/admin", routes=admin.routes()),
            # "/{key}/beacon" is handled by BeaconPath, before these.
            Route("/{key}/trk.js", script.handler_for("trk")),
            Route("/{key}/ol.js", script.handler_for("ol")),
            Route("/{key}/embed.js", script.handler_for("embed")),
            Route("/{key}/trk-{release}.js", script.serve_pinned),
            Route("/{key}/preview/{token}", preview.open_preview),
            Route("/{key}/enter", page.enter_campaign, methods=["POST"], middleware=smaller),
            Route("/{key}/leave", page.leave_campaign, methods=["POST"]),
            Route("/{key}/confirm", confirmation.mail_again, methods=["POST"]),
            Route("/{key}/confirm/{token}", confirmation.show_confirmation),
            Route("/{key}/confirm/{token}", confirmation.confirm_entrant, methods=["POST"]),
            Route("/{key}/won/{token}", winning.show_win),
            Route("/{key}/won/{token}", winning.accept_win, methods=["POST"]),
            Route(
                "/{key}/answer/{action}",
                page.complete_action,
                methods=["POST"],
                middleware=smaller,
            ),
            Route("/{key}/go/{action}", page.go_to_action, methods=["GET", "POST"]),
            Route("/{key}/frame", frame.show_frame, middleware=smaller),
            Route("/{key}/frame", frame.resume_session, methods=["POST"], middleware=smaller),
            Route("/{key}/picture/{file}", serve_picture),
            Route("/{key}/draw", public_draw.show_draw, middleware=smaller),
            Route("/{key}/draw.txt", public_draw.download_draw),
            Route("/{key}", page.redirect_to_page),
            Route("/{key}/{slug}", page.show_page, middleware=smaller),
        ],
        middleware=[
            Middleware(Proxies, settings.trusted_proxies),
            # Beacons skip the access log, unless it is to show everything.
            *([access] if settings.access_log == "all" else []),
            Middleware(
                BeaconPath,
                writer=writer,
                rates=rates,
                public_url=settings.public_url,
                body_timeout=settings.body_timeout,
                on_reply=metrics.beacon,
            ),
            *([access] if settings.access_log != "all" else []),
            Middleware(Security, settings.public_url),
            Middleware(WellFormed),
            Middleware(BodyLimit, settings.body_timeout),
        ],
        lifespan=lifespan,
        exception_handlers={
            HTTPException: _http_error,
            DatabaseError: _database_error,
            Gone: _deleted_meanwhile,
            NothingHere: not_found,
            OnlyAPreview: preview.nothing_stored,
            Crowded: _crowded,
            PicturesCrowded: _pictures_crowded,
            Exception: _failed,
        },
    )
    app.state.server = server
    return app


def _watch(task: asyncio.Task[None], on_fatal: Callable[[], None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("the writer failed; the server is stopping", exc_info=task.exception())
        on_fatal()


async def _http_error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    said = f"{request.method} {shown(request.url.path)}: {problem.detail}."
    if _is_for_people(request):
        say = heard(request).gettext
        page = message(request, problem.status_code, say("Something went wrong"), said)
        page.headers.update(problem.headers or {})
        return page
    codes = {404: "not_found", 405: "wrong_method", 408: "slow_body", 413: "too_large"}
    code = codes.get(problem.status_code, "http_error")
    return error(problem.status_code, code, said, problem.headers)


def _is_for_people(request: Request) -> bool:
    """Does a browser ask for a page?"""
    asked = "text/html" in request.headers.get("accept", "")
    return asked and not request.url.path.startswith("/api/")


async def _database_error(request: Request, problem: Exception) -> Response:
    if isinstance(problem, Unstorable):
        said = (
            "A text has a character that can't be stored (such as NUL); expected text without it."
        )
        return error(400, "bad_text", said)
    log.error("%s %s: %s", request.method, template(request.scope), problem)
    again = {"retry-after": "2"}
    if not _is_for_people(request):
        return error(503, "storage", "The database is unavailable.", again)
    sent = request.method == "POST"
    language = heard(request)
    said = language.say(_SENT_IN_VAIN if sent else _ASKED_IN_VAIN)
    page = message(request, 503, language.gettext("One moment, please"), said)
    page.headers.update(again)
    return page


async def _deleted_meanwhile(request: Request, problem: Exception) -> Response:
    return await _http_error(request, HTTPException(404, "it has since been deleted"))


async def _crowded(request: Request, problem: Exception) -> Response:
    said = "Too many people are signing in right now. Try again in a few seconds."
    page = message(request, 503, "Try again in a moment", said)
    page.headers["retry-after"] = "2"
    return page


async def _pictures_crowded(request: Request, problem: Exception) -> Response:
    said = "Too many pictures are being drawn at this moment; try again in a few seconds"
    return await _http_error(request, HTTPException(503, said, {"retry-after": "5"}))


async def _failed(request: Request, problem: Exception) -> Response:
    """The answer to a bug of ours. It comes from outside of the middleware, so it has no headers
    but its own; the exception itself goes on into the log."""
    return error(500, "internal", "The server failed; its log has the error.", NOSNIFF)
