"""The composition root: routes and lifespan; all state belongs to an app, none to the module."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import secrets
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route

from trk.clock import now_ms
from trk.services.counted import Counted
from trk.services.downloads import Downloads
from trk.services.jobs.counters import Counters
from trk.services.jobs.deletion import Deletion
from trk.services.jobs.end_teller import EndTeller
from trk.services.jobs.list_fixer import ListFixer
from trk.services.jobs.mailer import Mailer
from trk.services.jobs.part_counter import PartCounter
from trk.services.jobs.periodic import Periodic
from trk.services.jobs.retention import Retention
from trk.services.jobs.reward_giver import RewardGiver
from trk.services.jobs.webhook_sender import WebhookSender
from trk.services.mail_server import MailAddresses
from trk.services.metrics import Metrics
from trk.services.passwords import Passwords
from trk.services.place import Place
from trk.services.status import StatusReader
from trk.settings import Settings
from trk.store import instance
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.instance import Instance
from trk.store.migrate import migrate
from trk.store.store_client import StoreClient
from trk.store.storing import StoringHere
from trk.store.writer import Writer
from trk.web import admin, api, failures, script
from trk.web.api import reference
from trk.web.beacon import BeaconPath, Beacons
from trk.web.campaign import confirmation, frame, page, preview, public_draw, winning
from trk.web.campaign.pictures import serve_picture
from trk.web.http import crawlers, health
from trk.web.http import metrics as reading
from trk.web.http.access import Access
from trk.web.http.compressed import Compressed
from trk.web.http.limits import BodyLimit
from trk.web.http.proxies import Forwarded, Proxies
from trk.web.http.rates import Rates
from trk.web.http.right_database import RightDatabase
from trk.web.http.security import Security
from trk.web.http.wellformed import WellFormed
from trk.web.pages import Static
from trk.web.server import Server
from trk.web.status import StatusPath, show_status

log = logging.getLogger(__name__)


def _end_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def create_app(
    settings: Settings,
    on_fatal: Callable[[], None] = _end_process,
    *,
    place: Place | None = None,
    group: int = 256,
    passwords: Passwords | None = None,
    tls: ssl.SSLContext | None = None,
) -> Starlette:
    """The server as an ASGI application, or one of several processes that are it, with its `place`.

    `group` is the most beacons that are committed together; `passwords` hashes owners'
    passwords, at the recommended cost unless it is given; `tls` says which certificates of
    webhooks' endpoints are trusted, the system's unless it is given.

    `on_fatal` is called when the writer has failed for good: a process that can't store anything
    must exit rather than pretend.
    """
    database = Database(settings.database, standbys=settings.database_read)
    capacity = settings.queue if place is None else max(1, settings.queue // place.of)
    metrics = Metrics(lambda: writer.waiting, capacity)
    counted = None if place is None else Counted(place, metrics.registry)
    storing = StoreClient(str(place.store)) if place and place.has_store else StoringHere(database)
    writer = Writer(storing, capacity=capacity, group=group, committed=metrics.committed)
    rates = Rates()
    mailer = Mailer(database, settings)
    webhook_sender = WebhookSender(database, private=settings.webhooks_private, tls=tls)
    deletion = Deletion(database)
    jobs = (
        *(mailer, webhook_sender, deletion, Counters(database), ListFixer(database)),
        Retention(database, settings.retention_days),
        RewardGiver(database),
        PartCounter(database),
        EndTeller(database, mailer, settings.public_url),
    )
    server = Server(
        settings=settings,
        database=database,
        storing=storing,
        writer=writer,
        metrics=metrics,
        counted=counted,
        rates=rates,
        forwarded=Forwarded(settings.trusted_proxies),
        beacons=Beacons(writer, rates, metrics.beacon),
        mailer=mailer,
        mail_addresses=MailAddresses(settings),
        webhook_sender=webhook_sender,
        deletion=deletion,
        passwords=passwords or Passwords(),
        status=StatusReader(database),
        downloads=Downloads() if place is None else place.downloads,
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if place is None:  # otherwise whoever has started this one did it
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
        else:
            await _note_address(database, settings.public_url)
        task = asyncio.create_task(writer.run())
        task.add_done_callback(lambda done: _watch(done, on_fatal))
        server.writer_task = task
        # What is due in another installation's database is not this server's to do.
        due = () if writer.doubt or (place and not place.runs_jobs) else jobs
        background = [asyncio.create_task(each.run()) for each in due]
        # What is loaded by now stays. Excluding it from garbage collection keeps the pauses
        # short.
        gc.collect()
        gc.freeze()
        try:
            async with _among_others(place, jobs, counted):
                yield
        finally:
            server.stopping = True
            for each in background:
                each.cancel()
            writer.close()
            await asyncio.gather(task, *background, return_exceptions=True)
            storing.close()
            await database.close()
            server.passwords.close()
            server.studio.close()

    access = Middleware(
        Access, level=settings.access_log, ids=server.request_ids, answered=metrics.answered
    )
    app = Starlette(
        routes=_routes(),
        middleware=[
            Middleware(Proxies, server.forwarded),
            # Beacons skip the access log, unless it is to show everything.
            *([access] if settings.access_log == "all" else []),
            Middleware(
                BeaconPath,
                server.beacons,
                public_url=settings.public_url,
                body_timeout=settings.body_timeout,
            ),
            *([access] if settings.access_log != "all" else []),
            Middleware(Security, settings.public_url),
            Middleware(WellFormed),
            Middleware(StatusPath, server.status),
            Middleware(RightDatabase, writer, failures.wrong_database),
            Middleware(BodyLimit, settings.body_timeout),
        ],
        lifespan=lifespan,
        exception_handlers=failures.HANDLERS,
    )
    app.state.server = server
    return app


async def _note_address(database: Database, url: str) -> None:
    """Note the public address for commands that run beside the server. It serves without that."""
    if await database.read(instance.address) == url:
        return
    try:
        await database.write(instance.remember_address, url)
    except DatabaseError as error:
        log.warning("The public address could not be noted: %s", error)


@asynccontextmanager
async def _among_others(
    place: Place | None, jobs: Sequence[Periodic], counted: Counted | None
) -> AsyncIterator[None]:
    """Take part in what the processes of a server do for each other, if it is several."""
    if place is None or counted is None:
        yield
        return
    await counted.open()
    if place.runs_jobs:
        place.wakes.listen(jobs)
    else:
        place.wakes.forward(jobs)
    try:
        yield
    finally:
        await counted.close()
        if place.runs_jobs:
            place.wakes.leave()


def _routes() -> list[BaseRoute]:
    # Of what entrants and programmers load. What owners see has secrets beside what a link can
    # put there, from whose size together somebody who listens could learn (BREACH).
    smaller = [Middleware(Compressed)]
    return [
        # Routes are tried in this order, so the busiest comes first.
        Route("/{key}/status", show_status),
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Route("/metrics", reading.show_metrics),
        Route("/robots.txt", crawlers.show_robots),
        Mount("/static", Static(), middleware=smaller),
        Route("/api", reference.show_reference, middleware=smaller),
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
    ]


def _watch(task: asyncio.Task[None], on_fatal: Callable[[], None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("the writer failed; the server is stopping", exc_info=task.exception())
        on_fatal()
