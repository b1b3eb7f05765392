"""Changes of campaigns, actions and prizes that exist already, and their end.

A change that names the version it was made from changes nothing if there is a newer one.
"""

from __future__ import annotations

from typing import NamedTuple

from backend.core.campaign import Action, Campaign
from backend.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from backend.store import campaigns, rewards
from backend.store.program import Program, Row, Statement, as_rows


class Extent(NamedTuple):
    """How much there is in a campaign, or behind one of its actions."""

    entrants: int
    completions: int
    entries: int
    trackings: int


def change_campaign(
    campaign: Campaign, draft: CampaignDraft, version: int | None, now: int
) -> Program[Campaign | None]:
    """Store a checked draft as the campaign's settings; None if `version` is not the current one.

    Who has earned a reward under the new rules gets it at once.
    """
    columns = campaigns.settings_of(draft)
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 3))
    changed = yield Statement(
        f"UPDATE campaigns SET version = version + 1, {names} WHERE id = $1 "
        "AND (CAST($2 AS INTEGER) IS NULL OR version = $2) RETURNING id",
        (campaign.id, version, *columns.values()),
    )
    if not changed:
        return None
    stored = yield from campaigns.by_key(campaign.key)
    assert stored is not None
    yield from rewards.serve(stored, now)
    return stored


def reopen(campaign: Campaign) -> Program[None]:
    """Take the closing of a campaign back; its start and end stay."""
    yield Statement("UPDATE campaigns SET closed_at = NULL WHERE id = $1", (campaign.id,))


def change_action(
    action: Action, draft: ActionDraft, version: int | None
) -> Program[Action | None]:
    """Store a checked draft as the action's settings; None if `version` is not the current one.

    Raises Duplicate if its tracking name is another action's.
    """
    columns = campaigns.action_settings_of(draft)
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 3))
    changed = yield Statement(
        f"UPDATE actions SET version = version + 1, {names} WHERE id = $1 "
        "AND (CAST($2 AS INTEGER) IS NULL OR version = $2) RETURNING id",
        (action.id, version, *columns.values()),
    )
    if not changed:
        return None
    found = yield from campaigns.actions_of([action.campaign_id])
    return next(each for each in found if each.id == action.id)


def order_actions(campaign: Campaign, action_ids: list[int]) -> Program[None]:
    """Put the campaign's actions into this order."""
    yield Statement(
        "UPDATE actions SET position = CAST(r.value ->> 1 AS INTEGER) FROM rows($1) AS r "
        "WHERE actions.id = CAST(r.value ->> 0 AS BIGINT) AND actions.campaign_id = $2",
        (as_rows([(each, n) for n, each in enumerate(action_ids, 1)]), campaign.id),
    )


def delete_action(action: Action) -> Program[None]:
    """Delete an action with its completions. Trackings stay, as ones that meet no action."""
    yield from _nobody_else(action.campaign_id)
    mine = "campaign_id = $1 AND action_id = $2"
    for sql in (
        f"DELETE FROM corrections WHERE completion_id IN (SELECT id FROM completions WHERE {mine})",
        "DELETE FROM unique_values WHERE action_id IN "
        "(SELECT id FROM actions WHERE campaign_id = $1 AND id = $2)",
        f"DELETE FROM xrefs WHERE {mine}",
        f"DELETE FROM completions WHERE {mine}",
        "UPDATE trackings SET settled = 'unmatched' "
        f"WHERE {mine} AND outcome = 'waiting' AND settled IS NULL",
        f"UPDATE trackings SET action_id = NULL WHERE {mine}",
        "DELETE FROM actions WHERE campaign_id = $1 AND id = $2",
    ):
        yield Statement(sql, (action.campaign_id, action.id))


def prize(campaign: Campaign, prize_id: int) -> Program[Row | None]:
    """A prize of the campaign: id, title, description, winners."""
    found = yield Statement(
        "SELECT id, title, description, winners FROM prizes WHERE id = $1 AND campaign_id = $2",
        (prize_id, campaign.id),
    )
    return found[0] if found else None


def change_prize(campaign: Campaign, prize_id: int, draft: PrizeDraft) -> Program[bool]:
    """Store a checked draft as the prize; False if there is none, or the winners are drawn."""
    changed = yield Statement(
        "UPDATE prizes SET title = $3, description = $4, winners = $5 WHERE id = $1 "
        "AND campaign_id = $2 AND NOT EXISTS "
        "(SELECT 1 FROM draws AS d WHERE d.campaign_id = $2) RETURNING id",
        (prize_id, campaign.id, draft.title.strip(), draft.description, draft.winners),
    )
    return bool(changed)


def extent(campaign: Campaign) -> Program[Extent]:
    """How much there is in a campaign; invalidated completions have no entries."""
    [row] = yield Statement(
        "SELECT (SELECT COUNT(*) FROM entrants WHERE campaign_id = $1) AS entrants, "
        "(SELECT COUNT(*) FROM completions WHERE campaign_id = $1) AS completions, "
        "(SELECT CAST(COALESCE(SUM(worth), 0) AS BIGINT) FROM completions "
        "WHERE campaign_id = $1 AND invalidated_at IS NULL) AS entries, "
        "(SELECT COUNT(*) FROM trackings WHERE campaign_id = $1) AS trackings",
        (campaign.id,),
    )
    return Extent(**dict(row))


def extent_of_action(action: Action) -> Program[Extent]:
    """How much there is behind an action."""
    [row] = yield Statement(
        "SELECT COUNT(DISTINCT entrant_id) AS entrants, COUNT(*) AS completions, "
        "CAST(COALESCE(SUM(CASE WHEN invalidated_at IS NULL THEN worth ELSE 0 END), 0) AS BIGINT) "
        "AS entries FROM completions WHERE campaign_id = $2 AND action_id = $1",
        (action.id, action.campaign_id),
    )
    [counted] = yield Statement(
        "SELECT COUNT(*) AS trackings FROM trackings WHERE campaign_id = $2 AND action_id = $1",
        (action.id, action.campaign_id),
    )
    return Extent(**dict(row), trackings=counted["trackings"])


_DRAW = "(SELECT id FROM draws WHERE campaign_id = $1)"
_ACTIONS = "(SELECT id FROM actions WHERE campaign_id = $1)"
_ENTRANTS = "(SELECT id FROM entrants WHERE campaign_id = $1)"
BELOW: tuple[tuple[str, str], ...] = (
    ("winners", f"draw_id IN {_DRAW}"),
    ("draw_entries", f"draw_id IN {_DRAW}"),
    ("draws", "campaign_id = $1"),
    ("prizes", "campaign_id = $1"),
    ("claims", "campaign_id = $1"),
    ("reward_codes", "campaign_id = $1"),
    ("code_stocks", "campaign_id = $1"),
    ("unique_values", f"action_id IN {_ACTIONS}"),
    ("corrections", "campaign_id = $1"),
    ("completions", "campaign_id = $1"),
    ("trackings", "campaign_id = $1"),
    ("refusals", "campaign_id = $1"),
    ("shared_visitors", "campaign_id = $1"),
    ("links", "campaign_id = $1"),
    ("xrefs", "campaign_id = $1"),
    ("mails", "campaign_id = $1"),
    ("confirmations", f"entrant_id IN {_ENTRANTS}"),
    ("entrant_sessions", f"entrant_id IN {_ENTRANTS}"),
    ("entrants", "campaign_id = $1"),
    (
        "webhook_deliveries",
        "webhook_id IN (SELECT id FROM webhooks WHERE campaign_id = $1)",
    ),
    ("webhooks", "campaign_id = $1"),
    ("scripts", "campaign_id = $1"),
    ("actions", "campaign_id = $1"),
)
"""What belongs to a campaign, in the order in which it can be deleted, and by which condition."""


def delete_campaign(campaign: Campaign) -> Program[None]:
    """Delete a campaign and everything that belongs to it."""
    yield from _nobody_else(campaign.id)
    for table, condition in BELOW:
        yield Statement(f"DELETE FROM {table} WHERE {condition}", (campaign.id,))
    yield Statement("DELETE FROM campaigns WHERE id = $1", (campaign.id,))


def _nobody_else(campaign_id: int) -> Program[None]:
    """Wait for the beacons of this campaign that are being stored; later ones wait for us.

    No foreign key keeps them from storing what is deleted.
    """
    yield Statement("SELECT id FROM campaigns WHERE id = $1 FOR UPDATE", (campaign_id,))
