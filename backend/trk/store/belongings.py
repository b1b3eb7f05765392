"""The rows that belong to a campaign, and are erased with it."""

from __future__ import annotations

_COPIES = "UNION ALL SELECT id FROM list_copies WHERE campaign_id = $1 AND entries ="
_DRAW = "(SELECT id FROM draws WHERE campaign_id = $1)"
_DRAW_LISTS = f"(SELECT id FROM draws WHERE campaign_id = $1 {_COPIES} 'draw_entries')"
_FIXED_LISTS = f"(SELECT id FROM fixed_lists WHERE campaign_id = $1 {_COPIES} 'fixed_entries')"
_ACTIONS = "(SELECT id FROM actions WHERE campaign_id = $1)"
_PICTURES = "(SELECT id FROM pictures WHERE campaign_id = $1)"
_WEBHOOKS = "(SELECT id FROM webhooks WHERE campaign_id = $1)"
# Who is next. What only these rows lead to is erased with them; the others would be passed over
# again and again.
_ENTRANTS = "(SELECT id FROM entrants WHERE campaign_id = $1 ORDER BY id LIMIT $2)"
BELOW: tuple[tuple[str, str], ...] = (
    ("mails", "campaign_id = $1"),
    ("webhook_deliveries", f"campaign_id = $1 AND webhook_id IN {_WEBHOOKS}"),
    ("webhooks", "campaign_id = $1"),
    ("winners", f"campaign_id = $1 AND draw_id IN {_DRAW}"),
    ("draw_entries", f"campaign_id = $1 AND draw_id IN {_DRAW_LISTS}"),
    ("draw_proofs", f"campaign_id = $1 AND draw_id IN {_DRAW}"),
    ("draws", "campaign_id = $1"),
    ("fixed_entries", f"campaign_id = $1 AND list_id IN {_FIXED_LISTS}"),
    ("fixed_lists", "campaign_id = $1"),
    ("list_copies", "campaign_id = $1"),
    ("draw_plans", "campaign_id = $1"),
    ("picture_files", f"campaign_id = $1 AND picture_id IN {_PICTURES}"),
    ("pictures", "campaign_id = $1"),
    ("prizes", "campaign_id = $1"),
    ("claims", "campaign_id = $1"),
    ("reward_codes", "campaign_id = $1"),
    ("code_uploads", "campaign_id = $1"),
    ("code_stocks", "campaign_id = $1"),
    ("unfinished_uploads", "campaign_id = $1"),
    ("unique_values", f"campaign_id = $1 AND action_id IN {_ACTIONS}"),
    ("corrections", "campaign_id = $1"),
    ("completions", "campaign_id = $1"),
    ("trackings", "campaign_id = $1"),
    ("unmatched_bytes", "campaign_id = $1"),
    ("refusals", "campaign_id = $1"),
    ("shared_visitors", "campaign_id = $1"),
    ("tickets", "campaign_id = $1"),
    ("same_browsers", "campaign_id = $1"),
    ("settlements", "campaign_id = $1"),
    ("links", "campaign_id = $1"),
    ("xrefs", "campaign_id = $1"),
    ("referrals", "campaign_id = $1"),
    ("recounts", "campaign_id = $1"),
    ("readmissions", "campaign_id = $1"),
    ("confirmations", f"campaign_id = $1 AND entrant_id IN {_ENTRANTS}"),
    ("entrant_sessions", f"campaign_id = $1 AND entrant_id IN {_ENTRANTS}"),
    ("field_answers", f"campaign_id = $1 AND entrant_id IN {_ENTRANTS}"),
    ("entrants", f"campaign_id = $1 AND id IN {_ENTRANTS}"),
    ("fields", "campaign_id = $1"),
    ("scripts", "campaign_id = $1"),
    ("translations", "campaign_id = $1"),
    ("actions", "campaign_id = $1"),
    ("tallies", "campaign_id = $1"),
)
"""What belongs to a campaign, in the order in which it can be deleted, and by which condition; `$2`
is how many rows at the most."""
