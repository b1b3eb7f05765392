"""What an owner may ask for: every field that can't be used is named with what was expected."""

from __future__ import annotations

from typing import Any

import pytest

from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.mistakes import DraftError, advice

ACTION: dict[str, Any] = {"title": "Be VIP", "tracking_name": "VIP"}
CAMPAIGN: dict[str, Any] = {"name": "Win"}
ASKS: dict[str, Any] = {"verification": "question", "question": "What is your order number?"}
REWARD: dict[str, Any] = {"kind": "reward"}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"verification": "ill_know"},
        {**ASKS, "answer_pattern": r"\d{5}", "unique_value": True},
        {**ASKS, "verification": "question_or_tracking", "signed": True},
        {"signed": True, "unique_value": True},
        {"url": "https://shop.example/a?b=c#d"},
    ],
)
def test_a_good_action_passes(fields: dict[str, Any]) -> None:
    ActionDraft(**{**ACTION, **fields}).check()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"verification": "question"}, "question is ''"),
        ({"verification": "question_or_tracking"}, "question is ''"),
        ({"question": "Why?"}, "verification tracking"),
        ({"verification": "ill_know", "answer_pattern": "x"}, "verification ill_know"),
        ({**ASKS, "answer_pattern": "["}, "missing ]"),
        ({**ASKS, "answer_pattern": "(?:a{0,1000}){0,1000}"}, "invalid repetition size"),
        ({**ASKS, "signed": True}, "nothing is tracked"),
        ({"verification": "ill_know", "signed": True}, "nothing is tracked"),
        ({"verification": "ill_know", "unique_value": True}, "there is no value"),
        ({"tracking_name": "\u200b \u200d"}, "1 to 200 characters"),
        ({"url": "javascript:alert(1)"}, "url is"),
        ({"url": "http://["}, "url is"),
    ],
)
def test_an_action_that_cannot_work_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(DraftError) as caught:
        ActionDraft(**{**ACTION, **fields}).check()
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"accent": "#0A7cff", "allowed_origins": ["https://shop.example", "http://localhost:8001"]},
        {**REWARD},
        {**REWARD, "reward_kind": "shared", "reward_value": "SAVE10", "reward_after": 3},
        {**REWARD, "reward_kind": "link", "reward_value": "https://shop.example/thanks"},
        {**REWARD, "reward_kind": "codes"},
    ],
)
def test_a_good_campaign_passes(fields: dict[str, Any]) -> None:
    CampaignDraft(**{**CAMPAIGN, **fields}).check()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"accent": "red"}, "expected a colour"),
        ({"accent": "#fff;}"}, "expected a colour"),
        ({"allowed_origins": ["https://shop.example/win"]}, "expected an origin"),
        ({"allowed_origins": ["*"]}, "expected an origin"),
        ({"allowed_origins": ["https://a.example; script-src *"]}, "expected an origin"),
        ({"reward_kind": "shared", "reward_value": "X"}, "in a competition"),
        ({**REWARD, "reward_kind": "shared"}, "reward_value is ''"),
        ({**REWARD, "reward_kind": "link", "reward_value": "javascript:alert(1)"}, "reward_value"),
        ({**REWARD, "reward_kind": "codes", "reward_value": "X"}, "expected nothing"),
        ({**REWARD, "reward_after": 0}, "1 to 1000"),
    ],
)
def test_a_campaign_that_cannot_work_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(DraftError) as caught:
        CampaignDraft(**{**CAMPAIGN, **fields}).check()
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("origin", "without"),
    [
        ("https://shop.example/path", "a path"),
        ("https://*.shop.example", "*"),
        ("*", "*"),
        ("http://[::1]:8000", "an IPv6 address"),
    ],
)
def test_an_origin_that_cannot_match_is_refused_with_what_it_must_not_have(
    origin: str, without: str
) -> None:
    with pytest.raises(DraftError) as caught:
        CampaignDraft(name="Win", allowed_origins=(origin,)).check()
    expected = f"expected an origin such as https://shop.example, without {without}."
    assert str(caught.value) == f"allowed_origins has '{origin}'; {expected}"


def test_a_draft_tells_all_mistakes_and_refuses_with_the_first() -> None:
    draft = CampaignDraft(
        "", accent="red", allowed_origins=("*", "x"), reward_value="X", reward_after=0
    )
    with pytest.raises(DraftError) as caught:
        draft.check()
    assert [mistake.field for mistake in caught.value.mistakes] == [
        *("name", "accent", "allowed_origins", "allowed_origins", "reward_after", "reward_value"),
    ]
    assert str(caught.value) == caught.value.mistakes[0].message
    said = advice(caught.value.mistakes)
    assert list(said) == ["name", "accent", "allowed_origins", "reward_after", "reward_value"]
    # Of several mistakes in one field a form tells the first.
    assert "'*'" in said["allowed_origins"]
