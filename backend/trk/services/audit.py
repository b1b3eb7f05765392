"""Notes in the audit who does what.

Each deed notes itself, in the transaction that does it, whether a page, the API or the command line
asked for it.

Who it is comes from `journal.acting`, which whoever lets somebody in has set.
"""

from __future__ import annotations

from trk.clock import now_ms
from trk.core.account import Owner
from trk.core.audit import Actor, Deed, Done, Thing
from trk.core.campaign import Campaign
from trk.journal import deeds
from trk.store import audit
from trk.store.program import Transaction


async def note(
    tx: Transaction,
    deed: Deed,
    thing: Thing,
    thing_id: int | None = None,
    *,
    about: str = "",
    campaign: Campaign | str | None = None,
) -> int | None:
    """Note a deed: the entry's id, if it is noted. `about` is a name of the thing, never an
    entrant's; `campaign` may be a key."""
    if not deeds.get().any:
        return None
    key = campaign.key if isinstance(campaign, Campaign) else campaign
    done = Done(deed, thing, thing_id, about, key)
    entry = await audit.add(tx, deeds.get().by, done, now_ms())
    deeds.get().add(done)
    return entry


async def note_more(tx: Transaction, entry: int, done: Done, about: str) -> None:
    """Note that more of a deed is `done`: its entry is `about` all of it from now on."""
    await audit.extend(tx, entry, about)
    deeds.get().add(done)


def acts(owner: Owner) -> None:
    """From here on in this transaction it is this owner, who has just been recognised."""
    deeds.get().by = Actor("owner", owner.id, owner.name)


async def note_often(tx: Transaction, done: Done) -> None:
    """Note what may come often; one entry counts all of an hour."""
    if not deeds.get().any:
        return
    now, by = now_ms(), deeds.get().by
    if not await audit.again(tx, by, done, now):
        await audit.add(tx, by, done, now)
        deeds.get().add(done)
