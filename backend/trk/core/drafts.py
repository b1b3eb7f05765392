"""What an owner gives to make a campaign, an action or a prize, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from trk.core.campaign import ActionSettings, CampaignSettings
from trk.core.code_list import MAX_CODE
from trk.core.mistakes import Draft, DraftMistake, Line, LongText, from_to, length, web_address
from trk.core.origin import normal_origin
from trk.core.rejection import shown
from trk.core.texts import Moment


class CampaignDraft(CampaignSettings[Moment], Draft, frozen=True):
    """A campaign to be made. Instants need a UTC offset, such as `2026-11-23T18:00:00Z`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        origins = dict.fromkeys(normal_origin(each) or each for each in self.allowed_origins)
        msgspec.structs.force_setattr(self, "allowed_origins", tuple(origins))

    def contradictions(self) -> Iterator[DraftMistake]:
        """The end before the start, and a reward that is none of the campaign's."""
        starts, ends = self.starts_at, self.ends_at
        if starts and ends and starts.tzinfo and ends.tzinfo and starts >= ends:
            yield DraftMistake(
                "ends_at",
                "ends_at is not after starts_at; expected a later instant.",
                "The end must be after the start.",
            )
        if self.reward_kind != "none" and self.kind != "reward":
            yield DraftMistake(
                "reward_kind",
                f"reward_kind is {shown(self.reward_kind)} in a {self.kind}; expected none, "
                "or the kind reward.",
                "Only reward campaigns give rewards. Choose Nothing here, or the kind Reward "
                "above.",
            )
        if self.reward_kind == "shared":
            yield from length("reward_value", self.reward_value, 1, MAX_CODE)
        elif self.reward_kind == "link":
            yield from web_address("reward_value", self.reward_value)
        elif self.reward_value:
            yield DraftMistake(
                "reward_value",
                f"reward_value is {shown(self.reward_value)} with reward_kind "
                f"{self.reward_kind}; expected nothing.",
                "Leave this empty: it is only for a shared code or a link.",
            )


class ActionDraft(ActionSettings, Draft, frozen=True):
    """An action to be made; `worth` in entries, `url` where the entrant completes it."""

    def contradictions(self) -> Iterator[DraftMistake]:
        """What does not go with the way of verification."""
        asks = self.verification in ("question", "question_or_tracking")
        yield from length("question", self.question, 1 if asks else 0, 1_000)
        without = f"with the verification {self.verification}"
        if not asks and (self.question or self.answer_pattern):
            yield DraftMistake(
                "question" if self.question else "answer_pattern",
                f"question and answer_pattern are given {without}; expected neither.",
                "Leave this empty, or choose a verification that asks a question.",
            )
        if self.signed and self.verification not in ("tracking", "question_or_tracking"):
            yield DraftMistake(
                "signed",
                f"signed is true {without}; expected false: nothing is tracked.",
                "There is nothing to sign: this verification doesn’t use tracking.",
            )
        if self.unique_value and self.verification in ("ill_know", "referral"):
            yield DraftMistake(
                "unique_value",
                f"unique_value is true {without}; expected false: there is no value.",
                "There is no value: nothing is reported for this verification.",
            )
        if self.verification != "referral":
            return
        if self.url:
            yield DraftMistake(
                "url",
                f"url is {shown(self.url)} {without}; expected nothing: friends get the entrant's "
                "own link to the campaign.",
                "Leave this empty: friends get the entrant’s own link to the campaign.",
            )
        if self.frequency != "once":
            yield DraftMistake(
                "frequency",
                f"frequency is {self.frequency} {without}; expected once: friends says how often.",
                "Choose Once: the number of friends says how often it counts.",
            )


class PrizeDraft(Draft, frozen=True):
    """A prize of a competition, and how many entrants win it."""

    title: Line
    description: LongText = ""
    winners: Annotated[int, from_to(1, 10_000)] = 1
