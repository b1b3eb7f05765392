"""What exists, as it would have to be given to make it: to change a part of it, or to copy it."""

from __future__ import annotations

from typing import Any, TypeVar

from trk.core.campaign import Action, Campaign
from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from trk.core.field import FieldDraft, FormField
from trk.core.instant import moment
from trk.core.mistakes import Draft
from trk.core.setting import fields_of
from trk.store.program import Row

D = TypeVar("D", bound=Draft)


def campaign_draft_of(campaign: Campaign) -> CampaignDraft:
    """The draft of a campaign, with its key."""
    return _draft_of(CampaignDraft, campaign)


def action_draft_of(action: Action) -> ActionDraft:
    """The draft of an action."""
    return _draft_of(ActionDraft, action)


def field_draft_of(field: FormField) -> FieldDraft:
    """The draft of a field of the form."""
    return _draft_of(FieldDraft, field)


def prize_draft_of(prize: Row) -> PrizeDraft:
    """The draft of a prize."""
    return PrizeDraft(prize["title"], prize["description"], prize["winners"])


def _draft_of(draft: type[D], thing: object) -> D:
    values: dict[str, Any] = {
        field.name: moment(value) if field.kind == "instant" else value
        for field in fields_of(draft)
        for value in (getattr(thing, field.name),)
    }
    return draft(**values)
