"""A server that is asked to stop."""

from __future__ import annotations

import os
import signal

from trk_sdk.testkit.process import Server


def terminated(server: Server) -> int:
    """Ask it to stop; its exit status."""
    os.kill(server.pid, signal.SIGTERM)
    return server.wait()
