"""`trk webhook`: adding, listing, testing and the log, with good and bad arguments."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from standardwebhooks import Webhook, WebhookVerificationError

from tests.backend.receiver import Receiver
from trk.cli import main

Run = Callable[..., Result]


@pytest.fixture
def trk(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `trk` with these arguments, on a database with the campaign y2sB7."""
    for name in [name for name in os.environ if name.startswith("TRK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRK_DATABASE", sqlite_url)

    def run(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="trk", **options)

    assert run("campaign", "create", "Win", "--key", "y2sB7").exit_code == 0
    return run


def test_a_webhook_is_added_listed_tested_and_has_a_log(
    trk: Run, receiver: tuple[Receiver, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRK_WEBHOOKS_PRIVATE", "1")
    url = f"{receiver[1]}/204"
    added = trk("webhook", "add", "y2sB7", url, "--event", "winner.drawn")
    number, secret = added.output.strip().split("\t")
    assert (number, secret.startswith("whsec_")) == ("1", True)
    assert trk("webhook", "list", "y2sB7").output == f"1\ton\t{url}\twinner.drawn\n"
    tested = trk("webhook", "test", "y2sB7", "1")
    assert (tested.exit_code, tested.output) == (0, "The test was delivered: the answer was 204.\n")
    assert [got.event["type"] for got in receiver[0].received] == ["webhook.test"]
    log = trk("webhook", "log", "y2sB7", "1").output
    assert log.startswith("1\twebhook.test 1\t1\t204\tdelivered 20")


def test_a_test_that_does_not_arrive_says_why(
    trk: Run, receiver: tuple[Receiver, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRK_WEBHOOKS_PRIVATE", "1")
    trk("webhook", "add", "y2sB7", f"{receiver[1]}/503")
    trk("webhook", "add", "y2sB7", f"{receiver[1]}/410")
    failed = trk("webhook", "test", "y2sB7", "1")
    assert failed.exit_code == 1
    assert "The test was not delivered. It answered 503." in failed.stderr
    assert "\tdue 20" in trk("webhook", "log", "y2sB7", "1").output
    assert "It answered 410 (gone)" in trk("webhook", "test", "y2sB7", "2").stderr
    assert "\toff: It answered 410" in trk("webhook", "list", "y2sB7").output
    assert "\tgiven up" in trk("webhook", "log", "y2sB7", "2").output
    assert "Webhook 2 is off" in trk("webhook", "test", "y2sB7", "2").stderr


def test_a_webhook_is_changed_turned_off_gets_another_secret_and_is_removed(
    trk: Run, receiver: tuple[Receiver, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRK_WEBHOOKS_PRIVATE", "1")
    secret = trk("webhook", "add", "y2sB7", f"{receiver[1]}/204").output.strip().split("\t")[1]
    url = f"{receiver[1]}/201"
    changed = trk("webhook", "change", "y2sB7", "1", "--url", url, "--event", "winner.drawn")
    assert changed.output == f"1\ton\t{url}\twinner.drawn\n"
    off = trk("webhook", "change", "y2sB7", "1", "--off").output
    assert off == f"1\toff: The owner turned it off.\t{url}\twinner.drawn\n"
    assert "Webhook 1 is off" in trk("webhook", "resend", "y2sB7", "1", "1").stderr
    assert trk("webhook", "change", "y2sB7", "1", "--on").output.startswith("1\ton\t")
    other = trk("webhook", "rotate", "y2sB7", "1").output.strip()
    assert other.startswith("whsec_")
    assert other != secret
    assert trk("webhook", "test", "y2sB7", "1").exit_code == 0
    [got] = receiver[0].at("/201")
    Webhook(other).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(got.body, got.headers)
    asked = trk("webhook", "remove", "y2sB7", "1", input="n\n")
    assert f"Remove the webhook to {url}, with 1 delivery in its log?" in asked.stderr
    assert trk("webhook", "list", "y2sB7").output.startswith("1\t")
    assert trk("webhook", "remove", "y2sB7", "1", "--yes").output == "Webhook 1 was removed.\n"
    assert trk("webhook", "list", "y2sB7").output == ""


def test_the_log_is_filtered_and_what_failed_is_sent_again(
    trk: Run, receiver: tuple[Receiver, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRK_WEBHOOKS_PRIVATE", "1")
    trk("webhook", "add", "y2sB7", f"{receiver[1]}/503")
    trk("webhook", "test", "y2sB7", "1")
    assert (
        "was not delivered. It answered 503." in trk("webhook", "resend", "y2sB7", "1", "1").stderr
    )
    assert trk("webhook", "log", "y2sB7", "1", "--state", "waiting").output.startswith("1\t")
    trk("webhook", "change", "y2sB7", "1", "--url", f"{receiver[1]}/204")
    again = trk("webhook", "resend", "y2sB7", "1", "1")
    assert again.output == "The event was delivered: the answer was 204.\n"
    assert trk("webhook", "log", "y2sB7", "1", "--state", "waiting").output == ""
    assert trk("webhook", "log", "y2sB7", "1", "--state", "delivered").output.startswith("1\t")
    ids = [got.headers["webhook-id"] for got in receiver[0].received]
    assert ids == ids[:1] * 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "other1", "https://shop.example"), "There is no campaign with the key 'other1'"),
        (("add", "y2sB7", "shop.example"), "url is 'shop.example'; expected an https address"),
        (("add", "y2sB7", "http://127.0.0.1:9/"), "expected https"),
        (("add", "y2sB7", "https://shop.example", "--event", "x"), "'x' is not one of"),
        (("list", "other1"), "There is no campaign"),
        (("test", "y2sB7", "7"), "There is no webhook 7 in campaign y2sB7"),
        (("log", "y2sB7", "7"), "There is no webhook 7 in campaign y2sB7"),
        (("log", "y2sB7", "x"), "'x' is not a valid whole number"),
        (("change", "y2sB7", "7", "--on"), "There is no webhook 7 in campaign y2sB7"),
        (("change", "y2sB7", "7", "--url", "x"), "url is 'x'; expected an https address"),
        (("rotate", "y2sB7", "7"), "There is no webhook 7 in campaign y2sB7"),
        (("remove", "y2sB7", "7", "--yes"), "There is no webhook 7 in campaign y2sB7"),
        (("resend", "y2sB7", "7", "1"), "There is no webhook 7 in campaign y2sB7"),
        (("log", "y2sB7", "7", "--state", "x"), "'x' is not one of"),
    ],
)
def test_what_can_not_be_done_is_told_in_a_sentence(
    trk: Run, arguments: tuple[str, ...], said: str
) -> None:
    result = trk("webhook", *arguments)
    assert result.exit_code in (1, 2)
    assert said in result.stderr
    assert result.stdout == ""
