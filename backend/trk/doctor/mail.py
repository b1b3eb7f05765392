"""The check of the mail server."""

from __future__ import annotations

import smtplib
from email.utils import parseaddr

from trk.doctor.finding import Finding, failed, ok, warning
from trk.services.jobs.mailer import connected
from trk.settings import Settings


def mail_server(settings: Settings) -> Finding:
    """Can we connect, encrypt and sign in? Sends no mail."""
    if not settings.smtp:
        return warning(
            "mail server",
            "none: mails are only shown in the log",
            "Set TRK_SMTP and TRK_MAIL_FROM; entrants get rewards and links by mail.",
        )
    try:
        with connected(settings) as server:
            server.noop()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return failed(
            "mail server",
            f"it does not speak to us: {type(error).__name__}: {error}",
            "Check TRK_SMTP: host, port, user and password.",
        )
    sender = parseaddr(settings.mail_from)[1]
    if sender.endswith("@localhost"):
        return warning(
            "mail server",
            f"it speaks, but mails would come from {sender}",
            "Set TRK_MAIL_FROM to an address of yours.",
        )
    return ok("mail server", f"it speaks; mails come from {sender}")
