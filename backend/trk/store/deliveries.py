"""Deliveries: the webhooks' outbox. An event is stored in the transaction of what it tells about.

One row for each endpoint that is to be told; each statement here serves any number of events.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from trk.core.campaign import Campaign
from trk.core.instant import iso
from trk.core.webhook import LONGEST_PAUSE, Event, EventType, Outcome
from trk.store import fields
from trk.store.program import Row, Transaction, as_rows, every, number
from trk.store.webhooks import Endpoint

LEASE = 60_000
"""How long a delivery belongs to the process that took it, in milliseconds; if that dies, another
one takes it up. Longer than a try may take (see services/jobs/webhook_sender)."""


def _due(table: str, now: str) -> str:
    """SQL: is a delivery of `table` due? Also if it would have to wait for longer than any does:
    that was written while the clock was ahead."""
    now = f"CAST({now} AS BIGINT)"
    return f"({table}.due_at <= {now} OR {table}.due_at > {now} + {LONGEST_PAUSE})"


class DueDelivery(NamedTuple):
    """A delivery to be tried now; `attempts` counts this one."""

    id: int
    attempts: int
    campaign_id: int
    webhook_id: int
    url: str
    secret: str
    event: Event


class News(NamedTuple):
    """What an event tells of: the completion's, entrant's or claim's id, or the win's n."""

    subject_id: int
    entrant_id: int


async def announce(
    tx: Transaction, campaign: Campaign, kind: EventType, news: Sequence[News], now: int
) -> None:
    """Queue an event for each of `news` and every endpoint of the campaign that has subscribed to
    its type."""
    if not news:
        return
    sql = (
        "INSERT INTO webhook_deliveries "
        "(campaign_id, webhook_id, type, subject_id, entrant_id, queued_at, due_at) "
        "SELECT w.campaign_id, w.id, CAST($3 AS TEXT), CAST(r.value ->> 0 AS BIGINT), "
        "CAST(r.value ->> 1 AS BIGINT), CAST($2 AS BIGINT), CAST($2 AS BIGINT) "
        "FROM rows($1) AS r JOIN webhooks AS w ON w.campaign_id = $4 AND w.off_at IS NULL "
        "AND ' ' || w.events || ' ' LIKE '% ' || CAST($3 AS TEXT) || ' %' "
        "ORDER BY CAST(r.value ->> 0 AS BIGINT), w.id"
    )
    await tx.fetch(sql, as_rows(news), now, kind, campaign.id)


async def queue_test(tx: Transaction, endpoint: Endpoint, now: int) -> int:
    """Queue a `webhook.test` for one endpoint: the delivery's id."""
    return await number(
        tx,
        "INSERT INTO webhook_deliveries "
        "(campaign_id, webhook_id, type, subject_id, queued_at, due_at) "
        "SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), 'webhook.test', "
        "COALESCE(MAX(d.subject_id), 0) + 1, CAST($3 AS BIGINT), CAST($3 AS BIGINT) "
        "FROM webhook_deliveries AS d WHERE d.campaign_id = $1 AND d.webhook_id = $2 "
        "AND d.type = 'webhook.test' RETURNING id AS n",
        *endpoint,
        now,
    )


async def waiting(tx: Transaction, now: int) -> list[Endpoint]:
    """The webhooks for which something is due, of all campaigns."""
    return await every(
        tx,
        Endpoint,
        "SELECT w.campaign_id, w.id AS webhook_id FROM webhooks AS w "
        "WHERE w.off_at IS NULL AND EXISTS "
        "(SELECT 1 FROM webhook_deliveries AS d WHERE d.campaign_id = w.campaign_id "
        f"AND d.webhook_id = w.id AND {_due('d', '$1')}) ORDER BY w.id",
        now,
    )


async def take(tx: Transaction, endpoint: Endpoint, limit: int, now: int) -> list[DueDelivery]:
    """Up to `limit` deliveries that are due to one webhook, oldest first; nobody else gets them
    for LEASE ms."""
    # Each by itself, found in the order of the index: all that waits may be much.
    due = "d.due_at <= CAST($2 AS BIGINT)"
    ahead = f"d.due_at > CAST($2 AS BIGINT) + {LONGEST_PAUSE}"
    found = " UNION ALL ".join(
        "SELECT f.id FROM (SELECT d.id FROM webhook_deliveries AS d "
        "JOIN webhooks AS w ON w.campaign_id = $5 AND w.id = d.webhook_id AND w.off_at IS NULL "
        f"WHERE d.campaign_id = $5 AND d.webhook_id = $1 AND {which} "
        "ORDER BY d.due_at, d.id LIMIT $4) AS f"
        for which in (due, ahead)
    )
    sql = (
        "UPDATE webhook_deliveries AS t SET attempts = t.attempts + 1, "
        "due_at = CAST($3 AS BIGINT), tried_at = CAST($2 AS BIGINT) "
        f"WHERE t.campaign_id = $5 AND t.id IN (SELECT o.id FROM ({found}) AS o LIMIT $4) "
        f"AND {_due('t', '$2')} RETURNING {_TAKEN}"
    )
    campaign_id, webhook_id = endpoint
    rows = await tx.fetch(sql, webhook_id, now, now + LEASE, limit, campaign_id)
    return await _with_event(tx, campaign_id, rows)


async def take_one(
    tx: Transaction, endpoint: Endpoint, delivery_id: int, now: int
) -> list[DueDelivery]:
    """Take this delivery, if it is due; nobody else gets it for LEASE ms."""
    sql = (
        "UPDATE webhook_deliveries AS t SET attempts = t.attempts + 1, "
        "due_at = CAST($3 AS BIGINT), tried_at = CAST($2 AS BIGINT) "
        f"WHERE t.campaign_id = $4 AND t.id = $1 AND {_due('t', '$2')} RETURNING {_TAKEN}"
    )
    rows = await tx.fetch(sql, delivery_id, now, now + LEASE, endpoint.campaign_id)
    return await _with_event(tx, endpoint.campaign_id, rows)


_TAKEN = "id, attempts, webhook_id, type, subject_id, entrant_id, queued_at"


async def _with_event(tx: Transaction, campaign_id: int, taken: Sequence[Row]) -> list[DueDelivery]:
    """What was taken of one campaign, with the current state of what it tells about, unless that
    was erased."""
    if not taken:
        return []
    rows = await tx.fetch(
        # Joined from left to right, each by its key: a planner without statistics of a fresh
        # table would begin with the whole outbox.
        "SELECT CAST(r.value ->> 0 AS BIGINT) AS id, CAST(r.value ->> 1 AS INTEGER) AS attempts, "
        "w.id AS webhook_id, r.value ->> 3 AS type, CAST(r.value ->> 4 AS BIGINT) AS subject_id, "
        "CAST(r.value ->> 6 AS BIGINT) AS queued_at, w.url, "
        "w.secret, k.key AS campaign_key, k.name AS campaign_name, "
        "e.id AS entrant_id, e.name AS entrant_name, e.email, "
        f"{fields.answers_of('$2', 'e.id')} AS answers, "
        "a.id AS action_id, a.title AS action_title, a.tracking_name, "
        "u.worth, u.details, u.source, u.happened_at, "
        "c.kind AS reward_kind, c.value AS reward_value, "
        "p.id AS prize_id, p.title AS prize_title, v.n, v.replaces FROM rows($1) AS r "
        "LEFT JOIN webhooks AS w ON w.campaign_id = $2 AND w.id = CAST(r.value ->> 2 AS BIGINT) "
        "LEFT JOIN campaigns AS k ON k.id = w.campaign_id "
        "LEFT JOIN each[entrants AS e ON e.campaign_id = $2 "
        "AND e.id = CAST(r.value ->> 5 AS BIGINT)] "
        "LEFT JOIN each[completions AS u ON r.value ->> 3 = 'action.completed' "
        "AND u.campaign_id = $2 AND u.id = CAST(r.value ->> 4 AS BIGINT)] "
        "LEFT JOIN actions AS a ON a.campaign_id = $2 AND a.id = u.action_id "
        "LEFT JOIN each[claims AS c ON r.value ->> 3 = 'reward.claimed' "
        "AND c.campaign_id = $2 AND c.id = CAST(r.value ->> 4 AS BIGINT)] "
        "LEFT JOIN draws AS t ON r.value ->> 3 = 'winner.drawn' AND t.campaign_id = $2 "
        "LEFT JOIN each[winners AS v ON v.campaign_id = $2 AND v.draw_id = t.id "
        "AND v.n = CAST(r.value ->> 4 AS BIGINT)] "
        "LEFT JOIN prizes AS p ON p.campaign_id = $2 AND p.id = v.prize_id ORDER BY 1",
        as_rows([list(dict(row).values()) for row in taken]),
        campaign_id,
    )
    return [
        DueDelivery(
            row["id"],
            row["attempts"],
            campaign_id,
            row["webhook_id"],
            row["url"],
            row["secret"],
            Event(
                row["type"], row["campaign_key"], row["subject_id"], row["queued_at"], _data(row)
            ),
        )
        for row in rows
        if row["url"] is not None  # or it was removed at this moment
    ]


def _data(row: Row) -> dict[str, Any]:
    """What an event is about, in the shape that receivers get (docs/webhooks.md has it)."""
    data: dict[str, Any] = {"campaign": {"key": row["campaign_key"], "name": row["campaign_name"]}}
    if row["entrant_id"] is not None:
        data["entrant"] = {
            "id": row["entrant_id"],
            "name": row["entrant_name"],
            "email": row["email"],
            "answers": fields.unpacked(row["answers"]),
        }
    if row["type"] == "action.completed":
        data["action"] = {
            "id": row["action_id"],
            "title": row["action_title"],
            "tracking_name": row["tracking_name"],
        }
        data |= {
            "completion_id": row["subject_id"],
            "entries": row["worth"],
            "details": row["details"],
            "source": row["source"],
            "happened_at": row["happened_at"] and iso(row["happened_at"]),
        }
    elif row["type"] == "reward.claimed":
        data["reward"] = {"kind": row["reward_kind"], "value": row["reward_value"]}
    elif row["type"] == "winner.drawn":
        data["prize"] = {"id": row["prize_id"], "title": row["prize_title"]}
        data |= {"n": row["n"], "replaces": row["replaces"]}
    return data


async def settle(
    tx: Transaction, due: DueDelivery, outcome: Outcome, again_at: int | None, now: int
) -> None:
    """Note what became of a try; `again_at` (ms) is when the next one is due, if it failed and is
    not given up. A later try that has begun meanwhile goes before, and a success stays one."""
    delivered = outcome.error is None
    await tx.fetch(
        "UPDATE webhook_deliveries SET due_at = $3, status = $4, error = $5, delivered_at = $6 "
        "WHERE campaign_id = $7 AND id = $1 AND attempts = $2 AND delivered_at IS NULL",
        due.id,
        due.attempts,
        None if delivered else again_at,
        outcome.status,
        outcome.error and outcome.error[:1000],
        now if delivered else None,
        due.campaign_id,
    )


async def resend(
    tx: Transaction, campaign: Campaign, webhook_id: int, delivery_id: int, now: int
) -> bool:
    """Let a delivery be tried now, and as often as a new one; False if there is none."""
    sql = (
        "UPDATE webhook_deliveries "
        "SET due_at = CAST($4 AS BIGINT), attempts = 0, delivered_at = NULL "
        "WHERE campaign_id = $3 AND webhook_id = $2 AND id = $1 RETURNING id"
    )
    rows = await tx.fetch(sql, delivery_id, webhook_id, campaign.id, now)
    return bool(rows)


async def test_now(tx: Transaction, endpoint: Endpoint, now: int) -> list[DueDelivery]:
    """Queue a `webhook.test` and take it, in one transaction: nobody else tries it meanwhile."""
    queued = await queue_test(tx, endpoint, now)
    return await take_one(tx, endpoint, queued, now)


async def resend_now(
    tx: Transaction, campaign: Campaign, webhook_id: int, delivery_id: int, now: int
) -> list[DueDelivery]:
    """Take a delivery to be tried again, in one transaction; empty if there is none."""
    if not (await resend(tx, campaign, webhook_id, delivery_id, now)):
        return []
    return await take_one(tx, Endpoint(campaign.id, webhook_id), delivery_id, now)
