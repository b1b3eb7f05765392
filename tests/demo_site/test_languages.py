"""The demo's campaigns speak several languages, with texts of their owner's in each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from trk_sdk.testkit.process import Backend
from trk_shop.campaign import make_campaign, make_club
from trk_shop.languages import TEXTS
from trk_shop.tracker import Tracker, TrackerError

pytestmark = pytest.mark.once
SHOP = "http://shop.example"


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    backend = Backend(tmp_path)
    try:
        backend.start()
        yield Tracker(backend.url, "demo1", backend.token, "club1")
    finally:
        backend.close()


def test_nothing_lacks_a_translation_and_a_second_start_leaves_what_the_owner_has_changed(
    tracker: Tracker,
) -> None:
    club, own = tracker.of_club, set[str]()
    make_campaign(tracker, SHOP)
    make_club(club, SHOP)
    for each in (tracker, club):
        for language in TEXTS:
            texts = each.texts(language)
            assert [text["own"] for text in texts if not text["text"]] == []
            own |= {text["own"] for text in texts}
    for language, given in TEXTS.items():
        assert set(given) == own, language

    [place] = [text["place"] for text in club.texts("de") if text["text"] == "Der Fahrradclub"]
    club.put_texts("de", {place: "Unser Club"})
    make_club(club, SHOP)
    assert place in [text["place"] for text in club.texts("de") if text["text"] == "Unser Club"]


def test_a_campaign_of_an_earlier_demo_keeps_its_languages(tracker: Tracker) -> None:
    tracker.create_campaign(name="Win a bike")
    make_campaign(tracker, SHOP)
    with pytest.raises(TrackerError, match="expected another language of the campaign"):
        tracker.texts("de")
