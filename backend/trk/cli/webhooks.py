"""`trk webhook`."""

from __future__ import annotations

from dataclasses import replace
from typing import cast, get_args

import click

from trk.cli.grouped import CommandGroup
from trk.cli.say import say, say_rows
from trk.cli.whole import Whole
from trk.cli.work import with_campaign
from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.instant import iso
from trk.core.printable import printable
from trk.core.webhook import EVENTS, EventType, WebhookChange, WebhookDraft
from trk.services.jobs.webhook_sender import WebhookSender
from trk.services.webhooks import (
    change_webhook,
    clear_webhook,
    make_webhook,
    remove_webhook,
    rotate_webhook,
)
from trk.settings import Settings
from trk.store import deliveries, delivery_log, webhooks
from trk.store.database import Database
from trk.store.delivery_log import Delivery, State
from trk.store.pages import Span
from trk.store.webhooks import Webhook

_NUMBER = Whole(1, 2**62)


@click.group(cls=CommandGroup)
def webhook() -> None:
    """Webhooks: notify your server of what happens in a campaign."""


@webhook.command("add")
@click.argument("key")
@click.argument("url")
@click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice(EVENTS),
    help="An event to send; can be given several times. [default: all]",
)
@click.pass_obj
def webhook_add(settings: Settings, key: str, url: str, events: tuple[str, ...]) -> None:
    """Add a webhook to the campaign KEY that sends events to URL. Prints its number and its
    secret, which can't be shown again."""

    async def add(database: Database, campaign: Campaign) -> Webhook:
        chosen = [cast("EventType", event) for event in events or EVENTS]
        draft, private = WebhookDraft(url, chosen), settings.webhooks_private
        return await database.write(make_webhook, campaign, draft, private=private)

    made = with_campaign(settings, key, add)
    say(f"{made.id}\t{made.secret}")


@webhook.command("list")
@click.argument("key")
@click.pass_obj
def webhook_list(settings: Settings, key: str) -> None:
    """List the webhooks of the campaign KEY: number, state, address and events."""

    async def print_all(database: Database, campaign: Campaign) -> None:
        after = 0
        while found := await database.read(webhooks.page, campaign, after, 1000):
            say_rows(map(_webhook_row, found))
            after = found[-1].id

    with_campaign(settings, key, print_all)


@webhook.command("change")
@click.argument("key")
@click.argument("number", type=_NUMBER)
@click.option("--url", help="The new address.")
@click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice(EVENTS),
    help="An event to send from now on; can be given several times.",
)
@click.option("--on/--off", "enabled", default=None, help="Turn it on or off.")
@click.pass_obj
def webhook_change(
    settings: Settings,
    key: str,
    number: int,
    url: str | None,
    events: tuple[str, ...],
    enabled: bool | None,
) -> None:
    """Change the webhook NUMBER of the campaign KEY; what you don't pass stays as it is. Events
    that happen while it is off are not sent later."""
    chosen = [cast("EventType", event) for event in events] or None
    change = WebhookChange(url, chosen, enabled)

    async def store(database: Database, campaign: Campaign) -> Webhook:
        changed = await database.write(
            change_webhook, campaign, number, change, private=settings.webhooks_private
        )
        return _found_or_fail(changed, campaign, number)

    say(_webhook_row(with_campaign(settings, key, store)))


@webhook.command("rotate")
@click.argument("key")
@click.argument("number", type=_NUMBER)
@click.pass_obj
def webhook_rotate(settings: Settings, key: str, number: int) -> None:
    """Rotate the secret of the webhook NUMBER of the campaign KEY, and print the new one: it
    can't be shown again. From then on requests are signed with it alone, including retries."""

    async def rotate(database: Database, campaign: Campaign) -> Webhook:
        rotated = await database.write(rotate_webhook, campaign, number)
        return _found_or_fail(rotated, campaign, number)

    say(with_campaign(settings, key, rotate).secret)


@webhook.command("remove")
@click.argument("key")
@click.argument("number", type=_NUMBER)
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.pass_obj
def webhook_remove(settings: Settings, key: str, number: int, yes: bool) -> None:
    """Remove the webhook NUMBER of the campaign KEY, with its log and deliveries still waiting."""

    async def find(database: Database, campaign: Campaign) -> tuple[Webhook, int]:
        found = await _existing(database, campaign, number)
        return found, await database.read(delivery_log.extent, found)

    found, logged = with_campaign(settings, key, find)
    if not yes:
        log = "1 delivery" if logged == 1 else f"{logged} deliveries"
        question = f"Remove the webhook to {found.url}, with {log} in its log?"
        click.confirm(f"{question} This can't be undone", abort=True, err=True)

    async def clear_and_remove(database: Database, campaign: Campaign) -> None:
        await clear_webhook(database, campaign, number)
        await database.write(remove_webhook, campaign, number)

    with_campaign(settings, key, clear_and_remove)
    say(f"Webhook {number} was removed.")


@webhook.command("test")
@click.argument("key")
@click.argument("number", type=_NUMBER)
@click.pass_obj
def webhook_test(settings: Settings, key: str, number: int) -> None:
    """Send a test to the webhook NUMBER of the campaign KEY, and print the answer."""

    async def send(database: Database, campaign: Campaign) -> Delivery | None:
        await _existing(database, campaign, number, on=True)
        return await _tried(settings, database, campaign, number)

    _report("test", with_campaign(settings, key, send))


@webhook.command("resend")
@click.argument("key")
@click.argument("number", type=_NUMBER)
@click.argument("delivery", type=_NUMBER)
@click.pass_obj
def webhook_resend(settings: Settings, key: str, number: int, delivery: int) -> None:
    """Resend a DELIVERY to the webhook NUMBER of the campaign KEY, even one that was given up or
    delivered, and print the answer; `trk webhook log` shows its number."""

    async def send(database: Database, campaign: Campaign) -> Delivery | None:
        found = await _existing(database, campaign, number, on=True)
        if await database.read(delivery_log.by_id, found, delivery) is None:
            raise click.ClickException(f"There is no delivery {delivery} to webhook {number}.")
        return await _tried(settings, database, campaign, number, delivery)

    _report("event", with_campaign(settings, key, send))


@webhook.command("log")
@click.argument("key")
@click.argument("number", type=_NUMBER)
@click.option("--state", type=click.Choice(get_args(State)), help="Show only those in this state.")
@click.pass_obj
def webhook_log(settings: Settings, key: str, number: int, state: State | None) -> None:
    """Show the deliveries to the webhook NUMBER of the campaign KEY, oldest first: delivery, event,
    tries, answer, and what comes next."""

    async def print_log(database: Database, campaign: Campaign) -> None:
        found = await _existing(database, campaign, number)
        span = Span(limit=1000)
        while True:
            page = await database.read(delivery_log.listed, found, span, state)
            say_rows(map(_delivery_row, page.rows))
            if page.next is None:
                return
            span = replace(span, after=page.next)

    with_campaign(settings, key, print_log)


async def _existing(
    database: Database, campaign: Campaign, number: int, *, on: bool = False
) -> Webhook:
    """The webhook; ClickException if there is none, or if it must be `on` but is not."""
    found = _found_or_fail(await database.read(webhooks.by_id, campaign, number), campaign, number)
    if on and found.off_at is not None:
        raise click.ClickException(printable(f"Webhook {number} is off: {found.off_reason}"))
    return found


def _found_or_fail(found: Webhook | None, campaign: Campaign, number: int) -> Webhook:
    if found is None:
        raise click.ClickException(f"There is no webhook {number} in campaign {campaign.key}.")
    return found


async def _tried(
    settings: Settings,
    database: Database,
    campaign: Campaign,
    number: int,
    delivery: int | None = None,
) -> Delivery | None:
    """Send a test, or resend a delivery; the result."""
    now = now_ms()
    webhook = await _existing(database, campaign, number)
    sender = WebhookSender(database, private=settings.webhooks_private)
    if delivery is None:
        tried = await sender.try_now(deliveries.test_now, webhook.endpoint, now)
    else:
        tried = await sender.try_now(deliveries.resend_now, campaign, number, delivery, now)
    return await database.read(delivery_log.by_id, webhook, tried[0]) if tried else None


def _report(what: str, tried: Delivery | None) -> None:
    if tried is None or tried.delivered_at is None:
        error = (tried and tried.error) or "It is waiting."
        raise click.ClickException(printable(f"The {what} was not delivered. {error}"))
    say(f"The {what} was delivered: the answer was {tried.status}.")


def _webhook_row(webhook: Webhook) -> str:
    state = "on" if webhook.off_at is None else f"off: {webhook.off_reason}"
    return f"{webhook.id}\t{state}\t{webhook.url}\t{' '.join(webhook.events)}"


def _delivery_row(each: Delivery) -> str:
    if each.due_at is not None:
        state = f"due {iso(each.due_at)}"
    elif each.delivered_at is not None:
        state = f"delivered {iso(each.delivered_at)}"
    else:
        state = "given up"
    said = each.error or each.status or "-"
    return f"{each.id}\t{each.type} {each.subject_id}\t{each.attempts}\t{said}\t{state}"
