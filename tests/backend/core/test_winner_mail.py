"""The mail to a winner: what an owner may write, and what is filled in."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from trk.core.language import ENGLISH, TAGS, language
from trk.core.mistakes import advice
from trk.core.winner_mail import (
    PLACEHOLDERS,
    Part,
    WinnerText,
    filled,
    our_text,
    own_text,
    text_in,
    token_in,
    winner_mail,
)

OURS = our_text(ENGLISH)
VALUES = {
    "name": "Ann",
    "prize": "A bike",
    "campaign": "Win",
    "deadline": "1 May 2027, 18:00 (UTC)",
    "link": "https://t.example/y2sB7/won/x",
}


def test_our_own_words_can_be_sent_and_leave_nothing_out() -> None:
    text = OURS
    text.check()
    mail = winner_mail(text, VALUES, 7, 2, "ann@example.org")
    assert (mail.topic, mail.recipient) == ("winner 7 2", "ann@example.org")
    assert mail.subject == "You have won: A bike"
    for value in VALUES.values():
        assert value in mail.body
    assert "{" not in mail.subject + mail.body


@pytest.mark.parametrize("tag", TAGS)
def test_our_words_are_complete_in_every_language(tag: str) -> None:
    text = our_text(language(tag))
    text.check()
    mail = winner_mail(text, VALUES, 7, 2, "ann@example.org")
    assert VALUES["prize"] in mail.subject
    for value in VALUES.values():
        assert mail.body.count(value) == 1
    assert "{" not in mail.subject + mail.body


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"subject": "You won {price}"}, "subject"),
        ({"subject": "{link}"}, "subject"),
        ({"body": ""}, "body"),
        ({"body": "x" * 5_001}, "body"),
        ({"body": "Hello {name}, write to us."}, "body"),
        ({"body": "{link} {Name}"}, "body"),
        ({"body": "{link} { name }"}, "body"),
        ({"body": "{link} {0}"}, "body"),
        ({"body": "{link} {}"}, "body"),
        ({"body": "{link}\0"}, "body"),
    ],
)
def test_what_can_not_be_sent_is_told_at_its_field(fields: dict[str, str], wrong: str) -> None:
    assert list(advice(replace(OURS, **fields).mistakes())) == [wrong]


@pytest.mark.parametrize("body", ["{link}", "a { b } c\n{link}", "{link} {\nname\n}", "}{ {link}"])
def test_braces_that_are_no_placeholder_on_a_line_are_text_unless_they_close(body: str) -> None:
    mistakes = advice(replace(OURS, body=body).mistakes())
    assert bool(mistakes) is ("{ b }" in body)


def test_what_is_filled_in_is_not_filled_in_again_nor_makes_a_new_line_of_the_subject() -> None:
    hostile = {**VALUES, "name": "{link}\nBcc: all@example.org", "prize": "{name}"}
    assert filled("{prize} {name}", hostile) == "{name} {link}\nBcc: all@example.org"
    text = WinnerText(subject="{name} {prize}", body="{name} {link}")
    mail = winner_mail(text, hostile, 1, 0, "ann@example.org")
    assert "\n" not in mail.subject
    assert mail.subject == "{link} Bcc: all@example.org {name}"
    assert mail.body.count(VALUES["link"]) == 1


def test_every_placeholder_is_explained() -> None:
    assert set(PLACEHOLDERS) == set(VALUES)


@pytest.mark.parametrize(
    ("body", "token"),
    [
        (f"http://t/y2sB7/won/{'aB-_' * 8}\n", "aB-_" * 8),
        (f"({'x' * 3}/won/{'a' * 32})", "a" * 32),
        (f"/won/{'a' * 33}", None),
        (f"/won/{'a' * 31}", None),
        ("no link", None),
    ],
)
def test_the_token_of_a_mail_is_that_of_its_link(body: str, token: str | None) -> None:
    assert token_in(body) == token


@pytest.mark.parametrize("field", ["subject", "body"])
def test_only_what_can_be_filled_in_there_is_offered(field: str) -> None:
    [mistake] = replace(OURS, **{field: "{x} {link}" if field == "body" else "{x}"}).mistakes()
    offered = mistake.advice.partition("Use only ")[2]
    names = [name for name in PLACEHOLDERS if field == "body" or name != "link"]
    assert offered == ", ".join(f"{{{name}}}" for name in names) + "."


GERMAN = language("de")
MINE = WinnerText("Hooray", "Mine: {link}")


@pytest.mark.parametrize(
    ("own", "given", "expected"),
    [
        # Our words are there in every language; what an owner writes is only where it is written.
        (OURS, {}, our_text(GERMAN)),
        (replace(OURS, body=OURS.body.replace("\n", "\r\n").strip()), {}, our_text(GERMAN)),
        (MINE, {}, None),
        (MINE, {"subject": "Hurra"}, None),
        (MINE, {"body": "Meins: {link}"}, None),
        (MINE, {"subject": "Hurra", "body": "Meins: {link}"}, WinnerText("Hurra", "Meins: {link}")),
        (replace(OURS, subject="Hooray"), {}, None),
        (
            replace(OURS, subject="Hooray"),
            {"subject": "Hurra"},
            replace(our_text(GERMAN), subject="Hurra"),
        ),
        (OURS, {"subject": "Hurra"}, replace(our_text(GERMAN), subject="Hurra")),
    ],
)
def test_a_mail_is_in_another_language_as_a_whole_or_not_at_all(
    own: WinnerText, given: dict[Part, str], expected: WinnerText | None
) -> None:
    there = WinnerText(given.get("subject", ""), given.get("body", ""))
    assert text_in(GERMAN, there, own, ENGLISH) == expected


@pytest.mark.parametrize("tag", TAGS)
def test_our_words_are_in_the_campaigns_own_language_whichever_it_was_when_they_were_kept(
    tag: str,
) -> None:
    kept = our_text(language(tag))
    sent_back = replace(kept, body=kept.body.replace("\n", "\r\n").strip())
    assert own_text(kept, GERMAN) == own_text(sent_back, GERMAN) == our_text(GERMAN)
    # With words of the owner's it is the owner's text, all of it.
    for mine in (MINE, replace(kept, subject="Hooray"), replace(kept, body="Mine: {link}")):
        assert own_text(mine, GERMAN) == mine
