"""`trk campaign`, `trk action` and `trk snippet`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from trk.cli.address import addressed, warn_of_address
from trk.cli.grouped import CommandGroup
from trk.cli.say import say, say_rows
from trk.cli.work import with_campaign, with_database
from trk.clock import now_ms
from trk.core.campaign import Action, Campaign, state_at
from trk.core.days import day_in, whole_day
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.instant import iso, moment, readings
from trk.core.tracking_name import fold
from trk.services.actions import make_action
from trk.services.campaigns import close_campaign, make_campaign
from trk.services.publishing import Unready, publish_campaign
from trk.services.scripts import pin
from trk.settings import Settings
from trk.store import actions, campaigns
from trk.store.database import Database
from trk.store.errors import Duplicate
from trk_sdk import snippet as snippets


@click.group(cls=CommandGroup)
def campaign() -> None:
    """Campaigns: competitions and rewards."""


@campaign.command("create")
@click.argument("name")
@click.option("--key", help="At least 5 of A-Z, a-z, 0-9. [default: generated]")
@click.option(
    "--kind", type=click.Choice(["competition", "reward"]), default="competition", show_default=True
)
@click.option("--timezone", default="UTC", show_default=True, help="Such as Europe/Berlin.")
@click.option("--starts", metavar="TIME", help="Such as 2026-12-01T09:00, in the campaign's zone.")
@click.option(
    "--ends",
    metavar="TIME",
    help="Such as 2026-12-24T18:00, or with an offset. A day alone: its end.",
)
@click.option("--description", default="", help="Markdown.")
@click.option(
    "--confirmed-only/--unconfirmed-too",
    default=None,
    help="Whether only confirmed e-mails count. [default: yes if a mail server is set]",
)
@click.option("--draft", "is_draft", is_flag=True, help="Only owners see it until it is published.")
@click.pass_obj
def campaign_create(
    settings: Settings,
    /,
    starts: str | None,
    ends: str | None,
    confirmed_only: bool | None,
    is_draft: bool,
    **given: Any,
) -> None:
    """Create a campaign named NAME."""
    if confirmed_only is None:
        confirmed_only = settings.sends_mails

    async def make(database: Database) -> tuple[Campaign, str]:
        draft = CampaignDraft(confirmed_only=confirmed_only, **given)
        draft.check()
        zone = ZoneInfo(draft.timezone)
        draft = msgspec.structs.replace(
            draft, starts_at=_instant("starts", starts, zone), ends_at=_instant("ends", ends, zone)
        )
        try:
            made = await database.write(lambda tx: make_campaign(tx, draft, published=not is_draft))
        except Duplicate:
            raise click.ClickException(
                f"key is {draft.key!r}, which is taken; expected another."
            ) from None
        return made, (await addressed(database, settings)).public_url

    made, address = with_database(settings, make)
    say(f"{made.key}\t{made.name}\t{address}/{made.key}")


@campaign.command("list")
@click.pass_obj
def campaign_list(settings: Settings) -> None:
    """List campaigns: key, kind, state and name."""

    async def print_all(database: Database) -> None:
        after = 0
        while found := await database.read(campaigns.page, after, 1000):
            now = now_ms()
            say_rows(
                f"{each.key}\t{each.kind}\t{state_at(each, now)}\t{each.name}" for each in found
            )
            after = found[-1].id

    with_database(settings, print_all)


@campaign.command("show")
@click.argument("key")
@click.pass_obj
def campaign_show(settings: Settings, key: str) -> None:
    """Show the campaign KEY and its actions."""

    async def print_campaign(database: Database, found: Campaign) -> None:
        address = (await addressed(database, settings)).public_url
        say(f"{found.key}\t{found.kind}\t{found.name}\t{address}/{found.key}")
        say(f"  {state_at(found, now_ms())}, in the time zone {found.timezone}")
        if found.confirmed_only:
            say("  only confirmed e-mails count")
        for label, instant in (("starts", found.starts_at), ("ends", found.ends_at)):
            if instant is not None:
                say(f"  {label}\t{iso(instant)}")
        say_rows(
            f"  {each.tracking_name}\t{each.title}\t+{each.worth}\t{each.frequency}"
            for each in await database.read(actions.of_campaign, found.id)
        )

    with_campaign(settings, key, print_campaign)


@campaign.command("publish")
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask about what is usually there and is not.")
@click.pass_obj
def campaign_publish(settings: Settings, key: str, yes: bool) -> None:
    """Publish the draft KEY: from then on everybody can see it."""

    async def publish(
        database: Database, found: Campaign, accepted: Collection[str] | None
    ) -> Unready | None:
        try:
            await database.write(
                lambda tx: publish_campaign(
                    tx, found, sends_mails=settings.sends_mails, accepted=accepted
                )
            )
        except Unready as unready:
            return unready
        return None

    unready = with_campaign(
        settings, key, lambda database, found: publish(database, found, None if yes else ())
    )
    if unready is not None:
        if any(step.blocks for step in unready.steps):
            raise click.ClickException(f"{key} can't be published yet. {unready}")
        say_rows(f"{step.name}: {step.why}" for step in unready.steps)
        click.confirm("Publish it without that?", abort=True)
        accepted = [step.name for step in unready.steps]
        if with_campaign(settings, key, lambda database, found: publish(database, found, accepted)):
            raise click.ClickException(f"{key} was changed in the meantime. Try again.")
    say(f"{key} is published.")


@campaign.command("close")
@click.argument("key")
@click.pass_obj
def campaign_close(settings: Settings, key: str) -> None:
    """Close the campaign KEY now: nobody can enter, and nothing unlocks."""
    with_campaign(settings, key, lambda database, found: database.write(close_campaign, found))
    say(f"{key} is closed.")


@click.group(cls=CommandGroup)
def action() -> None:
    """Custom actions."""


@action.command("add")
@click.argument("key")
@click.argument("tracking_name")
@click.argument("title")
@click.option("--url", default="", help="The address where entrants complete it.")
@click.option("--worth", default=1, show_default=True, help="How many entries it gives.")
@click.option(
    "--frequency", type=click.Choice(["once", "daily"]), default="once", show_default=True
)
@click.option("--description", default="", help="Markdown.")
@click.pass_obj
def action_add(settings: Settings, /, key: str, **given: Any) -> None:
    """Add an action to the campaign KEY; TRACKING_NAME is what your page pushes."""

    async def add(database: Database, found: Campaign) -> Action:
        try:
            return await database.write(make_action, found, ActionDraft(**given))
        except Duplicate:
            raise click.ClickException(
                f"tracking_name is {given['tracking_name']!r}, which campaign {key} already has; "
                "expected another."
            ) from None

    made = with_campaign(settings, key, add)
    say(f"{made.tracking_name} was added to {key}.")


@click.command()
@click.argument("key")
@click.argument("name", required=False)
@click.option(
    "--pinned", is_flag=True, help="Print a tag with an integrity hash, whose script never changes."
)
@click.pass_obj
def snippet(settings: Settings, key: str, name: str | None, pinned: bool) -> None:
    """Print the two scripts for the campaign KEY and the tracking name NAME.

    Without NAME it is that of the campaign's first action. They use the --public-url with which
    the server was last started, unless you pass one.
    """

    async def scripts(database: Database, found: Campaign) -> tuple[str, str]:
        known = await addressed(database, settings)
        await warn_of_address(database, known)
        pushed = await _pushed(database, found, name)
        if pinned:
            return (await pin(database, found, known)).tag, pushed
        return snippets.loader(key, known.public_url), pushed

    loader, pushed = with_campaign(settings, key, scripts)
    say(loader)
    click.echo()
    say(f"<script>\n{snippets.trigger(pushed, queue=settings.global_name)}\n</script>")


async def _pushed(database: Database, found: Campaign, name: str | None) -> str:
    """The tracking name to print; a warning if no action has the one that was given."""
    own = [each.tracking_name for each in await database.read(actions.of_campaign, found.id)]
    if name is None:
        return own[0] if own else "VIP"
    if own and fold(name) not in map(fold, own):
        click.echo(
            f"Warning: No action of campaign {found.key} has the tracking name {name!r}; "
            f"expected one of {', '.join(map(repr, own))}.",
            err=True,
        )
    return name


def _instant(option: str, text: str | None, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        day = day_in(text)
        if day is not None:
            return moment(whole_day(zone.key, day)[option == "ends"])
        instant = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise click.ClickException(
            f"--{option} is {text!r}; expected a time such as 2026-12-24T18:00."
        ) from None
    if instant.tzinfo:
        return instant
    try:
        found = readings(instant, zone)
    except OverflowError:
        return instant.replace(tzinfo=zone)  # its year is refused
    if len(found) != 1:
        clocks = "back, so it happens twice" if found else "forward, so it doesn't exist"
        raise click.ClickException(
            f"--{option} is {text!r}, when clocks in {zone.key} go {clocks}; expected a time with "
            "an offset, such as 2026-12-24T18:00+01:00."
        )
    return found[0]
