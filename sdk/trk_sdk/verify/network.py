"""Translates browsers' error codes for failed requests into plain words, with advice."""

from __future__ import annotations

import re
from typing import NamedTuple


class Trouble(NamedTuple):
    """Why a request failed, worded to follow `… was not loaded: `, and what to do about it."""

    why: str
    advice: str


_TROUBLES: tuple[tuple[str, str, str], ...] = (
    (
        r"BLOCKED_BY_CLIENT|BLOCKED_BY_ADMINISTRATOR|TRACKING_URI",
        "something in the browser blocks it, such as an ad blocker",
        "Run the tracking server under your own domain, which is not on blockers' lists.",
    ),
    (
        r"MIXED|mixed-content",
        "it is an http address on an https page (mixed content)",
        "Use the https address of the tracking server.",
    ),
    (
        r"CONNECTION_REFUSED|PROXY_CONNECTION_FAILED",
        "the connection was refused",
        "Start the server, or correct the address. A firewall may also be refusing.",
    ),
    (
        r"NAME_NOT_RESOLVED|UNKNOWN_HOST",
        "there is no server with this name",
        "Correct the address, or the name's DNS record.",
    ),
    (
        r"CERT|SSL|SEC_ERROR|MOZILLA_PKIX|INADEQUATE_SECURITY",
        "the browser does not accept its certificate or its TLS",
        "Give the server a certificate for this name; to check the page anyway, use --insecure.",
    ),
    (
        r"TIMED_OUT|NET_TIMEOUT|Timeout",
        "it did not answer in time",
        "Check that the server is up and reachable.",
    ),
    (
        r"CONNECTION_RESET|NET_RESET|CONNECTION_CLOSED|NET_INTERRUPT|EMPTY_RESPONSE|PARTIAL",
        "the connection broke",
        "Check that the server is up, check its log, and try again.",
    ),
    (
        r"TOO_MANY_REDIRECTS|REDIRECT_LOOP",
        "its redirects never end",
        "Open the address in a browser without cookies, and look where it leads.",
    ),
    (
        r"UNSAFE_PORT|deniedPortAccess|PORT_ACCESS",
        "browsers refuse to use this port",
        "Run the server on another port.",
    ),
    (
        r"INTERNET_DISCONNECTED|ADDRESS_UNREACHABLE|NETWORK_CHANGED|OFFLINE",
        "the network can't reach it",
        "Check this machine's network, then try again.",
    ),
    (
        r"LOCAL_NETWORK_ACCESS|PRIVATE_NETWORK",
        "the browser doesn't let a public page reach a local network",
        "Give the tracking server a public address.",
    ),
    (
        r"BLOCKED_BY_RESPONSE|BLOCKED_BY_ORB|CORP",
        "the answer was withheld from the page (its headers, or the page's, forbid it)",
        "Make sure that no proxy changes the tracking server's headers.",
    ),
    (
        r"ABORTED|BINDING_ABORTED",
        "the request was aborted",
        "The page may have been left, or a blocker may have stopped it; try again.",
    ),
)


def trouble(failure: str) -> Trouble:
    """The meaning of the browser's error code `failure`."""
    for words, why, advice in _TROUBLES:
        if re.search(words, failure):
            return Trouble(why, advice)
    return Trouble(
        f"the browser says {failure!r}" if failure else "the browser does not say why",
        "Open the address in a browser, and check its developer tools.",
    )
