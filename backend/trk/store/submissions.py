"""Submissions: beacons as they came in, and how the log names whom a server names."""

from __future__ import annotations

from typing import NamedTuple

from trk.core.beacon import Answer, Beacon
from trk.core.rejection import Rejection
from trk.store.program import Row

Reply = Answer | Rejection


class Submission(NamedTuple):
    """A beacon as it came in: for which campaign's key, and when (ms).

    `vouched`: the customer's own server sent it, with an API token. `entrant_id` is set if it named
    an entrant and not a visitor; the beacon's visitor is then `named_visitor` of that entrant.
    `origin_host` is the site whose page sent it, where the browser said so. `tested`: an owner has
    sent it to try the campaign, which may be a draft.
    """

    key: str
    beacon: Beacon
    received_at: int
    vouched: bool = False
    entrant_id: int | None = None
    origin_host: str | None = None
    tested: bool = False

    @property
    def happened_at(self) -> int:
        """When the page says that it pushed it, by the server's clock (ms)."""
        return self.received_at - self.beacon.age


NAMED = "entrant "
"""How the visitor in the log begins when a server names an entrant."""


_BY_TOKEN = " by xref "


def named_visitor(entrant_id: int, xref_id: int | None = None) -> str:
    """The visitor in the log when a server names an entrant, by one of their tokens or otherwise;
    no browser has such an id."""
    return f"{NAMED}{entrant_id}" + ("" if xref_id is None else f"{_BY_TOKEN}{xref_id}")


def entrant_named(visitor: str) -> int | None:
    """The entrant whose `named_visitor` this is; None if it is a browser's."""
    return int(visitor.split()[1]) if visitor.startswith(NAMED) else None


def by_token(visitor: str) -> bool:
    """Is it the `named_visitor` of a token? That may have been given away."""
    return _BY_TOKEN in visitor


def source_of(row: Row) -> str:
    """The source of the completion that a stored tracking earns. Older ones say it only by whom
    they name."""
    source: str | None = row["source"]
    return source or ("tracking" if entrant_named(row["visitor"]) is None else "api")
