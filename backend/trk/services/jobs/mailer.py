"""The mailer: hands waiting mails to a mail server, and tries again after a failure.

Without a mail server (as in a demo), each mail is written to the server's log instead.
"""

from __future__ import annotations

import asyncio
import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import formatdate, parseaddr
from urllib.parse import unquote, urlsplit

from trk.clock import now_ms
from trk.core.mailbox import in_envelope
from trk.services.jobs.periodic import Periodic
from trk.settings import Settings
from trk.store import mails
from trk.store.database import Database
from trk.store.mails import DueMail

log = logging.getLogger(__name__)

_BATCH = 20
_EVERY = 10.0
"""Seconds between two rounds, unless the mailer is told that there is a new mail."""
_TIMEOUT = 30.0
"""Seconds that a mail server may take for one answer: less than the lease of a mail."""
_SIGN_IN = (530, 534, 535, 538)
"""What a mail server says if it wants to know who we are, or by another way: the owner mends it."""


class Mailer(Periodic):
    """Sends what is due, as a task of the server; several servers may share the work."""

    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__("sending e-mails", _EVERY)
        self._database = database
        self._settings = settings

    async def work(self) -> None:
        """Send every mail that is due. What is under way when this is cancelled is sent again after
        its lease."""
        while due := await self._database.write(mails.take, _BATCH, now_ms()):
            for each in due:
                await self._deliver(each)

    async def _deliver(self, due: DueMail) -> None:
        if not self._settings.smtp:
            log.info("E-mail to %s: %s\n\n%s", due.mail.recipient, due.mail.subject, due.mail.body)
            await self._database.write(mails.shown, due.id)
            return
        try:
            await asyncio.to_thread(hand_over, self._settings, due)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            problem = f"{type(error).__name__}: {error}"
            log.warning(
                "e-mail %d was not sent (attempt %d): %s", due.id, due.attempts, _kind(error)
            )
            await self._database.write(mails.failed, due, problem, now_ms(), final=_is_final(error))
        else:
            await self._database.write(mails.sent, due.id, now_ms())


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


def hand_over(settings: Settings, due: DueMail) -> None:
    """Give one mail to the mail server; OSError, SMTPException or ValueError if it does not go."""
    message = written(settings, due)
    sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    policy, options = SMTP, []
    with connected(settings) as server:
        if not f"{sender}{recipient}".isascii():
            if not server.has_extn("smtputf8"):
                raise NoUnicode(
                    f"{sender if recipient.isascii() else recipient} has letters before the @ that "
                    "are not ASCII; expected a mail server that offers SMTPUTF8."
                )
            policy, options = SMTPUTF8, ["SMTPUTF8", "BODY=8BITMIME"]
        # Not send_message, which writes `>From` for a line that begins with `From`.
        server.sendmail(sender, [recipient], message.as_bytes(policy=policy), options)


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
            host, url.port or 465, timeout=_TIMEOUT, context=secure
        )
    else:
        server = smtplib.SMTP(host, url.port or 587, timeout=_TIMEOUT)
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


def written(settings: Settings, due: DueMail) -> EmailMessage:
    """The mail as it goes out; ValueError if it can't be written."""
    message = EmailMessage()
    name, sender = parseaddr(settings.mail_from)
    message["From"] = Address(name, *in_envelope(sender))
    message["To"] = Address("", *in_envelope(due.mail.recipient))
    message["Subject"] = due.mail.subject
    message["Date"] = formatdate(usegmt=True)
    # The same at every try, so that a mail server can recognise a repetition.
    message["Message-ID"] = f"<trk-{due.id}@{urlsplit(settings.public_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(due.mail.body)
    return message
