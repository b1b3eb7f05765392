"""Corrections by the owner, with their reasons; and how many browsers an entrant may have."""

from __future__ import annotations

from collections.abc import Collection, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.store.pages import Listing, Page, Span, page
from trk.store.program import Transaction, as_rows

Kind = Literal[
    "invalidated",
    "restored",
    "counted",
    "blocked",
    "unblocked",
    "browsers_allowed",
    "browsers_limited",
    "moved",
]


class Cause(NamedTuple):
    """For what reason something is corrected, and when (ms). `step` names what is done together, to
    be undone together (undoing)."""

    reason: str
    at: int
    step: str | None = None


async def allow_browsers(
    tx: Transaction,
    campaign: Campaign,
    entrants: Collection[int],
    cause: Cause,
) -> list[int]:
    """Let these entrants have more than ten browsers; the ids of those who could not. A browser
    that was refused is linked by the next visit."""
    sql = (
        "UPDATE entrants SET many_browsers_at = $3 WHERE id = $1 AND campaign_id = $2 "
        "AND many_browsers_at IS NULL AND erased_at IS NULL RETURNING id"
    )
    allowed = [
        each for each in sorted(set(entrants)) if await tx.fetch(sql, each, campaign.id, cause.at)
    ]
    await note(tx, campaign.id, "browsers_allowed", allowed, cause)
    return allowed


async def limit_browsers(
    tx: Transaction,
    campaign: Campaign,
    entrants: Collection[int],
    cause: Cause,
) -> list[int]:
    """Let these entrants have ten browsers again, and keep those that are linked; the ids of those
    who could have more."""
    sql = (
        "UPDATE entrants SET many_browsers_at = NULL WHERE id = $1 AND campaign_id = $2 "
        "AND many_browsers_at IS NOT NULL RETURNING id"
    )
    limited = [each for each in sorted(set(entrants)) if await tx.fetch(sql, each, campaign.id)]
    await note(tx, campaign.id, "browsers_limited", limited, cause)
    return limited


@dataclass(frozen=True, slots=True)
class LoggedCorrection:
    """What was taken back or given back, of a completion or of an entrant, and why.

    `counted`: a completion is there because the owner let a tracking count that had come late.
    `moved`: what an entrant's browser did was found to be another's, or another's to be theirs.
    """

    id: int
    kind: Kind
    completion_id: int | None
    entrant_id: int | None
    reason: str
    made_at: Instant


LISTING = Listing(LoggedCorrection, "corrections", "made_at")


async def listed(tx: Transaction, campaign: Campaign, span: Span) -> Page[LoggedCorrection]:
    """A page of the corrections: what was done, why and when."""
    return await page(tx, LISTING, campaign, span)


class CorrectionProgram(Protocol):
    """Corrects the things with these ids in a campaign, with all that comes of it (rewards); the
    ids of those that it changed, in order."""

    def __call__(
        self,
        tx: Transaction,
        campaign: Campaign,
        chosen: Collection[int],
        /,
        cause: Cause,
    ) -> Coroutine[Any, Any, list[int]]: ...


def column_of(kind: Kind) -> str:
    """Which column names what a correction of this kind is of."""
    return "completion_id" if kind in ("invalidated", "restored", "counted") else "entrant_id"


async def note(
    tx: Transaction,
    campaign_id: int,
    kind: Kind,
    things: Iterable[int],
    cause: Cause,
    ended: Mapping[int, tuple[int, str]] = MappingProxyType({}),
) -> None:
    """Note a correction of each of these things (ids). Where it ends something, `ended` has since
    when that was so (ms), and why."""
    await tx.fetch(
        f"INSERT INTO corrections (campaign_id, kind, {column_of(kind)}, reason, made_at, step, "
        "was_at, was_reason) SELECT CAST($2 AS BIGINT), CAST($3 AS TEXT), "
        "CAST(r.value ->> 0 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS BIGINT), CAST($6 AS TEXT), "
        "CAST(r.value ->> 1 AS BIGINT), r.value ->> 2 FROM rows($1) AS r",
        as_rows([(each, *ended.get(each, (None, None))) for each in things]),
        campaign_id,
        kind,
        *cause,
    )
