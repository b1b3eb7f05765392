"""The short run leaves out what its marks say, and tells how much; `--everything` has it all."""

from __future__ import annotations

import re

import pytest

MARKED = """
import pytest

@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    return request.param

@pytest.mark.once
def test_once(database_url):
    pass

def test_unmarked(database_url):
    pass

@pytest.mark.sampled
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_crossed(scheme, width, database_url):
    pass

@pytest.mark.sampled(3)
@pytest.mark.parametrize("n", range(10))
def test_list(n):
    pass

@pytest.mark.sampled(3)
@pytest.mark.parametrize("n", range(2))
def test_short(n):
    pass

@pytest.mark.by_turns
@pytest.mark.parametrize("n", range(3))
def test_turns(n, database_url):
    pass

@pytest.mark.by_turns
def test_turn(database_url):
    pass

@pytest.mark.thorough
def test_dear():
    pass

@pytest.mark.sampled
@pytest.mark.once
@pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.thorough)])
def test_all_marks(n, database_url):
    pass
"""


@pytest.fixture
def marked(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with a file of tests that have marks."""
    pytester.makepyfile(MARKED)
    return pytester


def ran(marked: pytest.Pytester, *options: str) -> tuple[list[str], str]:
    """The tests that ran, and what was said at the end."""
    result = marked.runpytest("-v", "-p", "tests.selection", "-p", "no:cacheprovider", *options)
    text = result.stdout.str()
    return sorted(set(re.findall(r"::test_(\S+)", text))), text


def test_the_short_run_has_a_part_of_each_test_that_is_marked(marked: pytest.Pytester) -> None:
    names, said = ran(marked)
    crossed = [name for name in names if name.startswith("crossed")]
    assert [name for name in names if name not in crossed] == [
        "all_marks[sqlite-1]",
        "list[0]",
        "list[3]",
        "list[6]",
        "once[sqlite]",
        "short[0]",
        "short[1]",
        "turn[sqlite]",
        "turns[postgresql-0]",
        "turns[postgresql-2]",
        "turns[sqlite-1]",
        "unmarked[postgresql]",
        "unmarked[sqlite]",
    ]
    assert len(crossed) == 3
    text = " ".join(crossed)
    for value in ("light", "dark", "320", "390", "1280", "sqlite", "postgresql"):
        assert value in text, crossed
    assert "25 more (other databases, browsers and inputs) are left to `make test-all`." in said


def test_everything_is_everything(marked: pytest.Pytester) -> None:
    names, said = ran(marked, "--everything")
    assert len(names) == 2 + 2 + 12 + 10 + 2 + 6 + 2 + 1 + 4
    assert "test-all" not in said


def test_processes_choose_alike_and_one_of_them_tells(marked: pytest.Pytester) -> None:
    names, said = ran(marked, "-n2")
    assert names == ran(marked)[0]
    assert said.count("25 more") == 1
