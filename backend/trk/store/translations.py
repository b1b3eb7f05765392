"""The owner's own texts in a campaign's other languages, as rows and back."""

from __future__ import annotations

from trk.core.campaign import Campaign
from trk.core.translation import TextPlace, Texts, translated
from trk.store.program import Transaction, as_rows


async def of(tx: Transaction, campaign: Campaign, language: str) -> dict[TextPlace, str]:
    """The texts in this language; none in the campaign's own, which has its own."""
    if language == campaign.languages[0]:
        return {}
    rows = await tx.fetch(
        "SELECT thing, thing_id, field, text FROM translations "
        "WHERE campaign_id = $1 AND language = $2",
        campaign.id,
        language,
    )
    return {TextPlace(row["thing"], row["thing_id"], row["field"]): row["text"] for row in rows}


async def campaign_in(tx: Transaction, campaign: Campaign, language: str) -> Campaign:
    """The campaign with its texts in this language, as far as there are some."""
    return translated(campaign, await of(tx, campaign, language))


async def put(tx: Transaction, campaign: Campaign, language: str, texts: Texts) -> None:
    """Store these as all texts in this language."""
    sql = "DELETE FROM translations WHERE campaign_id = $1 AND language = $2"
    await tx.fetch(sql, campaign.id, language)
    await tx.fetch(
        "INSERT INTO translations (campaign_id, language, thing, thing_id, field, text) "
        "SELECT CAST($2 AS BIGINT), CAST($3 AS TEXT), r.value ->> 0, "
        "CAST(r.value ->> 1 AS BIGINT), r.value ->> 2, r.value ->> 3 FROM rows($1) AS r",
        as_rows([(*place, text) for place, text in texts.items() if text]),
        campaign.id,
        language,
    )


async def forget(tx: Transaction, campaign_id: int, thing: str, thing_id: int) -> None:
    """Delete the texts of an action or a prize that is deleted."""
    await tx.fetch(
        "DELETE FROM translations WHERE campaign_id = $1 AND thing = $2 AND thing_id = $3",
        campaign_id,
        thing,
        thing_id,
    )
