"""In which language a request is answered.

A campaign's pages are in the language that the visitor has chosen, in one that their browser asks
for, or in the campaign's own. What has no campaign is in any that the browser asks for. Owners'
pages and the API are in English.
"""

from __future__ import annotations

from jinja2 import pass_context
from jinja2.runtime import Context
from starlette.requests import Request

from trk.core.campaign import Campaign
from trk.core.language import ENGLISH, TAGS, Language, language
from trk.web.http import negotiate


def spoken(request: Request) -> Language:
    """The language of the answer to this request, which `speak` has chosen."""
    found = getattr(request.state, "language", ENGLISH)
    assert isinstance(found, Language)
    return found


def speak(request: Request, campaign: Campaign | None, chosen: str = "") -> Language:
    """Answer this request in the language that was `chosen`, if the campaign has it, or else in one
    that the browser asks for."""
    ours = TAGS if campaign is None else campaign.languages
    asked = negotiate.language(request.headers.get("accept-language", ""), ours)
    request.state.language = language(chosen if chosen in ours else asked or ours[0])
    return spoken(request)


def heard(request: Request) -> Language:
    """The language of an answer that may come before anybody has called `speak`; see also
    campaign.lookup.hear."""
    return spoken(request) if is_chosen(request) else speak(request, None)


def is_chosen(request: Request) -> bool:
    """Is it settled in which language this request is answered?"""
    return hasattr(request.state, "language") or request.url.path.startswith("/admin")


def in_templates(request: Request) -> dict[str, Language]:
    """What every template knows: its `language`."""
    return {"language": spoken(request)}


def for_scripts(spoken: Language) -> dict[str, str | dict[str, str]]:
    """What the scripts of a campaign's page say; see static/words.js."""
    return {
        "less": spoken.gettext("less than a minute"),
        "hours": spoken.gettext("%(hours)s h %(minutes)s min"),
        "minutes": spoken.gettext("%(minutes)s min"),
        "copied": spoken.gettext("Copied"),
        "progress": spoken.gettext("%(done)s of %(all)s"),
        "comma": spoken.gettext(", "),
        "done": spoken.gettext("Done: %(titles)s."),
        "entries": spoken.forms("You have %(num)s entry.", "You have %(num)s entries."),
    }


@pass_context
def gettext(context: Context, sentence: str) -> str:
    """For templates: a sentence in their language."""
    return _language(context).gettext(sentence)


@pass_context
def ngettext(context: Context, one: str, many: str, num: int) -> str:
    """For templates: a sentence for so many things."""
    return _language(context).ngettext(one, many, num)


@pass_context
def say(context: Context, text: str) -> str:
    """A filter: a phrase of a rule's in the template's language."""
    return _language(context).say(text)


def several(tags: tuple[str, ...]) -> list[Language]:
    """A filter: the languages with these tags."""
    return [language(tag) for tag in tags]


@pass_context
def number(context: Context, value: int) -> str:
    """A filter: a number as the template's language writes it."""
    return _language(context).number(value)


@pass_context
def local_time(context: Context, instant: int, timezone: str) -> str:
    """A filter: `instant` (ms) in that zone, for people."""
    return _language(context).moment(instant, timezone)


@pass_context
def clock(context: Context, milliseconds: int) -> str:
    """A filter: a time of hours in words."""
    return _language(context).clock(milliseconds)


def _language(context: Context) -> Language:
    found = context["language"]
    assert isinstance(found, Language)
    return found
