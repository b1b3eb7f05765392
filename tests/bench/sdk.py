"""`make bench-sdk`: prints a table about trk.js in Chromium, next to any scripts of others.

    python -m tests.bench.sdk --script other=other.js --push other='other("event", n)'

adds a column. How each row is measured is told by the methods of tests.bench.sdk_visits.
"""

from __future__ import annotations

import argparse
import gzip
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import brotli
from playwright.sync_api import sync_playwright

from tests.bench.sdk_stage import BROWSER_FLAGS, TRACKER, Arrivals, Stage, Subject
from tests.bench.sdk_visits import (
    KEPT,
    LEAVING,
    LOOP,
    REFUSED,
    REFUSED_SECONDS,
    NothingSeen,
    Visits,
)
from trk_sdk.testkit.browsers import launch
from trk_sdk.testkit.faults import Faults
from trk_sdk.testkit.process import Backend, direct
from trk_sdk.testkit.truth import make_campaign

OURS = "ours"
_PUSH = "(window.Gleam = window.Gleam || []).push(['Bench', n])"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.sdk",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--runs", type=int, default=15, help="cold runs for each median (default: 15)")
    add("--script", action="append", metavar="NAME=PATH_OR_URL", default=[], help="a column")
    add("--push", action="append", metavar="NAME=JS", default=[], help="reports the text n with it")
    add("--tag", action="append", metavar="NAME=ATTRIBUTES", default=[], help="of its script tag")
    options = parser.parse_args(arguments)
    if options.runs < 1:
        parser.error(f"--runs is {options.runs}; expected 1 or more.")
    arrivals = Arrivals()
    try:
        others = _others(options.script, options.push, options.tag, arrivals)
    except ValueError as mistake:
        parser.error(str(mistake))
    try:
        with _ours(arrivals) as ours:
            _measure([ours, *others], arrivals, options.runs)
    except NothingSeen as problem:
        _say("")
        sys.exit(str(problem))


def _others(
    scripts: Sequence[str], pushes: Sequence[str], tags: Sequence[str], arrivals: Arrivals
) -> list[Subject]:
    sources, calls, attributes = (
        _named("script", scripts),
        _named("push", pushes),
        _named("tag", tags),
    )
    for option, given in (("--push", calls), ("--tag", attributes)):
        for name in given.keys() - sources.keys():
            raise ValueError(f"{option} is for {name!r}; expected the NAME of a --script.")
    for name in sources.keys() - calls.keys():
        raise ValueError(f"--script {name!r} has no --push; expected --push {name}='JS'.")
    return [
        Subject(name, _text(where), calls[name], attributes.get(name, ""), arrivals.count)
        for name, where in sources.items()
    ]


def _named(option: str, given: Sequence[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals and value) or name in (OURS, *named):
            raise ValueError(
                f"--{option} is {text!r}; expected NAME=VALUE with a NAME not yet used."
            )
        named[name] = value
    return named


def _text(where: str) -> str:
    """The script at this path or address."""
    try:
        if re.match("https?://", where):
            with direct(where, timeout=30) as answer:
                content: bytes = answer.read()
            return content.decode()
        return Path(where).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"--script {where!r} can't be read: {error}") from error


@contextmanager
def _ours(arrivals: Arrivals) -> Iterator[Subject]:
    """trk.js as the backend serves it; its beacons pass the arrivals on their way there."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        backend = Backend(Path(folder))
        stack.callback(backend.close)
        backend.start()
        campaign = make_campaign(backend, ["Bench"], url="", pause=time.sleep)
        faults = stack.enter_context(Faults(backend))
        faults.always(arrivals.fault())
        through = faults.url.replace("localhost", TRACKER)
        source = _text(campaign.script_url).replace(backend.url, through)

        def stored(words: Collection[str]) -> int:
            return len({tracking.value for tracking in campaign.trackings()}.intersection(words))

        yield Subject(OURS, source, _PUSH, "", stored)


def _measure(subjects: Sequence[Subject], arrivals: Arrivals, runs: int) -> None:
    with sync_playwright() as playwright, Stage(arrivals) as stage:
        browser, _ = launch(playwright, "chromium", args=[*BROWSER_FLAGS])
        visits = Visits(browser, stage, arrivals)
        timed = {
            "main thread for the script, ms": visits.evaluation,
            "the same with a push queued, ms": visits.evaluation_of_a_push,
            "script to first beacon, ms": visits.first_beacon,
            "script to what an earlier page left, ms": visits.left_outbox,
            f"main thread for {LOOP:,} pushes, ms": visits.loop,
            f"heap after {KEPT:,} pushes, KiB more": visits.heap,
            "the same in tasks of their own, KiB more": visits.heap_of_tasks,
        }
        counted = {
            f"requests for {LOOP:,} pushes in a loop": visits.loop_requests,
            f"arrived of {LEAVING}, page leaves at once": visits.leaving,
            f"arrived of {REFUSED}, 503 for {REFUSED_SECONDS:g} s": visits.refused,
        }
        taken: dict[tuple[str, str], list[float]] = {}
        # Round by round, so that a machine that gets slower does so for all of them.
        for turn in range(runs):
            for what, measure in timed.items():
                for subject in subjects:
                    _say(f"run {turn + 1} of {runs}: {what}, {subject.name}")
                    taken.setdefault((what, subject.name), []).append(measure(subject))
        rows = {
            what: [f"{statistics.median(taken[what, s.name]):,.2f}" for s in subjects]
            for what in timed
        }
        for what, count in counted.items():
            for subject in subjects:
                _say(f"{what}, {subject.name}")
                rows.setdefault(what, []).append(str(count(subject)))
        version = browser.version
        browser.close()
    _say("")
    print(f"Chromium {version}; medians of {runs} cold runs, each in a fresh context.\n")
    _print(subjects, {**_sizes(subjects), **rows})


def _sizes(subjects: Sequence[Subject]) -> dict[str, list[str]]:
    """Bytes, compressed as our server does it."""
    texts = [subject.source.encode() for subject in subjects]
    return {
        "bytes": [f"{len(text):,}" for text in texts],
        "bytes, gzip": [f"{len(gzip.compress(text, 9, mtime=0)):,}" for text in texts],
        "bytes, brotli": [f"{len(brotli.compress(text)):,}" for text in texts],
    }


def _print(subjects: Sequence[Subject], rows: dict[str, list[str]]) -> None:
    widths = [max(10, len(subject.name)) for subject in subjects]
    for what, cells in {"what": [subject.name for subject in subjects], **rows}.items():
        filled = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)]
        print(f"{what:<39}", *filled)


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
