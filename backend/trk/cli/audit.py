"""`trk audit`."""

from __future__ import annotations

from dataclasses import replace

import click
import msgspec

from trk.cli.say import say_rows
from trk.cli.whole import Whole
from trk.cli.work import with_database
from trk.clock import now_ms
from trk.core.audit import ACTORS, DEEDS, KEPT, THINGS, ActorKind, Deed, Thing
from trk.core.instant import iso
from trk.services.rows import shown_row
from trk.settings import Settings
from trk.store.audit import AuditFilter, Entry, listed
from trk.store.database import Database
from trk.store.pages import Span

_DAY = 24 * 3_600_000


@click.command()
@click.option("--by", type=click.Choice(ACTORS), help="Show only what was done by these.")
@click.option("--deed", type=click.Choice(DEEDS), help="Show only this.")
@click.option("--thing", type=click.Choice(THINGS), help="Show only what was done to these.")
@click.option("--campaign", metavar="KEY", help="Show only this campaign.")
@click.option(
    "--search", metavar="TEXT", help="Search for part of who did it, or of a thing's name."
)
@click.option(
    "--days",
    type=Whole(1, KEPT // _DAY),
    help="Show only the last DAYS days. [default: all, up to a year]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.pass_obj
def audit(
    settings: Settings,
    by: ActorKind | None,
    deed: Deed | None,
    thing: Thing | None,
    campaign: str | None,
    search: str | None,
    days: int | None,
    as_json: bool,
) -> None:
    """Show who did what, oldest first: when, who, what, to what, its name, campaign, how often."""
    which = AuditFilter(by=by, deed=deed, thing=thing, campaign=campaign, search=search)

    async def print_all(database: Database) -> None:
        span = Span(limit=1000, since=None if days is None else now_ms() - days * _DAY)
        while True:
            page = await database.read(listed, span, which)
            if as_json:
                for each in page.rows:
                    click.echo(msgspec.json.encode(shown_row(each)))
            else:
                say_rows(map(_line, page.rows))
            if page.next is None:
                return
            span = replace(span, after=page.next)

    with_database(settings, print_all)


def _line(each: Entry) -> str:
    who = each.by_kind if each.by_id is None else f"{each.by_kind} {each.by_id}"
    what = each.thing if each.thing_id is None else f"{each.thing} {each.thing_id}"
    named, about, where = (text or "-" for text in (each.by_name, each.about, each.campaign_key))
    columns = (iso(each.noted_at), who, named, each.deed, what, about, where, str(each.times))
    # What owners typed is for people to read; a line feed in it would forge a line.
    return "\t".join(" ".join(column.split()) for column in columns)
