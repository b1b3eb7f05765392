"""Clusters: entrants who take part and came from one network, in one browser, or with one mailbox.

A cluster is one person, or a family, or an office: whoever looks at it decides. Those who are
blocked or erased are in none.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from trk.core.campaign import Campaign
from trk.store.program import Transaction, as_rows

Kind = Literal["network", "browser", "mailbox"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MOST = 20
"""How many clusters of a kind are told, the biggest ones."""
_NAMED = 3
_TAKES_PART = "{0}.blocked_at IS NULL AND {0}.erased_at IS NULL"


class Cluster(NamedTuple):
    """Entrants who belong together: how many there are, how many of them have confirmed their
    e-mail, when the first and the last entered (ms), and the first few, by id and name."""

    size: int
    confirmed: int
    first_at: int
    last_at: int
    some: list[tuple[int, str]]

    @property
    def id(self) -> int:
        """The first of them, by whom the cluster is found."""
        return self.some[0][0]


class Clusters(NamedTuple):
    """How many clusters of a kind a campaign has, how many entrants are in them, and the biggest
    clusters, the biggest first."""

    number: int
    entrants: int
    biggest: list[Cluster]


class Participation(NamedTuple):
    """How many take part, and how many of them have not confirmed their e-mail."""

    entrants: int
    unconfirmed: int


async def part(tx: Transaction, campaign: Campaign) -> Participation:
    """How many take part in a campaign, as far as they are not blocked."""
    [row] = await tx.fetch(
        "SELECT COUNT(*) AS entrants, COUNT(*) - COUNT(e.confirmed_at) AS unconfirmed "
        f"FROM entrants AS e WHERE e.campaign_id = $1 AND {_TAKES_PART.format('e')}",
        campaign.id,
    )
    return Participation(row["entrants"], row["unconfirmed"])


async def of_campaign(tx: Transaction, campaign: Campaign, kind: Kind) -> Clusters:
    """The clusters of a kind."""
    found = await tx.fetch(
        "SELECT g.key, COUNT(*) OVER () AS number, CAST(SUM(g.size) OVER () AS BIGINT) AS entrants "
        f"FROM (SELECT m.key, COUNT(*) AS size FROM ({_MEMBERS[kind]}) AS m GROUP BY m.key "
        "HAVING COUNT(*) > 1) AS g ORDER BY g.size DESC, g.key LIMIT $2",
        campaign.id,
        MOST,
    )
    if not found:
        return Clusters(0, 0, [])
    rows = await tx.fetch(
        "SELECT w.* FROM (SELECT m.key, e.id, e.name, COUNT(*) OVER same AS size, "
        "COUNT(e.confirmed_at) OVER same AS confirmed, MIN(e.created_at) OVER same AS first_at, "
        "MAX(e.created_at) OVER same AS last_at, "
        "ROW_NUMBER() OVER (PARTITION BY m.key ORDER BY e.id) AS nth "
        f"FROM ({_MEMBERS[kind]}) AS m JOIN entrants AS e ON e.campaign_id = $1 "
        "AND e.id = m.entrant_id WHERE m.key IN (SELECT r.value ->> 0 FROM rows($2) AS r) "
        f"WINDOW same AS (PARTITION BY m.key)) AS w WHERE w.nth <= {_NAMED} "
        "ORDER BY w.size DESC, w.key, w.id",
        campaign.id,
        as_rows([(row["key"],) for row in found]),
    )
    biggest: dict[str, Cluster] = {}
    for row in rows:
        made = Cluster(row["size"], row["confirmed"], row["first_at"], row["last_at"], [])
        biggest.setdefault(row["key"], made).some.append((row["id"], row["name"]))
    return Clusters(found[0]["number"], found[0]["entrants"], list(biggest.values()))


def around(campaign: Campaign, kind: Kind, entrant_id: int) -> str:
    """SQL: the ids of the entrants of a campaign in a cluster with this one, and this one's."""
    whole, own = int(campaign.id), int(entrant_id)
    if kind == "browser":
        return (
            f"SELECT e.id FROM entrants AS e WHERE e.campaign_id = {whole} "
            f"AND {_TAKES_PART.format('e')} AND e.id IN "
            f"(SELECT {own} UNION SELECT b.entrant_id FROM ({_visitors(f'{whole}', f'{own}')}) "
            f"AS v JOIN ({_in_browsers(whole)}) AS b ON b.visitor = v.visitor)"
        )
    return (
        f"SELECT o.id FROM entrants AS e JOIN entrants AS o ON o.campaign_id = e.campaign_id "
        f"AND o.{kind} = e.{kind} AND o.{kind} IS NOT NULL AND {_TAKES_PART.format('o')} "
        f"WHERE plain(e.campaign_id) = {whole} AND e.id = {own} UNION SELECT {own}"
    )


def one_browser(campaign: str, entrant: str, other: str) -> str:
    """SQL: by what the site has shown, these two entrants of a campaign (SQL for the ids) share a
    browser."""
    return (
        f"EXISTS (SELECT 1 FROM ({_visitors(campaign, entrant)}) AS v "
        f"JOIN ({_visitors(campaign, other)}) AS o ON o.visitor = v.visitor)"
    )


def _visitors(campaign: str, entrant: str) -> str:
    """SQL: the visitors of an entrant of a campaign (SQL for the ids)."""
    return (
        f"SELECT s.visitor FROM shared_visitors AS s WHERE plain(s.campaign_id) = {campaign} "
        f"AND s.entrant_id = {entrant} UNION SELECT l.visitor FROM links AS l "
        f"WHERE plain(l.campaign_id) = {campaign} AND l.entrant_id = {entrant}"
    )


def others(kind: Kind, most: int = 100) -> str:
    """SQL: how many others who take part are in a cluster with the entrant `u`, at most so many;
    of browsers, whether there are any."""
    if kind == "browser":
        return (
            "(CASE WHEN EXISTS (SELECT 1 FROM shared_visitors AS s "
            "WHERE plain(s.campaign_id) = u.campaign_id AND s.entrant_id = u.id) OR "
            "EXISTS (SELECT 1 FROM links AS l JOIN shared_visitors AS s "
            "ON s.campaign_id = l.campaign_id AND s.visitor = l.visitor "
            "WHERE plain(l.campaign_id) = u.campaign_id AND l.entrant_id = u.id) THEN 1 ELSE 0 END)"
        )
    return (
        f"(SELECT COUNT(*) FROM (SELECT 1 FROM entrants AS o WHERE o.campaign_id = u.campaign_id "
        f"AND o.{kind} = u.{kind} AND o.{kind} IS NOT NULL AND {_TAKES_PART.format('o')} "
        f"AND o.id <> u.id LIMIT {most}) AS few)"
    )


def _in_browsers(campaign_id: int) -> str:
    """SQL: each visitor of a campaign with each entrant who uses that browser."""
    return (
        "SELECT s.visitor, s.entrant_id FROM shared_visitors AS s "
        f"WHERE s.campaign_id = {campaign_id} UNION ALL "
        f"SELECT l.visitor, l.entrant_id FROM links AS l WHERE l.campaign_id = {campaign_id}"
    )


_MEMBERS: dict[Kind, str] = {
    "network": "SELECT e.network AS key, e.id AS entrant_id FROM entrants AS e "
    f"WHERE e.campaign_id = $1 AND e.network IS NOT NULL AND {_TAKES_PART.format('e')}",
    "mailbox": "SELECT e.mailbox AS key, e.id AS entrant_id FROM entrants AS e "
    f"WHERE e.campaign_id = $1 AND e.mailbox IS NOT NULL AND {_TAKES_PART.format('e')}",
    "browser": "SELECT b.visitor AS key, b.entrant_id FROM (SELECT s.visitor, s.entrant_id "
    "FROM shared_visitors AS s WHERE s.campaign_id = $1 UNION SELECT l.visitor, l.entrant_id "
    "FROM shared_visitors AS s JOIN links AS l ON l.campaign_id = s.campaign_id "
    "AND l.visitor = s.visitor WHERE s.campaign_id = $1) AS b "
    "JOIN entrants AS e ON e.campaign_id = $1 AND e.id = b.entrant_id "
    f"AND {_TAKES_PART.format('e')}",
}
"""SQL: the key of each cluster of the campaign `$1`, with each entrant in it."""
