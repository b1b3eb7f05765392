"""The parts of a running server, and how handlers get at them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request

from trk.services.counted import Counted
from trk.services.downloads import Downloads
from trk.services.jobs.deletion import Deletion
from trk.services.jobs.mailer import Mailer
from trk.services.jobs.webhook_sender import WebhookSender
from trk.services.looks import Looks
from trk.services.mail_server import MailAddresses
from trk.services.metrics import Metrics
from trk.services.passwords import Passwords
from trk.services.pictures import Studio
from trk.services.status import StatusReader
from trk.settings import Settings
from trk.store.database import Database
from trk.store.storing import Storing
from trk.store.writer import Writer
from trk.web.beacon import Beacons
from trk.web.http.access import RequestIds
from trk.web.http.rates import Rates

if TYPE_CHECKING:
    from trk.web.http.proxies import Forwarded  # loads uvicorn, which few commands need


@dataclass(slots=True)
class Server:
    """The parts of one application; a process may have several applications."""

    settings: Settings
    database: Database
    storing: Storing
    writer: Writer
    metrics: Metrics
    counted: Counted | None
    """What all processes of the server have counted, if it is several."""
    rates: Rates
    forwarded: Forwarded
    beacons: Beacons
    mailer: Mailer
    mail_addresses: MailAddresses
    webhook_sender: WebhookSender
    deletion: Deletion
    passwords: Passwords
    status: StatusReader
    downloads: Downloads = field(default_factory=Downloads)
    studio: Studio = field(default_factory=Studio)
    looks: Looks = field(default_factory=Looks)
    request_ids: RequestIds = field(default_factory=RequestIds)
    instance: str = ""
    """This installation's id, known once the database is open."""
    new: bool = False
    """Was no campaign ever made in its database, when that was last asked?"""
    secret: str = ""
    """What keys its hashes of networks, known from then on as well."""
    writer_task: asyncio.Task[None] | None = None
    """The running writer, once the server has started."""
    stopping: bool = False
    """Has it been asked to stop?"""
    proved_at: float = float("-inf")
    """When it was last seen that something can be stored, by time.monotonic."""

    @property
    def stores(self) -> bool:
        """Is the writer at work? Without it nothing can be accepted."""
        return self.writer_task is not None and not self.writer_task.done()

    @property
    def hands_over(self) -> bool:
        """Is a mail or an event being handed over? To end now might send it twice."""
        return self.mailer.hands_over or self.webhook_sender.hands_over


def server_of(app: Starlette) -> Server:
    """The parts of an application that create_app has made."""
    found: Server = app.state.server
    return found


def server(request: Request) -> Server:
    """The parts of the application that answers this request."""
    return server_of(request.app)
