"""The fields of a form: what owners may set, and what entrants may answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from trk.core.country import countries
from trk.core.field import (
    FieldAnswer,
    FieldDraft,
    FieldKind,
    FormField,
    LabelPart,
    mistakes_in,
    parts,
    plain,
    tidy,
)
from trk.core.language import TAGS, language

TODAY = date(2026, 11, 30)


def field(kind: FieldKind = "text", **settings: Any) -> FormField:
    """A required field."""
    made: dict[str, Any] = {"label": "Asked", "required": True, **settings}
    return FormField(id=1, campaign_id=1, kind=kind, **made)


def told(asked: FormField, typed: str) -> str | None:
    """What an entrant is told who has typed this."""
    return dict(mistakes_in([asked], {asked.name: tidy(asked, typed)}, TODAY)).get(asked.name)


def wrong(**settings: Any) -> dict[str, str]:
    """What is wrong with a draft, by its fields."""
    return {each.field: each.advice for each in FieldDraft(**settings).mistakes()}


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("Your size", [LabelPart("Your size")]),
        ("[Terms](https://a.example/t)", [LabelPart("Terms", "https://a.example/t")]),
        (
            "I accept the [terms](https://a.example/t?a=1#b) and am 18.",
            [
                LabelPart("I accept the "),
                LabelPart("terms", "https://a.example/t?a=1#b"),
                LabelPart(" and am 18."),
            ],
        ),
        (
            "[a](http://a.example)[b](http://b.example)",
            [LabelPart("a", "http://a.example"), LabelPart("b", "http://b.example")],
        ),
        ("Size [cm] (about)", [LabelPart("Size [cm] (about)")]),
    ],
)
def test_a_label_has_links(label: str, found: list[LabelPart]) -> None:
    assert list(parts(label)) == found
    assert plain(label) == "".join(part.text for part in found)
    assert wrong(label=label) == {}


@pytest.mark.parametrize(
    "label",
    [
        "[terms](javascript:alert(1))",
        "[terms](shop.example/terms)",
        "[terms](/terms)",
        "[terms](https://)",
        "[terms](https://a.example/a b)",
        "[terms](https://a.example",
        "[](https://a.example)",
        "[ ](https://a.example)",
        "[\u200d](https://a.example)",
        "I accept the [\ufe0f](https://a.example)",
        "[terms](data:text/html,x)",
    ],
)
def test_a_link_that_leads_nowhere_is_refused(label: str) -> None:
    assert list(wrong(label=label)) == ["label"]


def test_a_label_and_options_are_cleaned_as_names_are() -> None:
    options = ("\u3000S ", "", "\u200b", "ex\0tra\tlarge")
    draft = FieldDraft("T-shirt\u00a0\u202esize", "choice", options=options)
    assert (draft.label, draft.options) == ("T-shirt size", ("S", "extra large"))


@pytest.mark.parametrize(
    ("settings", "at"),
    [
        ({"label": ""}, "label"),
        ({"label": "\u200d"}, "label"),
        ({"label": "x" * 501}, "label"),
        ({"kind": "choice"}, "options"),
        ({"kind": "choice", "options": ("S",)}, "options"),
        ({"kind": "choice", "options": ("S", "S ")}, "options"),
        ({"kind": "choice", "options": ("S", "x" * 201)}, "options"),
        ({"kind": "choice", "options": tuple(map(str, range(101)))}, "options"),
        ({"kind": "text", "options": ("S", "M")}, "options"),
        ({"kind": "date", "minimum_age": 121}, "minimum_age"),
        ({"kind": "date", "minimum_age": -1}, "minimum_age"),
        ({"kind": "text", "minimum_age": 18}, "minimum_age"),
    ],
)
def test_what_can_not_be_asked_is_told_at_its_field(settings: Any, at: str) -> None:
    assert list(wrong(**{"label": "Asked", **settings})) == [at]


def test_what_can_be_asked() -> None:
    assert wrong(label="Size", kind="choice", options=("S", "M")) == {}
    assert wrong(label="Size", kind="choice", options=tuple(map(str, range(100)))) == {}
    assert wrong(label="Born", kind="date", minimum_age=18) == {}
    assert wrong(label="x" * 500, kind="checkbox", required=True) == {}


@pytest.mark.parametrize("kind", ["text", "choice", "date", "country", "checkbox"])
def test_a_missing_answer_is_told_only_where_it_is_required(kind: FieldKind) -> None:
    for typed in ("", "  ", "\u200d", "\0") if kind != "checkbox" else ("", "no", "off"):
        assert told(field(kind, options=("S", "M")), typed), typed
        assert told(field(kind, options=("S", "M"), required=False), typed) is None, typed


def test_a_text_is_one_line_of_200_characters() -> None:
    asked = field()
    assert tidy(asked, " Jean\u00a0\nPaul\u202e ") == "Jean Paul"
    assert told(asked, "x" * 200) is None
    assert told(asked, "😀" * 200) is None
    assert told(asked, "x" * 201) == "The answer has 201 characters; use at most 200."


def test_an_answer_is_one_of_the_options() -> None:
    asked = field("choice", options=("S", "ex large"))
    for typed in ("S", "ex large", " ex \u00a0large"):
        assert told(asked, typed) is None, typed
    for typed in ("s", "XL", "S\nex large", "<b>"):
        assert told(asked, typed), typed


@pytest.mark.parametrize(
    "typed",
    [
        *("2001-02-29", "2001-13-01", "2001-00-10", "2001-04-31", "31.12.2001", "12/31/2001"),
        *("2001-1-1", "20010101", "2001-W01-1", "2001-12-31T00:00", "yesterday", "٢٠٠١-١٢-٣١"),
        *("0001-01-01", "1899-12-31", "2101-01-01", "9999-12-31", "-001-01-01"),
    ],
)
def test_a_date_that_is_none_is_refused(typed: str) -> None:
    assert told(field("date"), typed)
    assert told(field("date", required=False), typed)


def test_a_date_is_one_of_the_calendar() -> None:
    for typed in ("2000-02-29", "1900-01-01", "2100-12-31", " 2026-11-30 "):
        assert told(field("date"), typed) is None, typed


def test_somebody_is_old_enough_from_their_birthday_on() -> None:
    asked = field("date", minimum_age=18)
    for typed in ("2008-11-30", "2008-02-29", "1950-01-01"):
        assert told(asked, typed) is None, typed
    for typed in ("2008-12-01", "2026-11-30", "2030-01-01"):
        assert told(asked, typed) == "You have to be at least 18 years old to enter.", typed
    leap = {asked.name: "2008-02-29"}
    assert dict(mistakes_in([asked], leap, date(2026, 2, 28))) != {}
    assert dict(mistakes_in([asked], leap, date(2026, 3, 1))) == {}


def test_a_country_is_one_of_iso_s() -> None:
    assert len(countries()) == 250  # 249, and Kosovo
    for typed in ("DE", "XK", "TW"):
        assert told(field("country"), typed) is None, typed
    for typed in ("de", "EU", "ZZ", "UK", "DEU", "Germany", "XX"):
        assert told(field("country"), typed) == "Choose a country.", typed


@pytest.mark.parametrize("tag", TAGS)
def test_every_country_has_a_name_in_every_language(tag: str) -> None:
    listed = language(tag).countries
    assert {code for code, _ in listed} == countries()
    assert len({name for _, name in listed}) == 250
    assert all(name.strip() for _, name in listed)


def test_countries_are_in_the_order_of_their_letters() -> None:
    german = [code for code, _ in language("de").countries]
    assert german.index("AT") < german.index("PL")  # Österreich, not behind Zypern
    assert german.index("EG") < german.index("AL")  # Ägypten
    polish = [code for code, _ in language("pl").countries]
    assert polish.index("LU") < polish.index("LV") < polish.index("MO")  # Łotwa


def test_owners_read_an_answer_in_words() -> None:
    for kind, value, words in (
        ("country", "DE", "Germany"),
        ("country", "gone", "gone"),
        ("checkbox", "yes", "Yes"),
        ("checkbox", "no", "No"),
        ("date", "2001-12-31", "2001-12-31"),
        ("text", "yes", "yes"),
    ):
        assert FieldAnswer(1, kind, "Asked", value).words == words  # type: ignore[arg-type]


def test_many_options_are_refused_at_once() -> None:
    options = tuple(f"Option {number}" for number in range(200_000))
    draft = FieldDraft(label="Size", kind="choice", options=options)
    [mistake] = [each for each in draft.mistakes() if each.field == "options"]
    assert "200000 options" in mistake.message
