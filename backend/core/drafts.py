"""What an owner gives to make a campaign or an action, and what is wrong with it."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from backend.core.campaign import Frequency, Kind
from backend.core.keys import is_campaign_key
from backend.core.rejection import shown


class DraftError(ValueError):
    """A field has a value that can't be used; the message has it and what was expected."""


class CampaignDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A campaign to be made. Instants need a UTC offset, such as `2026-11-23T18:00:00Z`."""

    name: str
    key: str | None = None
    kind: Kind = "competition"
    description: str = ""
    timezone: str = "UTC"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    show_entries: bool = True

    def check(self) -> None:
        """Raise DraftError at the first field that can't be used."""
        _length("name", self.name, 1, 200)
        _length("description", self.description, 0, 10_000)
        if self.key is not None and not is_campaign_key(self.key):
            raise DraftError(
                f"key is {shown(self.key)}; expected 5 to 40 of A-Z, a-z, 0-9, not a reserved word."
            )
        try:
            ZoneInfo(self.timezone)
        except (ValueError, OSError):
            raise DraftError(
                f"timezone is {shown(self.timezone)}; expected a name such as Europe/Berlin."
            ) from None
        for field, instant in (("starts_at", self.starts_at), ("ends_at", self.ends_at)):
            if instant is not None and instant.tzinfo is None:
                raise DraftError(f"{field} is {shown(instant)}; expected a UTC offset, such as Z.")
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            raise DraftError("ends_at is not after starts_at; expected a later instant.")


class ActionDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An action to be made; `worth` in entries, `url` where the entrant completes it."""

    title: str
    tracking_name: str
    url: str = ""
    description: str = ""
    worth: int = 1
    frequency: Frequency = "once"

    def check(self) -> None:
        """Raise DraftError at the first field that can't be used."""
        _length("title", self.title, 1, 200)
        _length("tracking_name", self.tracking_name, 1, 200)
        _length("description", self.description, 0, 10_000)
        if not 0 <= self.worth <= 1_000_000:
            raise DraftError(f"worth is {self.worth}; expected 0 to 1000000 entries.")
        if self.url:
            url = urlsplit(self.url)
            if url.scheme not in ("http", "https") or not url.netloc or len(self.url) > 2000:
                raise DraftError(f"url is {shown(self.url)}; expected an http or https address.")


def _length(field: str, value: str, least: int, most: int) -> None:
    if not least <= len(value.strip()) <= most or "\0" in value:
        raise DraftError(
            f"{field} is {shown(value)}; expected {least} to {most} characters without NUL."
        )


def milliseconds(instant: datetime | None) -> int | None:
    """`instant` as milliseconds since 1970-01-01 UTC."""
    return None if instant is None else int(instant.timestamp() * 1000)
