"""What the owner of a campaign does next, in each of its states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from trk.core.campaign import Action, Campaign, State
from trk.core.starter import PLACEHOLDER_PRIZE


class Step(NamedTuple):
    """Something to do: its name, where (a path below the campaign's owner's pages, or one of
    `/admin`), and why. A draft is not published before those that block are done."""

    name: str
    path: str
    why: str
    blocks: bool = False


class CampaignProgress(NamedTuple):
    """How far a campaign is.

    `state` is that of a draft once it is published. `prizes` are (id, title); `codes_left_out` says
    that codes are its reward and there are none, `waiting` how many have earned one and wait;
    `reported` that a site has sent something; `drawn` is None before the draw, and False while one
    was begun and interrupted, `announced` that everybody sees the winners. `sends_mails`: the
    server has a mail server.
    """

    state: State
    actions: Sequence[Action]
    prizes: Sequence[tuple[int, str]]
    entries: int
    codes_left_out: bool
    waiting: int
    reported: bool
    drawn: bool | None
    announced: bool = False
    sends_mails: bool = True


def next_steps(campaign: Campaign, now: CampaignProgress) -> list[Step]:
    """The next steps, the most urgent first; never empty."""
    if campaign.draft:
        missing = list(before_publishing(campaign, now))
        why = "Only then does anybody else see it. It stays public from then on."
        stops = any(step.blocks for step in missing)
        after = "Needs what stands above. " if stops else ""
        return [*missing, Step("Publish the campaign", "/publish", after + why)]
    if now.announced:
        return [Step("See the winners", "/draw", "They are announced. Nothing is left to do.")]
    if now.drawn:
        why = "They have been drawn, and only owners see them for now."
        return [Step("Check the winners and announce them", "/draw", why)]
    if now.drawn is False:
        return [
            Step(
                "Finish the draw", "/draw", "It was interrupted, and continues with the same list."
            )
        ]
    over = now.state in ("ended", "closed")
    if campaign.kind == "competition":
        return [*_prizes(now), *_draw(now)] if over else _or_share(campaign, now)
    if over:
        return [
            *_codes(now),
            Step(
                "See who got the reward",
                "/claims",
                "The campaign is over; nothing unlocks any more.",
            ),
        ]
    return _or_share(campaign, now)


def before_publishing(campaign: Campaign, now: CampaignProgress) -> Iterator[Step]:
    """What is missing before a draft can be published, and then what usually is there and is
    not."""
    found = [
        *_over(now),
        *_nothing_to_do(now),
        *(_prizes(now) if campaign.kind == "competition" else _reward(campaign)),
        *_unconfirmed(campaign, now),
        *_addresses(now),
        *_codes(now),
        *_end(campaign),
        *_around(campaign, now),
    ]
    yield from sorted(found, key=lambda step: not step.blocks)


def _or_share(campaign: Campaign, now: CampaignProgress) -> list[Step]:
    """What is missing before the end; once nothing is, that the page can be shared."""
    missing = list(_missing(campaign, now))
    if missing:
        return missing
    if campaign.kind == "competition":
        then = "Winners are drawn after it ends."
    else:
        then = "Everyone who completes enough actions gets the reward."
    return [Step("Invite people to the campaign’s page", "#page", f"Everything is set up. {then}")]


def _missing(campaign: Campaign, now: CampaignProgress) -> Iterator[Step]:
    yield from _nothing_to_do(now)
    yield from _addresses(now)
    yield from _prizes(now) if campaign.kind == "competition" else _reward(campaign)
    yield from _codes(now)
    if not now.reported and (not now.actions or any(action.tracks for action in now.actions)):
        yield Step("Install the script", "/install", "Your pages haven’t reported anything yet.")
    yield from _end(campaign)


def _over(now: CampaignProgress) -> Iterator[Step]:
    if now.state == "ended":
        yield Step("Set a later end", "/settings#when", "The end has passed.", True)


def _nothing_to_do(now: CampaignProgress) -> Iterator[Step]:
    if not now.actions:
        why = "Without one, there is nothing to complete."
        yield Step("Add an action", "/actions/new", why, True)


def _reward(campaign: Campaign) -> Iterator[Step]:
    if campaign.reward_kind == "none":
        why = "Without one, there is nothing to earn."
        yield Step("Choose a reward", "/settings#reward", why, True)


def _unconfirmed(campaign: Campaign, now: CampaignProgress) -> Iterator[Step]:
    if campaign.confirmed_only and not now.sends_mails:
        yield Step(
            "Count e-mails that are not confirmed",
            "/settings#confirmed_only",
            "Only confirmed e-mails count, and without a mail server nobody can confirm theirs.",
            True,
        )


def _end(campaign: Campaign) -> Iterator[Step]:
    if campaign.kind == "competition" and campaign.ends_at is None:
        yield Step("Set an end", "/settings#when", "Winners are drawn after the campaign ends.")


def _around(campaign: Campaign, now: CampaignProgress) -> Iterator[Step]:
    if not campaign.terms:
        yield Step("Write the terms", "/settings#terms", "Who may enter, and what you promise.")
    if not now.sends_mails:
        why = "Nobody gets e-mails: no winners, no owners, and nobody who comes back."
        yield Step("Set up a mail server", "/admin/mails", why)
    if not campaign.allowed_origins:
        yield Step(
            "Name the sites that may show it",
            "/settings#allowed_origins",
            "For the tab and for the campaign in your pages; its own page needs none.",
        )


def _addresses(now: CampaignProgress) -> Iterator[Step]:
    homeless = [action for action in now.actions if action.tracks and not action.url]
    why = "Without one, entrants can’t go to the page where it happens."
    if len(homeless) == 1:
        [action] = homeless
        yield Step(f"Add an address to “{action.title}”", f"/actions/{action.id}", why)
    elif homeless:
        yield Step(f"Add addresses to {len(homeless)} actions", "/actions", why)


def _prizes(now: CampaignProgress) -> Iterator[Step]:
    if not now.prizes:
        yield Step("Add a prize", "/prizes", "Without one, there is nothing to win.", True)
    for number, title in now.prizes:
        if title == PLACEHOLDER_PRIZE:
            why = f"Entrants see “{title}” for now."
            yield Step("Name the prize", f"/prizes/{number}", why, True)


def _codes(now: CampaignProgress) -> Iterator[Step]:
    if now.waiting:
        people = "1 person is" if now.waiting == 1 else f"{now.waiting} people are"
        yield Step("Add codes", "/codes", f"{people} waiting for one.")
    elif now.codes_left_out:
        yield Step("Add codes", "/codes", "Without codes, anyone who earns one has to wait.")


def _draw(now: CampaignProgress) -> Iterator[Step]:
    if now.prizes and now.entries:
        yield Step("Draw the winners", "/draw", "The campaign is over.")
    elif now.prizes and now.state == "ended":
        yield Step(
            "Set a later end", "/settings#when", "Nobody has any entries, so nobody can win."
        )
    elif now.prizes:
        yield Step("Reopen the campaign", "#whole", "Nobody has any entries, so nobody can win.")
