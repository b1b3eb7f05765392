"""PostgreSQL's address, read as its own tools read it.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
"""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Mapping
from configparser import Error, RawConfigParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from trk.core.rejection import shown
from trk.store import certificates
from trk.store.errors import DatabaseError
from trk.store.parameters import understood

_OURS = {"connect_timeout", "statement_cache_size"}
_OF_PRIMARY = {"", "any", "primary", "read-write"}
_OF_STANDBYS = {"", "any", "prefer-standby", "read-only", "standby"}
_NUMBERED = re.compile(r"\[([^\]]+)\](?::(.*))?")
_CONNECT = 5.0
"""Seconds that a new connection may take."""


def connecting(url: str, *, standby: bool = False) -> dict[str, Any]:
    """How the driver connects to an address, as its own arguments; the `dsn` among them has all
    in its query, and as many ports as hosts. It is a server that takes writes, or a `standby`.

    The driver would read some addresses in other ways than PostgreSQL's tools do, and others not at
    all. Raises DatabaseError with what can't be used, but never with a password.
    """
    if "\0" in unquote(url) or not url.isprintable():
        raise DatabaseError("its address has a character that can't be in one.")
    address, _, query = url.partition("?")
    scheme, _, rest = address.partition("//")
    authority, _, path = rest.partition("/")
    login, _, named = authority.rpartition("@")
    user, _, password = login.partition(":")
    first = {"user": unquote(user), "password": unquote(password), "dbname": unquote(path)}
    given = {**{name: value for name, value in first.items() if value}, **_queried(query)}
    given = {**_of_service(given.pop("service", os.environ.get("PGSERVICE", ""))), **given}
    given = understood(given)
    given["user"] = given.get("user") or os.environ.get("PGUSER") or _account()
    hosts = _hosts(named, given.pop("host", ""), given.pop("port", ""))
    given["port"] = ",".join(port for _, port in hosts)
    if hosts[0][0]:  # else it is the driver's business where to look
        given["host"] = ",".join(host for host, _ in hosts)
    if target := _target(given.get("target_session_attrs", ""), len(hosts), standby=standby):
        given["target_session_attrs"] = target
    for name in _OURS & given.keys():
        if not re.fullmatch(r"[0-9]{1,9}", given[name]):
            raise DatabaseError(f"{name} is {shown(given[name])}; expected a whole number.")
    options: dict[str, Any] = {
        "timeout": float(given.pop("connect_timeout", _CONNECT)) or _CONNECT,
    }
    if "statement_cache_size" in given:
        options["statement_cache_size"] = int(given.pop("statement_cache_size"))
    if system := certificates.of_system(given):
        options["ssl"] = system
        del given["sslrootcert"]
    else:
        certificates.check(given)
    return {**options, "dsn": f"{scheme}//?{urlencode(given)}"}


def _target(said: str, hosts: int, *, standby: bool) -> str:
    """Which kind of server the driver takes, if that matters. Raises DatabaseError if the address
    says another kind."""
    if standby:
        if said not in _OF_STANDBYS:
            raise DatabaseError(f"target_session_attrs is {shown(said)}; expected standby.")
        return "standby"
    wanted = said or os.environ.get("PGTARGETSESSIONATTRS", "")
    if wanted not in _OF_PRIMARY:
        raise DatabaseError(
            f"target_session_attrs is {shown(wanted)}; expected read-write, primary or any."
        )
    if not wanted and hosts > 1:
        return "read-write"  # a standby is of no use
    return wanted


def _queried(query: str) -> dict[str, str]:
    if not query:
        return {}
    try:
        # A plus is one there.
        pairs = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        pairs = [("", "")]
    if not all(name for name, _ in pairs):
        raise DatabaseError("after ? it has something that is not NAME=VALUE.")
    return dict(pairs)


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container, of a number without a name
        raise DatabaseError("it names no user, and whoever runs this has no name.") from None


def _of_service(name: str) -> Mapping[str, str]:
    """What the service file says of a service. Raises DatabaseError if that is nothing."""
    if not name:
        return {}
    file = Path(os.environ.get("PGSERVICEFILE") or Path.home() / ".pg_service.conf")
    services = RawConfigParser()
    try:
        services.read(file)
    except (Error, UnicodeDecodeError) as error:
        raise DatabaseError(f"{file} can't be read: {str(error).splitlines()[0]}.") from error
    if name not in services:
        raise DatabaseError(f"there is no service {shown(name)} in {file}.")
    return services[name]


def _hosts(named: str, hosts: str, ports: str) -> list[tuple[str, str]]:
    """Each host (as the driver reads it in a query) with its port, from what stands before the path
    (`named`) and in the query; one without a name where neither of them, nor the environment, has
    one."""
    first = [_before_path(each) for each in named.split(",")]
    pieces = hosts or named or os.environ.get("PGHOST", "")
    found = first if pieces is named else [_split(each) for each in pieces.split(",")]
    # Hosts in the query keep the ports that stand before the path, as with psql.
    beside = ",".join(port for _, port in first) if hosts and any(port for _, port in first) else ""
    others = (ports or beside or os.environ.get("PGPORT", "")).split(",")
    if len(others) == 1:
        others *= len(found)
    if len(others) != len(found):
        raise DatabaseError(f"could not match {len(others)} port numbers to {len(found)} hosts.")
    decoded = unquote if pieces is named else str
    pairs = [
        (_readable(decoded(host)), _number((other if ports else "") or port or other))
        for (host, port), other in zip(found, others, strict=True)
    ]
    if len(pairs) > 1 and not all(host for host, _ in pairs):
        raise DatabaseError("one of its hosts is empty.")
    return pairs


def _before_path(piece: str) -> tuple[str, str]:
    if piece.count(":") > 1 and not piece.startswith("["):
        # Without its value, which may be of a password that is not quoted.
        raise DatabaseError(
            "one of its hosts has more than one colon; expected HOST:PORT or [ADDRESS]:PORT."
        )
    return _split(piece)


def _split(piece: str) -> tuple[str, str]:
    """A host and its port, which may be empty."""
    if piece.startswith("["):
        matched = _NUMBERED.fullmatch(piece)
        if matched is None:
            raise DatabaseError("one of its hosts begins with [; expected [ADDRESS]:PORT.")
        return matched[1], matched[2] or ""
    if piece.startswith("/") or piece.count(":") > 1:
        return piece, ""
    host, _, port = piece.partition(":")
    return host, port


def _readable(host: str) -> str:
    if host.startswith("/"):
        return host
    try:
        host.encode("idna")
        unfit = "/" in host or "@" in host  # sockets beside us, or of no folder
    except UnicodeError:
        unfit = True
    if unfit:
        raise DatabaseError(
            f"{shown(host)} is no name of a host, nor a socket's folder, which begins with /."
        )
    return f"[{host}]" if ":" in host else host


def _number(port: str) -> str:
    """The port, 5432 if none is given."""
    port = port or "5432"
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        # Without its value: of a password that is not quoted the beginning would be here.
        raise DatabaseError(
            "one of its ports is not a number from 1 to 65535 (in a password /, ?, @, : and % are "
            "written as %2F, %3F, %40, %3A and %25)."
        )
    return port
