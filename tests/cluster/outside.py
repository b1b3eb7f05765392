"""What is outside of the cluster: the mail server, and the endpoint of the webhook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiosmtpd.controller import Controller

from tests.backend.mail_servers import Inbox
from tests.backend.receiver import Receiver, receiving
from tests.ports import free_port


@dataclass(frozen=True, slots=True)
class Outside:
    """What it got, and the nodes' `settings` for it."""

    inbox: Inbox
    receiver: Receiver
    hook: str
    settings: dict[str, str]


@contextmanager
def outside(address: str) -> Iterator[Outside]:
    """Both, listening on this address, until the context ends."""
    inbox, port = Inbox(), free_port()
    mail = Controller(inbox, hostname=address, port=port)
    mail.start()
    try:
        with receiving(host=address) as (receiver, url):
            settings = {"TRK_SMTP": f"smtp://{address}:{port}", "TRK_WEBHOOKS_PRIVATE": "1"}
            yield Outside(inbox, receiver, f"{url}/events", settings)
    finally:
        mail.stop()
