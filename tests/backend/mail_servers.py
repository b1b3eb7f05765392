"""A mail server, and what it may do with mails: keep them, or answer as it is told."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.ports import free_port

_TURNS = 9
"""Turns of the loop in which a connection ends: its task hears of it, closes it, and is told."""


class _MailServer(Controller):
    """Closes its connections before it stops: the library would leave them to the garbage
    collector, which complains of it in whatever test comes next."""

    def cancel_tasks(self, stop_loop: bool = True) -> None:
        super().cancel_tasks(stop_loop=False)
        self._stop_in(_TURNS)

    def _stop_in(self, turns: int) -> None:
        if turns:
            self.loop.call_soon(self._stop_in, turns - 1)
        else:
            self.loop.stop()


@contextmanager
def mail_server(handler: object, host: str = "127.0.0.1", **options: Any) -> Iterator[str]:
    """A mail server on a free port, which hands what comes to a handler: the setting for it."""
    server = _MailServer(handler, hostname=host, port=free_port(), **options)
    server.start()
    try:
        yield f"smtp://{host}:{server.port}"
    finally:
        server.stop()


class Inbox(Message):
    """Keeps what it takes."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[EmailMessage] = []

    def handle_message(self, message: email.message.Message) -> None:
        self.mails.append(email.message_from_bytes(bytes(message), policy=email.policy.default))


Serve = Callable[..., str]


class Responder:
    """Answers `said` at the step `at`, and keeps what it takes."""

    def __init__(self, at: str = "", said: str = "") -> None:
        self.at, self.said = at, said
        self.taken: list[Envelope] = []

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at == "MAIL":
            return self.said
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at == "RCPT":
            return self.said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.at == "DATA":
            return self.said
        self.taken.append(envelope)
        return "250 OK"
