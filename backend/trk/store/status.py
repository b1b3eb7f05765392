"""Status: answers the polls of many entrants together, with a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from trk.core.campaign import Action, Campaign
from trk.core.status import CompletedAction
from trk.store import actions, campaigns, counters, links
from trk.store.entrant_sessions import SESSION_LIFETIME
from trk.store.program import Row, Transaction, as_rows, number


class Poll(NamedTuple):
    """One question at `now` (ms): a campaign's key, the hash of the session's token, if there is
    one, and the visitors that the browser remembers."""

    key: str
    session_hash: str | None
    visitors: tuple[str, ...] = ()
    now: int = 0


class PollResult(NamedTuple):
    """What the database knows for a poll; `entrant_id` is None for somebody who has not entered.

    `granted`: the entrant has got the campaign's reward; `confirmed`: they have confirmed their
    e-mail, or have none yet. `unlinked`: one of the visitors that the entrant's browser remembers
    is nobody's for good. `withheld`: nobody has confirmed the session's address since another
    browser claimed it; that it was `used` was noted then (ms).
    """

    campaign: Campaign
    actions: list[Action]
    entrant_id: int | None
    completions: list[CompletedAction]
    granted: bool
    confirmed: bool
    unlinked: bool = False
    withheld: bool = False
    used: int = 0


async def poll_results(tx: Transaction, polls: Sequence[Poll]) -> list[PollResult | None]:
    """The answer to each poll, in order; None where there is no such campaign."""
    by_key = await campaigns.by_keys(tx, {poll.key for poll in polls})
    by_campaign: dict[int, list[Action]] = {}
    for action in await actions.of_campaigns(tx, [c.id for c in by_key.values()]):
        by_campaign.setdefault(action.campaign_id, []).append(action)
    hashes = {poll.session_hash for poll in polls if poll.session_hash is not None}
    sessions: dict[tuple[int, str], Row] = {}
    completions: dict[int, list[CompletedAction]] = {}
    granted: set[int] = set()
    confirmed: set[int] = set()
    if hashes:
        rows = await tx.fetch(
            "SELECT s.token_hash, e.id AS entrant_id, e.campaign_id, u.action_id, u.day, "
            "CASE WHEN u.invalidated_at IS NULL THEN u.worth ELSE 0 END AS worth, u.details, "
            "u.invalidated_at IS NULL AS valid, c.id IS NOT NULL AS granted, s.used_at, "
            "e.confirmed_at IS NOT NULL AS confirmed, "
            "e.confirmed_at IS NULL AND e.claimed_at IS NOT NULL AS withheld FROM rows($1) AS r "
            "JOIN entrant_sessions AS s ON s.token_hash = r.value ->> 0 "
            "JOIN entrants AS e ON e.id = s.entrant_id "
            "LEFT JOIN claims AS c ON c.entrant_id = e.id "
            "LEFT JOIN completions AS u ON u.entrant_id = e.id ORDER BY u.id",
            as_rows([[session_hash] for session_hash in hashes]),
        )
        for row in rows:
            entrant_id = row["entrant_id"]
            sessions[row["campaign_id"], row["token_hash"]] = row
            if row["granted"]:
                granted.add(entrant_id)
            if row["confirmed"]:
                confirmed.add(entrant_id)
            if row["action_id"] is not None:
                completions.setdefault(entrant_id, []).append(
                    CompletedAction(
                        row["action_id"],
                        row["day"],
                        row["worth"],
                        row["details"],
                        bool(row["valid"]),
                    )
                )
    remembered = {
        (by_key[poll.key].id, visitor)
        for poll in polls
        if poll.key in by_key and poll.session_hash is not None
        for visitor in poll.visitors
    }
    sure = await links.sure(tx, remembered) if remembered else {}
    seen: list[PollResult | None] = []
    for poll in polls:
        campaign = by_key.get(poll.key)
        if campaign is None:
            seen.append(None)
            continue
        session = sessions.get((campaign.id, poll.session_hash or ""))
        if session is not None and session["used_at"] <= poll.now - SESSION_LIFETIME:
            session = None
        withheld = session is not None and bool(session["withheld"])
        entrant_id = None if session is None or withheld else session["entrant_id"]
        free = any((campaign.id, visitor) not in sure for visitor in poll.visitors)
        seen.append(
            PollResult(
                campaign,
                by_campaign.get(campaign.id, []),
                entrant_id,
                completions.get(entrant_id, []) if entrant_id is not None else [],
                entrant_id in granted,
                entrant_id is None or entrant_id in confirmed,
                entrant_id is not None and free,
                withheld,
                session["used_at"] if session is not None else poll.now,
            )
        )
    return seen


async def total_entries(tx: Transaction, campaign: Campaign) -> int:
    """All valid entries of a campaign, without those of blocked entrants."""
    return await number(
        tx,
        f"SELECT {counters.worth('$1')} - (SELECT CAST(COALESCE(SUM(u.worth), 0) AS BIGINT) "
        "FROM entrants AS e JOIN completions AS u ON u.entrant_id = e.id "
        "WHERE e.campaign_id = $1 AND e.blocked_at IS NOT NULL AND u.invalidated_at IS NULL) "
        "AS n",
        campaign.id,
    )
