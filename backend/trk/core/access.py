"""What a token of the API may do, in which campaign, and until when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from trk.core.names import clean, name_mistake

Scope = Literal["read", "personal", "write", "beacons", "draw", "accounts", "audit"]

SCOPES: Mapping[Scope, str] = {
    "read": "campaigns, actions, prizes, the tracking log and counts, without names or e-mails",
    "personal": "names and e-mail addresses: entrants, completions, claims, e-mails, winners",
    "write": "create and change campaigns, actions, prizes and codes; correct entries and "
    "entrants; see the signing secret",
    "beacons": "report what somebody did, from your own server",
    "draw": "draw winners, and redraw prizes",
    "accounts": "create and revoke tokens; invite and remove owners, who can do everything",
    "audit": "see who did what, with owners’ names and e-mails",
}
"""Each scope, and what it opens. None contains another."""

ALL: tuple[Scope, ...] = get_args(Scope)
USUAL: tuple[Scope, ...] = tuple(scope for scope in ALL if scope not in ("accounts", "audit"))
"""The scopes of a token for which none were named: all but those that are about owners."""


MOST_DAYS = 3650
"""The longest lifetime of a token that expires."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is stored, by its hash. Instants are milliseconds since 1970-01-01 UTC.

    `campaign_key` is the one campaign in which it is good; None: in all.
    """

    id: int
    name: str
    scopes: tuple[Scope, ...]
    created_at: int
    expires_at: int | None = None
    last_used_at: int | None = None
    campaign_key: str | None = None

    def expired(self, now: int) -> bool:
        """Has it expired at `now` (ms)?"""
        return self.expires_at is not None and now >= self.expires_at

    def may_make(
        self, scopes: Collection[Scope], expires_at: int | None, campaign_key: str | None
    ) -> bool:
        """May it make such a token? Only one that may do no more, no longer, and nowhere else."""
        longer = self.expires_at is not None and (
            expires_at is None or expires_at > self.expires_at
        )
        elsewhere = self.campaign_key not in (None, campaign_key)
        return set(scopes) <= set(self.scopes) and not longer and not elsewhere

    def opens(self, campaign_key: str) -> bool:
        """Is it valid in this campaign?"""
        return self.campaign_key in (None, campaign_key)


def token_mistakes(*, name: str, scopes: Collection[str], days: int | None) -> dict[str, str]:
    """What is wrong with a token that is to be made, a sentence for each field; empty if nothing
    is. `days`: how long it is good for; None: for ever."""
    mistakes = {}
    wrong = name_mistake(clean(name), "Enter the name of the program that uses it.")
    if wrong:
        mistakes["name"] = wrong
    if not scopes or set(scopes) - set(ALL):
        mistakes["scopes"] = "Tick at least one."
    if days is not None and not 1 <= days <= MOST_DAYS:
        mistakes["days"] = f"Enter a whole number from 1 to {MOST_DAYS}, or leave this empty."
    return mistakes


def in_order(scopes: Collection[str]) -> tuple[Scope, ...]:
    """These scopes, each once, in the order of ALL; anything that is no scope is left out."""
    return tuple(scope for scope in ALL if scope in scopes)
