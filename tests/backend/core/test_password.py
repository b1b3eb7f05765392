"""Which new passwords are refused, with which reason, and which are not."""

from __future__ import annotations

import time

import pytest

from trk.core.password import password_mistake

KNOWN = ("Ann Miller", "ann.miller@example.org", "track.example.org", "Gleam")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "winter is coming",
        "blue table seven",
        "to be or not to be",
        "mein hund heisst bello",
        "пароль это не секрет",
        "我的密码是很长的一个",
        "k3v8q1z9x7",
        "Tr0ub4dor&3",
        "ann rides seven horses",
        "custom made red bicycle",
        "🐴🐴🔋🔋 table lamp",
        "table lamp river " * 50,
    ],
)
def test_words_that_do_not_belong_together_and_what_nobody_guesses_are_fine(password: str) -> None:
    assert password_mistake(password, KNOWN) is None


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "at least 10"),
        ("x7!kQ2#v9", "at least 10"),
        ("table lamp river " * 60, "at most 1000"),
        ("Password123!", "common password"),
        ("P@ssw0rd1234", "common password"),
        ("1234567890", "common password"),
        ("qwertyuiop", "common password"),
        ("1qaz2wsx3edc", "common password"),
        ("Summer2026!", "common password"),
        ("ｐａｓｓｗｏｒｄ１２３４", "common password"),
        ("p a s s w o r d", "common password"),
        ("1-2-3-4-5-6-7-8", "common password"),
        ("aaaaaaaaaaaa", "Repetitions"),
        ("abcabcabcabc", "Repetitions"),
        ("          ", "Repetitions"),
        ("!!!!!!!!!!", "Repetitions"),
        ("ああああああああああ", "Repetitions"),
        ("password password", "Repetitions"),
        ("Letmein-letmein", "Repetitions"),
        ("ab" * 500, "Repetitions"),
        ("abcdefghij", "Sequences like"),
        ("a b c d e f g h", "Sequences like"),
        ("0123456789abcdef", "Sequences like"),
        ("zxcvbnm,./", "Rows of keys"),
        ("2026-11-29 ", "Dates"),
        ("ann.miller@example.org", "your name"),
        ("ANN.MILLER@EXAMPLE.ORG", "your name"),
        ("annmiller2026", "your name"),
        ("Miller, Ann 1", "your name"),
        ("example.org1", "your name"),
        ("Gleam-Gleam1", "product’s name"),
        ("trktrktrktrk", "product’s name"),
        ("Custom Action Tracking", "product’s name"),
        ("rellimnna1", "common password"),
        ("long enough", "too easy"),
        ("blue table", "common password"),
    ],
)
def test_what_is_guessed_early_is_refused_with_the_reason(password: str, reason: str) -> None:
    assert reason in (password_mistake(password, KNOWN) or "")


def test_the_own_words_are_refused_to_their_owner_only() -> None:
    assert password_mistake("zephyrine kowalczyk", ("Zephyrine Kowalczyk",)) is not None
    assert password_mistake("zephyrine kowalczyk", ("Ann",)) is None


def test_no_password_takes_seconds_to_be_judged() -> None:
    # Each of its letters may stand for several: without a bound this one takes three seconds.
    began = time.process_time()
    password_mistake("4@8({[<369|1!7$0%+5" * 50, KNOWN)
    assert time.process_time() - began < 2
