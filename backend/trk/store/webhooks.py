"""Webhooks: the endpoints that a campaign's owner wants to be told at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.webhook import BY_OWNER, EventType
from trk.store.program import Program, Row, Statement

_COLUMNS = "id, url, events, secret, created_at, off_at, off_reason"


class Webhook(NamedTuple):
    """An endpoint. `off_at` (ms) and `off_reason` are set while nothing is sent to it."""

    id: int
    url: str
    events: list[str]
    secret: str
    created_at: int
    off_at: int | None
    off_reason: str | None


def add(
    campaign: Campaign, url: str, events: Sequence[EventType], secret: str, now: int
) -> Program[Webhook]:
    """Add an endpoint; it is told what happens from now on."""
    rows = yield Statement(
        "INSERT INTO webhooks (campaign_id, url, events, secret, created_at) "
        f"VALUES ($1, $2, $3, $4, $5) RETURNING {_COLUMNS}",
        (campaign.id, url, _joined(events), secret, now),
    )
    return _webhook_of(rows[0])


def page(campaign: Campaign, after: int, limit: int) -> Program[list[Webhook]]:
    """Up to `limit` of the campaign's webhooks with an id above `after`."""
    rows = yield Statement(
        f"SELECT {_COLUMNS} FROM webhooks WHERE campaign_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        (campaign.id, after, limit),
    )
    return [_webhook_of(row) for row in rows]


def by_id(campaign: Campaign, webhook_id: int) -> Program[Webhook | None]:
    """One of the campaign's webhooks, or None."""
    rows = yield Statement(
        f"SELECT {_COLUMNS} FROM webhooks WHERE campaign_id = $1 AND id = $2",
        (campaign.id, webhook_id),
    )
    return _webhook_of(rows[0]) if rows else None


def change(
    campaign: Campaign,
    webhook_id: int,
    *,
    url: str | None,
    events: Sequence[EventType] | None,
    enabled: bool | None,
    now: int,
) -> Program[Webhook | None]:
    """Change what is not None; the webhook as it is then, or None if there is none.

    What waits for a webhook that is turned off waits until it is turned on again.
    """
    yield Statement(
        "UPDATE webhooks SET url = COALESCE(CAST($3 AS TEXT), url), "
        "events = COALESCE(CAST($4 AS TEXT), events) WHERE campaign_id = $1 AND id = $2",
        (campaign.id, webhook_id, url, None if events is None else _joined(events)),
    )
    if enabled is True:
        yield Statement(
            "UPDATE webhooks SET off_at = NULL, off_reason = NULL "
            "WHERE campaign_id = $1 AND id = $2",
            (campaign.id, webhook_id),
        )
    elif enabled is False:
        yield from turn_off(webhook_id, BY_OWNER, now, campaign_id=campaign.id)
    return (yield from by_id(campaign, webhook_id))


def turn_off(
    webhook_id: int, reason: str, now: int, *, campaign_id: int | None = None
) -> Program[None]:
    """Send nothing more to a webhook (of this campaign, if one is given)."""
    yield Statement(
        "UPDATE webhooks SET off_at = $2, off_reason = $3 WHERE id = $1 AND off_at IS NULL "
        "AND (CAST($4 AS BIGINT) IS NULL OR campaign_id = $4)",
        (webhook_id, now, reason, campaign_id),
    )


def rotate(campaign: Campaign, webhook_id: int, secret: str) -> Program[Webhook | None]:
    """Sign with another secret from now on; None if there is no such webhook."""
    rows = yield Statement(
        f"UPDATE webhooks SET secret = $3 WHERE campaign_id = $1 AND id = $2 RETURNING {_COLUMNS}",
        (campaign.id, webhook_id, secret),
    )
    return _webhook_of(rows[0]) if rows else None


def remove(campaign: Campaign, webhook_id: int) -> Program[bool]:
    """Remove a webhook with its log and with what waits for it; False if there is none."""
    found = yield from by_id(campaign, webhook_id)
    if found is None:
        return False
    yield Statement("DELETE FROM webhook_deliveries WHERE webhook_id = $1", (webhook_id,))
    yield Statement("DELETE FROM webhooks WHERE id = $1", (webhook_id,))
    return True


def _joined(events: Sequence[EventType]) -> str:
    return " ".join(dict.fromkeys(events))


def _webhook_of(row: Row) -> Webhook:
    return Webhook(**{**dict(row), "events": row["events"].split()})
