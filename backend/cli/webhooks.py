"""`trk webhook`."""

from __future__ import annotations

from typing import cast

import click

from backend.cli.work import existing, with_database
from backend.clock import now_ms
from backend.core.campaign import Campaign, iso
from backend.core.webhook import EVENTS, EventType, WebhookDraft
from backend.courier import Courier
from backend.making import make_webhook
from backend.settings import Settings
from backend.store import deliveries, webhooks
from backend.store.database import Database
from backend.store.program import Row
from backend.store.webhooks import Webhook


@click.group()
def webhook() -> None:
    """Webhooks: your server is told what happens in a campaign."""


@webhook.command("add")
@click.argument("key")
@click.argument("url")
@click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice(EVENTS),
    help="What it is told; can be given several times. Without it, everything.",
)
@click.pass_obj
def webhook_add(settings: Settings, key: str, url: str, events: tuple[str, ...]) -> None:
    """Tell URL what happens in the campaign KEY. Prints the webhook's number and its secret,
    which can't be shown again."""

    async def add(database: Database) -> Webhook:
        chosen = [cast("EventType", event) for event in events or EVENTS]
        return await make_webhook(
            database,
            await existing(database, key),
            WebhookDraft(url, chosen),
            private=settings.webhooks_private,
        )

    made = with_database(settings, add)
    click.echo(f"{made.id}\t{made.secret}")


@webhook.command("list")
@click.argument("key")
@click.pass_obj
def webhook_list(settings: Settings, key: str) -> None:
    """List the webhooks of the campaign KEY: number, state, address and events."""

    async def look(database: Database) -> None:
        campaign, after = await existing(database, key), 0
        while found := await database.read(webhooks.page(campaign, after, 1000)):
            for each in found:
                state = "on" if each.off_at is None else f"off: {each.off_reason}"
                click.echo(f"{each.id}\t{state}\t{each.url}\t{' '.join(each.events)}")
            after = found[-1].id

    with_database(settings, look)


@webhook.command("test")
@click.argument("key")
@click.argument("number", type=click.IntRange(1))
@click.pass_obj
def webhook_test(settings: Settings, key: str, number: int) -> None:
    """Send a test to the webhook NUMBER of the campaign KEY, and say what it answered."""

    async def send(database: Database) -> Row:
        campaign = await existing(database, key)
        found = await _existing(database, campaign, number)
        if found.off_at is not None:
            raise click.ClickException(f"Webhook {number} is off: {found.off_reason}")
        now = now_ms()
        queued = await database.write(deliveries.queue_test(number, now))
        await Courier(database, private=settings.webhooks_private).deliver(queued, now)
        [row] = await database.read(deliveries.page(campaign, number, queued - 1, 1))
        return row

    row = with_database(settings, send)
    if row["delivered_at"] is None:
        raise click.ClickException(f"The test did not arrive. {row['error'] or 'It waits.'}")
    click.echo(f"The test arrived: it was answered {row['status']}.")


@webhook.command("log")
@click.argument("key")
@click.argument("number", type=click.IntRange(1))
@click.pass_obj
def webhook_log(settings: Settings, key: str, number: int) -> None:
    """Show what the webhook NUMBER of the campaign KEY was told, oldest first: delivery, event,
    tries, answer, and what comes next."""

    async def look(database: Database) -> None:
        campaign, after = await existing(database, key), 0
        await _existing(database, campaign, number)
        while rows := await database.read(deliveries.page(campaign, number, after, 1000)):
            for row in rows:
                click.echo(_line(row))
            after = rows[-1]["id"]

    with_database(settings, look)


async def _existing(database: Database, campaign: Campaign, number: int) -> Webhook:
    found = await database.read(webhooks.by_id(campaign, number))
    if found is None:
        raise click.ClickException(f"There is no webhook {number} in campaign {campaign.key}.")
    return found


def _line(row: Row) -> str:
    if row["delivered_at"] is not None:
        state = f"arrived {iso(row['delivered_at'])}"
    elif row["due_at"] is not None:
        state = f"due {iso(row['due_at'])}"
    else:
        state = "given up"
    said = row["error"] or row["status"] or "-"
    return f"{row['id']}\t{row['type']} {row['subject_id']}\t{row['attempts']}\t{said}\t{state}"
