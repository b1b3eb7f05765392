"""Mails: what they say, and when one that could not be delivered is tried again."""

from __future__ import annotations

from dataclasses import dataclass

from trk.core import backoff
from trk.core.campaign import Campaign, minute_at
from trk.core.language import Language
from trk.core.names import clean
from trk.core.reward import CodeStock, Shortage

MAX_ATTEMPTS = 10
_FIRST_PAUSE = 60_000
LONGEST_PAUSE = 6 * 3_600_000
"""How long a mail waits for its next try at most, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person. Of mails with the same `topic` only the first is ever queued."""

    topic: str
    recipient: str
    subject: str
    body: str


def reward_mail(
    campaign: Campaign, entrant_id: int, name: str, email: str, value: str, language: Language
) -> Mail:
    """The mail that brings an entrant the reward `value`; the campaign is in that language too."""
    title = clean(campaign.name)
    said = language.gettext("You did it! Here is your reward from “%(title)s”:") % {"title": title}
    parts = [_hello(language, name), said, f"    {clean(value)}"]
    if campaign.reward_note:
        parts.append(campaign.reward_note)
    subject = language.gettext("Your reward: %(title)s") % {"title": title}
    return Mail(f"reward {entrant_id}", email, subject, _body(*parts))


CONFIRMATION_LIFETIME = 24 * 3_600_000
"""How long the link in a confirmation is valid, in milliseconds."""
_CONFIRMATION_PAUSE = 5 * 60_000
MOST_LINKS = 12
"""How many such mails go to one mailbox within LINKS_PER, however its address is spelled: as many
as one address gets that asks every five minutes."""
LINKS_PER = 3_600_000
"""One hour, in milliseconds."""


def confirmation_mail(
    campaign: Campaign,
    entrant_id: int,
    name: str,
    email: str,
    url: str,
    now: int,
    language: Language,
) -> Mail:
    """The mail by which an entrant comes back from another browser.

    At most one in five minutes, however often it is asked for, and MOST_LINKS an hour for all
    addresses of a mailbox, so that nobody can flood it.
    """
    title = clean(campaign.name)
    body = _body(
        _hello(language, name),
        language.gettext(
            "Somebody entered “%(title)s” with your e-mail address in another browser. If this was "
            "you, open this link in that browser within 24 hours:"
        )
        % {"title": title},
        f"    {url}",
        language.gettext(
            "If it wasn’t you, ignore this e-mail: without the link, nobody sees anything of yours."
        ),
    )
    subject = language.gettext("Is this you? %(title)s") % {"title": title}
    return Mail(_topic(entrant_id, now), email, subject, body)


def first_mail(
    campaign: Campaign,
    entrant_id: int,
    name: str,
    email: str,
    url: str,
    now: int,
    language: Language,
) -> Mail:
    """The mail by which an entrant confirms that the address is theirs, where only those count.

    It shares its topic with the one above: an address gets at most one of them in five minutes.
    """
    title = clean(campaign.name)
    asked = (
        language.gettext(
            "You have entered “%(title)s”. Please confirm that this is your e-mail address: your "
            "entries count in the draw only after that. Open this link within 24 hours, and press "
            "the button there:"
        )
        if campaign.kind == "competition"
        else language.gettext(
            "You have entered “%(title)s”. Please confirm that this is your e-mail address: you "
            "can get the reward only after that. Open this link within 24 hours, and press the "
            "button there:"
        )
    )
    body = _body(
        _hello(language, name),
        asked % {"title": title},
        f"    {url}",
        language.gettext("Everything you have already done counts then, too."),
        language.gettext("If it wasn’t you, ignore this e-mail: without the link, nothing counts."),
    )
    subject = language.gettext("Confirm your e-mail: %(title)s") % {"title": title}
    return Mail(_topic(entrant_id, now), email, subject, body)


def _topic(entrant_id: int, now: int) -> str:
    return f"confirmation {entrant_id} {now // _CONFIRMATION_PAUSE}"


def _hello(language: Language, name: str) -> str:
    return language.gettext("Hello %(name)s,") % {"name": clean(name)}


def _body(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"


def invitation_mail(inviter: str, email: str, url: str, token_hash: str) -> Mail:
    """The mail by which somebody becomes an owner of this server."""
    return Mail(
        f"invitation {token_hash}",
        email,
        "You’re invited to manage campaigns",
        f"Hello,\n\n{clean(inviter)} invites you to manage the campaigns on a tracking "
        f"server. Open this link within 7 days and choose a password:\n\n    {url}\n\n"
        "If you didn’t expect this, ignore this e-mail.\n",
    )


def codes_mail(
    campaign: Campaign, what: Shortage, stock: CodeStock, owner_id: int, name: str, email: str
) -> Mail:
    """The mail that tells an owner that codes run out, or are gone: one each for a list's length,
    so that there are new ones once codes were added."""
    title = clean(campaign.name)
    if what == "gone":
        subject = f"No codes left: {title}"
        said = (
            f"“{title}” has no codes left. Anyone who earns one now has to wait, first come, first "
            "served, and gets it as soon as you add more."
        )
    else:
        subject = f"Codes are running out: {title}"
        said = (
            f"“{title}” has {stock.left} of its {stock.total} codes left. Add some before they are "
            "gone: anyone who earns one after that has to wait."
        )
    return Mail(
        f"codes {what} {campaign.id} {stock.total} {owner_id}",
        email,
        subject,
        f"Hello {clean(name)},\n\n{said} You can add codes on the campaign’s page “Codes”.\n\n"
        "You get this e-mail once, and again only after you have added codes.\n",
    )


def ended_mail(
    campaign: Campaign, ended_at: int, url: str, owner_id: int, name: str, email: str
) -> Mail:
    """The mail that tells an owner that a campaign is over since `ended_at` (ms): one for each end.
    `url` is the campaign's overview."""
    title = clean(campaign.name)
    closed = campaign.closed_at is not None and campaign.closed_at == ended_at
    then = (
        "Next, draw the winners, check them, and announce them: until then only owners see them."
        if campaign.kind == "competition"
        else "Nobody can enter any more, and nothing unlocks."
    )
    how = "was closed" if closed else "has ended"
    return Mail(
        f"ended {campaign.id} {ended_at} {owner_id}",
        email,
        f"{'Closed' if closed else 'Ended'}: {title}",
        f"Hello {clean(name)},\n\n“{title}” {how}, at {minute_at(campaign, ended_at)}. {then}\n\n"
        f"    {url}\n",
    )


def masked(email: str) -> str:
    """An address as its owner knows it again, and nobody else learns it: `a•••@example.org`."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}•••@{domain}"


def retry_at(attempts: int, now: int) -> int | None:
    """When to try again after `attempts` failures (ms), twice as late each time; None: give up."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return now + int(backoff.pause(attempts, _FIRST_PAUSE, LONGEST_PAUSE))
