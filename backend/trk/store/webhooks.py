"""Webhooks: the endpoints to which a campaign's events are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from trk.core.campaign import Campaign
from trk.core.webhook import BY_OWNER, EventType
from trk.store.columns import insert_row
from trk.store.program import Transaction, every, first

_PART = 500
"""How many deliveries are erased together: a beacon may have to wait for that."""


class Endpoint(NamedTuple):
    """Which webhook of which campaign."""

    campaign_id: int
    webhook_id: int


class Webhook(NamedTuple):
    """An endpoint. `off_at` (ms) and `off_reason` are set while nothing is sent to it."""

    campaign_id: int
    id: int
    url: str
    events: list[str]
    secret: str
    created_at: int
    off_at: int | None
    off_reason: str | None

    @property
    def endpoint(self) -> Endpoint:
        """Which one it is."""
        return Endpoint(self.campaign_id, self.id)


_COLUMNS = ", ".join(Webhook._fields)


async def add(
    tx: Transaction,
    campaign: Campaign,
    url: str,
    events: Sequence[EventType],
    secret: str,
    now: int,
) -> Webhook:
    """Add an endpoint; it is told about what happens from now on."""
    joined = _joined(events)
    webhook_id = await insert_row(
        tx,
        "webhooks",
        campaign_id=campaign.id,
        url=url,
        events=joined,
        secret=secret,
        created_at=now,
    )
    return Webhook(campaign.id, webhook_id, url, joined.split(), secret, now, None, None)


async def page(tx: Transaction, campaign: Campaign, after: int, limit: int) -> list[Webhook]:
    """Up to `limit` of the campaign's webhooks with an id above `after`."""
    sql = f"SELECT {_COLUMNS} FROM webhooks WHERE campaign_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    return await every(tx, _webhook_of, sql, campaign.id, after, limit)


async def by_id(tx: Transaction, campaign: Campaign, webhook_id: int) -> Webhook | None:
    """One of the campaign's webhooks, or None."""
    sql = f"SELECT {_COLUMNS} FROM webhooks WHERE campaign_id = $1 AND id = $2"
    return await first(tx, _webhook_of, sql, campaign.id, webhook_id)


async def change(
    tx: Transaction,
    campaign: Campaign,
    webhook_id: int,
    *,
    url: str | None,
    events: Sequence[EventType] | None,
    enabled: bool | None,
    now: int,
) -> Webhook | None:
    """Change what is not None, and return the webhook; None if there is none.

    What waits for a webhook that is turned off waits until it is turned on again.
    """
    sql = (
        "UPDATE webhooks SET url = COALESCE(CAST($3 AS TEXT), url), "
        "events = COALESCE(CAST($4 AS TEXT), events) WHERE campaign_id = $1 AND id = $2"
    )
    await tx.fetch(sql, campaign.id, webhook_id, url, None if events is None else _joined(events))
    if enabled is True:
        sql = (
            "UPDATE webhooks SET off_at = NULL, off_reason = NULL "
            "WHERE campaign_id = $1 AND id = $2"
        )
        await tx.fetch(sql, campaign.id, webhook_id)
    elif enabled is False:
        await turn_off(tx, campaign.id, webhook_id, BY_OWNER, now)
    return await by_id(tx, campaign, webhook_id)


async def turn_off(
    tx: Transaction, campaign_id: int, webhook_id: int, reason: str, now: int
) -> None:
    """Send nothing more to a campaign's webhook."""
    sql = (
        "UPDATE webhooks SET off_at = $3, off_reason = $4 "
        "WHERE campaign_id = $1 AND id = $2 AND off_at IS NULL"
    )
    await tx.fetch(sql, campaign_id, webhook_id, now, reason)


async def rotate(
    tx: Transaction, campaign: Campaign, webhook_id: int, secret: str
) -> Webhook | None:
    """Sign with another secret from now on; None if there is no such webhook."""
    sql = f"UPDATE webhooks SET secret = $3 WHERE campaign_id = $1 AND id = $2 RETURNING {_COLUMNS}"
    return await first(tx, _webhook_of, sql, campaign.id, webhook_id, secret)


async def clear(tx: Transaction, campaign: Campaign, webhook_id: int, now: int) -> bool:
    """Erase a part of the log of a webhook, and of what waits for it; from then on nothing is sent
    to it. True once nothing is left."""
    await turn_off(tx, campaign.id, webhook_id, BY_OWNER, now)
    gone = await tx.fetch(
        "DELETE FROM webhook_deliveries WHERE campaign_id = $2 AND id IN "
        "(SELECT d.id FROM webhook_deliveries AS d WHERE d.campaign_id = $2 "
        "AND d.webhook_id = $1 ORDER BY d.id LIMIT $3) RETURNING 1 AS one",
        *(webhook_id, campaign.id, _PART),
    )
    return len(gone) < _PART


async def remove(tx: Transaction, campaign: Campaign, webhook_id: int) -> bool:
    """Remove a webhook with its log and its waiting deliveries; False if there is none."""
    found = await by_id(tx, campaign, webhook_id)
    if found is None:
        return False
    sql = "DELETE FROM webhook_deliveries WHERE campaign_id = $1 AND webhook_id = $2"
    await tx.fetch(sql, campaign.id, webhook_id)
    sql = "DELETE FROM webhooks WHERE campaign_id = $1 AND id = $2"
    await tx.fetch(sql, campaign.id, webhook_id)
    return True


def _joined(events: Sequence[EventType]) -> str:
    return " ".join(dict.fromkeys(events))


def _webhook_of(events: str, **columns: Any) -> Webhook:
    return Webhook(events=events.split(), **columns)
