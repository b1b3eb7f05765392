"""Idempotency keys: what a call with such a key was answered, kept for a day.

A call first claims its key, by a unique key in the database, so that only one of many goes on.
Its answer is stored in the transaction of its effect: a process that dies in between leaves either
both or none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from trk.store.errors import DatabaseError
from trk.store.program import Transaction, first

KEPT = 24 * 3_600_000
"""How long an answer is kept, in milliseconds."""
LEASE = 60_000
"""How long a call without an answer keeps its key, in milliseconds. After that another call may
take it up, because the process may have died."""


class TakenOver(DatabaseError):
    """Another call has taken up the key meanwhile; nothing was stored."""


class HeldKey(NamedTuple):
    """A key that a call holds, since `made_at` (ms); `campaign_key` is in the call's address."""

    token_id: int
    key: str
    made_at: int
    campaign_key: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a key that somebody else holds or held; `status` is None until answered."""

    fingerprint: str
    status: int | None
    media_type: str
    body: str


ERASED = Kept(
    "",
    410,
    "application/json",
    '{"error":{"code":"erased","message":"This call was answered, and its answer was erased."}}',
)
"""What a call is answered when it comes again after its answer was erased."""


async def claim(tx: Transaction, wanted: HeldKey, fingerprint: str) -> Kept | None:
    """Claim a key for a call with this fingerprint: None if it is ours, else what is known."""
    await tx.fetch("DELETE FROM idempotency_keys WHERE made_at < $1", wanted.made_at - KEPT)
    sql = (
        "INSERT INTO idempotency_keys "
        "(token_id, idempotency_key, made_at, campaign_key, fingerprint) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1 AS one"
    )
    ours = await tx.fetch(sql, *wanted, fingerprint)
    if ours:
        return None
    kept = await first(
        tx,
        Kept,
        "SELECT fingerprint, status, media_type, body FROM idempotency_keys "
        "WHERE token_id = $1 AND idempotency_key = $2",
        wanted.token_id,
        wanted.key,
    )
    if kept is None:  # given back between the two statements: the next try gets it
        return Kept(fingerprint, None, "", "")
    if kept.status is not None or kept.fingerprint != fingerprint:
        return kept
    sql = (
        "UPDATE idempotency_keys SET made_at = $3 WHERE token_id = $1 AND idempotency_key = $2 "
        "AND status IS NULL AND made_at < $4 RETURNING 1 AS one"
    )
    taken = await tx.fetch(sql, wanted.token_id, wanted.key, wanted.made_at, wanted.made_at - LEASE)
    return None if taken else kept


async def keep(tx: Transaction, held: HeldKey, status: int, media_type: str, body: str) -> None:
    """Store the answer to the call that holds this key. Raises TakenOver if it no longer does."""
    sql = (
        "UPDATE idempotency_keys SET status = $4, media_type = $5, body = $6 "
        "WHERE token_id = $1 AND idempotency_key = $2 AND made_at = $3 AND status IS NULL "
        "RETURNING 1 AS one"
    )
    stored = await tx.fetch(sql, held.token_id, held.key, held.made_at, status, media_type, body)
    if not stored:
        raise TakenOver(f"The idempotency key {held.key!r} was taken up by another call.")


async def release(tx: Transaction, held: HeldKey) -> None:
    """Give a key back: its call had no effect, and may be made again."""
    await tx.fetch(
        "DELETE FROM idempotency_keys WHERE token_id = $1 AND idempotency_key = $2 "
        "AND made_at = $3 AND status IS NULL",
        *held[:3],
    )


async def forget_token(tx: Transaction, token_id: int) -> None:
    """Erase what the calls of a token that is gone were answered."""
    await tx.fetch(
        "DELETE FROM idempotency_keys WHERE token_id = $1 AND status IS NOT NULL", token_id
    )


async def erase_of_campaign(tx: Transaction, campaign_key: str) -> None:
    """Erase what was answered about a campaign. Its calls still take effect only once."""
    await _erase(tx, "campaign_key = $1", campaign_key)


async def erase_of_person(tx: Transaction, campaign_key: str, email: str) -> None:
    """Erase what was answered about a campaign and has this e-mail in it."""
    written = msgspec.json.encode(email).decode()
    pattern = re.sub(r"([\\%_])", r"\\\1", written)
    about = "campaign_key = $1 AND body LIKE CAST($2 AS TEXT) ESCAPE '\\'"
    await _erase(tx, about, campaign_key, f"%{pattern}%")


async def _erase(tx: Transaction, condition: str, *args: str) -> None:
    await tx.fetch(
        f"UPDATE idempotency_keys SET status = {ERASED.status}, media_type = 'application/json', "
        f"body = '{ERASED.body}' WHERE {condition} AND status IS NOT NULL",
        *args,
    )
