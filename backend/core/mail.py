"""Mails: what they say, and when one that could not be delivered is tried again."""

from __future__ import annotations

from dataclasses import dataclass

from backend.core.campaign import Campaign

MAX_ATTEMPTS = 10
_FIRST_PAUSE = 60_000
_LONGEST_PAUSE = 6 * 3_600_000


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person. Of mails with the same `topic` only the first is ever queued."""

    topic: str
    recipient: str
    subject: str
    body: str


def reward_mail(campaign: Campaign, entrant_id: int, name: str, email: str, value: str) -> Mail:
    """The mail that brings an entrant the reward `value`."""
    parts = [
        f"Hello {one_line(name)},",
        f"You completed what was asked in “{one_line(campaign.name)}”. Here is your reward:",
        f"    {one_line(value)}",
    ]
    if campaign.reward_note:
        parts.append(campaign.reward_note)
    return Mail(
        f"reward {entrant_id}",
        email,
        f"Your reward: {one_line(campaign.name)}",
        "\n\n".join(parts) + "\n",
    )


def one_line(text: str) -> str:
    """`text` without line breaks and other control characters: fit for a mail's header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def retry_at(attempts: int, now: int) -> int | None:
    """When to try again after `attempts` failures (ms), twice as late each time; None: give up."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return int(now + min(_FIRST_PAUSE * 2 ** (attempts - 1), _LONGEST_PAUSE))
