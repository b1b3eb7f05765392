"""The same load by wrk, where it is installed: it takes a tenth of what Python's takes."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.load import Measured

_SCRIPT = Path(__file__).with_name("wrk.lua")
_SECONDS = 600
"""It ends with the last answer, and as a failure after this time."""


def installed() -> bool:
    """Is wrk there?"""
    return shutil.which("wrk") is not None


def load(port: int, requests: Sequence[bytes], status: str, connections: int) -> Measured:
    """Send each of `requests` once, on so many connections; a good answer has this status."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"\0".join(requests))
        file.flush()
        options = ["-t1", f"-c{connections}", f"-d{_SECONDS}", "-s", str(_SCRIPT)]
        command = ["wrk", *options, f"http://127.0.0.1:{port}", "--", file.name, status]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    said = json.loads(ran.stdout.splitlines()[-1])
    unanswered = len(requests) - said["requests"]
    return Measured(
        said["requests"] / said["microseconds"] * 1e6,
        said["p50"] / 1000,
        said["p99"] / 1000,
        said["wrong"] + unanswered,
    )
