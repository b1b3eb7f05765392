"""The mailer: hands waiting mails to a mail server, and tries again after a failure.

Without a mail server (as in a demo), each mail is written to the server's log instead.
"""

from __future__ import annotations

import asyncio
import logging
import smtplib
import threading
from asyncio import FIRST_COMPLETED
from collections.abc import Callable
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import formatdate, parseaddr
from typing import Any

from trk.clock import now_ms
from trk.core.mailbox import in_envelope
from trk.services.jobs.periodic import Periodic
from trk.services.mail_server import TIMEOUT, connected
from trk.settings import Settings
from trk.store import mails
from trk.store.database import Database
from trk.store.errors import Unavailable
from trk.store.mails import LEASE, DueMail

log = logging.getLogger(__name__)

_EVERY = 10.0
"""Seconds between two rounds, unless the mailer is told that there is a new mail."""
_ACCEPTING = 600.0
"""Seconds that it may take to accept a mail: who gives up sooner sends it twice (RFC 5321,
4.5.3.2.6)."""
_RENEWED = LEASE / 4_000
"""Seconds after which the lease of a mail under way is renewed."""
_SIGN_IN = (530, 534, 535, 538)
"""What a mail server says if it wants to know who we are, or by another way: the owner mends it."""


class Mailer(Periodic):
    """Sends what is due, as a task of the server; several servers may share the work.

    A mail goes out once, unless its server is killed, or loses the connection, after the mail
    server has taken the mail and before that is stored: then it goes out again.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__("sending e-mails", _EVERY)
        self._database = database
        self._settings = settings
        self._stopping = asyncio.Event()
        self._under_way: asyncio.Task[bool] | None = None
        self.hands_over = False
        """Is a mail being handed over? To end now might send it twice."""

    async def run(self) -> None:
        """Send until cancelled. A mail that is being handed over then is handed over to the end,
        and one that is not yet stays as it was."""
        try:
            await super().run()
        finally:
            self._stopping.set()
            if self._under_way is not None:
                await asyncio.gather(self._under_way, return_exceptions=True)

    async def work(self) -> None:
        """Send every mail that is due, one after the other."""
        more = True
        while more:
            # A task of its own, which goes on when this one is cancelled.
            self._under_way = asyncio.create_task(self._send_one())
            more = await asyncio.shield(self._under_way)

    async def _send_one(self) -> bool:
        """Send the next mail; False if there is none."""
        taken = await self._database.write(mails.take, 1, await self._database.now())
        for due in taken:
            await self._deliver(due)
        return bool(taken)

    async def _deliver(self, due: DueMail) -> None:
        if not self._settings.smtp:
            log.info("E-mail to %s: %s\n\n%s", due.mail.recipient, due.mail.subject, due.mail.body)
            await self._database.write(mails.shown, due)
            return
        outcome = self._in_a_thread(due)
        try:
            if not await self._is_over(outcome, due):
                outcome.cancel()
                return
            await outcome
        except _NotOurs:
            log.info("mail %d is sent by another server", due.id)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            problem = f"{type(error).__name__}: {error}"
            log.warning(
                "e-mail %d was not sent (attempt %d): %s", due.id, due.attempts, _kind(error)
            )
            now = await self._database.now()
            await self._database.write(mails.failed, due, problem, now, final=_is_final(error))
        else:
            await self._note_sent(due)
        finally:
            self.hands_over = False

    async def _is_over(self, outcome: asyncio.Future[None], due: DueMail) -> bool:
        """Wait for what becomes of a mail; False if it was given back, since the server stops."""
        stop = asyncio.create_task(self._stopping.wait())
        try:
            while not outcome.done():
                awaited: list[asyncio.Future[Any]] = [outcome, *([] if stop.done() else [stop])]
                await asyncio.wait(awaited, timeout=_RENEWED, return_when=FIRST_COMPLETED)
                if outcome.done():
                    break
                if stop.done() and not self.hands_over:
                    await self._database.write(mails.release, due, await self._database.now())
                    return False
                with suppress(Unavailable):  # nobody else can take it meanwhile
                    await self._renew(due)
            return True
        finally:
            stop.cancel()

    async def _renew(self, due: DueMail) -> bool:
        return await self._database.write(mails.renew, due, await self._database.now())

    async def _may_hand_over(self, due: DueMail) -> bool:
        """Is the mail still ours, and does the server go on? Then its lease begins anew."""
        self.hands_over = not self._stopping.is_set()
        self.hands_over = self.hands_over and await self._renew(due)
        return self.hands_over

    async def _note_sent(self, due: DueMail) -> None:
        """Store that the mail server has a mail, however long the database is away: nobody else
        knows."""
        while True:
            try:
                await self._database.write(mails.sent, due, now_ms())
            except Unavailable as error:
                log.warning("mail %d was sent, and that can't be stored yet: %s", due.id, error)
                await asyncio.sleep(1)
            else:
                return

    def _in_a_thread(self, due: DueMail) -> asyncio.Future[None]:
        """Hand one mail over in a thread that nobody waits for when the process ends."""
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[None] = loop.create_future()

        def settle(error: Exception | None) -> None:
            if not outcome.done():
                outcome.set_result(None) if error is None else outcome.set_exception(error)

        def tell(error: Exception | None) -> None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, error)

        def may_go() -> bool:
            asked = self._may_hand_over(due)
            try:
                return asyncio.run_coroutine_threadsafe(asked, loop).result()
            except RuntimeError:
                asked.close()
                return False

        def hand_over_alone() -> None:
            try:
                with connected(self._settings) as server:
                    hand_over(server, self._settings, due, may_go)
                    # Before the goodbye, for which the mail server may take its time.
                    tell(None)
            except Exception as error:
                tell(error)

        threading.Thread(target=hand_over_alone, name=f"mail-{due.id}", daemon=True).start()
        return outcome


class _NotOurs(Exception):
    """Somebody else sends the mail, or it was erased, or the server stops."""


def _kind(error: Exception) -> str:
    """What went wrong, for the log. The mail server's own words may name the recipient, so they are
    stored only with the mail."""
    return " ".join([type(error).__name__, *map(str, _codes(error))])


def _codes(error: Exception) -> list[int]:
    """The codes with which the mail server has answered, if that is what went wrong."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _is_final(error: Exception) -> bool:
    """Is the mail refused for good? A server that does not let us in at all refuses no mail."""
    if isinstance(error, NoUnicode):
        return True
    kinds = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
    return isinstance(error, kinds) and any(
        500 <= code < 600 and code not in _SIGN_IN for code in _codes(error)
    )


class NoUnicode(ValueError):
    """The mail server does not take this address."""


def hand_over(
    server: smtplib.SMTP, settings: Settings, due: DueMail, may_go: Callable[[], bool]
) -> None:
    """Give one mail to the mail server, if it still `may_go` at the last moment; OSError,
    SMTPException or ValueError if it does not go."""
    message = written(settings, due)
    sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    policy, options = SMTP, []
    if not f"{sender}{recipient}".isascii():
        if not server.has_extn("smtputf8"):
            raise NoUnicode(
                f"{sender if recipient.isascii() else recipient} has letters before the @ that "
                "are not ASCII; expected a mail server that offers SMTPUTF8."
            )
        policy, options = SMTPUTF8, ["SMTPUTF8", "BODY=8BITMIME"]
    # Not send_message, which writes `>From` for a line that begins with `From`, and neither it nor
    # sendmail asks before the point from which the mail may arrive.
    code, said = server.mail(sender, options)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, said, sender)
    code, said = server.rcpt(recipient)
    if code not in (250, 251):
        raise smtplib.SMTPRecipientsRefused({recipient: (code, said)})
    if not may_go():
        raise _NotOurs
    assert server.sock is not None
    server.sock.settimeout(_ACCEPTING)
    code, said = server.data(message.as_bytes(policy=policy))
    server.sock.settimeout(TIMEOUT)
    if code != 250:
        raise smtplib.SMTPDataError(code, said)


def written(settings: Settings, due: DueMail) -> EmailMessage:
    """The mail as it goes out; ValueError if it can't be written."""
    message = EmailMessage()
    name, sender = parseaddr(settings.mail_from)
    message["From"] = Address(name, *in_envelope(sender))
    message["To"] = Address("", *in_envelope(due.mail.recipient))
    message["Subject"] = due.mail.subject
    message["Date"] = formatdate(usegmt=True)
    # The same at every try, so that a mail server can recognise a repetition; but another than that
    # of a mail which another database at this host has sent, or this one before it was restored.
    message["Message-ID"] = f"<trk-{due.id}-{due.queued_at}@{settings.host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(due.mail.body)
    return message
