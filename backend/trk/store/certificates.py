"""The files of certificates that PostgreSQL's address names: of one that is of no use the driver
would not say which it is."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from trk.core.rejection import shown
from trk.store.errors import DatabaseError

_VERIFIED = {"require", "verify-ca", "verify-full"}
_PATH = 4096
"""Characters of a file's name that are shown: cut short, it would not say which file it is."""
_BESIDE = ("sslcrl", "ssl_min_protocol_version", "ssl_max_protocol_version")


def of_system(given: Mapping[str, str]) -> ssl.SSLContext | None:
    """How a server is verified by what this machine trusts, if that is asked for: the driver takes
    only a file. Raises DatabaseError with what can't be done."""
    if given.get("sslrootcert") != "system":
        return None
    if (mode := given.get("sslmode") or "verify-full") != "verify-full":
        raise DatabaseError(
            f"sslmode is {shown(mode)} and sslrootcert is 'system'; expected verify-full."
        )
    for name in _BESIDE:
        if given.get(name):
            raise DatabaseError(f"{name} can't be given where sslrootcert is 'system'.")
    context = ssl.create_default_context()
    context.set_alpn_protocols(["postgresql"])
    _load_own(context, given)
    return context


def check(given: Mapping[str, str]) -> None:
    """Raises DatabaseError with the file that is of no use, of those that will be read."""
    mode = given.get("sslmode")
    for name in ("sslrootcert", "sslcrl"):
        if mode not in _VERIFIED or not given.get(name):
            continue
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(given[name])
        except OSError as error:
            raise _of_no_use(f"{name} is {shown(given[name], _PATH)}", error) from error
    if mode != "disable":
        _load_own(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), given)


def _load_own(context: ssl.SSLContext, given: Mapping[str, str]) -> None:
    if not (certificate := given.get("sslcert")):
        return
    usual = Path("~/.postgresql/postgresql.key").expanduser()
    key = given.get("sslkey") or (str(usual) if usual.exists() else certificate)
    try:
        context.load_cert_chain(certificate, key, lambda: given.get("sslpassword", ""))
    except OSError as error:
        said = f"sslcert is {shown(certificate, _PATH)}, with its key in {shown(key, _PATH)}"
        raise _of_no_use(said, error) from error


def _of_no_use(said: str, error: OSError) -> DatabaseError:
    # What OpenSSL says is for its authors.
    why = "nothing fit" if isinstance(error, ssl.SSLError) else error.strerror
    return DatabaseError(f"{said}: {why}; expected a file in PEM form.")
