"""The live check: what a campaign's sites reported lately, in words for its owner."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from trk.core.campaign import Action, Campaign
from trk.core.language import ENGLISH
from trk.core.suggest import closest
from trk.store import refusals, trackings
from trk.store.pages import Span
from trk.store.program import Transaction
from trk.store.refusals import Refusal
from trk.store.trackings import Tracking

LAST = 5
"""How many to show."""
_LONGEST = 100


class Sighting(msgspec.Struct, frozen=True):
    """A name and value that was reported, or an entrant's link (without a name) that was refused.

    `ago` is when, such as `3 s ago`; `origin_host` the site whose page reported it, where its
    browser said so; `said` what became of it; `good` whether an action has it.
    """

    id: str
    ago: str
    origin_host: str | None
    name: str | None
    value: str | None
    said: str
    good: bool


async def latest(
    tx: Transaction, campaign: Campaign, actions: Collection[Action], now: int
) -> list[Sighting]:
    """The LAST latest sightings as of `now` (ms), newest first."""
    newest = Span(newest_first=True, limit=LAST)
    reported = await trackings.listed(tx, campaign, newest)
    refused = await refusals.listed(tx, campaign, newest)
    rows: list[Tracking | Refusal] = [*reported.rows, *refused.rows]
    rows.sort(
        key=lambda row: row.received_at, reverse=True
    )  # stable: rows are already in descending order of id
    names = [action.tracking_name for action in actions if action.tracks]
    return [_sighting(row, names, now) for row in rows[:LAST]]


def _sighting(row: Tracking | Refusal, names: Collection[str], now: int) -> Sighting:
    ago = _ago(now - row.received_at)
    if isinstance(row, Refusal):
        said = f"refused: {row.message}"
        return Sighting(f"link-{row.id}", ago, row.origin_host, None, None, said, False)
    good = row.outcome in ("unlocked", "repeated", "waiting")
    value = None if row.value is None else _cut(row.value)
    name, said = _cut(row.name), _outcome_label(row, names)
    return Sighting(f"push-{row.id}", ago, row.origin_host, name, value, said, good)


def _outcome_label(row: Tracking, names: Collection[str]) -> str:
    if row.outcome == "unmatched":
        meant = closest(row.name, names)
        return "no action has this name" + (f"; did you mean ‘{meant}’?" if meant else ".")
    if row.outcome == "refused":
        return f"refused: {row.refusal_message or ''}"
    action = "an action that was deleted" if row.action is None else f"the action ‘{row.action}’"
    became = {
        "unlocked": "and unlocked it.",
        "repeated": "which this entrant has already completed.",
        "waiting": "and is waiting for this visitor to enter the campaign.",
        "expired": "but its day ended before this visitor entered the campaign.",
    }[row.outcome]
    return f"matches {action}{' ' if became.startswith('and') else ', '}{became}"


def _ago(milliseconds: int) -> str:
    if milliseconds < 60_000:
        return f"{max(0, milliseconds) // 1000} s ago"
    return f"{ENGLISH.span(milliseconds)} ago"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
