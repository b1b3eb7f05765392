"""Mails to be sent: queued in the transaction of what they tell about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.core.mail import LINKS_PER, LONGEST_PAUSE, MOST_LINKS, Mail, retry_at
from trk.core.mailbox import mailbox_of
from trk.store.columns import insert_new
from trk.store.pages import AllCampaigns, Listing, Page, Span, equals, page
from trk.store.program import Row, Transaction, as_list, first, number
from trk.store.search import contains

State = Literal["sent", "waiting", "given_up"]

NO_SERVER = "No mail server is set (TRK_SMTP): it is on the page E-mails and in the server's log."
"""Why a mail was only written to the log."""
WITHDRAWN = "It was withdrawn before it was sent: the prize was redrawn."
"""Why a mail to a winner is not sent any more."""

LEASE = 120_000
"""How long a mail belongs to the process that is sending it, in milliseconds, unless it says that
it still is (`renew`); if that dies, another one takes it up."""
_DUE = (
    "m.due_at IS NOT NULL AND (m.attempts = 0 OR m.due_at <= CAST($1 AS BIGINT) "
    f"OR m.due_at > CAST($1 AS BIGINT) + {LONGEST_PAUSE})"
)
"""What has not been tried yet, is to be tried again, or would have to wait for longer than anything
does: that was written while the clock was ahead."""

_HELD_BACK = (
    "m.topic LIKE 'winner %' AND EXISTS (SELECT 1 FROM entrants AS e "
    "WHERE e.campaign_id = m.campaign_id AND e.id = m.entrant_id AND e.blocked_at IS NOT NULL)"
)
"""What tells an entrant who was blocked meanwhile that they have won: nothing is sent until they
are unblocked, or their prize is redrawn."""


_DELETED = "m.campaign_id IN (SELECT c.id FROM campaigns AS c WHERE c.deleted_at IS NOT NULL)"
"""What belongs to a deleted campaign: it is erased little by little."""


class DueMail(NamedTuple):
    """A mail to be sent now; `attempts` counts this one. It may be of no campaign."""

    id: int
    attempts: int
    queued_at: int
    mail: Mail
    campaign_id: int | None


async def queue(
    tx: Transaction,
    mail: Mail,
    now: int,
    *,
    campaign_id: int | None = None,
    entrant_id: int | None = None,
) -> bool:
    """Queue a mail; False if there has been one with its topic, or if the entrant of the campaign
    whom it is for was erased. Nobody erases them then until this transaction ends."""
    if entrant_id is not None and not await _is_here(tx, campaign_id, entrant_id):
        return False
    queued = await insert_new(
        tx,
        "mails",
        campaign_id=campaign_id,
        entrant_id=entrant_id,
        topic=mail.topic,
        recipient=mail.recipient,
        subject=mail.subject,
        body=mail.body,
        queued_at=now,
        due_at=now,
    )
    return queued is not None


async def flooded(tx: Transaction, campaign: Campaign, address: str, now: int) -> bool:
    """Has the mailbox of this address, however spelled, been sent as many links as it may be?"""
    lately = await number(
        tx,
        "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM entrants AS e JOIN each[mails AS m "
        "ON plain(m.campaign_id) = $1 AND m.entrant_id = e.id] "
        "WHERE e.campaign_id = $1 AND e.mailbox = $2 "
        "AND e.blocked_at IS NULL AND e.erased_at IS NULL AND m.queued_at > $3 "
        "AND m.topic LIKE 'confirmation %' LIMIT $4) AS found",
        campaign.id,
        mailbox_of(address),
        now - LINKS_PER,
        MOST_LINKS,
    )
    return lately >= MOST_LINKS


async def _is_here(tx: Transaction, campaign_id: int | None, entrant_id: int) -> bool:
    sql = (
        "SELECT id FROM entrants WHERE campaign_id = $1 AND id = $2 AND erased_at IS NULL "
        "FOR KEY SHARE"
    )
    return bool(await tx.fetch(sql, campaign_id, entrant_id))


_MAY_BE_SENT = f"{_DUE} AND NOT ({_HELD_BACK}) AND (m.campaign_id IS NULL OR NOT {_DELETED})"


async def take(tx: Transaction, limit: int, now: int) -> list[DueMail]:
    """Up to `limit` mails that are due, oldest first, of all campaigns and of none; nobody else
    gets them for LEASE ms."""
    found = await _due(tx, limit, now)
    taken: list[DueMail] = []
    for campaign_id in dict.fromkeys(row["campaign_id"] for row in found):
        none = "m.campaign_id IS NULL AND CAST($3 AS BIGINT) IS NULL"
        whose = "m.campaign_id = $3" if campaign_id is not None else none
        rows = await tx.fetch(
            "UPDATE mails AS m SET due_at = CAST($2 AS BIGINT), attempts = m.attempts + 1 "
            f"WHERE {whose} AND m.id IN ids($4) AND {_MAY_BE_SENT} "
            "RETURNING id, attempts, queued_at, topic, recipient, subject, body",
            now,
            now + LEASE,
            campaign_id,
            as_list([row["id"] for row in found if row["campaign_id"] == campaign_id]),
        )
        for row in rows:
            mail = Mail(row["topic"], row["recipient"], row["subject"], row["body"])
            numbers = (row["id"], row["attempts"], row["queued_at"])
            taken.append(DueMail(*numbers, mail, campaign_id))
    return sorted(taken, key=lambda due: due.id)


async def _due(tx: Transaction, limit: int, now: int) -> list[Row]:
    return await tx.fetch(
        f"SELECT m.id, m.campaign_id FROM mails AS m WHERE {_MAY_BE_SENT} "
        "ORDER BY m.due_at, m.id LIMIT $2",
        now,
        limit,
    )


async def renew(tx: Transaction, due: DueMail, now: int) -> bool:
    """Let a mail belong to who has taken it for another LEASE ms; False if it does not any more."""
    return await _change(tx, due, "due_at = $4", _TAKEN, due.attempts, now + LEASE)


async def release(tx: Transaction, due: DueMail, now: int) -> None:
    """Give a mail back, as if it had not been taken."""
    await _change(tx, due, "due_at = $4, attempts = attempts - 1", _TAKEN, due.attempts, now)


async def sent(tx: Transaction, due: DueMail, now: int) -> None:
    """Note that a mail was handed over."""
    await _change(tx, due, "due_at = NULL, sent_at = $3, error = NULL", "true", now)


async def shown(tx: Transaction, due: DueMail) -> None:
    """Note that a mail was only written to the server's log; it is not tried again."""
    await _change(tx, due, "due_at = NULL, error = $3", "true", NO_SERVER)


async def failed(
    tx: Transaction, due: DueMail, error: str, now: int, *, final: bool = False
) -> None:
    """Note why a mail could not be handed over; unless that is `final`, it is tried again later,
    but not for ever."""
    again_at = None if final else retry_at(due.attempts, now)
    await _change(tx, due, "due_at = $3, error = $4", "sent_at IS NULL", again_at, error[:1000])


_TAKEN = "attempts = $3 AND due_at IS NOT NULL"


async def _change(
    tx: Transaction, due: DueMail, sets: str, still: str, *args: int | str | None
) -> bool:
    """Change a mail, if it is `still` so: both are SQL, with `args` from `$3` on. Was it?"""
    none = "campaign_id IS NULL AND CAST($1 AS BIGINT) IS NULL"
    whose = "campaign_id = $1" if due.campaign_id is not None else none
    sql = f"UPDATE mails SET {sets} WHERE {whose} AND id = $2 AND {still} RETURNING id"
    return bool(await tx.fetch(sql, due.campaign_id, due.id, *args))


_STATE = (
    "(CASE WHEN u.sent_at IS NOT NULL THEN 'sent' WHEN u.due_at IS NOT NULL THEN 'waiting' "
    "ELSE 'given_up' END)"
)


@dataclass(frozen=True, slots=True)
class Queued:
    """A mail of the outbox. `due_at` is when it is tried (again); `error` why it was not sent."""

    id: int
    entrant_id: int | None
    recipient: str
    subject: str
    body: str
    queued_at: Instant
    due_at: Instant | None
    attempts: int
    sent_at: Instant | None
    error: str | None


LISTING = Listing(Queued, "mails", "queued_at")


@dataclass(frozen=True, slots=True)
class Written(Queued):
    """The same with its campaign's key and name, if it belongs to a campaign."""

    campaign_key: str | None
    campaign: str | None

    @property
    def state(self) -> State:
        """Was it sent, is it waiting, or is it not tried any more?"""
        if self.sent_at is not None:
            return "sent"
        return "given_up" if self.due_at is None else "waiting"


EVERYWHERE = Listing(
    Written,
    "mails",
    "queued_at",
    {"campaign_key": "c.key", "campaign": "c.name"},
    "LEFT JOIN campaigns AS c ON c.id = u.campaign_id",
    of=str(AllCampaigns().id),
)


async def everywhere(
    tx: Transaction,
    span: Span,
    *,
    state: State | None = None,
    campaign_key: str | None = None,
    search: str | None = None,
) -> Page[Written]:
    """A page of all mails of the server; `search` is a part of the recipient or the subject.

    Those of a deleted campaign, which are erased little by little, are not among them.
    """
    conditions = [
        *equals("COALESCE(c.deleted_at, 0)", 0, "BIGINT"),
        *equals(_STATE, state),
        *equals("c.key", campaign_key),
    ]
    if search is not None:
        conditions.append(contains(("u.recipient", "u.subject"), search))
    return await page(tx, EVERYWHERE, AllCampaigns(), span, conditions)


async def by_id(tx: Transaction, mail_id: int) -> Written | None:
    """One mail, or None; also if its campaign is deleted."""
    return await first(
        tx,
        Written,
        f"SELECT {EVERYWHERE.columns} FROM mails AS u {EVERYWHERE.joins} "
        "WHERE u.id = $1 AND c.deleted_at IS NULL",
        mail_id,
    )


async def listed(
    tx: Transaction, campaign: Campaign, span: Span, state: State | None = None
) -> Page[Queued]:
    """A page of a campaign's mails: all, or those that are sent, wait, or were given up."""
    return await page(tx, LISTING, campaign, span, equals(_STATE, state))
