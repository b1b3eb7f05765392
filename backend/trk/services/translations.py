"""The owner's own texts in a campaign's other languages: shown, changed, copied."""

from __future__ import annotations

from collections.abc import Mapping

from trk.core.campaign import Campaign
from trk.core.mistakes import DraftError
from trk.core.rejection import shown
from trk.core.translation import Own, TextPlace, Texts, mistakes_in, own_texts, tidy
from trk.services.audit import note
from trk.services.conflict import Conflict, mark
from trk.store import actions, campaigns, draws, fields, pictures, prizes, translations, winning
from trk.store.program import Transaction


async def own(tx: Transaction, campaign: Campaign) -> list[Own]:
    """What there is to translate in a campaign; once its winners are drawn, also the mail to
    them."""
    made, mail = await draws.of(tx, campaign), None
    if made is not None and made.concluded_at is not None:
        mail = made.id, await winning.text_of(tx, campaign, made.id)
    return list(
        own_texts(
            campaign,
            await actions.of_campaign(tx, campaign.id),
            await prizes.of_campaign(tx, campaign),
            await fields.of_campaign(tx, campaign),
            mail,
            await pictures.alts(tx, campaign),
        )
    )


async def change_texts(
    tx: Transaction,
    campaign: Campaign,
    language: str,
    given: Mapping[str, str],
    was: str | None = None,
) -> None:
    """Store the `given` texts, by the names of their places, as those in this language.

    Raises DraftError if one is wrong, and Conflict if `was` (see mark_of) is given and they have
    been changed since.
    """
    await campaigns.hold(tx, campaign)
    stored = await translations.of(tx, campaign, language)
    if was is not None and was != mark_of(stored):
        raise Conflict
    found = await own(tx, campaign)
    texts = {each.place: tidy(each, given.get(str(each.place), "")) for each in found}
    mistakes = tuple(mistake for each in found for mistake in mistakes_in(each, texts[each.place]))
    if mistakes:
        raise DraftError(mistakes[0].message, mistakes)
    await translations.put(tx, campaign, language, texts)
    await note(tx, "changed", "campaign", campaign.id, about=campaign.name, campaign=campaign)


async def change_some(
    tx: Transaction, campaign: Campaign, language: str, given: Mapping[str, str]
) -> None:
    """The same for some of the places; the texts of the others stay.

    Raises DraftError also if there is no such place.
    """
    await campaigns.hold(tx, campaign)
    there = {str(each.place) for each in await own(tx, campaign)}
    unknown = next((place for place in given if place not in there), None)
    if unknown is not None:
        raise DraftError(f"texts has {shown(unknown)}; expected a place that GET names.")
    stored = await translations.of(tx, campaign, language)
    texts = {str(place): text for place, text in stored.items()}
    await change_texts(tx, campaign, language, {**texts, **given})


async def copy_texts(
    tx: Transaction, campaign: Campaign, copy: Campaign, ids: Mapping[tuple[str, int], int]
) -> None:
    """Give a copy the texts of its original; `ids` are those of its things, by the original's."""
    for language in campaign.languages[1:]:
        texts = await translations.of(tx, campaign, language)
        moved = {
            TextPlace(place.thing, ids[place.thing, place.id], place.field): text
            for place, text in texts.items()
            if (place.thing, place.id) in ids
        }
        await translations.put(tx, copy, language, moved)


def mark_of(texts: Texts) -> str:
    """A text that changes whenever one of these does."""
    return mark(*sorted(texts.items()))
