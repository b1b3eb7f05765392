"""Answers and patterns: matched in full, in linear time, and hostile ones refused in a sentence."""

from __future__ import annotations

import time

import pytest

from trk.core.answer import MAX_ANSWER, PatternError, check_pattern, mistake_in, tidy


@pytest.mark.parametrize(
    ("pattern", "answer", "accepted"),
    [
        ("", "anything at all", True),
        ("", "", False),
        (r"\d{5}", "", False),
        (r"\d{5}", "12345", True),
        (r"\d{5}", "123456", False),
        (r"\d{5}", "x12345", False),
        (r"ORD-\d+|order \d+", "order 7", True),
        (r"ORD-\d+|order \d+", "order 7 or so", False),
        (r"paris", "Paris", False),
        (r"(?i)paris", "PARIS", True),
        (r"\pL+", "Zürich", True),
        (r"東京", "東京", True),
        (r"^\d+$", "12", True),
        ("", "x" * MAX_ANSWER, True),
        ("", "x" * (MAX_ANSWER + 1), False),
    ],
)
def test_a_pattern_matches_the_answer_in_full(pattern: str, answer: str, accepted: bool) -> None:
    assert (mistake_in(answer, pattern) is None) is accepted


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  12345 ", "12345"),
        ("a\r\n b\tc", "a b c"),
        ("a\0b", "a\ufffdb"),
        ("\ud800x", "?x"),
        ("\u202eabc", "\u202eabc"),
    ],
)
def test_an_answer_is_one_line_of_storable_text(typed: str, stored: str) -> None:
    assert tidy(typed) == stored


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("[", "missing ]"),
        ("(", "missing )"),
        ("*", "no argument for repetition"),
        (r"(?=x)y", "invalid perl operator"),
        (r"(a)\1", "invalid escape sequence"),
        ("a{1001}", "invalid repetition size"),
        ("(?:a{0,1000}){0,1000}", "invalid repetition size"),
        (r"((\pL{100}\pN{100}){4}x){2}", "pattern too large"),
        ("\ud800", "surrogates not allowed"),
        ("x" * 501, "501 characters"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_in_a_sentence(pattern: str, why: str) -> None:
    with pytest.raises(PatternError, match=r"expected .*\.$") as caught:
        check_pattern(pattern)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*a){20}b", "([a-z]+)*1", "(x+x+)+y", "(a?){50}b"],
)
def test_a_pattern_that_hangs_backtracking_engines_is_decided_at_once(pattern: str) -> None:
    check_pattern(pattern)
    started = time.process_time()
    for _ in range(10):
        assert mistake_in("a" * MAX_ANSWER, pattern) is not None
    # Ten answers in well under a second; a backtracking engine needs longer than the sun has.
    assert time.process_time() - started < 1
