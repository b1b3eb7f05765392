"""The parameters of PostgreSQL's address that its own tools know and the driver does not, or says
nothing clear of."""

from __future__ import annotations

import os
from collections.abc import Mapping

from trk.core.rejection import shown
from trk.store.errors import DatabaseError

_VARIABLES = {
    "application_name": "PGAPPNAME",
    "channel_binding": "PGCHANNELBINDING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "gssencmode": "PGGSSENCMODE",
    "hostaddr": "PGHOSTADDR",
    "options": "PGOPTIONS",
    "sslcert": "PGSSLCERT",
    "sslcrl": "PGSSLCRL",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}
"""Where each is read if the address does not have it."""

_CHOICES = {
    "channel_binding": ("disable", "prefer"),
    "gssencmode": ("disable", "prefer"),
    "load_balance_hosts": ("disable",),
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
}

_OTHER_WORDS = {"database": "dbname", "fallback_application_name": "application_name"}

# What the driver never does is so by itself, and dead connections are noticed in any case; texts
# are always UTF-8.
_WITHOUT_EFFECT = (
    "channel_binding",
    "client_encoding",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "sslcompression",
    "tcp_user_timeout",
)


def understood(given: Mapping[str, str]) -> dict[str, str]:
    """The parameters with those of the environment, in the driver's words, without those that
    change nothing. Raises DatabaseError with one that has a value of no use."""
    found = dict(given)
    for name, variable in _VARIABLES.items():
        if name not in found and os.environ.get(variable):
            found[name] = os.environ[variable]
    if address := found.get("hostaddr"):
        raise DatabaseError(f"hostaddr is {shown(address)}; expected this address as host.")
    if found.get("ssl") == "true":
        del found["ssl"]
        found.setdefault("sslmode", "require")
    for name, meant in _OTHER_WORDS.items():
        if value := found.pop(name, ""):
            found.setdefault(meant, value)
    for name, choices in _CHOICES.items():
        value = found.get(name, "")
        if value and value not in choices:
            raise DatabaseError(f"{name} is {shown(value)}; expected one of {', '.join(choices)}.")
    return {name: value for name, value in found.items() if name not in _WITHOUT_EFFECT}
