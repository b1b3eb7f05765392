"""What a report earns: a pair of a beacon, a waiting tracking, an answer, a call of the server."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from trk.core.age import before_entering, too_late
from trk.core.answer import mistake_in
from trk.core.campaign import Action, Campaign, day_key, refusal_at
from trk.core.days import day_at
from trk.core.rejection import Rejection, RejectionReason, shown
from trk.core.signature import is_signed

Outcome = Literal["unlocked", "repeated", "waiting", "unmatched", "refused", "expired"]

Unlocked = tuple[int, int, str]
"""What makes a completion unique: (entrant id, action id, day)."""
UsedValue = tuple[int, str]
"""What makes a value unique: (action id, its value_key)."""


class Report(NamedTuple):
    """What was reported; `vouched` by the customer's server itself, so that it needs no signature.

    `happened_at` is when (ms): a late beacon counts for the time of its push, as far as its age is
    believed (see age.py). `received_at` is when it arrived, if that was later.
    """

    name: str
    value: str | None
    happened_at: int
    signature: str | None = None
    vouched: bool = False
    received_at: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the decisions need to know: completions, who used which value, who is blocked, and when
    whom has entered (ms)."""

    done: Container[Unlocked] = ()
    values: Mapping[UsedValue, int] = field(default_factory=dict)
    blocked: Container[int] = ()
    entered: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to a report.

    `unlock` is set exactly when the outcome is `unlocked`; `uses` if a unique value is used up.
    """

    outcome: Outcome
    action: Action | None = None
    unlock: Unlocked | None = None
    refusal: Rejection | None = None
    uses: UsedValue | None = None

    @property
    def personal(self) -> bool:
        """Might it be another one for another entrant?"""
        return self.outcome in ("unlocked", "repeated") or (
            self.refusal is not None
            and self.refusal.reason in (RejectionReason.ENTRANT_BLOCKED, RejectionReason.VALUE_USED)
        )


def on_arrival(
    campaign: Campaign, action: Action | None, entrant_id: int | None, report: Report, known: Known
) -> Decision:
    """What a pair earns when it arrives.

    `action` is the one with the pair's tracking name; `entrant_id` the entrant that the visitor is
    linked to, if any.
    """
    arrived_at = report.happened_at if report.received_at is None else report.received_at
    refusal = refusal_at(campaign, report.happened_at) or too_late(
        campaign, report.happened_at, arrived_at
    )
    if refusal is not None:
        return Decision("refused", action, refusal=refusal)
    return on_word(campaign, action, entrant_id, report, known)


def on_word(
    campaign: Campaign, action: Action | None, entrant_id: int | None, report: Report, known: Known
) -> Decision:
    """What a pair earns where its time is no question: it came in time, or came late and the owner
    lets it count."""
    if action is None:
        return Decision("unmatched")
    refusal = _refusal_of(campaign, action, report)
    if refusal is not None:
        return Decision("refused", action, refusal=refusal)
    if entrant_id is None:
        return Decision("waiting", action)
    return on_turn(campaign, action, entrant_id, report, known)


def on_turn(
    campaign: Campaign, action: Action | None, entrant_id: int, report: Report, known: Known
) -> Decision:
    """What a pair earns of a visitor who was linked when it arrived; it was found to be in order
    then, but may have had to wait for what came before it."""
    if action is None:
        return Decision("unmatched")
    entered_at = known.entered.get(entrant_id)
    if action.frequency == "daily" and before_entering(campaign, report.happened_at, entered_at):
        return Decision("expired", action)
    return _complete(campaign, action, entrant_id, report, known)


def on_link(
    campaign: Campaign,
    action: Action | None,
    entrant_id: int,
    report: Report,
    now: int,
    known: Known,
) -> Decision:
    """What a waiting tracking earns when its visitor is linked at `now` (ms).

    It counts for when it happened, so a campaign that ended meanwhile takes nothing back; but a
    daily action's tracking is good only until the end of its own day. It was found to be in order
    when it arrived; a unique value belongs to who completes first.
    """
    if action is not None and action.frequency == "daily":
        zone = campaign.timezone
        if day_at(zone, report.happened_at) != day_at(zone, now):
            return Decision("expired", action)
    return on_move(campaign, action, entrant_id, report, known)


def on_move(
    campaign: Campaign, action: Action | None, entrant_id: int, report: Report, known: Known
) -> Decision:
    """What a tracking earns that had counted for another entrant, and turns out to be this one's.

    It was found to be in order, and linked, in time.
    """
    if action is None:
        return Decision("unmatched")
    return _complete(campaign, action, entrant_id, report, known)


def on_answer(
    campaign: Campaign, action: Action, entrant_id: int, answer: str, now: int, known: Known
) -> Decision:
    """What an entrant earns by a (tidied) answer, or by saying "I know" (an empty answer)."""
    refusal = refusal_at(campaign, now) or _refusal_of_answer(action, answer)
    if refusal is not None:
        return Decision("refused", action, refusal=refusal)
    report = Report(action.tracking_name, answer or None, now)
    return _complete(campaign, action, entrant_id, report, known)


def value_key(value: str | None) -> str | None:
    """What makes two values the same order number: 64 hexadecimal digits, or None for no value.

    Case, width and surrounding spaces do not make it a different order.
    """
    folded = " ".join(unicodedata.normalize("NFKC", value or "").casefold().split())
    return hashlib.sha256(folded.encode()).hexdigest() if folded else None


def _refusal_of(campaign: Campaign, action: Action, report: Report) -> Rejection | None:
    name = shown(action.tracking_name)
    if not action.tracks:
        return Rejection(
            RejectionReason.NOT_TRACKED,
            f"The action {name} has the verification {action.verification}; a tracking does not "
            "unlock it.",
        )
    if action.signed and not report.vouched:
        if not report.signature:
            return Rejection(
                RejectionReason.UNSIGNED,
                f"The action {name} needs a signature; expected [name, value, signature].",
            )
        if not is_signed(
            campaign.secret, campaign.key, report.name, report.value, report.signature
        ):
            return Rejection(
                RejectionReason.BAD_SIGNATURE,
                f"The signature of {name} with the value {shown(report.value)} is wrong; expected "
                "the hex HMAC-SHA-256 of key, name and value, joined by line feeds, with the "
                "campaign's secret.",
            )
    if action.unique_value and value_key(report.value) is None:
        return _missing(action)
    return None


def _refusal_of_answer(action: Action, answer: str) -> Rejection | None:
    if action.verification == "ill_know":
        return None
    if not action.asks:
        return Rejection(
            RejectionReason.NOT_ASKED,
            f"The action {shown(action.tracking_name)} has the verification "
            f"{action.verification}; an answer does not unlock it.",
        )
    mistake = mistake_in(answer, action.answer_pattern)
    return Rejection(RejectionReason.WRONG_ANSWER, mistake) if mistake else None


def _complete(
    campaign: Campaign, action: Action, entrant_id: int, report: Report, known: Known
) -> Decision:
    if entrant_id in known.blocked:
        return Decision(
            "refused",
            action,
            refusal=Rejection(
                RejectionReason.ENTRANT_BLOCKED,
                "The entrant is blocked in this campaign; nothing unlocks.",
            ),
        )
    unlock = (entrant_id, action.id, day_key(action, campaign.timezone, report.happened_at))
    if unlock in known.done:
        return Decision("repeated", action)
    if not action.unique_value:
        return Decision("unlocked", action, unlock)
    key = value_key(report.value)
    if key is None:  # a waiting tracking of an action that demands a value since then
        return Decision("refused", action, refusal=_missing(action))
    holder = known.values.get((action.id, key))
    if holder is None:
        return Decision("unlocked", action, unlock, uses=(action.id, key))
    if holder == entrant_id:
        return Decision("repeated", action)
    return Decision(
        "refused",
        action,
        refusal=Rejection(
            RejectionReason.VALUE_USED,
            f"The value {shown(report.value)} of {shown(action.tracking_name)} has already "
            "unlocked it for another entrant; each value counts once.",
        ),
    )


def _missing(action: Action) -> Rejection:
    return Rejection(
        RejectionReason.VALUE_MISSING,
        f"The action {shown(action.tracking_name)} needs a unique value each time; there was none.",
    )
