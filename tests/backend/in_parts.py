"""What tests do, and look at, between the parts in which a server stores something long."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from trk.store.database import Database

Deed = Callable[[], Coroutine[Any, Any, object]]


class Part(NamedTuple):
    """A part that was stored: what its program was given, and what came of it."""

    given: tuple[Any, ...]
    result: Any


@contextmanager
def between(
    database: Database, is_part: Callable[[Any], bool], deed: Deed | None = None
) -> Iterator[list[Part]]:
    """Let something be done, and be over, after each program that `is_part` knows for one; the
    parts so far."""
    stored: list[Part] = []
    write = database.write

    async def slowly(program: Any, *given: Any, **more: Any) -> Any:
        result = await write(program, *given, **more)
        if is_part(program):
            stored.append(Part(given, result))
            if deed is not None:
                await deed()
        return result

    with pytest.MonkeyPatch.context() as meanwhile:
        meanwhile.setattr(database, "write", slowly)
        yield stored
