"""What an endpoint is told, how that is signed, when it is told again, and what can be one."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from standardwebhooks import Webhook

from trk.core.mistakes import DraftError
from trk.core.webhook import (
    EVENTS,
    PAUSES,
    Event,
    WebhookChange,
    WebhookDraft,
    headers,
    outcome_of,
    retry_at,
)

NOW = 1_614_265_330_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOUR = 3_600_000


def test_the_signature_is_the_one_of_the_specifications_example() -> None:
    signed = Webhook(SECRET).sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(NOW / 1000, UTC),
        '{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_headers_sign_the_body_as_it_is_sent_and_name_the_event() -> None:
    event = Event("action.completed", "y2sB7", 17, NOW - 5_000, {"entrant": {"name": "Zoë 👋"}})
    body = event.body
    made = headers(event, body, SECRET, NOW + 999)
    assert made["webhook-id"] == "evt_y2sB7_action_completed_17_1614265325000"
    assert made["webhook-timestamp"] == "1614265330"
    signed = Webhook(SECRET).sign(
        made["webhook-id"], datetime.fromtimestamp(1_614_265_330, UTC), body.decode()
    )
    assert made["webhook-signature"] == signed
    assert msgspec.json.decode(body) == {
        "type": "action.completed",
        "timestamp": "2021-02-25T15:02:05Z",
        "data": {"entrant": {"name": "Zoë 👋"}},
    }


def test_an_event_is_tried_eleven_times_in_a_day_and_then_given_up() -> None:
    pauses = [retry_at(attempts, NOW, 0.0) for attempts in range(1, 11)]
    assert pauses == [NOW + pause for pause in PAUSES]
    assert retry_at(11, NOW, 0.0) is None
    assert 23 * HOUR < sum(PAUSES) < 25 * HOUR
    assert list(PAUSES) == sorted(PAUSES)


@pytest.mark.parametrize(
    ("attempts", "jitter", "wait", "pause"),
    [
        (1, 0.0, None, 5_000),
        (1, 0.5, None, 5_500),
        (1, 1.0, None, 6_000),
        (1, 0.0, 0, 5_000),
        (1, 0.0, 60_000, 60_000),
        (6, 0.0, 60_000, HOUR),
        (1, 0.0, 1_000 * HOUR, 24 * HOUR),
    ],
)
def test_a_pause_has_jitter_and_is_at_least_what_the_endpoint_asks_for(
    attempts: int, jitter: float, wait: int | None, pause: int
) -> None:
    assert retry_at(attempts, NOW, jitter, wait) == NOW + pause


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_an_answer_with_2xx_is_a_success(status: int) -> None:
    outcome = outcome_of(status, "60", NOW)
    assert (outcome.error, outcome.gone) == (None, False)


@pytest.mark.parametrize("status", [100, 301, 307, 400, 404, 410, 429, 500, 503])
def test_any_other_answer_is_a_failure_that_names_the_status(status: int) -> None:
    outcome = outcome_of(status, None, NOW)
    assert str(status) in (outcome.error or "")
    assert outcome.gone == (status == 410)
    assert ("redirects are not followed" in (outcome.error or "")) == (status in (301, 307))


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("0", 0),
        ("120", 120_000),
        (" 7 ", 7_000),
        ("9" * 400, 999_999_999_000),
        ("²", None),
        ("Thu, 25 Feb 2021 15:03:10 GMT", 60_000),
        ("Thu, 25 Feb 2021 15:03:10 +0100", 0),
        ("Wed, 24 Feb 2021 15:03:10 GMT", 0),
        ("Wed, 24 Feb 2021 15:03:10 +" + "9" * 30, None),
        ("Wed, " + "9" * 30 + " Feb 2021 15:03:10 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, wait: int | None) -> None:
    assert outcome_of(503, header, NOW).wait == wait


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hooks",
        "https://shop.example:8443/hooks?x=1",
        "https://1.1.1.1/",
        "https://[2606:4700::1111]/hooks",
        "https://bücher.example/",
    ],
)
def test_an_endpoint_is_an_https_address(url: str) -> None:
    WebhookDraft(url).check(private=False)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "expected an https address"),
        ("shop.example/hooks", "expected an https address"),
        ("ftp://shop.example", "expected an https address"),
        ("https://", "expected an https address"),
        ("https://user:word@shop.example/", "expected an https address"),
        ("https://shop.example/#x", "expected an https address"),
        ("https://shop.example/a b", "expected an https address"),
        ("https://shop.example/\n", "expected an https address"),
        ("https://shop.example:99999/", "expected an https address"),
        ("https://[::1", "expected an https address"),
        ("https://shop.example/" + "x" * 2000, "expected an https address"),
        ("http://shop.example/hooks", "expected https"),
        ("https://127.0.0.1/", "127.0.0.1 is at 127.0.0.1, which is not"),
        ("https://[::1]/", "::1 is at ::1, which is not"),
        ("https://[::ffff:10.0.0.1]/", "which is not a public internet address"),
    ],
)
def test_what_can_be_no_endpoint_is_told_with_what_was_expected(url: str, said: str) -> None:
    with pytest.raises(DraftError) as caught:
        WebhookDraft(url).check(private=False)
    assert said in str(caught.value)
    with pytest.raises(DraftError):
        WebhookChange(url=url).check(private=False)


@pytest.mark.parametrize("url", ["http://localhost:9000/x", "http://127.0.0.1/", "http://[::1]/"])
def test_with_the_setting_an_endpoint_may_be_inside_the_network(url: str) -> None:
    WebhookDraft(url).check(private=True)
    with pytest.raises(DraftError):
        WebhookDraft(url).check(private=False)


def test_events_are_some_that_can_be_subscribed_and_by_default_all() -> None:
    assert WebhookDraft("https://shop.example").events == list(EVENTS)
    with pytest.raises(DraftError, match=r"events is empty; expected some of entrant"):
        WebhookDraft("https://shop.example", []).check(private=False)
    with pytest.raises(DraftError, match=r"events has webhook.test, which is always sent"):
        WebhookChange(events=["webhook.test"]).check(private=False)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"url": "https://shop.example", "events": ["x"]}, WebhookDraft)
