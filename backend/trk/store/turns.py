"""What waits, by name, in queues that take turns: none waits behind the rush of another."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

_MOST_KNOWN = 10_000
_PART = 64
"""How many items of a queue are taken in one turn, if it is not the only one."""


class Turns(Generic[T]):
    """Queues that take turns. Names that are not known share one, or whoever makes up names would
    get a turn for each."""

    def __init__(self) -> None:
        self._queues: OrderedDict[str, deque[T]] = OrderedDict()
        self._known: set[str] = set()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[T]:
        return (item for queue in self._queues.values() for item in queue)

    def know(self, name: str) -> None:
        """This name is not made up."""
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known.add(name)

    def share(self, name: str) -> tuple[int, float]:
        """How many wait in this name's queue, and which part of the room it may have (0 to 1)."""
        queue = self._queues.get(self.place(name))
        if queue is None:
            return 0, 1 / (len(self._queues) + 1)
        return len(queue), 1 / len(self._queues)

    def put(self, name: str, item: T) -> None:
        """Queue an item behind those of the same name."""
        self._queues.setdefault(self.place(name), deque()).append(item)
        self._size += 1

    def take(self, most: int, *, several: bool) -> list[T]:
        """The next items, at most so many, of the queue whose turn it is; of `several`, a part of
        each in turn, and all of the last one.

        It is a part and not one item: what is stored together costs less, the more there is of one
        name.
        """
        taken: list[T] = []
        while self._queues and len(taken) < most:
            name, queue = next(iter(self._queues.items()))
            part = min(_PART, most) if several and len(self._queues) > 1 else most
            count = min(len(queue), part, most - len(taken))
            taken += [queue.popleft() for _ in range(count)]
            if not queue:
                del self._queues[name]
            elif count == part:  # or it has had less than its turn, and is next
                self._queues.move_to_end(name)
            if not several:
                break
        self._size -= len(taken)
        return taken

    def clear(self) -> None:
        """Forget all that waits."""
        self._queues.clear()
        self._size = 0

    def place(self, name: str) -> str:
        """The name of the queue in which an item of this name waits."""
        return name if name in self._known else ""
