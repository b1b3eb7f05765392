"""From what was seen of a page to findings and an exit status; `judged` has the tables of cases."""

from __future__ import annotations

import json

import pytest

from tests.sdk.judged import pages, pushes, scripts
from tests.sdk.judged.case import (
    BEACON,
    HOST,
    KEY,
    Case,
    blocked,
    observed,
    send,
    taken,
    uncaught,
)
from trk_sdk.verify.finding import PageFinding
from trk_sdk.verify.observations import Global, Mention
from trk_sdk.verify.verdict import Verdict, judge, shown

CASES = [*scripts.CASES, *pushes.CASES, *pages.CASES]


def codes(verdict: Verdict, level: str) -> list[str]:
    return [finding.code for finding in verdict.findings if finding.level == level]


def said(verdict: Verdict) -> str:
    return "\n".join(f"{finding.seen} {finding.advice}" for finding in verdict.findings)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_finding_says_what_was_seen_and_problems_decide_the_status(case: Case) -> None:
    verdict = judge(case.observed, KEY, **{"address": HOST, **case.given})
    assert codes(verdict, "problem") == list(case.problems)
    assert codes(verdict, "note") == list(case.notes)
    for words in case.says:
        assert words in said(verdict)
    assert verdict.status == (1 if case.problems else 0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_problem_but_a_consequence_says_what_to_do(case: Case) -> None:
    verdict = judge(case.observed, KEY, **{"address": HOST, **case.given})
    silent = [f.code for f in verdict.findings if f.level == "problem" and not f.advice]
    assert set(silent) <= {"unanswered"}
    assert all(finding.seen.endswith(".") for finding in verdict.findings)


def test_the_global_s_own_name_is_in_the_advice() -> None:
    page = observed(errors=(uncaught("Prize is not defined"),))
    verdict = judge(page, KEY, HOST, global_name="Prize")
    assert "window.Prize = window.Prize || []" in said(verdict)


def test_consent_is_not_blamed_where_the_tracking_script_says_something() -> None:
    for line in ("TypeError: x is not a function", "expected [name, value], not null"):
        page = observed(pushed=('["VIP"]',), lines=(line,))
        assert "consent" not in said(judge(page, KEY, HOST))


def test_nothing_of_a_page_reaches_the_terminal_raw() -> None:
    nasty = "\x1b]0;owned\x07\x9b31m\u202e\u2028\ud800\r\n\t"
    page = observed(
        url=f"https://shop.example/{nasty}",
        mentions=(Mention("tag", f"http://h/{nasty}/trk.js", nasty),),
        sends=(
            send(
                [nasty, nasty], answer=taken("refused", refused=[{"message": nasty, "code": "x"}])
            ),
            send([nasty], status=500, answer=nasty, number=1),
            send([nasty], status=0, number=2, url=f"{HOST}/{KEY}/beacon"),
        ),
        failures=((BEACON, nasty),),
        violations=blocked(nasty, BEACON, f"connect-src {nasty}"),
        lines=(nasty, f"there is no campaign with the key {nasty}", "window.Gleam is taken"),
        errors=(uncaught(nasty, nasty), uncaught(f"Gleam {nasty}")),
        hidden=(nasty,),
        variable=Global("array", (json.dumps([nasty]),), (json.dumps([nasty]),)),
    )
    verdict = judge(page, KEY, HOST, [nasty])
    assert len(verdict.findings) > 8
    for finding in verdict.findings:
        lines = shown(finding).split("\n")
        assert len(lines) <= 2
        assert all(line.isprintable() for line in lines)


def test_a_finding_is_shown_with_its_level_in_front_and_its_advice_below() -> None:
    assert shown(PageFinding("problem", "x", "It rains.", "Take an umbrella.")) == (
        "problem  It rains.\n         Take an umbrella."
    )
    assert shown(PageFinding("good", "x", "Sun.")) == "ok       Sun."
