"""The demo's two ports: read from the command line, and bound before anything starts."""

from __future__ import annotations

import socket
from typing import Any

import click

_LEAST, _MOST = 1024, 65535
_BLOCKED = frozenset(
    {
        *(1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000),
        *(6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080),
    }
)
"""What browsers refuse to open: the “bad ports” of the Fetch standard."""


class Port(click.ParamType[int]):
    """A port that anybody may listen on and browsers open; `variable` is its name for `make`."""

    name = "port"

    def __init__(self, variable: str) -> None:
        self._variable = variable

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """The port as a number; ClickException, in one sentence, if it can't be one."""
        text = str(value).strip()
        # Not int() alone, which also takes 8_000 and the digits of other scripts.
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        if not _LEAST <= number <= _MOST:
            expected = f"a number from {_LEAST} to {_MOST}"
        elif number in _BLOCKED:
            expected = "another, since browsers don't open this one"
        else:
            return number
        raise click.ClickException(
            f"{self._variable} is {text!r}; expected {expected}, such as make demo "
            f"{self._variable}=8100"
        )


def bound(port: int, variable: str) -> socket.socket:
    """A socket that listens on `port`; ClickException if another program uses the port.

    It is bound here, before anything starts, and handed on, so that nobody can take the port in
    between.
    """
    # Browsers try ::1 first for localhost: whoever answers there would be taken for us.
    with socket.socket(socket.AF_INET6) as probe:
        taken = probe.connect_ex(("::1", port)) == 0
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        if not taken:
            listening.bind(("127.0.0.1", port))
            listening.listen(2048)
            return listening
    except OSError:
        pass
    listening.close()
    raise click.ClickException(
        f"port {port} is in use by another program; choose another: make demo "
        f"{variable}={port + 100 if port < 60000 else 8100}"
    )
