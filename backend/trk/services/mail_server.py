"""The mail server, and how we sign in."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from trk.settings import Settings

TIMEOUT = 30.0
"""Seconds that a mail server may take for one answer."""


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
