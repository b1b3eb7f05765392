"""Labels for webhooks: their events, their health, and the result of an attempt."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from trk.core.webhook import BY_OWNER, EventType
from trk.store.delivery_log import Health, State
from trk.store.webhooks import Webhook

EVENT_NAMES: dict[EventType, str] = {
    "entrant.created": "Somebody entered",
    "action.completed": "An action was completed",
    "reward.claimed": "Somebody got the reward",
    "winner.drawn": "A winner was drawn",
    "webhook.test": "A test",
}
"""Events, as owners see them."""
STATES: dict[State, str] = {"delivered": "Delivered", "waiting": "Waiting", "given_up": "Given up"}
"""A delivery's state, as owners see it."""
_TROUBLES = {
    "gaierror": "The server’s name could not be found.",
    "ConnectError": "The server could not be reached.",
    "ConnectTimeout": "The server did not answer in time.",
    "ReadError": "The connection broke before the server answered.",
    "RemoteProtocolError": "Its answer is not HTTP.",
}
"""What went wrong, by the name of the error that the webhook sender recorded."""


class AttemptLabel(NamedTuple):
    """The result of an attempt in words, and as the sender recorded it where that helps."""

    words: str
    noted: str | None = None


def attempt_label(status: int | None, error: str | None) -> AttemptLabel | None:
    """The result of an attempt as the log has it; None if there was none yet."""
    if error is None:
        return None if status is None else AttemptLabel(f"It answered {_status_label(status)}.")
    if status is not None and status != HTTPStatus.GONE:
        return AttemptLabel(error.replace(str(status), _status_label(status), 1))
    if "certificate" in error.lower():
        return AttemptLabel("Its certificate is not trusted.", error)
    return explained(error, _TROUBLES)


def explained(error: str, troubles: Mapping[str, str]) -> AttemptLabel:
    """An error in words, if `troubles` has some for its name."""
    trouble = troubles.get(error.partition(":")[0])
    return AttemptLabel(trouble, error) if trouble else AttemptLabel(error)


def _status_label(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def endpoint_state(webhook: Webhook, health: Health) -> str:
    """An endpoint's state: `paused`, `stopped`, `failing`, `new` or `working`."""
    if webhook.off_at is not None:
        return "paused" if webhook.off_reason == BY_OWNER else "stopped"
    if health.failing_since is not None:
        return "failing"
    return "new" if health.arrived_at is None else "working"
