"""An owner's account: what its fields accept, and how long sessions and links are good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trk.core.mailbox import tidy_email
from trk.core.names import clean, name_mistake

_DAY = 24 * 3_600_000
SESSION_LIFETIME = 14 * _DAY
"""How long a session lasts after signing in, in milliseconds."""

Purpose = Literal["setup", "owner", "password"]
"""What a one-time link is for: to set the server up, to become an owner, to set a new password."""

LINK_LIFETIME: dict[Purpose, int] = {"setup": 7 * _DAY, "owner": 7 * _DAY, "password": _DAY}
"""How long a one-time link is valid, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who may see and change everything on this server."""

    id: int
    name: str
    email: str


def account_mistakes(*, name: str, email: str) -> dict[str, str]:
    """What is wrong with an account's name and e-mail, a sentence for each; empty if nothing is."""
    mistakes = {}
    wrong = name_mistake(clean(name), "Enter your name.")
    if wrong:
        mistakes["owner_name"] = wrong
    if tidy_email(email) is None:
        mistakes["email"] = "Enter an e-mail address such as name@example.org."
    return mistakes
