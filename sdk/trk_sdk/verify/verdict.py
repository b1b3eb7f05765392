"""Judges what was observed on a page: findings and an exit status. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trk_sdk.names import fold
from trk_sdk.verify import delivery, errors, installation, pushes
from trk_sdk.verify.finding import PageFinding, note, problem
from trk_sdk.verify.observations import Observations, normal
from trk_sdk.verify.pushes import PushedPair
from trk_sdk.verify.wording import listed, printable, quoted


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings about a page, and what became of its pushes."""

    findings: tuple[PageFinding, ...]
    pushes: tuple[PushedPair, ...]

    @property
    def problems(self) -> int:
        """How many of the findings are problems."""
        return sum(finding.level == "problem" for finding in self.findings)

    @property
    def status(self) -> int:
        """The exit status: 0 if the script is installed and loaded, and everything pushed or
        expected was acknowledged; 1 otherwise."""
        return 1 if self.problems else 0


def judge(
    observed: Observations,
    key: str,
    address: str,
    expected: Sequence[str] = (),
    global_name: str = "Gleam",
) -> Verdict:
    """Judge how the page tracks for campaign `key` of the server at `address` (without a path).

    Each name in `expected` must have been pushed and must match an action of the campaign.
    """
    address = normal(address)
    rows = pushes.of(observed, key)
    silent = not rows and not any(pushes.calls(observed))
    of_script = errors.of_script(observed, rows)
    found = [
        *installation.findings(observed, key, address, global_name),
        *delivery.findings(observed, rows, key, address, global_name, doubtful=bool(of_script)),
    ]
    if silent:
        found.append(_nothing_pushed(observed, global_name))
    found += _not_as_expected(rows, expected)
    found += of_script
    found += errors.of_page(observed, global_name, silent=silent)
    # A page that is loaded again and again has the same to tell each time.
    return Verdict(tuple(dict.fromkeys(found)), rows)


def _nothing_pushed(observed: Observations, global_name: str) -> PageFinding:
    return note(
        "nothing_pushed",
        f"Nothing was pushed within {observed.seconds:.0f} s.",
        f"If opening the page should unlock an action, call {global_name}.push on it. Pushes after "
        "a click or an order can't be seen here.",
    )


def _not_as_expected(
    rows: tuple[PushedPair, ...], expected: Sequence[str]
) -> Iterator[PageFinding]:
    for name in pushes.missing(rows, expected):
        same = [row.outcome for row in rows if fold(row.name) == fold(name)]
        others = [quoted(row.name) for row in rows]
        if same:
            what = f"was pushed, and is {listed([str(outcome) for outcome in same])}"
            advice = (
                "Add an action with this tracking name to the campaign, or correct the name."
                if same == ["unmatched"]
                else "See above for what happened to it."
            )
        else:
            what = f"was not pushed; what was pushed: {listed(others) if others else 'nothing'}"
            advice = "Correct the name on the page, or in --expect."
        yield problem("expected", f"{quoted(name)} was expected: it {what}.", advice)


def shown(finding: PageFinding) -> str:
    """The finding as lines for a terminal, in which nothing can steer it."""
    label = {"good": "ok", "note": "note", "problem": "problem"}[finding.level]
    lines = [f"{label:<9}{printable(finding.seen)}"]
    if finding.advice:
        lines.append(f"{'':<9}{printable(finding.advice)}")
    return "\n".join(lines)
