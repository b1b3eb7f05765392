"""What is read from the declaration of a setting."""

from __future__ import annotations

import msgspec
import pytest

from trk.core.drafts import CampaignDraft
from trk.core.setting import fields_of, settings_of


def test_a_field_says_what_kind_of_setting_it_is() -> None:
    kinds = {field.name: field.kind for field in fields_of(CampaignDraft)}
    assert {name: kinds[name] for name in ("name", "terms", "kind", "show_entries")} == {
        "name": "line",
        "terms": "text",
        "kind": "choice",
        "show_entries": "flag",
    }
    assert (kinds["starts_at"], kinds["reward_after"]) == ("instant", "number")
    assert kinds["allowed_origins"] == "words"


def test_what_never_changes_is_no_setting() -> None:
    fields = [field.name for field in fields_of(CampaignDraft)]
    fields.remove("key")
    assert [field.name for field in settings_of(CampaignDraft)] == fields


def test_a_field_of_a_type_that_nobody_can_store_or_type_in_is_refused() -> None:
    class Odd(msgspec.Struct):
        price: float = 1.0

    with pytest.raises(TypeError, match=r"float.* is not a type for a setting"):
        fields_of(Odd)
