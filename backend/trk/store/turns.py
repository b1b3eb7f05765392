"""What waits, by name, in queues that take turns: none waits behind the rush of another."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Container, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

_MOST_KNOWN = 10_000


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

    def take(self, most: int, alone: Container[str] = ()) -> list[T]:
        """The next items, at most so many, one of each queue in turn.

        Whose name is in `alone` gets its turn as the others do, and then shares it with none.
        """
        first = next(iter(self._queues), None)
        if first is None:
            return []
        turn = deque([first] if first in alone else [n for n in self._queues if n not in alone])
        taken: list[T] = []
        while turn and len(taken) < most:
            name = turn.popleft()
            queue = self._queues[name]
            count = 1 if turn else min(len(queue), most - len(taken))
            taken += [queue.popleft() for _ in range(count)]
            if queue:
                self._queues.move_to_end(name)
                turn.append(name)
            else:
                del self._queues[name]
        self._size -= len(taken)
        return taken

    def clear(self) -> None:
        """Forget all that waits."""
        self._queues.clear()
        self._size = 0

    def place(self, name: str) -> str:
        """The name of the queue in which an item of this name waits."""
        return name if name in self._known else ""
