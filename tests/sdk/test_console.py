"""The sentences of the scripts for the console: one source for who writes them and who reads them.

That trk.js really writes them, and `trk verify` reads them, is in e2e/test_verify.py; here, that
neither has a sentence which the other does not have.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import trk_sdk
from tests.sdk.judged.case import VIP, observed
from trk_sdk import builder
from trk_sdk.console import PREFIX, STEPS, Sentence
from trk_sdk.verify.observations import Global
from trk_sdk.verify.verdict import judge

SDK = Path(trk_sdk.__file__).parent
SOURCES = [*builder.SOURCES, *sorted((SDK / "src").glob("*.js"))]
KEY, ADDRESS = "y2sB7", "https://track.example.org"
KINDS: tuple[builder.Kind, ...] = ("trk", "ol", "embed")

FOUND_AS = {
    Sentence.NOT_AN_ITEM: "complaint",
    Sentence.NOT_A_SIGNATURE: "complaint",
    Sentence.GLOBAL_TAKEN: "global_taken",
    Sentence.UNKNOWN_CAMPAIGN: "unknown_key",
    Sentence.DRAFT: "draft",
    Sentence.NOT_SHOWN: "not_shown",
}
"""What `trk verify` finds where a script says this."""


@pytest.fixture(scope="module")
def written() -> str:
    """All that scripts write. To build them takes a second, which to collect tests must not."""
    return (
        builder.unknown_campaign(KEY)
        + builder.draft_campaign(KEY)
        + "".join(
            builder.script(KEY, ADDRESS, minify=minify, kind=kind)
            for kind in KINDS
            for minify in (True, False)
        )
    )


def line(sentence: Sentence) -> str:
    """A line of the script, as it begins on a page."""
    return sentence.replace("KEY", KEY).replace("GLOBAL", "Gleam")


@pytest.mark.parametrize("sentence", Sentence)
def test_a_script_writes_each_sentence_and_it_is_recognised(
    sentence: Sentence, written: str
) -> None:
    assert line(sentence) in written
    assert Sentence.of(f"{line(sentence)}and more") is sentence


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_source_of_a_script_has_a_sentence_of_its_own(source: Path) -> None:
    text = source.read_text("utf-8")
    assert not re.findall(r"""\bsay(?:\.bind)?\((?:\w+, )?['"].*""", text)
    calls = set(re.findall(r"\bconsole\.\w+\(.*?\)", text))
    assert calls <= {"console.warn(PREFIX, text)"}


def test_no_name_is_left_in_a_script(written: str) -> None:
    assert not re.findall(r"\b(?:SENTENCE|PREFIX)\b", written)
    assert f"console.warn('{PREFIX}'" in written


def test_a_sentence_that_is_not_in_the_list_can_not_be_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "trk.js"
    source.write_text("say(SENTENCE.NONE);")
    monkeypatch.setattr(builder, "SOURCES", (source,))
    with pytest.raises(builder.BuildError, match=r"SENTENCE\.NONE; expected"):
        builder.build.__wrapped__()


def test_verify_knows_what_to_find_for_each_sentence_but_the_steps() -> None:
    assert FOUND_AS.keys() == set(Sentence) - set(STEPS)


@pytest.mark.parametrize("sentence", FOUND_AS)
def test_verify_makes_a_finding_of_each_of_them(sentence: Sentence) -> None:
    lines = (f"{line(sentence)}…",)
    page = observed(sends=(VIP,), lines=lines, variable=Global("other"))
    verdict = judge(page, KEY, ADDRESS)
    problems = [each.code for each in verdict.findings if each.level == "problem"]
    assert problems == [FOUND_AS[sentence]]


@pytest.mark.parametrize("words", ["The value is too long.", "TypeError: x is undefined", ""])
def test_what_others_word_is_none_of_our_sentences(words: str) -> None:
    assert Sentence.of(words) is None
