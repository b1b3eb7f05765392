"""The rules of the house that a program can check: who imports whom, and what stands where."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TRK = ROOT / "backend" / "trk"

FLOORS = (
    {"core", "clock", "settings", "journal"},
    {"store"},
    {"services"},
    {"web"},
    {"app", "doctor"},
    {"cli", "__main__"},
)
"""From the ground up: what is on a floor imports what is on it or below."""
SDK_READERS = {"services", "web", "cli"}
"""Who serves the script, prints snippets and verifies pages."""


def modules(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def room_of(path: Path) -> str:
    return path.relative_to(TRK).parts[0].removesuffix(".py")


def floor_of(room: str) -> int:
    [floor] = [number for number, rooms in enumerate(FLOORS) if room in rooms]
    return floor


def test_every_room_of_the_backend_has_its_floor() -> None:
    rooms = {room_of(path) for path, _ in modules(TRK)} - {"__init__"}
    assert rooms == set().union(*FLOORS)


def test_a_floor_imports_only_itself_and_floors_below_it() -> None:
    upwards = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, tree in modules(TRK)
        for name in imported(tree)
        if name.startswith("trk.") and floor_of(name.split(".")[1]) > floor_of(room_of(path))
    ]
    assert upwards == []


def test_deeds_know_nothing_of_the_jobs() -> None:
    looking = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, tree in modules(TRK / "services")
        for name in imported(tree)
        if name.startswith("trk.services.jobs") and path.parent.name != "jobs"
    ]
    assert looking == []


def test_the_packages_know_each_other_no_further_than_they_must() -> None:
    wrong = []
    for folder, forbidden in {
        TRK: {"trk_shop"},
        ROOT / "sdk" / "trk_sdk": {"trk", "trk_shop"},
        ROOT / "demo_site" / "trk_shop": {"trk", "trk_sdk"},
    }.items():
        for path, tree in modules(folder):
            roots = {name.partition(".")[0] for name in imported(tree)}
            out_of_bounds = roots & forbidden
            if folder == TRK and "trk_sdk" in roots and room_of(path) not in SDK_READERS:
                out_of_bounds |= {"trk_sdk"}
            if out_of_bounds:
                wrong.append(f"{path.relative_to(ROOT)} imports {', '.join(out_of_bounds)}")
    assert wrong == []


@pytest.mark.parametrize(
    ("root", "only_in"),
    [
        ("databases", {"store/database.py"}),
        ("starlette", {"web", "app.py", "cli/server.py", "cli/worker.py"}),
        ("babel", {"core"}),
        ("jinja2", {"web"}),
        ("sqlalchemy", {"store"}),
        ("asyncpg", {"store"}),
        ("sqlite3", {"store", "doctor"}),
    ],
)
def test_a_library_stays_where_it_belongs(root: str, only_in: set[str]) -> None:
    outside = [
        str(path.relative_to(TRK))
        for path, tree in modules(TRK)
        if root in {name.partition(".")[0] for name in imported(tree)}
        and not only_in & {room_of(path), str(path.relative_to(TRK))}
    ]
    assert outside == []


def test_the_core_has_no_clock_and_no_randomness() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, tree in modules(TRK / "core")
        for name in imported(tree)
        if name.partition(".")[0] in {"time", "random", "secrets", "os", "asyncio"}
        or name.startswith("trk.clock")
    ]
    assert wrong == []


def test_the_parts_of_a_server_are_reached_by_one_typed_accessor() -> None:
    """`app.state` is `Any`: a misspelt part of it would pass the type checker."""
    users = {
        str(path.relative_to(TRK))
        for path, tree in modules(TRK)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "state"
        and isinstance(node.value, (ast.Name, ast.Attribute))
        and (node.value.id if isinstance(node.value, ast.Name) else node.value.attr).endswith("app")
    }
    assert users == {"app.py", "web/server.py"}


def test_no_middleware_is_of_the_slow_kind() -> None:
    assert [path for path, tree in modules(TRK) if "BaseHTTPMiddleware" in ast.dump(tree)] == []


def test_no_two_classes_have_one_name() -> None:
    """The API's are apart: their names are those of its document."""
    at: dict[str, list[str]] = {}
    for path, tree in modules(TRK):
        if (TRK / "web" / "api") in path.parents:
            continue
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                at.setdefault(node.name, []).append(str(path.relative_to(TRK)))
    assert {name: files for name, files in at.items() if len(files) > 1} == {}


def test_what_tests_share_stands_in_no_test_s_own_file() -> None:
    taken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for folder in ("tests", "e2e")
        for path, tree in modules(ROOT / folder)
        for name in imported(tree)
        if ".test_" in name
    ]
    assert taken == []
