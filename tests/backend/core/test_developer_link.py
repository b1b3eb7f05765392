"""The developer's link is good for a week, for one campaign, and nobody else makes one."""

from __future__ import annotations

import pytest

from trk.core.developer_link import good_until, is_good, token_at

DAY = 86_400_000
NOW = 20_787 * DAY + 12_345
SECRET, KEY = "s3cret", "y2sB7"


def test_a_link_is_good_for_a_week_and_no_longer_than_a_day_more() -> None:
    token = token_at(SECRET, KEY, NOW)
    until = good_until(token)
    assert 7 * DAY <= until - NOW <= 8 * DAY
    assert is_good(SECRET, KEY, token, NOW)
    assert is_good(SECRET, KEY, token, until - 1)
    assert not is_good(SECRET, KEY, token, until)


def test_it_stays_the_same_for_a_day() -> None:
    begins = NOW // DAY * DAY
    assert token_at(SECRET, KEY, begins) == token_at(SECRET, KEY, begins + DAY - 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: str(int(token[:5]) + 1) + token[5:],
        lambda token: "0" + token,
        lambda token: token + "\n",
        lambda token: token.replace("-", "", 1),
        lambda token: "²" + token[1:],
        lambda _: "",
        lambda _: "9" * 400 + "-" + "A" * 22,
    ],
)
def test_what_was_changed_is_not_good(change: object) -> None:
    token = token_at(SECRET, KEY, NOW)
    assert callable(change)
    assert not is_good(SECRET, KEY, change(token), NOW)


def test_it_is_of_one_campaign_and_one_secret() -> None:
    token = token_at(SECRET, KEY, NOW)
    assert not is_good(SECRET, "other", token, NOW)
    assert not is_good("another", KEY, token, NOW)
