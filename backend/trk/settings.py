"""The server's settings: read from the environment (`TRK_…`), overridden by flags."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from email.utils import parseaddr
from ipaddress import ip_network
from typing import Any, get_args
from urllib.parse import urlsplit

from trk.core.origin import normal_address
from trk.core.second_factor import Requirement

DEFAULT_DATABASE = "sqlite:///var/trk.db"
LOG_FORMATS = ("text", "json")
ACCESS_LOGS = ("off", "on", "all")
MAIL_SCHEMES = ("smtp", "smtp+starttls", "smtps")
SECOND_FACTORS: tuple[Requirement, ...] = get_args(Requirement)


class SettingsError(ValueError):
    """A setting has an invalid value; the message names it and says what was expected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A server's settings; each field is read from `TRK_` plus its name in capitals."""

    database: str = DEFAULT_DATABASE
    """`sqlite:///PATH` (`sqlite:////PATH` for an absolute one) or `postgresql://USER@HOST/NAME`."""
    instance: str = ""
    """The id of the instance to which that database belongs; empty: it may be any."""
    public_url: str = "http://localhost:8000"
    """The URL under which browsers reach this server, without a trailing slash."""
    global_name: str = "Gleam"
    """The name of trk.js's only global."""
    queue: int = 10_000
    """How many beacons may be waiting to be stored before the server answers 503."""
    body_timeout: float = 10.0
    """Seconds that a request's head, and then its body, may take to arrive."""
    smtp: str = ""
    """The mail server, `smtp://USER:PASSWORD@HOST:587`, `smtp+starttls://…:587` or `smtps://…:465`;
    without one, mails are shown in the log."""
    mail_from: str = "noreply@localhost"
    """The sender of mails: `name@shop.example` or `Shop <name@shop.example>`."""
    trusted_proxies: str = "127.0.0.1,::1"
    """Addresses and networks, separated by commas, whose `X-Forwarded-For`, `X-Forwarded-Proto` and
    `X-Request-Id` are trusted; `*` means all."""
    log_format: str = "text"
    """The log's format: `text` for people, `json` for programs."""
    access_log: str = "on"
    """Which requests get a line in the log: `off`, `on` (all but beacons, polls and health) or
    `all`."""
    metrics_token: str = ""
    """The bearer token for /metrics; without one there is no such page."""
    drain: float = 0.0
    """Seconds for which the server, asked to stop, keeps serving with /readyz at 503, so that load
    balancers take it out of service."""
    stop_timeout: float = 20.0
    """Seconds that requests under way get to finish before they are cut off."""

    webhooks_private: bool = False
    """May webhooks be sent to private addresses, and by plain http?"""
    drand_url: str = ""
    """The server from which drand's values are fetched, `https://api.drand.sh`; without one they
    are typed."""
    retention_days: int = 0
    """After how many days the trackings of finished campaigns are erased; 0: never."""

    workers: int = 0
    """How many processes serve; 0: as many as there are cores, at most 4. With more than one,
    SQLite has a process of its own for beacons."""

    second_factor: str = "optional"
    """Whether owners need a second factor to sign in: `optional` or `required`."""

    database_read: str = ""
    """The address of standbys of that PostgreSQL database, which answer polls and pages; empty:
    the primary does."""

    def __post_init__(self) -> None:
        self._check_database()
        self._check_standbys()
        if re.fullmatch(r"([0-9a-f]{32})?", self.instance) is None:
            raise SettingsError(
                f"instance is {self.instance!r}; expected 32 hexadecimal digits, as trk doctor "
                "shows them."
            )
        # As browsers write it: trk.js compares it with theirs.
        public_url = normal_address(self.public_url)
        if public_url is None:
            raise SettingsError(
                f"public_url is {self.public_url!r}; expected an address such as "
                "https://track.example.org, without a path."
            )
        object.__setattr__(self, "public_url", public_url)
        if not self.global_name.isidentifier() or not self.global_name.isascii():
            raise SettingsError(
                f"global_name is {self.global_name!r}; expected a JavaScript name such as Gleam."
            )
        try:
            mail_server = urlsplit(self.smtp)
            mail_server.port  # noqa: B018
        except ValueError:
            mail_server = urlsplit("smtp:")
        if self.smtp and (mail_server.scheme not in MAIL_SCHEMES or not mail_server.hostname):
            # Without its value, which may hold a password.
            raise SettingsError(
                "smtp is not a valid address; expected smtp://USER:PASSWORD@HOST:587, "
                "smtp+starttls://…:587 or smtps://…:465."
            )
        if "@" not in parseaddr(self.mail_from)[1]:
            raise SettingsError(
                f"mail_from is {self.mail_from!r}; expected an address such as name@shop.example."
            )
        if self.drand_url and not _is_origin(self.drand_url):
            raise SettingsError(
                f"drand_url is {self.drand_url!r}; expected an address such as "
                "https://api.drand.sh, without a path."
            )
        if not 0 <= self.workers <= 64:
            raise SettingsError(f"workers is {self.workers}; expected 0 to 64 processes.")
        if self.queue < 1:
            raise SettingsError(f"queue is {self.queue}; expected at least 1 beacon.")
        if self.retention_days < 8 and self.retention_days != 0:
            raise SettingsError(
                f"retention_days is {self.retention_days}; expected 0 (nothing is erased) or at "
                "least 8: a beacon can be resent for 7 days."
            )
        if not 0 < self.body_timeout <= 600:
            raise SettingsError(
                f"body_timeout is {self.body_timeout}; expected more than 0, at most 600 seconds."
            )
        self._check_operating()

    def _check_database(self) -> None:
        if not self.database.startswith(("sqlite:///", "postgresql://", "postgres://")) or (
            self.database.removeprefix("sqlite:///") in ("", ":memory:")
        ):
            raise SettingsError(
                f"database is {_without_password(self.database)!r}; expected sqlite:///PATH or "
                "postgresql://USER:PASSWORD@HOST:PORT/NAME (a file or a server: what is accepted "
                "must outlive the process)."
            )
        if self.database.startswith("sqlite:") and re.search("[?#]", self.database):
            raise SettingsError(
                f"database is {self.database!r}; expected a path in which ? is written as %3F and "
                "# as %23."
            )

    def _check_standbys(self) -> None:
        if not self.database_read:
            return
        # Without its value, which may have a password.
        if self.database.startswith("sqlite:"):
            raise SettingsError(
                "database_read is set, but the database is SQLite, which has no standbys; expected "
                "none."
            )
        if not self.database_read.startswith(("postgresql://", "postgres://")):
            raise SettingsError(
                "database_read can't be used; expected postgresql://USER:PASSWORD@HOST:PORT/NAME, "
                "the address of the database's standbys."
            )

    def _check_operating(self) -> None:
        for proxy in (
            self.trusted_proxies.split(",") if self.trusted_proxies not in ("", "*") else ()
        ):
            try:
                ip_network(proxy.strip())
            except ValueError:
                raise SettingsError(
                    f"trusted_proxies is {self.trusted_proxies!r}; expected addresses or "
                    "networks such as 127.0.0.1,10.0.0.0/8, or *."
                ) from None
        for name, known in (
            ("log_format", LOG_FORMATS),
            ("access_log", ACCESS_LOGS),
            ("second_factor", SECOND_FACTORS),
        ):
            if getattr(self, name) not in known:
                raise SettingsError(
                    f"{name} is {getattr(self, name)!r}; expected {', '.join(known[:-1])} "
                    f"or {known[-1]}."
                )
        if self.metrics_token and re.fullmatch(r"[!-~]{16,}", self.metrics_token) is None:
            # Without its value, which is a secret.
            raise SettingsError(
                "metrics_token can't be used; expected at least 16 ASCII characters without spaces."
            )
        if not 0 <= self.drain <= 600:
            raise SettingsError(f"drain is {self.drain}; expected 0 to 600 seconds.")
        if not 1 <= self.stop_timeout <= 600:
            raise SettingsError(f"stop_timeout is {self.stop_timeout}; expected 1 to 600 seconds.")

    @property
    def sends_mails(self) -> bool:
        """Is there a mail server?"""
        return bool(self.smtp)

    @property
    def host(self) -> str:
        """The host under which browsers reach this server."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def secure(self) -> bool:
        """Do browsers reach this server over https?"""
        return self.public_url.startswith("https:")


def _is_origin(address: str) -> bool:
    """Is this the address of a server, without a path, a user and a password?"""
    try:
        url = urlsplit(address)
        url.port  # noqa: B018 (raises ValueError unless it is 0 to 65535)
    except ValueError:
        return False
    return (
        url.scheme in ("http", "https")
        and bool(url.hostname)
        and address == f"{url.scheme}://{url.netloc}"
        and "@" not in url.netloc
    )


def _yes_or_no(raw: object) -> bool:
    """`raw` as a bool; ValueError if it says neither yes nor no."""
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "0": False,
        "false": False,
        "no": False,
        "": False,
    }
    try:
        return words[str(raw).lower()]
    except KeyError:
        raise ValueError from None


_KINDS: dict[type, tuple[Callable[[Any], Any], str]] = {
    int: (int, "a whole number"),
    float: (float, "a number"),
    str: (str, "text"),
    bool: (_yes_or_no, "1 or 0"),
}


def from_environment(environment: Mapping[str, str] = os.environ, **flags: object) -> Settings:
    """The settings in `environment`, overridden by the `flags` that are not None.

    Raises SettingsError, which names the setting, its value and what was expected.
    """
    settings = Settings()
    for field in fields(Settings):
        kind, expected = _KINDS[type(getattr(settings, field.name))]
        flag = flags.get(field.name)
        raw = environment.get(f"TRK_{field.name.upper()}") if flag is None else flag
        if raw is None:
            continue
        value = str(raw).rstrip("/") if field.name.endswith("_url") else raw
        try:
            settings = replace(settings, **{field.name: kind(value)})
        except SettingsError:
            raise
        except ValueError as error:
            raise SettingsError(f"{field.name} is {raw!r}; expected {expected}.") from error
    return settings


def _without_password(url: str) -> str:
    """What may be a database's address, of whatever kind, to be shown."""
    return re.sub(r"(:/*[^:@/]*:).*(?=@)|(password=)[^&]*", r"\1\2***", url)
