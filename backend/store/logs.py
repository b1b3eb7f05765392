"""The two logs of a campaign, newest last: trackings and completions, a page at a time."""

from __future__ import annotations

from backend.core.campaign import Campaign
from backend.store.program import Program, Row, Statement


def trackings(
    campaign: Campaign, *, visitor: str | None, name: str | None, after: int, limit: int
) -> Program[list[Row]]:
    """Up to `limit` trackings with an id above `after`; of one visitor or name, if given."""
    return (
        yield Statement(
            "SELECT id, beacon, n, visitor, name, value, happened_at, received_at, entrant_id, "
            "action_id, COALESCE(settled, outcome) AS outcome, refusal FROM trackings "
            "WHERE campaign_id = $1 AND id > $2 AND (CAST($3 AS TEXT) IS NULL OR visitor = $3) "
            "AND (CAST($4 AS TEXT) IS NULL OR name = $4) ORDER BY id LIMIT $5",
            (campaign.id, after, visitor, name, limit),
        )
    )


def completions(campaign: Campaign, *, after: int, limit: int) -> Program[list[Row]]:
    """Up to `limit` completions with an id above `after`."""
    return (
        yield Statement(
            "SELECT u.id, u.entrant_id, e.name AS entrant, e.email, u.action_id, a.tracking_name, "
            "u.day, u.worth, u.details, u.source, u.happened_at, u.completed_at, u.invalidated_at, "
            "u.invalidated_reason "
            "FROM completions AS u JOIN entrants AS e ON e.id = u.entrant_id "
            "JOIN actions AS a ON a.id = u.action_id "
            "WHERE u.campaign_id = $1 AND u.id > $2 ORDER BY u.id LIMIT $3",
            (campaign.id, after, limit),
        )
    )


def unmatched(campaign: Campaign, limit: int) -> Program[list[Row]]:
    """The names without an action among the campaign's last 100,000 trackings, most used first."""
    return (
        yield Statement(
            "SELECT t.name, COUNT(*) AS trackings, MAX(t.received_at) AS last_at FROM "
            "(SELECT name, outcome, received_at FROM trackings WHERE campaign_id = $1 "
            "ORDER BY id DESC LIMIT 100000) AS t WHERE t.outcome = 'unmatched' "
            "GROUP BY t.name ORDER BY COUNT(*) DESC, t.name LIMIT $2",
            (campaign.id, limit),
        )
    )
