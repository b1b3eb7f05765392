"""The log of deliveries: what a webhook's endpoint was told, or will be, and how it fares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from trk.core.instant import Instant
from trk.core.webhook import EventType
from trk.store.pages import Listing, Page, Span, equals, page
from trk.store.program import Transaction, number
from trk.store.webhooks import Endpoint, Webhook

State = Literal["delivered", "waiting", "given_up"]

_STATE = (
    "(CASE WHEN u.due_at IS NOT NULL THEN 'waiting' WHEN u.delivered_at IS NOT NULL "
    "THEN 'delivered' ELSE 'given_up' END)"
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an endpoint was told, or will be: `due_at` is when it is tried (again), `status` and
    `error` what became of the last try. `entrant` is the entrant's name."""

    id: int
    type: EventType
    subject_id: int
    entrant_id: int | None
    queued_at: Instant
    attempts: int
    tried_at: Instant | None
    status: int | None
    error: str | None
    due_at: Instant | None
    delivered_at: Instant | None
    entrant: str | None

    @property
    def state(self) -> State:
        """Has it arrived, is it waiting, or was it given up?"""
        if self.due_at is not None:
            return "waiting"
        return "given_up" if self.delivered_at is None else "delivered"


LISTING = Listing(
    Delivery,
    "webhook_deliveries",
    "queued_at",
    {"entrant": "e.name"},
    "LEFT JOIN entrants AS e ON e.campaign_id = u.campaign_id AND e.id = u.entrant_id",
    of="webhook_id",
)


async def listed(
    tx: Transaction, webhook: Webhook, span: Span, state: State | None = None
) -> Page[Delivery]:
    """A page of a webhook's deliveries: all, or those in one state."""
    # An integer of our own is written into the SQL, so that the list needs no further argument.
    whole = int(webhook.campaign_id)
    log = f"(SELECT * FROM webhook_deliveries WHERE campaign_id = {whole}) AS log"
    return await page(tx, LISTING._replace(table=log), webhook, span, equals(_STATE, state))


async def by_id(tx: Transaction, webhook: Webhook, delivery_id: int) -> Delivery | None:
    """One of a webhook's deliveries, or None."""
    span = Span(after=delivery_id - 1, limit=1)
    found = await listed(tx, webhook, span)
    return next((each for each in found.rows if each.id == delivery_id), None)


class Health(NamedTuple):
    """How an endpoint fares, as far as its last _LATEST deliveries tell: when one arrived last,
    since when they fail and why (if the last ones do), and how many wait. Instants are ms."""

    arrived_at: int | None
    failing_since: int | None
    error: str | None
    waiting: int


_LATEST = 1000


async def health(tx: Transaction, endpoint: Endpoint) -> Health:
    """How an endpoint fares."""
    sql = (
        "WITH latest AS (SELECT d.* FROM webhook_deliveries AS d "
        "WHERE d.campaign_id = $1 AND d.webhook_id = $2 ORDER BY d.id DESC LIMIT $3), "
        "failed AS (SELECT l.queued_at, l.tried_at, l.error FROM latest AS l "
        "WHERE l.error IS NOT NULL AND l.tried_at >= "
        "COALESCE((SELECT MAX(g.delivered_at) FROM latest AS g), 0)) "
        "SELECT (SELECT MAX(l.delivered_at) FROM latest AS l) AS arrived_at, "
        "(SELECT MIN(f.queued_at) FROM failed AS f) AS failing_since, "
        "(SELECT f.error FROM failed AS f ORDER BY f.tried_at DESC LIMIT 1) AS error, "
        "(SELECT COUNT(*) FROM latest AS l WHERE l.due_at IS NOT NULL) AS waiting"
    )
    [row] = await tx.fetch(sql, *endpoint, _LATEST)
    found = Health(**dict(row))
    if found.failing_since is None or found.arrived_at is None:
        return found
    # What is failing now may have been queued before something else arrived.
    return found._replace(failing_since=max(found.failing_since, found.arrived_at))


async def extent(tx: Transaction, webhook: Webhook) -> int:
    """How many deliveries the log of a webhook has, including waiting ones."""
    sql = "SELECT COUNT(*) AS n FROM webhook_deliveries WHERE campaign_id = $1 AND webhook_id = $2"
    return await number(tx, sql, *webhook.endpoint)
