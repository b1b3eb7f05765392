"""Campaigns and their actions, as rows and back."""

from __future__ import annotations

from collections.abc import Collection

from backend.core.campaign import Action, Campaign, Frequency, Kind, fold
from backend.store.database import Program, Row, Statement, as_rows

CAMPAIGN = (
    "c.id, c.key, c.name, c.slug, c.kind, c.description, c.timezone, "
    "c.starts_at, c.ends_at, c.closed_at, c.show_entries"
)
ACTION = "a.id, a.campaign_id, a.title, a.description, a.url, a.tracking_name, a.worth, a.frequency"


def campaign_of(row: Row) -> Campaign:
    """The campaign in a row with the columns CAMPAIGN."""
    return Campaign(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        slug=row["slug"],
        kind=row["kind"],
        description=row["description"],
        timezone=row["timezone"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        closed_at=row["closed_at"],
        show_entries=bool(row["show_entries"]),
    )


def action_of(row: Row) -> Action:
    """The action in a row with the columns ACTION."""
    return Action(
        id=row["id"],
        campaign_id=row["campaign_id"],
        title=row["title"],
        description=row["description"],
        url=row["url"],
        tracking_name=row["tracking_name"],
        worth=row["worth"],
        frequency=row["frequency"],
    )


def by_keys(keys: Collection[str]) -> Program[dict[str, Campaign]]:
    """The campaigns with these keys; a key without a campaign is not in the result."""
    found = yield Statement(
        f"SELECT {CAMPAIGN} FROM campaigns AS c "
        "WHERE c.key IN (SELECT r.value ->> 0 FROM rows($1) AS r)",
        (as_rows([[key] for key in keys]),),
    )
    return {row["key"]: campaign_of(row) for row in found}


def by_key(key: str) -> Program[Campaign | None]:
    """The campaign with this key, or None."""
    return (yield from by_keys([key])).get(key)


def actions_of(campaign_ids: Collection[int]) -> Program[list[Action]]:
    """All actions of these campaigns, in the order in which they are shown."""
    found = yield Statement(
        f"SELECT {ACTION} FROM actions AS a "
        "WHERE a.campaign_id IN (SELECT CAST(r.value ->> 0 AS BIGINT) FROM rows($1) AS r) "
        "ORDER BY a.campaign_id, a.position, a.id",
        (as_rows([[campaign_id] for campaign_id in campaign_ids]),),
    )
    return [action_of(row) for row in found]


def page(after: int, limit: int) -> Program[list[Campaign]]:
    """Up to `limit` campaigns with an id above `after`, oldest first."""
    found = yield Statement(
        f"SELECT {CAMPAIGN} FROM campaigns AS c WHERE c.id > $1 ORDER BY c.id LIMIT $2",
        (after, limit),
    )
    return [campaign_of(row) for row in found]


def create(
    *,
    key: str,
    name: str,
    slug: str,
    kind: Kind,
    description: str,
    timezone: str,
    starts_at: int | None,
    ends_at: int | None,
    show_entries: bool,
    secret: str,
    now: int,
) -> Program[Campaign]:
    """Insert a campaign; Duplicate if the key is taken."""
    yield Statement(
        "INSERT INTO campaigns (key, name, slug, kind, description, timezone, starts_at, ends_at, "
        "show_entries, secret, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        (
            key,
            name,
            slug,
            kind,
            description,
            timezone,
            starts_at,
            ends_at,
            int(show_entries),
            secret,
            now,
        ),
    )
    created = yield from by_key(key)
    assert created is not None
    return created


def add_action(
    campaign: Campaign,
    *,
    title: str,
    description: str,
    url: str,
    tracking_name: str,
    worth: int,
    frequency: Frequency,
    now: int,
) -> Program[Action]:
    """Insert an action behind the campaign's others; Duplicate if its tracking name is taken."""
    [row] = yield Statement(
        "INSERT INTO actions (campaign_id, position, title, description, url, tracking_name, "
        "name_folded, worth, frequency, created_at) "
        "SELECT $1, COALESCE(MAX(a.position), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9 "
        "FROM actions AS a WHERE a.campaign_id = $1 RETURNING id",
        (
            campaign.id,
            title,
            description,
            url,
            tracking_name,
            fold(tracking_name),
            worth,
            frequency,
            now,
        ),
    )
    return Action(row["id"], campaign.id, title, description, url, tracking_name, worth, frequency)
