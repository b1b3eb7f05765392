"""Fixtures: demos on free ports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo_site.demos import Demo, Start
from tests.ports import free_port


@pytest.fixture
def ports() -> tuple[int, int]:
    """Two ports that are free now."""
    return free_port(), free_port()


@pytest.fixture
def start(tmp_path: Path, ports: tuple[int, int]) -> Iterator[Start]:
    """Starts demos on the free ports; all of them are gone after the test."""
    started: list[Demo] = []

    def start(**environment: str) -> Demo:
        started.append(Demo(tmp_path, ports, environment))
        return started[-1]

    yield start
    for demo in started:
        if demo.process.poll() is None:
            demo.ctrl_c()
