"""A web server inside the test's own process, in a thread, until it is closed."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Generic, Self, TypeVar

S = TypeVar("S", bound=ThreadingHTTPServer)


class Serving(Generic[S]):
    """Runs `server`; `url` is its address under the name `host`."""

    def __init__(self, server: S, host: str) -> None:
        self._server = server
        self.url = f"http://{host}:{server.server_port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self) -> None:
        # How often it looks whether it should stop: each test waits for that in the end.
        self._server.serve_forever(poll_interval=0.01)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
