"""Winners who are written to: the text, the mails, and the links by which they accept; who could
still win instead, and when everybody sees the winners."""

from __future__ import annotations

from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.keys import token_hash
from trk.core.language import language
from trk.core.mail import Mail
from trk.core.winner_mail import WinnerText, our_text, own_text, token_in
from trk.store import mails
from trk.store.program import Transaction, every, first
from trk.store.taking_part import TAKING_PART


class WonPrize(NamedTuple):
    """A win, as the winner's link shows it; instants in ms. `blocked`: its winner may have nothing
    of it."""

    draw_id: int
    n: int
    prize_id: int
    prize: str
    name: str
    answer_by: int
    accepted_at: int | None
    taken_back_at: int | None
    blocked: bool


class MailState(NamedTuple):
    """How far the mail to the winner of the n-th win is; `error` is why it was not sent."""

    n: int
    id: int
    sent_at: int | None
    due_at: int | None
    error: str | None


async def text_of(tx: Transaction, campaign: Campaign, draw_id: int) -> WinnerText:
    """What the owner writes to the winners of a draw, or our words in the campaign's language."""
    sql = (
        "SELECT mail_subject AS subject, mail_body AS body FROM draws "
        "WHERE campaign_id = $1 AND id = $2"
    )
    rows = await tx.fetch(sql, campaign.id, draw_id)
    spoken = language(campaign.languages[0])
    if not rows or rows[0]["subject"] is None:
        return our_text(spoken)
    return own_text(WinnerText(rows[0]["subject"], rows[0]["body"]), spoken)


async def keep_text(tx: Transaction, campaign: Campaign, draw_id: int, text: WinnerText) -> None:
    """Keep what the owner writes."""
    sql = "UPDATE draws SET mail_subject = $3, mail_body = $4 WHERE campaign_id = $1 AND id = $2"
    await tx.fetch(sql, campaign.id, draw_id, text.subject, text.body)


async def tell(
    tx: Transaction,
    campaign: Campaign,
    draw_id: int,
    n: int,
    entrant_id: int,
    mail: Mail,
    *,
    answer_hash: str,
    answer_by: int,
    now: int,
) -> bool:
    """Write to the winner of a win that stands; False if that was done already, or they no longer
    take part.

    The link in the mail, of whose token this is the hash, is good until `answer_by` (ms). Whoever
    has had this mail before (see `_had_before`) can use the link in that one.
    """
    sql = (
        "UPDATE winners SET told_at = $4, answer_hash = $5, answer_by = $6 "
        "WHERE campaign_id = $1 AND draw_id = $2 AND n = $3 AND told_at IS NULL "
        f"AND taken_back_at IS NULL AND {_TAKES_PART} RETURNING n"
    )
    if not await tx.fetch(sql, campaign.id, draw_id, n, now, answer_hash, answer_by):
        return False
    queued = await mails.queue(tx, mail, now, campaign_id=campaign.id, entrant_id=entrant_id)
    if not queued:
        await _had_before(tx, campaign, draw_id, n, mail.topic)
    return queued


_TAKES_PART = (
    "EXISTS (SELECT 1 FROM entrants AS e WHERE e.campaign_id = $1 AND e.id = winners.entrant_id "
    f"AND {TAKING_PART})"
)
"""SQL: the winner is an entrant of the campaign `$1`, and still takes part."""


async def _had_before(
    tx: Transaction, campaign: Campaign, draw_id: int, n: int, topic: str
) -> None:
    """Note that a winner was written to before, of which only the mail itself is left: the database
    was taken back to a version that does not know of it."""
    sql = "SELECT queued_at, body FROM mails WHERE campaign_id = $1 AND topic = $2"
    [mail] = await tx.fetch(sql, campaign.id, topic)
    token = token_in(mail["body"])
    sql = (
        "UPDATE winners SET told_at = $4, answer_hash = COALESCE(CAST($5 AS TEXT), answer_hash) "
        "WHERE campaign_id = $1 AND draw_id = $2 AND n = $3"
    )
    of_win = (campaign.id, draw_id, n)
    await tx.fetch(sql, *of_win, mail["queued_at"], token and token_hash(token))


async def withdraw(tx: Transaction, campaign: Campaign, draw_id: int, n: int) -> None:
    """Don't send the mail to the winner of a win that was taken back, unless it is sent already."""
    sql = (
        "UPDATE mails SET due_at = NULL, error = $4 WHERE campaign_id = $1 AND due_at IS NOT NULL "
        "AND topic = 'winner ' || CAST($2 AS BIGINT) || ' ' || CAST($3 AS INTEGER)"
    )
    await tx.fetch(sql, campaign.id, draw_id, n, mails.WITHDRAWN)


async def mail_states(tx: Transaction, campaign: Campaign, draw_id: int) -> dict[int, MailState]:
    """How far the mails to the winners of a draw are, by win."""
    rows = await every(
        tx,
        MailState,
        "SELECT w.n, m.id, m.sent_at, m.due_at, m.error FROM winners AS w JOIN each[mails AS m "
        "ON m.campaign_id = $1 AND m.topic = 'winner ' || w.draw_id || ' ' || w.n] "
        "WHERE w.campaign_id = $1 AND w.draw_id = $2 AND w.told_at IS NOT NULL ORDER BY w.n",
        *(campaign.id, draw_id),
    )
    return {row.n: row for row in rows}


async def won_by(tx: Transaction, campaign: Campaign, answer_hash: str) -> WonPrize | None:
    """The win of a link's token; None if there is none, or whose it was is erased."""
    return await first(
        tx,
        WonPrize,
        "SELECT w.draw_id, w.n, w.prize_id, p.title AS prize, e.name, w.answer_by, w.accepted_at, "
        "w.taken_back_at, e.blocked_at IS NOT NULL AS blocked "
        "FROM draws AS d JOIN winners AS w ON w.campaign_id = $1 AND w.draw_id = d.id "
        "JOIN prizes AS p ON p.campaign_id = $1 AND p.id = w.prize_id "
        "JOIN entrants AS e ON e.campaign_id = $1 AND e.id = w.entrant_id "
        "WHERE d.campaign_id = $1 AND w.answer_hash = $2 AND e.erased_at IS NULL",
        campaign.id,
        answer_hash,
    )


async def accept(tx: Transaction, campaign: Campaign, won: WonPrize, now: int) -> bool:
    """Note that the winner accepts the prize; False if it is too late, or another's, or done, or
    they no longer take part."""
    sql = (
        "UPDATE winners SET accepted_at = $4 WHERE campaign_id = $1 AND draw_id = $2 AND n = $3 "
        "AND accepted_at IS NULL AND taken_back_at IS NULL AND answer_by > $4 "
        f"AND {_TAKES_PART} RETURNING n"
    )
    return bool(await tx.fetch(sql, campaign.id, won.draw_id, won.n, now))


async def is_anybody_left(tx: Transaction, campaign: Campaign, draw_id: int) -> bool:
    """Is there somebody in a draw's list who takes part and has not won?"""
    found = await tx.fetch(
        "SELECT 1 AS one FROM draw_entries AS d JOIN entrants AS e ON e.campaign_id = $1 "
        f"AND e.id = d.entrant_id WHERE d.campaign_id = $1 AND d.draw_id = $2 AND {TAKING_PART} "
        "AND NOT EXISTS (SELECT 1 FROM winners AS w WHERE w.campaign_id = $1 "
        "AND w.draw_id = d.draw_id AND w.entrant_id = d.entrant_id) LIMIT 1",
        *(campaign.id, draw_id),
    )
    return bool(found)


async def announce(tx: Transaction, campaign: Campaign, draw_id: int, now: int) -> bool:
    """Let everybody see the winners from `now` (ms) on; False if that was done already."""
    sql = (
        "UPDATE draws SET announced_at = $3 WHERE campaign_id = $1 AND id = $2 "
        "AND announced_at IS NULL RETURNING id"
    )
    return bool(await tx.fetch(sql, campaign.id, draw_id, now))
