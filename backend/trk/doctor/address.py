"""Checks of the public URL: https, DNS, that this server answers, and what its proxy forwards."""

from __future__ import annotations

import socket
import ssl
from email.message import Message
from http.client import HTTPException
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from trk.core.address import is_local
from trk.doctor.finding import Finding, failed, ok, warning
from trk.web.http.health import IGNORED, INSTANCE, SEEN

_SECONDS = 10.0


class HealthAnswer(NamedTuple):
    """What the public URL answered: the final URL, the status and the headers."""

    url: str
    status: int
    headers: Message


def https(public_url: str) -> Finding:
    """Do browsers reach the server by https?"""
    parts = urlsplit(public_url)
    if parts.scheme == "https":
        return ok("public_url", public_url)
    if is_local(parts.hostname or ""):
        return warning(
            "public_url",
            f"{public_url} is for this machine only",
            "Set TRK_PUBLIC_URL to the address that browsers use, such as "
            "https://track.example.org.",
        )
    return warning(
        "public_url",
        f"{public_url} is not https: https pages can't load the script, and cookies are sent "
        "unencrypted",
        "Put a proxy with a certificate in front (see docs/operating.md) and set TRK_PUBLIC_URL.",
    )


def resolves(public_url: str) -> Finding:
    """Does the host name of the public URL resolve?"""
    host = urlsplit(public_url).hostname or ""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        return failed("name", f"{host} does not resolve: {reason}", f"Add a DNS record for {host}.")
    return ok("name", f"{host} is {', '.join(sorted({str(each[4][0]) for each in found}))}")


def fetch_health(public_url: str, seconds: float = _SECONDS) -> HealthAnswer | str:
    """What `/healthz` at the public URL answers, or why it does not."""
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(f"{public_url}/healthz", timeout=seconds) as answer:
            return HealthAnswer(answer.url, answer.status, answer.headers)
    except HTTPError as error:
        with error:
            return HealthAnswer(error.url or public_url, error.code, error.headers)
    except URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            return f"its certificate is not accepted: {error.reason.verify_message}"
        return str(getattr(error.reason, "strerror", None) or error.reason)
    except (OSError, HTTPException) as error:
        return str(error) or type(error).__name__


def answers(public_url: str, answer: HealthAnswer | str, instance: str | None) -> Finding:
    """Is the server that answers there on this database (`instance`)?"""
    if isinstance(answer, str):
        return failed(
            "public address",
            f"{public_url} does not answer: {answer}",
            "Check that the server and the proxy in front of it are running, and check the "
            "firewall.",
        )
    if urlsplit(answer.url).netloc != urlsplit(public_url).netloc:
        return failed(
            "public address",
            f"{public_url} redirects to {answer.url}",
            "Set TRK_PUBLIC_URL to the address that doesn't redirect.",
        )
    if answer.status != 200:
        return failed(
            "public address",
            f"{public_url}/healthz answered {answer.status}",
            "Check the logs of the server and of the proxy in front of it.",
        )
    found = answer.headers.get(INSTANCE)
    if found is None:
        return failed(
            "public address",
            f"{public_url} answers, but it is not this server",
            "Check where the name and the proxy point.",
        )
    if found != instance:
        return failed(
            "public address",
            f"{public_url} is answered by a server with another database",
            "Run this with the server's own TRK_DATABASE, or check where the proxy points.",
        )
    return ok("public address", f"{public_url} is answered by this server")


def forwarding(public_url: str, answer: HealthAnswer) -> Finding:
    """Does the server know under which URL it was reached, and by whom?"""
    found = answer.headers.get(SEEN, "")
    if found != public_url:
        return failed(
            "proxy",
            f"when called as {public_url}, the server sees {found or 'nothing'}",
            "Make the proxy pass on Host and X-Forwarded-Proto, and add its address to "
            "TRK_TRUSTED_PROXIES.",
        )
    if IGNORED in answer.headers:
        return warning(
            "proxy",
            "the server doesn't trust its proxy, so all visitors look like one",
            "Add the proxy's address to TRK_TRUSTED_PROXIES.",
        )
    return ok("proxy", f"the server sees {found}")
