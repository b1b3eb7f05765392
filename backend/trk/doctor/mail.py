"""The check of the mail server."""

from __future__ import annotations

import smtplib
from email.utils import parseaddr

from trk.doctor.finding import Finding, failed, ok, warning
from trk.services.mail_server import connected
from trk.settings import Settings


def mail_server(settings: Settings) -> Finding:
    """Can we connect, encrypt and sign in? Sends no mail."""
    if not settings.smtp:
        return warning(
            "mail server",
            "none: e-mails are only shown in the log",
            "Set TRK_SMTP and TRK_MAIL_FROM, so that entrants get rewards and links by e-mail.",
        )
    try:
        with connected(settings) as server:
            server.noop()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return failed(
            "mail server",
            f"no connection: {type(error).__name__}: {error}",
            "Check TRK_SMTP: host, port, user and password.",
        )
    sender = parseaddr(settings.mail_from)[1]
    if sender.endswith("@localhost"):
        return warning(
            "mail server",
            f"connected, but e-mails would come from {sender}",
            "Set TRK_MAIL_FROM to one of your addresses.",
        )
    return ok("mail server", f"connected; e-mails come from {sender}")
