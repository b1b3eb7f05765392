"""The documents lead where they say, stay short, and name what the code has."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from trk.core.rejection import RejectionReason
from trk.core.webhook import EVENTS
from trk_sdk import builder, npm

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SOURCES = ("backend", "sdk", "demo_site", "tests", "e2e", "docs", ".github")
NOT_OURS = {"node_modules", "__pycache__", "build"}
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(
        path
        for folder in SOURCES
        for path in (ROOT / folder).rglob("*.md")
        if not NOT_OURS & set(path.parts)
    ),
]
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:")
MOST_CHARACTERS = 6_000
SCREEN = 45
WIDEST = 120


@cache
def tokens_of(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8"))


def anchor_of(heading: str) -> str:
    """A heading's anchor, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors_of(page: Path) -> set[str]:
    tokens = tokens_of(page)
    anchors: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            text = "".join(child.content for child in inline.children or [])
            assert anchor_of(text) not in anchors, f"{page.name} has {text!r} twice"
            anchors.add(anchor_of(text))
    return anchors


def links_of(page: Path) -> list[str]:
    children = [child for token in tokens_of(page) for child in token.children or []]
    targets = [child.attrGet("href") or child.attrGet("src") for child in children]
    return [str(target) for target in targets if target]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    astray = []
    for link in links_of(page):
        if ELSEWHERE.match(link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            astray.append(link)
    assert astray == []


def test_every_page_of_the_documents_is_reached_from_architecture() -> None:
    found, left = set[Path](), [ROOT / "ARCHITECTURE.md"]
    while left:
        page = left.pop()
        if page in found or page.suffix != ".md":
            continue
        found.add(page)
        left += [
            (page.parent / link.partition("#")[0]).resolve()
            for link in links_of(page)
            if not ELSEWHERE.match(link) and not link.startswith("#")
        ]
    assert set(DOCS.rglob("*.md")) <= found


def test_architecture_is_read_in_a_few_minutes() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text("utf-8")) < MOST_CHARACTERS


def test_the_readme_has_three_screens() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 3 * SCREEN


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_lines_are_not_wider_than_a_window(page: Path) -> None:
    """Tables and links can't be wrapped."""
    wide = [
        line
        for line in page.read_text("utf-8").splitlines()
        if len(line) > WIDEST and not line.startswith("|") and "](" not in line
    ]
    assert wide == []


def rows_of(page: str) -> list[tuple[str, str]]:
    """The first two cells of each row whose first cell is code."""
    return re.findall(r"^\| `([\w.]+)` \| (.+?) \|", (DOCS / page).read_text("utf-8"), re.M)


def test_the_protocol_has_every_refusal_with_its_status() -> None:
    told = [(code, int(status)) for code, status in rows_of("protocol.md") if status.isdigit()]
    assert len(told) == len(dict(told)), "each code once"
    assert dict(told) == {reason.code: reason.status for reason in RejectionReason}


def test_every_event_is_described() -> None:
    described = [name for name, _ in rows_of("webhooks.md") if "." in name]
    assert set(described) == {*EVENTS, "webhook.test"}


def releases_of(changelog: Path) -> list[tuple[str, str]]:
    """The releases of a changelog, newest first, with their dates."""
    text = changelog.read_text("utf-8")
    assert re.findall(r"^## .*$", text, re.M)[0] == "## [Unreleased]"
    return re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", text, re.M)


def test_the_version_is_the_same_everywhere() -> None:
    releases = releases_of(ROOT / "CHANGELOG.md")
    assert releases == releases_of(ROOT / "sdk" / "trk_sdk" / "src" / "npm" / "CHANGELOG.md")
    assert releases == sorted(releases, key=lambda each: each[1], reverse=True)
    assert {
        "the newest release": releases[0][0],
        "the script": builder.VERSION,
        "the Python package": version("custom-action-tracking"),
        "the npm package": json.loads(npm.files()["package.json"])["version"],
    } == dict.fromkeys(
        ("the newest release", "the script", "the Python package", "the npm package"),
        builder.VERSION,
    )


def test_examples_of_pinned_scripts_have_the_version() -> None:
    wrong = [
        f"{page.relative_to(ROOT)}: {found}"
        for page in PAGES
        for found in re.findall(r"(?:trk-|release: ')(\d+\.\d+\.\d+)-", page.read_text("utf-8"))
        if found != builder.VERSION
    ]
    assert wrong == []


def files_that_end_in(*endings: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("this is no checkout of git: which files are the project's is not known")
    found = (ROOT / name for name in listed.stdout.splitlines() if name.endswith(endings))
    return [path for path in found if path.is_file()]


def test_every_yaml_file_can_be_read() -> None:
    files = files_that_end_in(".yaml", ".yml")
    assert ROOT / ".github" / "workflows" / "test.yml" in files
    for file in files:
        assert yaml.safe_load(file.read_text("utf-8")), file


def test_the_workflow_runs_commands_that_are_there() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))
    commands = [
        step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step
    ]
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    made = {command.removeprefix("make ") for command in commands if command.startswith("make ")}
    assert made - {".venv/.ready"} <= set(targets)
    assert ".ci/run" in commands


def test_the_first_line_of_each_file_says_what_it_is_about() -> None:
    """ARCHITECTURE.md has a paragraph a folder; what a file is about stands in the file."""
    silent = [
        str(file.relative_to(ROOT))
        for folder in ("backend/trk", "sdk/trk_sdk", "demo_site/trk_shop", "e2e", "tests")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if file.stat().st_size and not NOT_OURS & set(file.parts)
        if not file.read_text("utf-8").startswith('"""')
    ]
    assert silent == []
