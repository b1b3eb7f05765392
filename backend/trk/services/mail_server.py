"""The mail server: how we sign in, and which addresses it takes: some take no letters like ü before
the @ (SMTPUTF8)."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import unquote, urlsplit

from trk.core.mailbox import in_envelope
from trk.settings import Settings

TIMEOUT = 30.0
"""Seconds that a mail server may take for one answer."""
_KEPT = 3_600.0
"""Seconds until the mail server is asked again, which may be another one by then."""
_UNREACHED = 60.0
"""The same if it could not be asked."""
_PATIENCE = 5.0
"""Seconds that somebody who enters waits for what it says."""


@contextmanager
def connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    """The mail server, signed in; OSError, SMTPException or ValueError if it does not let us.

    `smtps:` is encrypted from the start, `smtp+starttls:` before anything is said, `smtp:` if the
    server can. With a password, `smtp:` is `smtp+starttls:`, except on this machine.
    """
    url = urlsplit(settings.smtp)
    host = url.hostname or ""
    secure = ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, url.port or 465, timeout=TIMEOUT, context=secure
        )
    else:
        server = smtplib.SMTP(host, url.port or 587, timeout=TIMEOUT)
    with server:
        server.ehlo()
        if url.scheme != "smtps":
            demanded = url.scheme == "smtp+starttls" or (
                url.username and host not in ("localhost", "127.0.0.1", "::1")
            )
            if server.has_extn("starttls"):
                server.starttls(context=secure)
                server.ehlo()
            elif demanded:
                raise ValueError(f"{host} offers no encryption; expected STARTTLS")
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server


class MailAddresses:
    """Asks the mail server once, when an address with such letters is entered for the first
    time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._offered: asyncio.Future[bool | None] | None = None
        self._until = 0.0

    async def takes(self, email: str) -> bool:
        """Can an e-mail get to this address? True also if nobody knows: there is no mail server, or
        it can't be reached."""
        if not self._settings.smtp or in_envelope(email)[0].isascii():
            return True
        if self._offered is None or (self._offered.done() and time.monotonic() > self._until):
            self._offered = self._ask()
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                return await asyncio.shield(self._offered) is not False
        return True

    def _ask(self) -> asyncio.Future[bool | None]:
        """Whether the mail server offers it, or None, from a thread that nobody waits for when the
        process ends."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bool | None] = loop.create_future()

        def settle(offered: bool | None) -> None:
            if not answer.done():
                answer.set_result(offered)
                self._until = time.monotonic() + (_UNREACHED if offered is None else _KEPT)

        def ask() -> None:
            offered = None
            refusals = suppress(OSError, smtplib.SMTPException, ValueError)
            try:
                with refusals, connected(self._settings) as server:
                    offered = server.has_extn("smtputf8")
            finally:
                with suppress(RuntimeError):  # the loop has ended meanwhile
                    loop.call_soon_threadsafe(settle, offered)

        threading.Thread(target=ask, name="mail-addresses", daemon=True).start()
        return answer
