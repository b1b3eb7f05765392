"""The audit: what is noted of who did what, and how it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

ActorKind = Literal["owner", "token", "command", "nobody"]
Deed = Literal[
    "signed_in",
    "sign_in_failed",
    "signed_out",
    "made",
    "changed",
    "published",
    "closed",
    "reopened",
    "deleted",
    "invalidated",
    "restored",
    "blocked",
    "unblocked",
    "drew",
    "redrew",
    "told",
    "announced",
    "exported",
    "shown",
    "erased",
    "used",
]
Thing = Literal[
    "owner",
    "password",
    "second_factor",
    "recovery_code",
    "invitation",
    "token",
    "campaign",
    "preview",
    "action",
    "prize",
    "field",
    "picture",
    "codes",
    "webhook",
    "secret",
    "completion",
    "tracking",
    "entrant",
    "draw",
    "list",
]

ACTORS: tuple[ActorKind, ...] = get_args(ActorKind)
DEEDS: tuple[Deed, ...] = get_args(Deed)
THINGS: tuple[Thing, ...] = get_args(Thing)

KEPT = 365 * 24 * 3_600_000
"""How long the audit is kept, in milliseconds."""
TOGETHER = 3_600_000
"""What comes often (failures to sign in to one account, a program's look at a secret) is one entry
within so long (ms), which counts: who floods the sign-in page does not flood the audit."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: an owner or a token of the API (with its id), somebody at the command
    line (with the name of their account there), or nobody who is known."""

    kind: ActorKind
    id: int | None = None
    name: str = ""

    def __str__(self) -> str:
        """As the log has it: without a name."""
        return self.kind if self.id is None else f"{self.kind} {self.id}"


NOBODY = Actor("nobody")


@dataclass(frozen=True, slots=True)
class Done:
    """A deed and what it was done to. `about` is a name of the thing, never an entrant's."""

    deed: Deed
    thing: Thing
    thing_id: int | None = None
    about: str = ""
    campaign_key: str | None = None

    def __str__(self) -> str:
        """As the log has it: without names."""
        which = "" if self.thing_id is None else f" {self.thing_id}"
        where = "" if self.campaign_key is None else f" of campaign {self.campaign_key}"
        return f"{self.deed} {self.thing}{which}{where}"

    def fields(self) -> Mapping[str, str | int | None]:
        """The same for a log that programs read."""
        return {
            "deed": self.deed,
            "thing": self.thing,
            "thing_id": self.thing_id,
            "campaign": self.campaign_key,
        }
