"""Findings about errors: those of trk.js, which it says on the console, and those of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from trk_sdk.console import Sentence
from trk_sdk.verify import installation, markup, pushes
from trk_sdk.verify.finding import PageFinding, note, problem
from trk_sdk.verify.observations import Observations, Place, UncaughtError, places_in
from trk_sdk.verify.pushes import PushedPair
from trk_sdk.verify.wording import cut, printable, quoted

_MOST_SHOWN = 5

# Firefox reports what a policy blocks as an error of the page; the policy's own findings say it.
_POLICY_ERRORS = ("The page’s settings", "Content-Security-Policy")


def of_script(observed: Observations, rows: Sequence[PushedPair]) -> list[PageFinding]:
    """What went wrong in the tracking script, which took `rows`, unless another finding says it."""
    answers = pushes.said(observed)
    lines = [
        line
        for line in observed.lines
        if not installation.is_told(line, observed)
        and not any(sentence in line for sentence in answers)
    ]
    ours = {script.url for script in observed.scripts}
    arrived = bool(rows) and all(row.outcome in pushes.ACKNOWLEDGED for row in rows)
    thrown = [error for error in observed.errors if _is_of_script(error, observed)]
    said = [_complaint(line, ours if arrived else set()) for line in lines]
    return [
        *_few(said, "trk.js says {} more things."),
        *(_failed("The tracking script has an error", each.text, each.places) for each in thrown),
    ]


def of_page(observed: Observations, global_name: str, *, silent: bool) -> Iterator[PageFinding]:
    """The page's own uncaught errors; if it was `silent`, they may be why nothing was pushed."""
    found = [
        _page_error(error, global_name, stops=silent and _may_stop_a_push(error, observed))
        for error in observed.errors
        if not error.text.startswith(_POLICY_ERRORS) and not _is_of_script(error, observed)
    ]
    found.sort(key=lambda finding: finding.level != "problem")
    yield from _few(found, "The page has {} more errors.")


def _few(found: list[PageFinding], more: str) -> Iterator[PageFinding]:
    yield from found[:_MOST_SHOWN]
    if len(found) > _MOST_SHOWN:
        yield note(found[0].code, more.format(len(found) - _MOST_SHOWN))


def _complaint(line: str, harmless: set[str]) -> PageFinding:
    """`harmless`: scripts that may fail by themselves."""
    if Sentence.of(line) not in (None, Sentence.GLOBAL_TAKEN):
        return problem(
            "complaint",
            f"trk.js says: {quoted(line.rstrip('.'), 200)}.",
            "Correct the push it refers to.",
        )
    text, _, stack = line.partition("\n")
    places = places_in(stack)
    if places and all(place.file in harmless for place in places):
        return note(
            "script_failed",
            f"trk.js says{_at(places)}: {_quoted(text)}.",
            "No other script had a part in it, and everything pushed arrived: tell whoever runs "
            "the tracking server.",
        )
    return _failed("trk.js says", text, places)


def _failed(what: str, text: str, places: tuple[Place, ...]) -> PageFinding:
    return problem(
        "script_failed",
        f"{what}{_at(places)}: {_quoted(text)}.",
        "Either a library on the page has replaced something that trk.js needs, or a function that "
        "the page pushed has failed: check there, or remove the libraries one by one.",
    )


def _page_error(error: UncaughtError, global_name: str, *, stops: bool) -> PageFinding:
    seen = f"The page has an error{_at(error.places)}: {_quoted(error.text)}."
    if markup.names(error.text, global_name):
        opened = f"window.{global_name} = window.{global_name} || [];"
        return problem("trigger_error", seen, f"Write `{opened}` before {global_name}.push.")
    if stops:
        correct = "Fix it: a script stops at an error, and nothing was pushed."
        return problem("page_error", seen, correct)
    return note(
        "page_error",
        seen,
        "A script stops at an error: a push after it never happens.",
    )


def _may_stop_a_push(error: UncaughtError, observed: Observations) -> bool:
    """Is it of a script of the page's own? What fails in others' scripts alone stops no push."""
    here = _host(observed.url)
    files = [place.file for place in error.places]
    return not files or any(_host(file) == here or file in observed.pushing for file in files)


def _is_of_script(error: UncaughtError, observed: Observations) -> bool:
    """Did it happen in the tracking script, or in what that called?"""
    ours = {script.url for script in observed.scripts}
    return any(place.file in ours for place in error.places)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _at(places: tuple[Place, ...]) -> str:
    return f" at {printable(cut(places[0].file))}:{places[0].line}" if places else ""


def _quoted(text: str) -> str:
    return quoted(text.rstrip("."), 200)
