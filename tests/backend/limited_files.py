"""A process that has no room on the disk."""

from __future__ import annotations

import resource


def limit_files(process: int, size: int | None) -> None:
    """Let no file of the process grow over `size` bytes; None takes the limit away."""
    unlimited = resource.RLIM_INFINITY
    soft = unlimited if size is None else size
    resource.prlimit(process, resource.RLIMIT_FSIZE, (soft, unlimited))  # type: ignore[attr-defined, unused-ignore]
