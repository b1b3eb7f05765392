"""A few of a reward's codes, which are removed and put back."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection

import msgspec

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.services.code_uploads import NewCodes, give_added, until_free
from trk.store import codes, listed_codes, rewards
from trk.store.codes import Removed
from trk.store.database import Database
from trk.store.program import Transaction


class Sealed(msgspec.Struct, frozen=True):
    """What a page keeps of removed codes until they are put back: they are in no table any more.
    Nobody but this server can have made the `seal`."""

    codes: str
    seal: str
    number: int = 0


async def remove_codes(tx: Transaction, campaign: Campaign, chosen: Collection[int]) -> Sealed:
    """Remove those of these codes that nobody has got."""
    removed = await codes.take_back(tx, campaign, chosen)
    if removed:
        await note(tx, "deleted", "codes", about=str(len(removed)), campaign=campaign)
    text = msgspec.json.encode(removed).decode()
    return Sealed(text, _seal(campaign, text), len(removed))


def opened(campaign: Campaign, sealed: Sealed) -> list[Removed]:
    """The removed codes that a page has kept; none where somebody has made them up."""
    if not hmac.compare_digest(_seal(campaign, sealed.codes).encode(), sealed.seal.encode()):
        return []
    return msgspec.json.decode(sealed.codes, type=list[Removed])


async def put_back_codes(database: Database, campaign: Campaign, sealed: Sealed) -> int:
    """Put back what was removed, and give codes to those who wait for one: how many were put back;
    0 where somebody has made that up."""
    await until_free(database, campaign)
    added = await database.write(_put_back, campaign, sealed)
    await give_added(database, campaign, added)
    return added.number


async def _put_back(tx: Transaction, campaign: Campaign, sealed: Sealed) -> NewCodes:
    added = await listed_codes.put_back(tx, campaign, opened(campaign, sealed))
    if not added:
        return NewCodes(0, False)
    await note(tx, "made", "codes", about=f"Undone: {added}", campaign=campaign)
    return NewCodes(added, await rewards.give_codes(tx, campaign, added, now_ms()))


def _seal(campaign: Campaign, text: str) -> str:
    # No signature of a pair begins with a line feed (core/signature), nor is one of these one.
    message = f"\nremoved codes\n{campaign.key}\n{text}".encode()
    return hmac.new(campaign.secret.encode(), message, hashlib.sha256).hexdigest()
