"""`make test` runs what it can, and says at the end what failed and what did not run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests import parts
from tests.parts import Part, Ready, main, run

GOOD = (sys.executable, "-c", "")
BAD = (sys.executable, "-c", "raise SystemExit(1)")


def test_a_part_that_fails_or_cannot_run_stops_no_other() -> None:
    wrong = run(
        [
            Part("first", BAD),
            Part("second", GOOD, lambda: Ready(None, ("npm's packages",))),
            Part("third", GOOD, lambda: Ready((), ("firefox",))),
            Part("fourth", GOOD),
            Part("fifth", (sys.executable, "-c", "import sys; sys.exit(sys.argv[1:] != ['-x'])")),
            Part(
                "sixth",
                (sys.executable, "-c", "import sys; sys.exit(sys.argv[1:] != ['-x'])"),
                lambda: Ready(("-x",)),
            ),
        ]
    )
    assert wrong == [
        "first: failed",
        "second: did not run, for want of npm's packages",
        "third: ran without firefox",
        "fifth: failed",
    ]


def test_what_runs_beside_the_next_is_told_after_it(capfd: pytest.CaptureFixture[str]) -> None:
    first = (sys.executable, "-c", "print('of the first'); raise SystemExit(1)")
    second = (sys.executable, "-c", "print('of the second')")
    last = (sys.executable, "-c", "print('of the last')")
    wrong = run(
        [
            Part("first", first, beside=True),
            Part("missing", BAD, lambda: Ready(None, ("npm's packages",)), beside=True),
            Part("second", second),
            Part("last", last, lambda: Ready((), ("firefox",)), beside=True),
        ]
    )
    assert wrong == [
        "missing: did not run, for want of npm's packages",
        "first: failed",
        "last: ran without firefox",
    ]
    assert capfd.readouterr().out.splitlines() == [
        "== second",
        "of the second",
        "== first",
        "of the first",
        "== last",
        "of the last",
    ]


def test_the_end_names_the_tests_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))  # where the plugin is
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_some.py").write_text(
        "import pytest\n"
        "@pytest.fixture\n"
        "def broken():\n    raise OSError('no room')\n"
        "def test_good(): pass\n"
        "def test_bad():\n    assert 1 + 1 == 3, 'one of the sums'\n"
        "def test_worse(broken): pass\n"
    )
    [part] = parts.groups(["-q", "-p", "tests.failures", "-n", "1"], tmp_path / "told")["unit"]
    (tmp_path / "told").mkdir()
    first, *names = run([part._replace(prepare=Ready)])
    assert first == "tests without a browser: failed"
    where = tmp_path / "tests" / "test_some.py"
    assert [each.strip() for each in names] == [
        "tests/test_some.py::test_bad",
        f"{where}:7: AssertionError: one of the sums",
        "assert (1 + 1) == 3",
        "tests/test_some.py::test_worse",
        f"{where}:4: OSError: no room",
    ]


@pytest.mark.parametrize(
    ("first", "status", "last"),
    [(GOOD, 0, "All passed"), (BAD, 1, "first: failed")],
)
def test_the_status_is_0_only_if_everything_passed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    first: tuple[str, ...],
    status: int,
    last: str,
) -> None:
    named = {"lint": [Part("first", first)], "unit": [Part("second", GOOD)]}
    monkeypatch.setattr(parts, "groups", lambda options, folder: named)
    assert main(["lint", "unit", "-n", "2"]) == status
    said = capsys.readouterr().out
    assert "== second" in said
    assert last in said.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("starts", "arguments", "missing"),
    [
        (("chromium", "firefox"), (), ()),
        (("chromium",), ["--trk-browser=chromium"], ("firefox",)),
        ((), None, ("chromium", "firefox")),
    ],
)
def test_tests_in_browsers_run_in_those_that_start(
    monkeypatch: pytest.MonkeyPatch,
    starts: tuple[str, ...],
    arguments: object,
    missing: tuple[str, ...],
) -> None:
    def worked(command: tuple[str, ...]) -> bool:
        _, _, name, *which = command
        return name != "tests.browsers" or set(which or ("chromium", "firefox")) <= set(starts)

    monkeypatch.setattr(parts, "worked", worked)
    [part] = parts.groups((), Path())["e2e"]
    assert part.prepare() == Ready(arguments, missing)  # type: ignore[arg-type]


def test_npm_s_failure_keeps_only_the_javascript_s_part_from_running(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts, "worked", lambda command: "tests.sdk.node" not in command)
    found = {
        part.name: part.prepare() for group in parts.groups((), Path()).values() for part in group
    }
    assert [name for name, ready in found.items() if ready.arguments is None] == [
        "JavaScript (tsc and eslint)"
    ]
    assert [name for name, ready in found.items() if ready.missing] == [
        "JavaScript (tsc and eslint)",
        "tests without a browser",
        "tests in browsers",
    ]
