"""When a campaign begins or ends, in words."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from trk.core.campaign import Campaign
from trk.core.language import ENGLISH
from trk.core.timing import Timing, timing_at

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START, END = 1_774_742_400_000, 1_774_832_400_000
"""2026-03-29 00:00 and 2026-03-30 01:00 UTC: in Berlin the clocks change between them."""

CAMPAIGN = Campaign(
    "Win",
    id=1,
    key="y2sB7",
    slug="win",
    timezone="Europe/Berlin",
    starts_at=START,
    ends_at=END,
)


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (0, "less than a minute"),
        (MINUTE - 1, "less than a minute"),
        (MINUTE, "1 minute"),
        (HOUR - 1, "59 minutes"),
        (HOUR, "1 hour"),
        (DAY, "24 hours"),
        (2 * DAY - 1, "47 hours"),
        (2 * DAY, "2 days"),
        (400 * DAY, "400 days"),
    ],
)
def test_a_time_in_words_is_never_more_than_it_is(milliseconds: int, words: str) -> None:
    assert ENGLISH.span(milliseconds) == words


def test_each_state_is_told_with_its_instant_in_the_campaigns_zone() -> None:
    start = ("2026-03-29T00:00:00.000Z", "29 March 2026, 01:00 (Europe/Berlin)")
    end = ("2026-03-30T01:00:00.000Z", "30 March 2026, 03:00 (Europe/Berlin)")
    assert timing_at(CAMPAIGN, START - HOUR) == Timing("Starts in", "1 hour", *start)
    assert timing_at(CAMPAIGN, START) == Timing("Ends in", "25 hours", *end)
    assert timing_at(CAMPAIGN, END) == Timing("Ended", "30 March 2026", *end)
    closed = replace(CAMPAIGN, closed_at=START)
    assert timing_at(closed, START) == Timing("Closed", "29 March 2026", *start)


def test_an_open_campaign_without_an_end_has_no_time_to_tell() -> None:
    assert timing_at(replace(CAMPAIGN, ends_at=None), START) is None
