"""What is outside of the cluster: the mail server, and the endpoint of the webhook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.backend.mail_servers import Inbox, mail_server
from tests.backend.receiver import Receiver, receiving


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
    inbox = Inbox()
    with mail_server(inbox, address) as smtp, receiving(host=address) as (receiver, url):
        settings = {"TRK_SMTP": smtp, "TRK_WEBHOOKS_PRIVATE": "1"}
        yield Outside(inbox, receiver, f"{url}/events", settings)
