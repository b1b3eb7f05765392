"""What the bench of scripts counts, and what it says about options that it can't use."""

from __future__ import annotations

import pytest

from tests.bench import sdk
from tests.bench.sdk_stage import Arrivals


def test_each_word_counts_once_however_often_and_with_how_many_others_it_arrives() -> None:
    arrivals = Arrivals()
    arrivals.take("/api?n=word-0001", b"")
    arrivals.take("/api", b'["word-0001", "word-0002"]')
    assert arrivals.count(["word-0001", "word-0002", "word-0003"]) == 2


def test_requests_count_where_a_script_reports_no_words() -> None:
    arrivals = Arrivals()
    arrivals.take("/api", b"x")
    arrivals.take("/api", b"x")
    assert arrivals.count(["word-0001"]) == 2


def test_what_was_answered_503_has_not_arrived() -> None:
    arrivals = Arrivals()
    arrivals.down = True
    assert not arrivals.take("/api", b"word-0001")
    assert arrivals.count(["word-0001"]) == 0
    assert arrivals.first is not None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--runs", "0"], "--runs is 0; expected 1 or more."),
        (["--script", "a"], "--script is 'a'; expected NAME=VALUE"),
        (["--script", "ours=x.js"], "--script is 'ours=x.js'; expected NAME=VALUE with a NAME not"),
        (["--script", "a=x.js"], "--script 'a' has no --push; expected --push a='JS'."),
        (["--push", "a=f(n)"], "--push is for 'a'; expected the NAME of a --script."),
        (["--script", "a=no.js", "--push", "a=f(n)"], "--script 'no.js' can't be read: "),
    ],
)
def test_an_option_that_can_not_be_used_is_named_with_what_was_expected(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        sdk.main(arguments)
    assert sentence in capsys.readouterr().err
