"""What winners are written: to each in the language in which they entered."""

from __future__ import annotations

from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.language import Language, first_of, language
from trk.core.translation import TextPlace, Texts, mail_in, translated
from trk.core.winner_mail import WinnerText
from trk.store import prizes, translations
from trk.store.errors import gone
from trk.store.program import Transaction


class Letter(NamedTuple):
    """The mail in one language, with the campaign and the titles of its prizes (by id) in it."""

    language: Language
    text: WinnerText
    campaign: Campaign
    titles: dict[int, str]

    def values(
        self, prize_id: int, name: str, answer_by: int, public_url: str, token: str
    ) -> dict[str, str]:
        """What is filled in for one winner, who can accept until `answer_by` (ms) by a link with
        this token. The page behind the link is in the language of the mail.

        Raises Gone if the campaign has been deleted, or else the prize would be there.
        """
        if prize_id not in self.titles:
            raise gone(self.campaign)
        zone, chosen = self.campaign.timezone, ""
        if len(self.campaign.languages) > 1:
            chosen = f"?lang={self.language.tag}"
        return {
            "name": name,
            "prize": self.titles[prize_id],
            "campaign": self.campaign.name,
            "deadline": f"{self.language.moment(answer_by, zone)} ({zone})",
            "link": f"{public_url}/{self.campaign.key}/won/{token}{chosen}",
        }


class Letters:
    """The mail to the winners of a draw in the languages of its campaign; `own` is its text in the
    campaign's own.

    A winner is written to in the language in which they entered, if it is one of the campaign's and
    the mail is there in it: by the owner, or in our words where the owner has left them as they
    are. All others are written to in the campaign's own.
    """

    def __init__(self, tx: Transaction, campaign: Campaign, draw_id: int, own: WinnerText) -> None:
        self._tx, self._campaign, self._draw_id, self._own = tx, campaign, draw_id, own
        self._known: dict[str, Letter] = {}

    async def for_one(self, entered_in: str) -> Letter:
        """The mail to a winner who entered in this language; empty if that is not known."""
        tag = first_of(self._campaign.languages, entered_in).tag
        if tag not in self._known:
            self._known[tag] = await self._in(tag)
        return self._known[tag]

    async def _in(self, tag: str) -> Letter:
        texts = await translations.of(self._tx, self._campaign, tag)
        text: WinnerText | None = self._own
        if tag != self._campaign.languages[0]:
            text = mail_in(tag, texts, self._draw_id, self._own, self._campaign)
        if text is None:
            return await self.for_one(self._campaign.languages[0])
        return await letter(self._tx, self._campaign, tag, text, texts)


async def letter(
    tx: Transaction, campaign: Campaign, tag: str, text: WinnerText, texts: Texts
) -> Letter:
    """The mail with this text in a language, of which these are the campaign's `texts`."""
    titles = {
        row["id"]: texts.get(TextPlace("prize", row["id"], "title"), row["title"])
        for row in await prizes.of_campaign(tx, campaign)
    }
    return Letter(language(tag), text, translated(campaign, texts), titles)
