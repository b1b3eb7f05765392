"""The mail to a winner: a text of the owner's, with placeholders that are filled in for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from trk.core.language import TAGS, Language
from trk.core.language import language as in_language
from trk.core.mail import Mail
from trk.core.mistakes import Draft, DraftMistake, Line, said
from trk.core.names import clean
from trk.core.rejection import shown
from trk.core.setting import AS_TYPED

Part = Literal["subject", "body"]
PARTS: tuple[Part, ...] = ("subject", "body")

PLACEHOLDERS: Mapping[str, str] = {
    "name": "the winner’s name",
    "prize": "what they have won",
    "campaign": "the campaign’s name",
    "deadline": "until when they can accept",
    "link": "where they accept",
}
"""What is filled in, and by what."""

_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")
_LINK = re.compile(r"/won/([A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])")


class WinnerText(Draft, frozen=True):
    """What the owner writes to winners; `{prize}` and so on are PLACEHOLDERS."""

    subject: Line
    body: Annotated[str, said(1, 5_000), AS_TYPED]

    def contradictions(self) -> Iterator[DraftMistake]:
        """Placeholders that are none, and a text without the link by which a winner accepts."""
        yield from placeholder_mistakes("subject", "subject", self.subject)
        yield from placeholder_mistakes("body", "body", self.body)


def placeholder_mistakes(part: Part, field: str, text: str) -> Iterator[DraftMistake]:
    """The same of one part of the mail, which the form or the call knows as `field`."""
    names = [each for each in PLACEHOLDERS if (part, each) != ("subject", "link")]
    known = ", ".join(f"{{{name}}}" for name in names)
    for name in _PLACEHOLDER.findall(text):
        if name not in names:
            yield DraftMistake(
                field,
                f"{field} has {shown(f'{{{name}}}')}; expected {known}.",
                f"{{{name}}} can’t be filled in here. Use only {known}.",
            )
    if part == "body" and "{link}" not in text:
        yield DraftMistake(
            field,
            f"{field} has no {{link}}; expected one, by which the winner accepts.",
            "Keep {link}: it leads the winner to where the prize is accepted.",
        )


def our_text(language: Language) -> WinnerText:
    """What winners are written to unless the owner writes something else."""
    say = language.gettext
    parts = (
        say("Hello {name},"),
        say("Congratulations! You have won in “{campaign}”:"),
        "    {prize}",
        say("Please accept your prize by {deadline}. Open this link and press the button there:"),
        "    {link}",
        say("If we don’t hear from you by then, the prize goes to somebody else."),
    )
    return WinnerText(say("You have won: {prize}"), "\n\n".join(parts) + "\n")


def is_ours(part: Part, text: str, language: Language) -> bool:
    """Is this part of the mail our words in this language, as a form may have sent them back?"""
    ours: str = getattr(our_text(language), part)
    return text.replace("\r\n", "\n").strip() == ours.strip()


def own_text(text: WinnerText, language: Language) -> WinnerText:
    """The campaign's own text of the mail, whose own language is this. Our words in another one are
    our words in this: they were kept when another was the campaign's own."""
    for tag in TAGS:
        if all(is_ours(part, getattr(text, part), in_language(tag)) for part in PARTS):
            return our_text(language)
    return text


def text_in(
    language: Language, given: WinnerText, own: WinnerText, own_language: Language
) -> WinnerText | None:
    """The mail in another language than the campaign's own: what is `given` in it, and our words in
    it where a part is empty and the campaign's `own` text has ours. None if a part is missing: a
    mail is never half in one language and half in another."""
    ours, parts = our_text(language), {}
    for part in PARTS:
        told: str = getattr(own, part)
        written: str = getattr(given, part)
        if written:
            parts[part] = written
        elif is_ours(part, told, own_language):
            parts[part] = getattr(ours, part)
        else:
            return None
    return WinnerText(**parts)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its placeholders filled in. What is filled in is not looked at again."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def winner_mail(
    text: WinnerText, values: Mapping[str, str], draw_id: int, n: int, email: str
) -> Mail:
    """The mail for the n-th win of a draw, of which each is written to once."""
    tidy = {name: clean(value) for name, value in values.items()}
    return Mail(
        f"winner {draw_id} {n}",
        email,
        clean(filled(text.subject, tidy)),
        filled(text.body, tidy).replace("\r\n", "\n"),
    )


def token_in(body: str) -> str | None:
    """The token of the link by which the winner accepts, in the text of a mail; None without."""
    found = _LINK.search(body)
    return found[1] if found else None
