"""The server's log: a line for each record, as text for people or as JSON for programs.

It is the standard library's logging with two small formatters: uvicorn and the other libraries
use that already, and the id of a request is one context variable.
"""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

from trk.core.audit import NOBODY, Actor, Done
from trk.core.printable import printable

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the current request; empty outside of one."""
acting: ContextVar[Actor] = ContextVar("acting", default=NOBODY)
"""Who is served now: it is whom the audit names."""
looking: ContextVar[bool] = ContextVar("looking", default=False)
"""Does a request only look whether there is something (HEAD)? It is given nothing, and does
nothing."""

_audit = logging.getLogger("trk.audit")


class Deeds:
    """What one transaction does, if it does `any`, for whoever was served when it began. The log
    tells it, with the request's id, once it is committed."""

    def __init__(self) -> None:
        self.by = acting.get()
        self.any = not looking.get()
        self._done: list[Done] = []

    def anew(self) -> Deeds:
        """The same, with nothing done yet: for another try."""
        again = Deeds()
        again.by, again.any = self.by, self.any
        return again

    def add(self, done: Done) -> None:
        """This is done as well, if the transaction is committed."""
        self._done.append(done)

    def tell(self) -> None:
        """Write a line for each."""
        for done in self._done:
            by = {"by": self.by.kind, "by_id": self.by.id}
            _audit.info("%s: %s", self.by, done, extra={"fields": {**by, **done.fields()}})


deeds: ContextVar[Deeds] = ContextVar("deeds")
"""Those of the transaction in which a program runs."""


def configure(form: str, stream: TextIO | None = None) -> None:
    """Write the log of the whole process to `stream` (stderr) as `text` or `json`."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JSONLines() if form == "json" else Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # These libraries log every connection and every migration.
    for chatty in ("httpx", "asyncio", "alembic", "databases", "aiosqlite"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class JSONLines(logging.Formatter):
    """A record as one JSON object: time, level, logger, message, and its extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, without the line feed."""
        entry: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if known := _request(record):
            entry["request_id"] = known
        entry |= getattr(record, "fields", {})
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return printable(msgspec.json.encode(entry).decode())


class Lines(logging.Formatter):
    """A record as a line; further lines of its message or traceback are indented, so that nobody
    can forge a record by getting a line feed into the log."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, without the final line feed."""
        known = _request(record)
        said = f"{record.name} {record.getMessage()}" + (f" request_id={known}" if known else "")
        if record.exc_info:
            said += f"\n{self.formatException(record.exc_info)}"
        text = printable(said, "\n").replace("\n", "\n    ")
        return f"{_time(record)} {record.levelname:<8} {text}"


def _time(record: logging.LogRecord) -> str:
    instant = datetime.fromtimestamp(record.created, UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _request(record: logging.LogRecord) -> str:
    known: str = getattr(record, "request_id", "") or request_id.get()
    return known
