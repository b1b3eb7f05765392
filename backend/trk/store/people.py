"""One person's data, found by e-mail: what is stored about them, and how it is erased.

A person is an entrant in each campaign that they entered. What a statement would have to search a
whole log for is found by a reader and erased by ids, so that beacons do not wait for it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from trk.core.link import is_sure
from trk.core.mailbox import folded
from trk.store.errors import Gone
from trk.store.program import Row, Transaction, as_rows, every, number

PAGE = 500
"""How many rows are read or erased together."""


class CampaignEntrant(NamedTuple):
    """An entrant whose data is wanted."""

    entrant_id: int
    campaign_id: int
    campaign_key: str
    campaign_name: str


async def by_email(tx: Transaction, email: str) -> list[CampaignEntrant]:
    """The entrants with this e-mail, one in each campaign that they entered."""
    found = await every(
        tx,
        CampaignEntrant,
        "SELECT e.id AS entrant_id, c.id AS campaign_id, c.key AS campaign_key, "
        # CROSS: SQLite would read all entrants, to look for the campaign of each.
        "c.name AS campaign_name FROM campaigns AS c CROSS JOIN entrants AS e "
        "WHERE e.campaign_id = c.id AND e.email_folded = $1 AND c.deleted_at IS NULL",
        folded(email),
    )
    return sorted(found)


class Stake(NamedTuple):
    """What is at stake when an entrant is erased: entries that count, whether there is a draw, with
    how many entries it has them, the prizes they have won, and how many rewards they have got."""

    entries: int
    drawn: bool
    drawn_entries: int
    wins: list[str]
    claims: int


async def stake(tx: Transaction, person: CampaignEntrant) -> Stake:
    """What is at stake for this entrant. Raises Gone if the campaign has been deleted."""
    row = await _one_of(
        tx,
        person,
        "SELECT CASE WHEN e.blocked_at IS NULL THEN (SELECT CAST(COALESCE(SUM(u.worth), 0) AS "
        "BIGINT) FROM completions AS u WHERE plain(u.campaign_id) = $1 AND u.entrant_id = $2 "
        "AND u.invalidated_at IS NULL) "
        "ELSE 0 END AS entries, "
        "(SELECT COUNT(*) FROM draws AS d WHERE d.campaign_id = $1) AS drawn, "
        "(SELECT t.entries FROM draws AS d JOIN draw_entries AS t "
        "ON t.campaign_id = $1 AND t.draw_id = d.id "
        "WHERE d.campaign_id = $1 AND t.entrant_id = $2) AS drawn_entries, "
        "(SELECT COUNT(*) FROM claims AS c WHERE c.campaign_id = $1 AND c.entrant_id = $2) "
        "AS claims FROM entrants AS e WHERE e.campaign_id = $1 AND e.id = $2",
    )
    wins = await tx.fetch(
        "SELECT p.title FROM draws AS d JOIN winners AS v "
        "ON v.campaign_id = $1 AND v.draw_id = d.id "
        "JOIN prizes AS p ON p.campaign_id = $1 AND p.id = v.prize_id "
        "WHERE d.campaign_id = $1 AND v.entrant_id = $2 AND v.taken_back_at IS NULL ORDER BY v.n",
        *_ids(person),
    )
    return Stake(
        row["entries"],
        bool(row["drawn"]),
        row["drawn_entries"] or 0,
        [win["title"] for win in wins],
        row["claims"],
    )


_PARTS = {
    "answers": "SELECT f.label, x.value FROM field_answers AS x JOIN fields AS f "
    "ON f.campaign_id = $1 AND f.id = x.field_id WHERE x.campaign_id = $1 AND x.entrant_id = $2 "
    "ORDER BY f.asked DESC, f.position, f.id",
    "completions": "SELECT u.id, a.tracking_name, a.title, u.day, u.worth, u.details, u.source, "
    "u.happened_at, u.completed_at, u.invalidated_at, u.invalidated_reason FROM completions AS u "
    "JOIN actions AS a ON a.campaign_id = $1 AND a.id = u.action_id "
    "WHERE plain(u.campaign_id) = $1 AND u.entrant_id = $2 ORDER BY u.id",
    "links": "SELECT l.visitor, l.source, l.proof, l.made_at FROM links AS l "
    "WHERE plain(l.campaign_id) = $1 AND l.entrant_id = $2 ORDER BY l.id",
    "clicked_links": "SELECT t.visitor, t.arrived_at, t.used_at FROM links AS l JOIN tickets AS t "
    "ON t.visitor = l.visitor AND t.campaign_id = l.campaign_id WHERE l.campaign_id = $1 "
    "AND l.entrant_id = $2 ORDER BY t.id",
    "shared_browsers": "SELECT s.visitor, s.seen_at FROM shared_visitors AS s "
    "WHERE plain(s.campaign_id) = $1 AND s.entrant_id = $2 ORDER BY s.id",
    "sessions": "SELECT s.created_at, s.used_at FROM entrant_sessions AS s "
    "WHERE s.campaign_id = $1 AND s.entrant_id = $2 ORDER BY s.created_at",
    "referrals": "SELECT f.referrer_id, f.friend_id, f.made_at FROM referrals AS f "
    "WHERE plain(f.campaign_id) = $1 AND (f.friend_id = $2 OR f.referrer_id = $2) "
    "ORDER BY f.friend_id",
    "confirmations": "SELECT c.expires_at, c.used_at FROM confirmations AS c "
    "WHERE c.campaign_id = $1 AND c.entrant_id = $2 ORDER BY c.expires_at",
    "followed_links": "SELECT a.tracking_name, x.minted_at, x.expires_at, x.visitor, x.used_at "
    "FROM xrefs AS x JOIN actions AS a ON a.campaign_id = $1 AND a.id = x.action_id "
    "WHERE plain(x.campaign_id) = $1 AND x.entrant_id = $2 ORDER BY x.id",
    "claims": "SELECT c.kind, c.value, c.claimed_at FROM claims AS c "
    "WHERE c.campaign_id = $1 AND c.entrant_id = $2",
    "wins": "SELECT v.n, p.title AS prize, v.drawn_at, v.taken_back_at, v.reason, v.told_at, "
    "v.answer_by, v.accepted_at FROM draws AS d "
    "JOIN winners AS v ON v.campaign_id = $1 AND v.draw_id = d.id "
    "JOIN prizes AS p ON p.campaign_id = $1 AND p.id = v.prize_id "
    "WHERE d.campaign_id = $1 AND v.entrant_id = $2 ORDER BY v.n",
    "draw_entries": "SELECT t.entries FROM draws AS d JOIN draw_entries AS t "
    "ON t.campaign_id = $1 AND t.draw_id = d.id WHERE d.campaign_id = $1 AND t.entrant_id = $2",
    "fixed_entries": "SELECT l.fixed_at, t.entries FROM fixed_lists AS l "
    "JOIN fixed_entries AS t ON t.campaign_id = $1 AND t.list_id = l.id "
    "WHERE l.campaign_id = $1 AND t.entrant_id = $2 ORDER BY l.n",
    "corrections": "SELECT k.kind, k.completion_id, k.reason, k.made_at FROM corrections AS k "
    "WHERE k.campaign_id = $1 AND (k.entrant_id = $2 OR k.completion_id IN "
    "(SELECT u.id FROM completions AS u WHERE plain(u.campaign_id) = $1 AND u.entrant_id = $2)) "
    "ORDER BY k.id",
    "mails": "SELECT m.recipient, m.subject, m.body, m.queued_at, m.sent_at, m.error "
    "FROM mails AS m WHERE plain(m.campaign_id) = $1 AND m.entrant_id = $2 ORDER BY m.id",
    "webhook_events": "SELECT w.url, d.type, d.subject_id, d.queued_at, d.delivered_at, d.status "
    "FROM webhooks AS w JOIN webhook_deliveries AS d "
    "ON d.campaign_id = $1 AND d.webhook_id = w.id AND d.entrant_id = $2 "
    "WHERE w.campaign_id = $1 ORDER BY d.id",
}
"""What an export has besides the entrant, trackings and refusals, and how it is read."""


async def record(tx: Transaction, person: CampaignEntrant) -> dict[str, Any]:
    """What is stored about an entrant, without the logs: each part as rows. Raises Gone if the
    campaign has been deleted."""
    entrant = await _one_of(
        tx,
        person,
        "SELECT id, name, email, mailbox, network, language, created_at, confirmed_at, claimed_at, "
        "blocked_at, blocked_reason, many_browsers_at FROM entrants AS e "
        "WHERE e.campaign_id = $1 AND e.id = $2",
    )
    parts: dict[str, Any] = {"entrant": entrant}
    for name, sql in _PARTS.items():
        parts[name] = await tx.fetch(sql, *_ids(person))
    return parts


def _ids(person: CampaignEntrant) -> tuple[int, int]:
    return person.campaign_id, person.entrant_id


async def _one_of(tx: Transaction, person: CampaignEntrant, sql: str) -> Row:
    rows = await tx.fetch(sql, *_ids(person))
    if not rows:
        raise Gone(f"entrant {person.entrant_id} was in a campaign that has been deleted")
    return rows[0]


class Linked(NamedTuple):
    """The browsers that are linked to an entrant: those that are theirs, and those that may be
    somebody else's, as only a token has linked them."""

    own: list[str]
    doubtful: list[str]


async def linked(tx: Transaction, person: CampaignEntrant) -> Linked:
    """The browsers that are linked to an entrant."""
    rows = await tx.fetch(
        "SELECT visitor, proof FROM links WHERE plain(campaign_id) = $1 AND entrant_id = $2 "
        "ORDER BY id",
        *_ids(person),
    )
    found = Linked([], [])
    for row in rows:
        (found.own if is_sure(row["proof"]) else found.doubtful).append(row["visitor"])
    return found


_THEIRS = (
    "t.campaign_id = $1 AND t.id > $2 AND t.visitor <> '' AND (t.entrant_id = $3 OR t.visitor IN "
    "(SELECT r.value ->> 0 FROM rows($4) AS r))"
)
_NOT_DOUBTFUL = (
    "t.provisional IS NULL AND t.visitor NOT IN (SELECT r.value ->> 0 FROM rows($6) AS r)"
)


async def newest(tx: Transaction, person: CampaignEntrant) -> int:
    """The id of the newest tracking of the campaign, or 0."""
    sql = "SELECT COALESCE(MAX(id), 0) AS n FROM trackings WHERE campaign_id = $1"
    return await number(tx, sql, person.campaign_id)


async def trackings(
    tx: Transaction,
    person: CampaignEntrant,
    theirs: Collection[str],
    *,
    after: int,
    limit: int = PAGE,
    doubtful: Collection[str] | None = None,
) -> list[Row]:
    """Up to `limit` trackings with an id above `after` of an entrant and their visitors.

    With `doubtful`, only what is theirs for good: not what counts provisionally, nor anything of
    these visitors.
    """
    who = (person.campaign_id, after, person.entrant_id, _list(theirs), limit)
    sure, also = ("", ()) if doubtful is None else (f"AND {_NOT_DOUBTFUL} ", (_list(doubtful),))
    sql = (
        "SELECT t.id, t.visitor, t.name, t.value, t.signature, t.happened_at, t.received_at, "
        "t.origin_host, COALESCE(t.settled, t.outcome) AS outcome, t.refusal "
        "FROM trackings AS t "
        f"WHERE {_THEIRS} {sure}ORDER BY t.id LIMIT $5"
    )
    return await tx.fetch(sql, *who, *also)


async def refusals(tx: Transaction, person: CampaignEntrant, theirs: Collection[str]) -> list[Row]:
    """What was refused to their visitors without being a tracking."""
    sql = (
        "SELECT f.id, f.visitor, f.code, f.message, f.received_at, f.origin_host "
        "FROM refusals AS f "
        "WHERE f.campaign_id = $1 AND f.visitor IN (SELECT r.value ->> 0 FROM rows($2) AS r) "
        "ORDER BY f.id"
    )
    return await tx.fetch(sql, person.campaign_id, _list(theirs))


def _list(texts: Collection[str]) -> str:
    return as_rows([(text,) for text in texts])
