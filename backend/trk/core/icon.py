"""The sign in front of an action: chosen by its owner, or by how it is completed."""

from __future__ import annotations

from typing import Literal, Protocol

Icon = Literal[
    "auto",
    "visit",
    "buy",
    "cart",
    "account",
    "read",
    "survey",
    "game",
    "friend",
    "gift",
    "mail",
    "share",
    "play",
    "photo",
    "phone",
    "heart",
    "star",
    "question",
    "hand",
]
"""Drawn in templates/_icons.html; `auto` follows from the action."""


class Signed(Protocol):
    """What the sign of an action follows from."""

    @property
    def icon(self) -> Icon: ...
    @property
    def verification(self) -> str: ...
    @property
    def url(self) -> str: ...


def icon_of(action: Signed) -> Icon:
    """The action's sign, never `auto`."""
    if action.icon != "auto":
        return action.icon
    if action.verification == "ill_know":
        return "hand"
    if action.verification == "referral":
        return "friend"
    if action.verification != "tracking":
        return "question"
    return "visit" if action.url else "star"
