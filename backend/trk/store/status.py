"""Status: answers the polls of many entrants together, with a few statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from trk.core.campaign import Action, Campaign
from trk.core.link import VISITORS_KEPT
from trk.core.status import CompletedAction
from trk.store import actions, campaigns, counters
from trk.store.entrant_sessions import SESSION_LIFETIME
from trk.store.program import Transaction, as_rows, number


class Poll(NamedTuple):
    """One question at `now` (ms): a campaign's key, the hash of the session's token, if there is
    one, and the visitors that the browser remembers."""

    key: str
    session_hash: str | None
    visitors: tuple[str, ...] = ()
    now: int = 0


class Standing(NamedTuple):
    """All that the status of an entrant depends on, beside the campaign, its actions and the time:
    equal for all who have done the same. `completed` is JSON, a list of what CompletedAction has.
    """

    entered: bool = False
    granted: bool = False
    confirmed: bool = True
    completed: str = "[]"

    def completions(self) -> list[CompletedAction]:
        """What the entrant has completed."""
        found = msgspec.json.decode(self.completed, type=list[list[Any]])
        return [CompletedAction(action, day, worth, bool(ok)) for action, day, worth, ok in found]


class Session(NamedTuple):
    """What the database knows of a poll's session: without one, or where it has ended, `NOBODY`.

    `unlinked`: one of the visitors that the entrant's browser remembers is nobody's for good.
    `withheld`: nobody has confirmed the session's address since another browser claimed it; that it
    was `used` was noted then (ms).
    """

    entrant_id: int | None = None
    standing: Standing = Standing()
    unlinked: bool = False
    withheld: bool = False
    used: int | None = None


NOBODY = Session()


class PollResult(NamedTuple):
    """What the database knows for a poll; `entrant_id` is None for somebody who has not entered.

    `granted`: the entrant has got the campaign's reward; `confirmed`: they have confirmed their
    e-mail, or have none yet. The rest is as in Session.
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
    known = await rules(tx, {poll.key for poll in polls})
    ids = {key: campaign.id for key, (campaign, _) in known.items()}
    return [
        result_of(*known[poll.key], session, poll.now) if poll.key in known else None
        for poll, session in zip(polls, await sessions(tx, polls, ids), strict=True)
    ]


def result_of(campaign: Campaign, actions: list[Action], session: Session, now: int) -> PollResult:
    """The answer to a poll with that session, at `now` (ms)."""
    return PollResult(
        campaign,
        actions,
        session.entrant_id,
        session.standing.completions(),
        session.standing.granted,
        session.standing.confirmed,
        session.unlinked,
        session.withheld,
        now if session.used is None else session.used,
    )


async def rules(tx: Transaction, keys: Collection[str]) -> dict[str, tuple[Campaign, list[Action]]]:
    """The campaigns with these keys, each with its actions; a key without one is left out."""
    found = await campaigns.by_keys(tx, keys)
    return {key: (each, await actions.of_campaign(tx, each.id)) for key, each in found.items()}


async def sessions(tx: Transaction, polls: Sequence[Poll], ids: Mapping[str, int]) -> list[Session]:
    """The session of each poll, in order; `ids` are those of the campaigns, by their keys. Each
    campaign is asked by a statement of its own."""
    asked: dict[str, list[tuple[int | str | None, ...]]] = {}
    for n, poll in enumerate(polls):
        if poll.session_hash is not None and poll.key in ids:
            asked.setdefault(poll.key, []).append((n, poll.session_hash, *poll.visitors))
    seen = [NOBODY] * len(polls)
    for key, rows in asked.items():
        await _see(tx, ids[key], rows, polls, seen)
    return seen


async def _see(
    tx: Transaction,
    campaign_id: int,
    asked: Sequence[tuple[int | str | None, ...]],
    polls: Sequence[Poll],
    seen: list[Session],
) -> None:
    """Put the sessions of one campaign's polls into their places in `seen`."""
    for row in await tx.fetch(_SESSIONS, as_rows(asked), campaign_id):
        poll, used = polls[row["n"]], row["used_at"]
        if row["entrant_id"] is None or used <= poll.now - SESSION_LIFETIME:
            continue
        if row["withheld"]:
            seen[row["n"]] = NOBODY._replace(withheld=True, used=used)
            continue
        granted, confirmed = bool(row["granted"]), bool(row["confirmed"])
        standing = Standing(True, granted, confirmed, row["completed"] or "[]")
        unlinked = row["linked"] < len(poll.visitors)
        seen[row["n"]] = Session(row["entrant_id"], standing, unlinked, False, used)


# Each by itself, as a unique index answers it: a planner that knows nothing of a fresh table would
# look for several at once among all that the campaign has.
_LINKED = " + ".join(
    "(SELECT COUNT(*) FROM links AS l WHERE l.campaign_id = $2 "
    f"AND l.visitor = r.value ->> {n} AND l.proof <> 'token')"
    for n in range(2, 2 + VISITORS_KEPT)
)
_SESSIONS = (
    "SELECT CAST(r.value ->> 0 AS INTEGER) AS n, e.id AS entrant_id, s.used_at, "
    "c.id IS NOT NULL AS granted, e.confirmed_at IS NOT NULL AS confirmed, "
    "e.confirmed_at IS NULL AND e.claimed_at IS NOT NULL AS withheld, "
    f"{_LINKED} AS linked, "
    "(SELECT packed[u.action_id, u.day, CASE WHEN u.invalidated_at IS NULL THEN u.worth ELSE 0 END,"
    " u.invalidated_at IS NULL] FROM completions AS u "
    "WHERE plain(u.campaign_id) = $2 AND u.entrant_id = e.id) AS completed "
    "FROM rows($1) AS r LEFT JOIN each[entrant_sessions AS s "
    "ON s.campaign_id = $2 AND s.token_hash = r.value ->> 1] "
    "LEFT JOIN each[entrants AS e ON e.campaign_id = $2 AND e.id = s.entrant_id] "
    "LEFT JOIN each[claims AS c ON c.campaign_id = $2 AND c.entrant_id = e.id]"
)


async def total_entries(tx: Transaction, campaign: Campaign) -> int:
    """All valid entries of a campaign, without those of blocked entrants."""
    return await number(
        tx,
        f"SELECT {counters.worth('$1')} - (SELECT CAST(COALESCE(SUM(u.worth), 0) AS BIGINT) "
        "FROM entrants AS e JOIN completions AS u "
        "ON plain(u.campaign_id) = $1 AND u.entrant_id = e.id "
        "WHERE e.campaign_id = $1 AND e.blocked_at IS NOT NULL AND u.invalidated_at IS NULL) "
        "AS n",
        campaign.id,
    )
