"""Pictures of campaigns, in the sizes in which they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trk.core import translation
from trk.core.campaign import Campaign
from trk.core.picture import PicturePlace, place_of
from trk.store import campaigns, translations
from trk.store.columns import insert, insert_row
from trk.store.errors import Gone
from trk.store.program import Transaction


class File(NamedTuple):
    """A picture in one size, as WebP."""

    width: int
    height: int
    content: bytes


class Picture(NamedTuple):
    """A picture: the text for those who do not see it, and the sizes (width, height) that it has,
    the smallest first."""

    id: int
    place: str
    hash: str
    alt: str
    sizes: tuple[tuple[int, int], ...]

    @property
    def largest(self) -> tuple[int, int]:
        """Its largest size."""
        return self.sizes[-1]


async def of_campaign(tx: Transaction, campaign: Campaign) -> dict[str, Picture]:
    """The campaign's pictures by their places."""
    rows = await tx.fetch(
        "SELECT p.id, p.place, p.hash, p.alt, f.width, f.height FROM pictures AS p "
        "JOIN picture_files AS f ON f.campaign_id = $1 AND f.picture_id = p.id "
        "WHERE p.campaign_id = $1 "
        "ORDER BY p.id, f.width",
        campaign.id,
    )
    found: dict[str, Picture] = {}
    for row in rows:
        size = (row["width"], row["height"])
        known = found.get(row["place"])
        sizes = (*known.sizes, size) if known else (size,)
        found[row["place"]] = Picture(row["id"], row["place"], row["hash"], row["alt"], sizes)
    return found


async def alts(tx: Transaction, campaign: Campaign) -> dict[translation.TextPlace, str]:
    """What the campaign's pictures show, by where that is translated."""
    rows = await tx.fetch(
        "SELECT place, alt FROM pictures WHERE campaign_id = $1 AND alt <> '' ORDER BY id",
        campaign.id,
    )
    return {_translated_at(campaign, row["place"], row["alt"]): row["alt"] for row in rows}


async def in_language(tx: Transaction, campaign: Campaign, language: str) -> dict[str, Picture]:
    """The campaign's pictures by their places, with what they show in this language, as far as that
    has been translated."""
    found = await of_campaign(tx, campaign)
    texts = await translations.of(tx, campaign, language)
    return {
        place: picture._replace(
            alt=texts.get(_translated_at(campaign, place, picture.alt), picture.alt)
        )
        for place, picture in found.items()
    }


def _translated_at(campaign: Campaign, place: str, alt: str) -> translation.TextPlace:
    named = place_of(place)
    assert named is not None, place
    return translation.alt_place(campaign, named, alt)


async def at(tx: Transaction, campaign: Campaign, place: PicturePlace) -> Picture | None:
    """The picture in this place, or None."""
    return (await of_campaign(tx, campaign)).get(str(place))


async def content(tx: Transaction, key: str, hashed: str, width: int) -> bytes | None:
    """What the address of a picture in one size serves; None if there is no such picture."""
    rows = await tx.fetch(
        "SELECT f.content FROM campaigns AS c JOIN pictures AS p ON p.campaign_id = c.id "
        "JOIN picture_files AS f ON f.campaign_id = c.id AND f.picture_id = p.id "
        "WHERE c.key = $1 AND p.hash = $2 AND f.width = $3 LIMIT 1",
        key,
        hashed,
        width,
    )
    return bytes(rows[0]["content"]) if rows else None


async def put(
    tx: Transaction,
    campaign: Campaign,
    place: PicturePlace,
    files: Sequence[File],
    *,
    hashed: str,
    alt: str,
    now: int,
) -> None:
    """Put a picture in a place, instead of the one that is there. Raises Gone if the campaign, or
    what is in that place, has been deleted."""
    await campaigns.hold(tx, campaign)
    if place.id and not await tx.fetch(_THERE[place.kind], campaign.id, place.id):
        raise Gone(f"{place} has been deleted")
    await remove(tx, campaign.id, place)
    columns = {"campaign_id": campaign.id, "place": str(place), "hash": hashed, "alt": alt}
    made = await insert_row(tx, "pictures", **columns, created_at=now)
    for each in files:
        await insert(
            tx, "picture_files", campaign_id=campaign.id, picture_id=made, **each._asdict()
        )


_THERE = {
    "action": "SELECT id FROM actions WHERE campaign_id = $1 AND id = $2 AND deleted_at IS NULL "
    "FOR NO KEY UPDATE",
    "prize": "SELECT id FROM prizes WHERE campaign_id = $1 AND id = $2 FOR NO KEY UPDATE",
}
"""By the kind of a place, that it is there; whoever deletes it then takes the picture along."""


async def describe(tx: Transaction, campaign: Campaign, place: PicturePlace, alt: str) -> None:
    """Change the text for those who do not see a picture."""
    sql = "UPDATE pictures SET alt = $3 WHERE campaign_id = $1 AND place = $2"
    await tx.fetch(sql, campaign.id, str(place), alt)


async def remove(tx: Transaction, campaign_id: int, place: PicturePlace) -> bool:
    """Remove the picture in this place of a campaign; False if there is none."""
    sql = (
        "DELETE FROM picture_files WHERE campaign_id = $1 AND picture_id IN "
        "(SELECT id FROM pictures WHERE campaign_id = $1 AND place = $2)"
    )
    await tx.fetch(sql, campaign_id, str(place))
    sql = "DELETE FROM pictures WHERE campaign_id = $1 AND place = $2 RETURNING id"
    removed = await tx.fetch(sql, campaign_id, str(place))
    return bool(removed)


async def copy(
    tx: Transaction, campaign: Campaign, to: Campaign, places: Mapping[str, str], now: int
) -> None:
    """Copy a campaign's pictures to another; `places` says where each goes."""
    for place, picture in (await of_campaign(tx, campaign)).items():
        if place not in places:
            continue
        columns = {"campaign_id": to.id, "place": places[place], "hash": picture.hash}
        made = await insert_row(tx, "pictures", **columns, alt=picture.alt, created_at=now)
        await tx.fetch(
            "INSERT INTO picture_files (campaign_id, picture_id, width, height, content) "
            "SELECT CAST($3 AS BIGINT), CAST($1 AS BIGINT), f.width, f.height, f.content "
            "FROM picture_files AS f WHERE f.campaign_id = $4 AND f.picture_id = $2",
            made,
            picture.id,
            to.id,
            campaign.id,
        )
