"""Webhooks: what an endpoint is told, how that is signed, and when it is told again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import msgspec
from standardwebhooks import Webhook as Signer

from trk.core.address import is_public
from trk.core.mistakes import DraftError, DraftMistake
from trk.core.rejection import shown

EventType = Literal[
    "entrant.created", "action.completed", "reward.claimed", "winner.drawn", "webhook.test"
]
EVENTS: tuple[EventType, ...] = get_args(EventType)[:-1]
"""What an endpoint can subscribe to; a `webhook.test` is sent on request."""
PERSONAL: frozenset[EventType] = frozenset(EVENTS)
"""Events that tell who it was, by name and e-mail: all of them."""

_SECOND = 1_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
PAUSES = (
    *(5 * _SECOND, 30 * _SECOND, 2 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 8 * _HOUR),
)
"""The pauses after each failure (ms): eleven tries in a day."""
LONGEST_PAUSE = 24 * _HOUR
"""How long a delivery waits for its next try at most (ms): what an endpoint may ask for."""
_JITTER = 0.2

BY_OWNER = "The owner turned it off."
"""Why nothing is sent to an endpoint that its owner has turned off."""


class WebhookDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A webhook to be made; `events` are some of EVENTS, by default all."""

    url: str
    events: list[EventType] = msgspec.field(default_factory=lambda: list(EVENTS))

    def check(self, *, private: bool) -> None:
        """Raise DraftError unless every field can be used.

        `private`: the server may send to addresses that are not of the internet, and without TLS.
        """
        _check(self.mistakes(private=private))

    def mistakes(self, *, private: bool) -> Iterator[DraftMistake]:
        """Every mistake, in the order of the fields."""
        yield from _url_mistakes(self.url, private=private)
        yield from _event_mistakes(self.events)


class WebhookChange(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is to change of a webhook; what is absent stays."""

    url: str | None = None
    events: list[EventType] | None = None
    enabled: bool | None = None

    def check(self, *, private: bool) -> None:
        """Raise DraftError unless every field that is given can be used."""
        if self.url is not None:
            _check(_url_mistakes(self.url, private=private))
        if self.events is not None:
            _check(_event_mistakes(self.events))


def _check(found: Iterator[DraftMistake]) -> None:
    mistakes = tuple(found)
    if mistakes:
        raise DraftError(mistakes[0].message, mistakes)


def _url_mistakes(url: str, *, private: bool) -> Iterator[DraftMistake]:
    try:
        parts = urlsplit(url)
        well_formed = parts.port is None or parts.port > 0
    except ValueError:  # a wrong port, or half of an IPv6 address
        parts, well_formed = urlsplit(""), False
    if (
        not well_formed
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or "@" in parts.netloc
        or parts.fragment
        or not url.isprintable()
        or " " in url
        or len(url) > 2000
    ):
        yield DraftMistake(
            "url",
            f"url is {shown(url)}; expected an https address of at most 2000 characters, without a "
            "user name and without a #.",
            "Enter an address such as https://shop.example/hooks, with at most 2000 characters, "
            "without a user name and without a #.",
        )
    elif private:
        return
    elif parts.scheme != "https":
        yield DraftMistake(
            "url",
            f"url is {shown(url)}; expected https, because names and e-mails are sent there (http "
            "needs the setting webhooks_private).",
            "Enter an address that starts with https://, because names and e-mails are sent there. "
            "(The server setting TRK_WEBHOOKS_PRIVATE allows http.)",
        )
    elif _is_address(parts.hostname) and not is_public(parts.hostname):
        yield DraftMistake(
            "url",
            refused_address(parts.hostname, parts.hostname),
            "This is not a public internet address. Enter another one. (The server setting "
            "TRK_WEBHOOKS_PRIVATE allows it.)",
        )


def _event_mistakes(events: Sequence[EventType]) -> Iterator[DraftMistake]:
    advice = "Tick at least one event."
    for event in events:
        if event not in EVENTS:
            said = f"events has {event}, which is always sent; expected {_named()}."
            yield DraftMistake("events", said, advice)
    if not events:
        yield DraftMistake("events", f"events is empty; expected some of {_named()}.", advice)


def refused_address(host: str, address: str) -> str:
    """Why nothing is sent to `host`, which is found at `address`."""
    return (
        f"{host} is at {address}, which is not a public internet address; expected another host "
        "(or the setting webhooks_private)."
    )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _named() -> str:
    return ", ".join(EVENTS)


@dataclass(frozen=True, slots=True)
class Event:
    """What is told: `subject_id` is the completion's, entrant's or claim's id, or the win's n.

    `happened_at` is when it was written (ms), `data` what it is about.
    """

    type: EventType
    campaign_key: str
    subject_id: int
    happened_at: int
    data: dict[str, Any]

    @property
    def id(self) -> str:
        """The same at every try and every endpoint, so that receivers recognise a repetition."""
        kind = self.type.replace(".", "_")
        return f"evt_{self.campaign_key}_{kind}_{self.subject_id}_{self.happened_at}"

    @property
    def body(self) -> bytes:
        """As it is sent."""
        instant = datetime.fromtimestamp(self.happened_at / 1000, UTC)
        told = {"type": self.type, "timestamp": instant, "data": self.data}
        return msgspec.json.encode(told)


def headers(event: Event, body: bytes, secret: str, now: int) -> dict[str, str]:
    """The headers of Standard Webhooks for `body`, sent at `now` (ms)."""
    instant = datetime.fromtimestamp(now // 1000, UTC)
    return {
        "webhook-id": event.id,
        "webhook-timestamp": str(now // 1000),
        "webhook-signature": Signer(secret).sign(event.id, instant, body.decode()),
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one try: the status that was answered, if any, and why it failed.

    `wait` is how long the endpoint asked to be left alone (ms).
    """

    status: int | None
    error: str | None
    wait: int | None = None

    @property
    def gone(self) -> bool:
        """Did the endpoint say that it is gone for good?"""
        return self.status == 410


def outcome_of(status: int, retry_after: str | None, now: int) -> Outcome:
    """The outcome of an answer at `now` (ms), with its header Retry-After, if it has one."""
    if 200 <= status < 300:
        return Outcome(status, None)
    if status == 410:
        return Outcome(status, "It answered 410 (gone), so the webhook was turned off.")
    moved = ": redirects are not followed" if 300 <= status < 400 else ""
    return Outcome(status, f"It answered {status}{moved}.", _wait(retry_after, now))


def retry_at(attempts: int, now: int, jitter: float, wait: int | None = None) -> int | None:
    """When to try again after `attempts` failures (ms), or None: it is given up.

    `jitter` is a random number from 0 to 1; `wait` is what the endpoint asked for (ms).
    """
    if attempts > len(PAUSES):
        return None
    pause = PAUSES[attempts - 1] * (1 + _JITTER * jitter)
    return now + int(max(pause, min(wait or 0, LONGEST_PAUSE)))


def _wait(retry_after: str | None, now: int) -> int | None:
    """The header Retry-After (seconds, or a date) in milliseconds from `now`."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return int(text[:9]) * _SECOND
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the offset may have any number of digits
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0, int(until.timestamp() * 1000) - now)
